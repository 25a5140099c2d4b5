/* SPDX-License-Identifier: BSD-2-Clause */
/* The arithmetic: whatever the points, the stages add up. */
#include "correlator/stages/stages.h"

#include "tests/unit/unit.h"

#define NIC UINT64_C(1000000)

static const struct stages_points plain = {
	.nic_ns = NIC,
	.whole_ns = NIC,
	.queue_ns = NIC + 20,
	.ready_ns = NIC + 23,
	.waited_ns = 30,
	.kernel_ns = NIC + 60,
	.wait = CORR_WAIT_ASLEEP,
};

static int64_t stage_of(const struct stages_split *split, enum corr_stage stage)
{
	assert_true(split->stage_mask >> stage & 1);
	return split->stage_ns[stage];
}

static int64_t sum_of(const struct stages_split *split)
{
	uint64_t sum_ns = (uint64_t)split->untold_ns;

	for (int stage = CORR_STAGE_HOLE; stage < CORR_STAGE_COUNT; stage++) {
		if (!(split->stage_mask >> stage & 1))
			assert_true(split->stage_ns[stage] == 0);
		sum_ns += (uint64_t)split->stage_ns[stage];
	}
	return (int64_t)sum_ns;
}

static void each_stage_lies_between_its_ends(void **state)
{
	struct stages_split split;

	(void)state;
	stages_split(&plain, &split);
	assert_true(stage_of(&split, CORR_STAGE_HOLE) == 0);
	assert_true(stage_of(&split, CORR_STAGE_NIC_QUEUE) == 20);
	assert_true(stage_of(&split, CORR_STAGE_QUEUE_READY) == 3);
	assert_true(stage_of(&split, CORR_STAGE_READY_RUNNING) == 30);
	assert_true(stage_of(&split, CORR_STAGE_RUNNING_READ) == 7);
	assert_true(split.untold_ns == 0);
}

/* The reader held the socket, and had been put aside. */
static void what_a_reader_without_a_processor_holds_up_is_the_schedulers(void **state)
{
	struct stages_points points = plain;
	struct stages_split split;

	(void)state;
	points.held_ns = 15;
	stages_split(&points, &split);
	assert_true(stage_of(&split, CORR_STAGE_NIC_QUEUE) == 5);
	assert_true(stage_of(&split, CORR_STAGE_READY_RUNNING) == 45);
	assert_true(sum_of(&split) == 60);
	points.held_ns = UINT64_MAX;
	stages_split(&points, &split);
	assert_true(stage_of(&split, CORR_STAGE_NIC_QUEUE) == 0);
	assert_true(stage_of(&split, CORR_STAGE_READY_RUNNING) == 50);
	assert_true(sum_of(&split) == 60);
	points.wait = CORR_WAIT_NONE; /* nothing is known of the reader: nothing is moved */
	stages_split(&points, &split);
	assert_true(stage_of(&split, CORR_STAGE_NIC_QUEUE) == 20);
	assert_true(sum_of(&split) == 60);
}

static void a_hole_is_no_work_of_the_kernels(void **state)
{
	struct stages_points points = plain;
	struct stages_split split;

	(void)state;
	points.whole_ns = NIC + 15;
	stages_split(&points, &split);
	assert_true(stage_of(&split, CORR_STAGE_HOLE) == 15);
	assert_true(stage_of(&split, CORR_STAGE_NIC_QUEUE) == 5);
}

static void what_was_not_waited_for_a_processor_is_the_applications(void **state)
{
	static const struct {
		enum corr_wait wait;
		uint64_t waited_ns;
	} cases[] = { { CORR_WAIT_BUSY, 0 }, { CORR_WAIT_LATE, 4 }, { CORR_WAIT_PREEMPTED, 36 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stages_points points = plain;
		struct stages_split split;

		points.wait = cases[i].wait;
		points.waited_ns = cases[i].waited_ns;
		stages_split(&points, &split);
		assert_true(stage_of(&split, CORR_STAGE_READY_RUNNING) ==
			    (int64_t)cases[i].waited_ns);
		assert_true(stage_of(&split, CORR_STAGE_RUNNING_READ) ==
			    37 - (int64_t)cases[i].waited_ns);
	}
}

static void an_unknown_reader_leaves_the_rest_untold(void **state)
{
	struct stages_points points = plain;
	struct stages_split split;

	(void)state;
	points.wait = CORR_WAIT_NONE;
	stages_split(&points, &split);
	assert_false(split.stage_mask >> CORR_STAGE_READY_RUNNING & 1);
	assert_false(split.stage_mask >> CORR_STAGE_RUNNING_READ & 1);
	assert_true(split.untold_ns == 37);
	assert_true(sum_of(&split) == 60);
}

static void a_reader_that_is_there_already_waits_for_nothing(void **state)
{
	struct stages_points points = plain;
	struct stages_split split;

	(void)state;
	points.kernel_ns = NIC + 12; /* in tcp_recvmsg() before TCP had the segment */
	points.wait = CORR_WAIT_BUSY;
	stages_split(&points, &split);
	assert_true(stage_of(&split, CORR_STAGE_NIC_QUEUE) == 12);
	assert_true(stage_of(&split, CORR_STAGE_QUEUE_READY) == 0);
	assert_true(stage_of(&split, CORR_STAGE_RUNNING_READ) == 0);
	assert_true(sum_of(&split) == 12);
}

static void a_read_before_the_nic_is_no_hole(void **state)
{
	struct stages_points points = plain;
	struct stages_split split;

	(void)state;
	points.kernel_ns = NIC - 5;
	points.whole_ns = NIC + 3;
	stages_split(&points, &split);
	assert_true(stage_of(&split, CORR_STAGE_HOLE) == 0);
	assert_true(stage_of(&split, CORR_STAGE_NIC_QUEUE) == -5);
	assert_true(sum_of(&split) == -5);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Any points, known or not, in any order, near each other or anywhere in 64 bits. */
static void the_sum_is_exact_for_any_points(void **state)
{
	uint64_t random = 88172645463325252u;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		uint64_t spread = round % 3 ? 100 : UINT64_MAX;
		struct stages_split split;
		uint64_t ends[6];

		for (int i = 0; i < 6; i++)
			ends[i] = next_random(&random) % 5 ? NIC + next_random(&random) % spread
							   : 0;
		stages_split(
			&(struct stages_points){ .nic_ns = ends[0],
						 .whole_ns = ends[1],
						 .queue_ns = ends[2],
						 .ready_ns = ends[3],
						 .waited_ns = ends[4],
						 .kernel_ns = ends[5],
						 .wait = next_random(&random) % CORR_WAIT_COUNT },
			&split);
		if (ends[0] && ends[5])
			assert_true((uint64_t)sum_of(&split) == ends[5] - ends[0]);
		else
			assert_true(split.untold_ns == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stage_lies_between_its_ends),
		cmocka_unit_test(what_a_reader_without_a_processor_holds_up_is_the_schedulers),
		cmocka_unit_test(a_hole_is_no_work_of_the_kernels),
		cmocka_unit_test(what_was_not_waited_for_a_processor_is_the_applications),
		cmocka_unit_test(an_unknown_reader_leaves_the_rest_untold),
		cmocka_unit_test(a_reader_that_is_there_already_waits_for_nothing),
		cmocka_unit_test(a_read_before_the_nic_is_no_hole),
		cmocka_unit_test(the_sum_is_exact_for_any_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
