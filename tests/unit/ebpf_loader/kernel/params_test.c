/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/kernel/function.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct function_params params_of(__u32 count, const char *const names[])
{
	struct function_params params = { .count = count };

	for (__u32 i = 0; i < count && i < FUNCTION_PARAM_COUNT_MAX; i++)
		(void)strncpy(params.names[i], names[i], sizeof(params.names[i]) - 1);
	return params;
}

static const char *const six[] = { "sk", "msg", "len", "nonblock", "flags", "addr_len" };
static const char *const five[] = { "sk", "msg", "len", "flags", "addr_len" };

static void six_five_and_four_parameters_are_understood(void **state)
{
	struct function_params before_5_19 = params_of(6, six);
	struct function_params since_5_19 = params_of(5, five);
	struct function_params since_7_0 = params_of(4, five);

	(void)state;
	assert_true(function_is_understood(&before_5_19));
	assert_true(function_is_understood(&since_5_19));
	assert_true(function_is_understood(&since_7_0));
}

static void any_other_number_or_order_is_not(void **state)
{
	(void)state;
	for (__u32 count = 0; count <= 5; count++) {
		struct function_params params = params_of(count, six);

		assert_false(function_is_understood(&params));
	}
	for (__u32 i = 0; i < 5; i++) {
		struct function_params params = params_of(5, five);

		params.names[i][0] = 'x';
		assert_false(function_is_understood(&params));
	}
	for (__u32 count = 7; count < 20; count++) {
		struct function_params params = params_of(6, six);

		params.count = count;
		assert_false(function_is_understood(&params));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(six_five_and_four_parameters_are_understood),
		cmocka_unit_test(any_other_number_or_order_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
