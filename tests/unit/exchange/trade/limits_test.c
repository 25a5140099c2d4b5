/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "exchange/trade/limits.h"

#define SECOND_US UINT64_C(1000000)
#define T0	  (UINT64_C(1790000040) * SECOND_US) /* a minute begins */

static void orders_are_counted_in_whole_ten_seconds(void **state)
{
	struct limits limits = { 0 };
	uint64_t retry_us = 0;

	(void)state;
	for (int i = 0; i < 50; i++)
		assert_int_equal(limits_take(&limits, T0 + 7 * SECOND_US, 1, 1, &retry_us),
				 LIMIT_COUNT);
	assert_int_equal(limits_take(&limits, T0 + 9 * SECOND_US, 1, 1, &retry_us),
			 LIMIT_ORDERS_10S);
	assert_int_equal(retry_us, T0 + 10 * SECOND_US);
	assert_int_equal(limits_take(&limits, T0 + 9 * SECOND_US, 1, 0, &retry_us),
			 LIMIT_ORDERS_10S);
	assert_int_equal(limits_take(&limits, T0 + 10 * SECOND_US, 1, 1, &retry_us), LIMIT_COUNT);
	assert_int_equal(limits.counts[LIMIT_ORDERS_10S], 1);
	assert_int_equal(limits.counts[LIMIT_ORDERS_DAY], 52);
	assert_int_equal(limits.counts[LIMIT_WEIGHT], 53);
}

static void weight_is_counted_by_the_minute(void **state)
{
	struct limits limits = { 0 };
	uint64_t retry_us = 0;

	(void)state;
	for (int i = 0; i < 300; i++)
		assert_int_equal(limits_take(&limits, T0, 20, 0, &retry_us), LIMIT_COUNT);
	assert_int_equal(limits_take(&limits, T0 + 59 * SECOND_US, 1, 0, &retry_us), LIMIT_WEIGHT);
	assert_int_equal(retry_us, T0 + 60 * SECOND_US);
	assert_int_equal(limits_take(&limits, T0 + 60 * SECOND_US, 1, 0, &retry_us), LIMIT_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_are_counted_in_whole_ten_seconds),
		cmocka_unit_test(weight_is_counted_by_the_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
