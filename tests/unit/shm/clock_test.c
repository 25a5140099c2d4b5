/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/clock.h"
#include "prof/event.h"

#include "tests/unit/unit.h"

static void differences_are_signed(void **state)
{
	(void)state;
	assert_true(prof_delta_ns(100, 103) == 3);
	assert_true(prof_delta_ns(103, 100) == -3);
	assert_true(prof_delta_ns(UINT64_MAX, 1) == 2);
}

static void the_clock_is_the_monotonic_one(void **state)
{
	struct timespec before;
	uint64_t now_ns;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	now_ns = prof_now_ns();
	assert_true(prof_delta_ns((uint64_t)before.tv_sec * PROF_NS_PER_S +
					  (uint64_t)before.tv_nsec, now_ns) >= 0);
	assert_true(prof_delta_ns(now_ns, prof_now_ns()) >= 0);
}

static void an_uncertainty_is_never_rounded_down(void **state)
{
	(void)state;
	assert_int_equal(prof_uncertainty_log2(0), 0);
	assert_int_equal(prof_uncertainty_log2(1), 0);
	assert_int_equal(prof_uncertainty_log2(2), 1);
	assert_int_equal(prof_uncertainty_log2(3), 2);
	assert_int_equal(prof_uncertainty_log2(1000), 10);
	assert_int_equal(prof_uncertainty_log2(UINT64_MAX), 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences_are_signed),
		cmocka_unit_test(the_clock_is_the_monotonic_one),
		cmocka_unit_test(an_uncertainty_is_never_rounded_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
