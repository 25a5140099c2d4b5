/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/clock/wall_clock.h"

#include "prof/clock.h"
#include "tests/unit/unit.h"

#define BOOT_WALL_NS UINT64_C(1790000000000000000)

/* A measurement at monotonic time now_ns that took width_ns, with the wall ahead by offset_ns. */
static struct wall_pair measure(uint64_t now_ns, uint64_t width_ns, uint64_t offset_ns)
{
	return (struct wall_pair){
		.before_ns = now_ns,
		.wall_ns = now_ns + width_ns / 2 + offset_ns,
		.after_ns = now_ns + width_ns,
	};
}

static void a_stamp_is_converted_within_the_uncertainty(void **state)
{
	(void)state;
	for (uint64_t width_ns = 0; width_ns < 200; width_ns++) {
		for (uint64_t at = 0; at <= width_ns; at += 7) {
			struct wall_clock clock = { 0 };
			struct wall_pair pair = measure(5000000, width_ns, BOOT_WALL_NS);
			int64_t error_ns;

			/* The wall clock was read anywhere between the two others. */
			pair.wall_ns = pair.before_ns + at + BOOT_WALL_NS;
			wall_clock_update(&clock, &pair);
			error_ns = prof_delta_ns(
				9000000, wall_clock_to_monotonic(&clock, 9000000 + BOOT_WALL_NS));
			assert_true(error_ns <= (int64_t)clock.uncertainty_ns);
			assert_true(-error_ns <= (int64_t)clock.uncertainty_ns);
		}
	}
}

static void it_is_due_each_second(void **state)
{
	struct wall_clock clock = { 0 };
	struct wall_pair pair = measure(7 * (uint64_t)PROF_NS_PER_S, 0, BOOT_WALL_NS);

	(void)state;
	assert_true(wall_clock_is_due(&clock, 0));
	wall_clock_update(&clock, &pair);
	assert_false(wall_clock_is_due(&clock, 8 * (uint64_t)PROF_NS_PER_S - 1));
	assert_true(wall_clock_is_due(&clock, 8 * (uint64_t)PROF_NS_PER_S));
}

/* Two measurements, the second with the wall clock set by so much. */
static struct wall_clock measure_twice(uint64_t width_ns, int64_t set_ns)
{
	struct wall_clock clock = { 0 };
	struct wall_pair pair = measure(1000, 40, BOOT_WALL_NS);

	wall_clock_update(&clock, &pair);
	pair = measure(1000 + PROF_NS_PER_S, width_ns, BOOT_WALL_NS + (uint64_t)set_ns);
	wall_clock_update(&clock, &pair);
	return clock;
}

static void what_no_uncertainty_explains_is_a_step(void **state)
{
	(void)state;
	for (uint64_t width_ns = 40; width_ns < 4000; width_ns += 100) {
		int64_t margin_ns = (int64_t)(width_ns + 40) / 2 + 2;

		for (int64_t set_ns = 0; set_ns <= 3 * margin_ns; set_ns += 7) {
			struct wall_clock later = measure_twice(width_ns, set_ns);
			struct wall_clock earlier = measure_twice(width_ns, -set_ns);

			assert_int_equal(wall_clock_is_stepped(&later), set_ns > margin_ns);
			assert_int_equal(wall_clock_is_stepped(&earlier), set_ns > margin_ns);
		}
	}
}

static void the_tightest_measurement_is_kept_until_a_step(void **state)
{
	struct wall_clock same = measure_twice(4000, 100);
	struct wall_clock stepped = measure_twice(4000, 1000000);

	(void)state;
	assert_int_equal(same.uncertainty_ns, 21);
	assert_true(wall_clock_to_monotonic(&same, BOOT_WALL_NS + 5) == 5);
	assert_int_equal(stepped.uncertainty_ns, 2001);
	assert_true(wall_clock_to_monotonic(&stepped, BOOT_WALL_NS + 1000005) == 5);
}

static void a_step_casts_its_shadow_for_two_seconds(void **state)
{
	struct wall_clock clock = { 0 };
	struct wall_pair pair = measure(1000, 40, BOOT_WALL_NS);

	(void)state;
	wall_clock_update(&clock, &pair);
	for (uint64_t second = 1; second < 6; second++) {
		pair = measure(second * PROF_NS_PER_S, 40, BOOT_WALL_NS + PROF_NS_PER_S);
		wall_clock_update(&clock, &pair);
		assert_int_equal(wall_clock_is_stepped(&clock), second < 3);
	}
	assert_int_equal(clock.step_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stamp_is_converted_within_the_uncertainty),
		cmocka_unit_test(it_is_due_each_second),
		cmocka_unit_test(what_no_uncertainty_explains_is_a_step),
		cmocka_unit_test(the_tightest_measurement_is_kept_until_a_step),
		cmocka_unit_test(a_step_casts_its_shadow_for_two_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
