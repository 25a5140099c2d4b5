/* SPDX-License-Identifier: BSD-2-Clause */
#include "wall_clock.h"

#include "../unit.h"
#include "prof/clock.h"

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

/* What one second of slewing by so many parts per million looks like. */
static bool is_step_after_slew(int64_t per_million)
{
	struct wall_clock clock = { 0 };
	struct wall_pair pair = measure(1000, 40, BOOT_WALL_NS);

	wall_clock_update(&clock, &pair);
	pair = measure(1000 + PROF_NS_PER_S, 40, BOOT_WALL_NS + (uint64_t)(per_million * 1000));
	wall_clock_update(&clock, &pair);
	return wall_clock_is_stepped(&clock);
}

static void slewing_is_no_step_and_setting_is(void **state)
{
	(void)state;
	for (int64_t per_million = -500; per_million <= 500; per_million += 25)
		assert_false(is_step_after_slew(per_million));
	for (int64_t per_million = 700; per_million < 1000000; per_million *= 2) {
		assert_true(is_step_after_slew(per_million));
		assert_true(is_step_after_slew(-per_million));
	}
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
		cmocka_unit_test(slewing_is_no_step_and_setting_is),
		cmocka_unit_test(a_step_casts_its_shadow_for_two_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
