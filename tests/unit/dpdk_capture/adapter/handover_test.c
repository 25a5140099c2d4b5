/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/adapter/handover.h"

#include "prof/clock.h"
#include "tests/unit/unit.h"

#define T0   (UINT64_C(1800000000) * PROF_NS_PER_S)
#define LATE 7000

/* Frames one after the other, 1 us apart; the kernel has each 7 us later. */
static uint64_t device_at(uint32_t i)
{
	return T0 + i * PROF_NS_PER_US;
}

static void fill(struct handover *handover, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		(void)handover_add(handover, device_at(i), device_at(i) + LATE);
}

static void assert_found(struct handover *handover, uint32_t i)
{
	uint64_t wall_ns = 0;

	assert_true(handover_find(handover, device_at(i), &wall_ns));
	assert_true(wall_ns == device_at(i) + LATE);
}

static void each_frame_finds_its_own(void **state)
{
	static struct handover handover = { .fd = -1 };

	(void)state;
	for (uint32_t i = 0; i < 10 * HANDOVER_PAIR_COUNT; i++) {
		if (i % 64 == 0)
			fill(&handover, i, i + 64);
		assert_found(&handover, i);
	}
	handover_close(&handover);
}

static void order_does_not_matter_much(void **state)
{
	static struct handover handover = { .fd = -1 };

	(void)state;
	for (uint32_t i = 0; i < 64 * 100; i += 64) {
		fill(&handover, i, i + 64);
		for (uint32_t j = 64; j-- > 0;)
			assert_found(&handover, i + j);
	}
}

static void a_frame_is_found_once(void **state)
{
	static struct handover handover = { .fd = -1 };
	uint64_t wall_ns = 5;

	(void)state;
	fill(&handover, 0, 3);
	assert_found(&handover, 1);
	assert_false(handover_find(&handover, device_at(1), &wall_ns));
	assert_true(wall_ns == 5);
	assert_found(&handover, 2);
}

/* Two frames of one tick of the adapter's clock: in their order. */
static void equal_stamps_are_two_frames(void **state)
{
	static struct handover handover = { .fd = -1 };
	uint64_t wall_ns;

	(void)state;
	assert_true(handover_add(&handover, T0, T0 + 10));
	assert_true(handover_add(&handover, T0, T0 + 20));
	assert_true(handover_find(&handover, T0, &wall_ns));
	assert_true(wall_ns == T0 + 10);
	assert_true(handover_find(&handover, T0, &wall_ns));
	assert_true(wall_ns == T0 + 20);
	assert_false(handover_find(&handover, T0, &wall_ns));
}

/* What the ring dropped and the socket did not must not stand in the way of what follows. */
static void what_nobody_asks_for_is_dropped(void **state)
{
	static struct handover handover = { .fd = -1 };
	uint32_t later = 20000; /* 20 ms */

	(void)state;
	fill(&handover, 0, HANDOVER_PAIR_COUNT - 100);
	fill(&handover, later, later + 100);
	assert_found(&handover, later);
	assert_true(handover.pair_count == 100);
	fill(&handover, later + 100, later + 900);
	for (uint32_t i = later + 1; i < later + 900; i++)
		assert_found(&handover, i);
}

/* Its processor was taken away between the socket and the ring, while another one went on. */
static void one_that_was_held_up_is_found(void **state)
{
	static struct handover handover = { .fd = -1 };
	uint32_t later = 300000; /* 300 ms */
	uint64_t wall_ns;

	(void)state;
	fill(&handover, 0, 1);
	fill(&handover, later, later + 50);
	for (uint32_t i = later; i < later + 50; i++)
		assert_found(&handover, i);
	assert_found(&handover, 0);
	assert_false(handover_find(&handover, device_at(0), &wall_ns));
	assert_true(handover.pair_count == 0);
}

/* And what the socket dropped and the ring did not is not known, without an end of it. */
static void what_is_missing_is_not_known(void **state)
{
	static struct handover handover = { .fd = -1 };
	uint64_t wall_ns;

	(void)state;
	for (uint32_t i = 0; i < 5 * HANDOVER_PAIR_COUNT; i++) {
		if (i % 7)
			assert_true(handover_add(&handover, device_at(i), device_at(i) + LATE));
		assert_int_equal(handover_find(&handover, device_at(i), &wall_ns), i % 7 != 0);
	}
}

/* The adapter's clock was set back by a minute: what is left of before is never asked for. */
static void a_clock_set_back_is_got_over(void **state)
{
	static struct handover handover = { .fd = -1 };
	uint32_t found_count = 0;

	(void)state;
	fill(&handover, 60000000, 60000000 + HANDOVER_PAIR_COUNT);
	for (uint32_t i = 0; i < 4 * HANDOVER_PAIR_COUNT; i++) {
		uint64_t wall_ns;

		(void)handover_add(&handover, device_at(i), device_at(i) + LATE);
		found_count += handover_find(&handover, device_at(i), &wall_ns);
	}
	assert_true(found_count >= 4 * HANDOVER_PAIR_COUNT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_finds_its_own),
		cmocka_unit_test(order_does_not_matter_much),
		cmocka_unit_test(a_frame_is_found_once),
		cmocka_unit_test(equal_stamps_are_two_frames),
		cmocka_unit_test(what_nobody_asks_for_is_dropped),
		cmocka_unit_test(one_that_was_held_up_is_found),
		cmocka_unit_test(what_is_missing_is_not_known),
		cmocka_unit_test(a_clock_set_back_is_got_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
