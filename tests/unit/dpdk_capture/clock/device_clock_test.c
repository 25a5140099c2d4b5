/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/clock/device_clock.h"

#include <stdlib.h>

#include "prof/clock.h"
#include "tests/unit/unit.h"

#define BOOT_NS	  ((uint64_t)7 * PROF_NS_PER_S)
#define DEVICE_NS UINT64_C(1790000000123456789)

/* A device that is ahead by DEVICE_NS less BOOT_NS, read at now_ns in a window of width_ns. */
static struct device_read read_at(uint64_t now_ns, uint64_t width_ns, int64_t wrong_ns)
{
	return (struct device_read){
		.before_ns = now_ns - width_ns / 2,
		.device_ns = now_ns - BOOT_NS + DEVICE_NS + (uint64_t)wrong_ns,
		.after_ns = now_ns + (width_ns + 1) / 2,
	};
}

static bool take_at(struct device_clock *clock, uint64_t now_ns, uint64_t width_ns,
		    int64_t wrong_ns)
{
	struct device_read read = read_at(now_ns, width_ns, wrong_ns);

	return device_clock_take(clock, &read, 1);
}

static void a_stamp_between_two_marks_is_sure(void **state)
{
	struct device_clock clock;
	uint64_t time_ns;
	uint64_t uncertainty_ns;

	(void)state;
	device_clock_init(&clock, 0);
	assert_true(take_at(&clock, BOOT_NS, 1000, 0));
	assert_true(take_at(&clock, BOOT_NS + 100000, 1000, 0));
	assert_int_equal(
		device_clock_convert(&clock, DEVICE_NS + 100000, &time_ns, &uncertainty_ns),
		DEVICE_SURE);
	/* Half the window; the other mark is 100 us away, which at 600 ppm is 60 ns worse. */
	assert_true(llabs(prof_delta_ns(BOOT_NS + 100000, time_ns)) <= 3);
	assert_true(uncertainty_ns >= 500 && uncertainty_ns <= 503);
	assert_int_equal(device_clock_convert(&clock, DEVICE_NS + 50000, &time_ns, &uncertainty_ns),
			 DEVICE_SURE);
	assert_true(uncertainty_ns >= 530 && uncertainty_ns <= 533);
}

static void the_resolution_is_part_of_it(void **state)
{
	struct device_clock clock;
	uint64_t time_ns;
	uint64_t uncertainty_ns;

	(void)state;
	device_clock_init(&clock, 100);
	assert_true(take_at(&clock, BOOT_NS, 1000, 0));
	assert_true(take_at(&clock, BOOT_NS + 5000, 1000, 0));
	assert_int_equal(device_clock_convert(&clock, DEVICE_NS + 5000, &time_ns, &uncertainty_ns),
			 DEVICE_SURE);
	/* 100 ns for the read, in which the device may show a time past, and 100 for the stamp. */
	assert_true(uncertainty_ns >= 600 && uncertainty_ns <= 604);
}

static void what_has_no_mark_around_it_is_not_sure(void **state)
{
	struct device_clock clock;
	uint64_t time_ns = 1;
	uint64_t uncertainty_ns = 2;

	(void)state;
	device_clock_init(&clock, 0);
	assert_int_equal(device_clock_convert(&clock, DEVICE_NS, &time_ns, &uncertainty_ns),
			 DEVICE_EARLY);
	assert_true(take_at(&clock, BOOT_NS, 1000, 0));
	assert_int_equal(device_clock_convert(&clock, DEVICE_NS - 1, &time_ns, &uncertainty_ns),
			 DEVICE_EARLY);
	assert_int_equal(device_clock_convert(&clock, DEVICE_NS + 1100, &time_ns, &uncertainty_ns),
			 DEVICE_LATE);
	for (uint64_t i = 1; i <= DEVICE_MARK_COUNT; i++)
		assert_true(take_at(&clock, BOOT_NS + i * 1000, 1000, 0));
	assert_int_equal(device_clock_convert(&clock, DEVICE_NS + 1900, &time_ns, &uncertainty_ns),
			 DEVICE_EARLY);
	assert_int_equal(device_clock_convert(&clock, DEVICE_NS + 2100, &time_ns, &uncertainty_ns),
			 DEVICE_SURE);
	assert_int_not_equal(time_ns, 1);
}

