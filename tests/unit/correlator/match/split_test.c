/* SPDX-License-Identifier: BSD-2-Clause */
/* What was told of the queue and of the reader, and which stages a message gets from it. */
#include "tests/unit/correlator/world.h"

#define OTHER_COOKIE 78

static void followed(struct world *world, uint64_t time_ns, uint32_t tid)
{
	struct prof_event event = { .time_ns = time_ns,
				    .kind = PROF_EVENT_WOKEN,
				    .woken = { .tid = tid, .change = PROF_WOKEN_FOLLOWED } };

	corr_engine_event(world->engine, LANE_KERNEL, &event);
}

static void ready(struct world *world, uint64_t queue_ns, uint64_t ready_ns, uint64_t start,
		  uint64_t end)
{
	struct prof_event event = {
		.time_ns = ready_ns,
		.conn_key = COOKIE,
		.kind = PROF_EVENT_READY,
		.ready = { .start_offset = start, .end_offset = end, .queue_ns = queue_ns }
	};

	corr_engine_event(world->engine, LANE_KERNEL, &event);
}

static void resumed(struct world *world, uint64_t aside_ns, uint64_t running_ns)
{
	struct prof_event event = {
		.time_ns = running_ns,
		.kind = PROF_EVENT_WOKEN,
		.woken = { .tid = TID, .waking_ns = aside_ns, .change = PROF_WOKEN_RESUMED }
	};

	corr_engine_event(world->engine, LANE_KERNEL, &event);
}

static void woken(struct world *world, uint64_t waking_ns, uint64_t running_ns, uint64_t cookie)
{
	struct prof_event event = { .time_ns = running_ns,
				    .conn_key = cookie,
				    .kind = PROF_EVENT_WOKEN,
				    .woken = { .tid = TID, .waking_ns = waking_ns } };

	corr_engine_event(world->engine, LANE_KERNEL, &event);
}

/* NIC at 100, queued at 120, told at 125, read at 200; what the reader did is the story's. */
static struct world *begin(void)
{
	struct world *world = world_open_usual();

	followed(world, T0 + 1, TID);
	world_segment(world, T0 + 100, 0, 500, 0);
	ready(world, T0 + 120, T0 + 125, 0, 500);
	return world;
}

static const struct corr_message *end(struct world *world)
{
	const struct corr_message *message = world->messages;
	uint64_t sum_ns;

	world_read(world, T0 + 200, T0 + 210, 0, 500);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	sum_ns = (uint64_t)message->untold_ns;
	for (int stage = CORR_STAGE_HOLE; stage < CORR_STAGE_COUNT; stage++)
		sum_ns += (uint64_t)message->stage_ns[stage];
	assert_true((int64_t)sum_ns == message->stage_ns[CORR_STAGE_NIC_KERNEL]);
	assert_true((message->untold == CORR_UNTOLD_NONE) ==
		    (message->stage_mask >> CORR_STAGE_HOLE == 31));
	return message;
}

static void a_sleeper_that_was_woken_by_the_telling(void **state)
{
	struct world *world = begin();
	const struct corr_message *message;

	(void)state;
	woken(world, T0 + 126, T0 + 170, COOKIE);
	message = end(world);
	assert_int_equal(message->wait, CORR_WAIT_ASLEEP);
	assert_true(message->stage_ns[CORR_STAGE_HOLE] == 0);
	assert_true(message->stage_ns[CORR_STAGE_NIC_QUEUE] == 20);
	assert_true(message->stage_ns[CORR_STAGE_QUEUE_READY] == 5);
	assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 45);
	assert_true(message->stage_ns[CORR_STAGE_RUNNING_READ] == 30);
	world_close(world);
}

static void a_sleeper_that_something_else_woke_was_late(void **state)
{
	struct world *world = begin();
	const struct corr_message *message;

	(void)state;
	woken(world, T0 + 190, T0 + 195, OTHER_COOKIE);
	message = end(world);
	assert_int_equal(message->wait, CORR_WAIT_LATE);
	assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 5);
	assert_true(message->stage_ns[CORR_STAGE_RUNNING_READ] == 70);
	world_close(world);
}

/*
 * Put aside in the middle of a read, it holds the socket: TCP takes up what arrives, at 60 to 80,
 * when it lets go, at 1010 and later.  Four messages, of which the read at 50 returns the first.
 */
static void a_reader_put_aside_holds_the_socket(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	followed(world, T0 + 1, TID);
	world_segment(world, T0 + 40, 0, 100, 0);
	ready(world, T0 + 42, T0 + 43, 0, 100);
	woken(world, T0 + 44, T0 + 47, COOKIE);
	resumed(world, T0 + 55, T0 + 1000);
	for (uint64_t i = 1; i < 4; i++) {
		world_segment(world, T0 + 50 + 10 * i, 100 * i, 100, 0);
		ready(world, T0 + 1010 + i, T0 + 1020 + i, 100 * i, 100 * i + 100);
	}
	world_read(world, T0 + 50, T0 + 1030, 0, 100);
	for (uint64_t i = 1; i < 4; i++)
		world_read(world, T0 + 1040 + 10 * i, T0 + 1042 + 10 * i, 100 * i, 100);
	for (uint64_t i = 0; i < 4; i++)
		world_message(world, T0 + 1100 + i, 100 * i, 100 * i + 100);
	world_settle(world, T0 + 2000);
	assert_int_equal(world->message_count, 4);
	assert_true(world->messages[0].stage_ns[CORR_STAGE_NIC_QUEUE] == 2);
	for (size_t i = 1; i < 4; i++) {
		const struct corr_message *message = &world->messages[i];
		int64_t arrived = 50 + 10 * (int64_t)i;

		assert_int_equal(message->untold, CORR_UNTOLD_NONE);
		assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 1000 - arrived);
		assert_true(message->stage_ns[CORR_STAGE_NIC_QUEUE] == 10 + (int64_t)i);
		assert_true(message->stage_ns[CORR_STAGE_QUEUE_READY] == 10);
		assert_true(message->stage_ns[CORR_STAGE_RUNNING_READ] == 20 + 9 * (int64_t)i);
	}
	world_close(world);
}

/*
 * It is put aside in the read that takes the message, after it entered: what TCP was late with
 * before that was not for want of its processor.
 */
static void a_reader_put_aside_in_its_own_read_held_nothing_up_before(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	followed(world, T0 + 1, TID);
	world_segment(world, T0 + 100, 0, 500, 0);
	resumed(world, T0 + 160, T0 + 300);
	ready(world, T0 + 310, T0 + 315, 0, 500);
	world_read(world, T0 + 150, T0 + 320, 0, 500);
	world_message(world, T0 + 400, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	assert_true(message->kernel_ns == T0 + 150);
	assert_true(message->stage_ns[CORR_STAGE_NIC_QUEUE] == 50);
	assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 0);
	world_close(world);
}

/* Put aside outside of a read it holds nothing: what TCP takes up late is not for that. */
static void a_reader_put_aside_outside_of_a_read_holds_nothing(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	followed(world, T0 + 1, TID);
	world_segment(world, T0 + 100, 0, 500, 0);
	resumed(world, T0 + 90, T0 + 140);
	ready(world, T0 + 150, T0 + 155, 0, 500);
	world_read(world, T0 + 200, T0 + 210, 0, 500);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	assert_true(message->stage_ns[CORR_STAGE_NIC_QUEUE] == 50);
	assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 0);
	world_close(world);
}

/* Told at T0 + 125, read at T0 + 200. */
static void one_that_was_put_aside_waited_for_a_processor(void **state)
{
	struct world *world = begin();
	const struct corr_message *message;

	(void)state;
	resumed(world, T0 + 110, T0 + 145);
	resumed(world, T0 + 150, T0 + 180);
	resumed(world, T0 + 201, T0 + 210);
	message = end(world);
	assert_int_equal(message->wait, CORR_WAIT_PREEMPTED);
	assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 20 + 30);
	assert_true(message->stage_ns[CORR_STAGE_RUNNING_READ] == 25);
	world_close(world);
}

static void one_that_slept_after_being_put_aside_was_late(void **state)
{
	struct world *world = begin();
	const struct corr_message *message;

	(void)state;
	resumed(world, T0 + 110, T0 + 145);
	woken(world, T0 + 190, T0 + 195, OTHER_COOKIE);
	message = end(world);
	assert_int_equal(message->wait, CORR_WAIT_LATE);
	assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 20 + 5);
	world_close(world);
}

static void a_sleeper_that_was_put_aside_waited_twice(void **state)
{
	struct world *world = begin();
	const struct corr_message *message;

	(void)state;
	woken(world, T0 + 126, T0 + 140, COOKIE);
	resumed(world, T0 + 150, T0 + 180);
	message = end(world);
	assert_int_equal(message->wait, CORR_WAIT_ASLEEP);
	assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 15 + 30);
	assert_true(message->stage_ns[CORR_STAGE_RUNNING_READ] == 30);
	world_close(world);
}