static void a_read_that_lies_is_outvoted(void **state)
{
	static const int64_t lies_ns[] = { -5000000000, -700, -300, 300, 700, 5000000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(lies_ns) / sizeof(*lies_ns); i++) {
		struct device_clock clock;
		struct device_read reads[3];
		const struct device_mark *mark;

		device_clock_init(&clock, 0);
		for (size_t j = 0; j < 3; j++)
			reads[j] = read_at(BOOT_NS + j, 1000, j == i % 3 ? lies_ns[i] : 0);
		assert_true(device_clock_take(&clock, reads, 3));
		mark = device_clock_newest(&clock);
		assert_true(mark->offset_ns_min <= prof_delta_ns(DEVICE_NS, BOOT_NS));
		assert_true(mark->offset_ns_max >= prof_delta_ns(DEVICE_NS, BOOT_NS));
		assert_true(mark->offset_ns_max - mark->offset_ns_min <= 2000);
	}
}

static void reads_that_contradict_each_other_are_refused(void **state)
{
	struct device_clock clock;
	struct device_read reads[3];

	(void)state;
	device_clock_init(&clock, 0);
	for (size_t i = 0; i < 3; i++)
		reads[i] = read_at(BOOT_NS, 1000, (int64_t)i * 1100);
	assert_false(device_clock_take(&clock, reads, 3));
	/* One that ended before it began says nothing. */
	reads[0] = (struct device_read){ BOOT_NS + 1, DEVICE_NS, BOOT_NS };
	assert_false(device_clock_take(&clock, reads, 1));
	assert_false(device_clock_take(&clock, reads, 0));
	assert_int_equal(clock.refused_count, 2);
	assert_null(device_clock_newest(&clock));
}

/* Stamps of before, across and after a clock that was set by so much. */
static void check_step(int64_t step_ns)
{
	struct device_clock clock;
	uint64_t time_ns;
	uint64_t uncertainty_ns;
	uint64_t at_ns = BOOT_NS + 100000;

	device_clock_init(&clock, 0);
	assert_true(take_at(&clock, BOOT_NS, 1000, 0));
	assert_true(take_at(&clock, at_ns, 1000, step_ns));
	assert_int_equal(clock.step_count, 1);
	for (uint64_t age_ns = 0; age_ns < 100000; age_ns += 1000) {
		uint64_t stamp_ns = DEVICE_NS + age_ns;

		/* Set back, it is later than all that the clock has shown since. */
		assert_int_equal(
			device_clock_convert(&clock, stamp_ns, &time_ns, &uncertainty_ns),
			DEVICE_STEPPED);
		assert_int_equal(device_clock_convert(&clock, stamp_ns + (uint64_t)step_ns,
						      &time_ns, &uncertainty_ns),
				 DEVICE_STEPPED);
	}
	/* A second later all is forgotten. */
	at_ns += PROF_NS_PER_S + 2000;
	assert_true(take_at(&clock, at_ns - 10, 1000, step_ns));
	assert_true(take_at(&clock, at_ns, 1000, step_ns));
	assert_int_equal(clock.step_count, 1);
	assert_int_equal(device_clock_convert(&clock,
					      at_ns - BOOT_NS + DEVICE_NS + (uint64_t)step_ns,
					      &time_ns, &uncertainty_ns),
			 DEVICE_SURE);
	assert_int_equal(time_ns, at_ns);
}

static void a_step_is_found_and_nothing_across_it_is_sure(void **state)
{
	(void)state;
	check_step(1000000);
	check_step(-1000000);
	check_step(3600 * (int64_t)PROF_NS_PER_S);
	check_step(-3600 * (int64_t)PROF_NS_PER_S);
	check_step(2000); /* the windows leave 1000 ns open, 100 us of drift 60 */
}

static void the_rate_is_told_with_its_uncertainty(void **state)
{
	struct device_clock clock;
	int64_t rate_ppb;
	int64_t uncertainty_ppb;

	(void)state;
	device_clock_init(&clock, 0);
	assert_false(device_clock_rate(&clock, &rate_ppb, &uncertainty_ppb));
	assert_true(take_at(&clock, BOOT_NS, 1000, 0));
	assert_false(device_clock_rate(&clock, &rate_ppb, &uncertainty_ppb));
	/* 42 us fast after 2 s: 21 ppm. */
	assert_true(take_at(&clock, BOOT_NS + (uint64_t)2 * PROF_NS_PER_S, 1000, 42000));
	assert_true(device_clock_rate(&clock, &rate_ppb, &uncertainty_ppb));
	assert_true(rate_ppb >= 20998 && rate_ppb <= 21000);
	assert_true(uncertainty_ppb >= 500 && uncertainty_ppb <= 503);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stamp_between_two_marks_is_sure),
		cmocka_unit_test(the_resolution_is_part_of_it),
		cmocka_unit_test(what_has_no_mark_around_it_is_not_sure),
		cmocka_unit_test(a_read_that_lies_is_outvoted),
		cmocka_unit_test(reads_that_contradict_each_other_are_refused),
		cmocka_unit_test(a_step_is_found_and_nothing_across_it_is_sure),
		cmocka_unit_test(the_rate_is_told_with_its_uncertainty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