static void one_woken_before_waits_for_a_processor(void **state)
{
	struct world *world = begin();
	const struct corr_message *message;

	(void)state;
	woken(world, T0 + 90, T0 + 180, OTHER_COOKIE);
	message = end(world);
	assert_int_equal(message->wait, CORR_WAIT_RUNNABLE);
	assert_true(message->stage_ns[CORR_STAGE_READY_RUNNING] == 55);
	assert_true(message->stage_ns[CORR_STAGE_RUNNING_READ] == 20);
	world_close(world);
}

static void one_that_ran_was_busy(void **state)
{
	struct world *world = begin();
	const struct corr_message *message;

	(void)state;
	woken(world, T0 + 50, T0 + 60, COOKIE);
	message = end(world);
	assert_int_equal(message->wait, CORR_WAIT_BUSY);
	assert_true(message->stage_ns[CORR_STAGE_RUNNING_READ] == 75);
	world_close(world);
}

static void what_is_lost_is_not_taken_for_busy(void **state)
{
	struct world *world = begin();
	const struct corr_message *message;

	(void)state;
	world->lanes[LANE_KERNEL].loss_count[PROF_LOSS_STAGE] = 1;
	message = end(world);
	assert_int_equal(message->wait, CORR_WAIT_NONE);
	assert_int_equal(message->untold, CORR_UNTOLD_LOST);
	assert_int_equal(message->class_id, CORR_CLASS_EXACT);
	world_close(world);
}

static void a_thread_nobody_followed_is_unknown(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message;

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	ready(world, T0 + 120, T0 + 125, 0, 500);
	followed(world, T0 + 130, TID);
	message = end(world);
	assert_int_equal(message->untold, CORR_UNTOLD_READER);
	assert_true(message->untold_ns == 75);
	world_close(world);
}

static void bytes_before_the_first_telling_are_unfollowed(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message;

	(void)state;
	followed(world, T0 + 1, TID);
	world_segment(world, T0 + 100, 0, 500, 0);
	ready(world, T0 + 400, T0 + 401, 500, 900);
	message = end(world);
	assert_int_equal(message->untold, CORR_UNTOLD_UNFOLLOWED);
	assert_true(message->stage_ns[CORR_STAGE_HOLE] == 0);
	assert_true(message->untold_ns == 100);
	world_close(world);
}

static void without_stages_all_of_it_is_untold(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message;

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	message = end(world);
	assert_int_equal(message->untold, CORR_UNTOLD_OFF);
	assert_true(message->untold_ns == 100);
	world_close(world);
}

static void a_message_behind_a_hole_waited_for_the_hole(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = &world->messages[1];

	(void)state;
	followed(world, T0 + 1, TID);
	world_segment(world, T0 + 100, 500, 500, 0); /* the second one first */
	world_segment(world, T0 + 180, 0, 500, 0);
	ready(world, T0 + 185, T0 + 186, 0, 1000);
	woken(world, T0 + 187, T0 + 190, COOKIE);
	world_read(world, T0 + 200, T0 + 210, 0, 1000);
	world_message(world, T0 + 300, 0, 500);
	world_message(world, T0 + 301, 500, 1000);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 2);
	assert_true(world->messages[0].stage_ns[CORR_STAGE_HOLE] == 0);
	assert_true(message->stage_ns[CORR_STAGE_HOLE] == 80);
	assert_true(message->stage_ns[CORR_STAGE_NIC_QUEUE] == 5);
	assert_true(message->untold_ns == 0);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleeper_that_was_woken_by_the_telling),
		cmocka_unit_test(a_reader_put_aside_holds_the_socket),
		cmocka_unit_test(a_reader_put_aside_in_its_own_read_held_nothing_up_before),
		cmocka_unit_test(a_reader_put_aside_outside_of_a_read_holds_nothing),
		cmocka_unit_test(one_that_was_put_aside_waited_for_a_processor),
		cmocka_unit_test(one_that_slept_after_being_put_aside_was_late),
		cmocka_unit_test(a_sleeper_that_was_put_aside_waited_twice),
		cmocka_unit_test(a_sleeper_that_something_else_woke_was_late),
		cmocka_unit_test(one_woken_before_waits_for_a_processor),
		cmocka_unit_test(one_that_ran_was_busy),
		cmocka_unit_test(what_is_lost_is_not_taken_for_busy),
		cmocka_unit_test(a_thread_nobody_followed_is_unknown),
		cmocka_unit_test(bytes_before_the_first_telling_are_unfollowed),
		cmocka_unit_test(without_stages_all_of_it_is_untold),
		cmocka_unit_test(a_message_behind_a_hole_waited_for_the_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
