/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages that the capture read on the wire: without a user, and held against the user's. */
#include "wires_world.h"

/* Of a connection that nobody registered, seen by the capture alone. */
static void a_message_needs_nobody_but_the_capture(void **state)
{
	struct world *world = world_open();
	const struct corr_message *message = world->messages;

	(void)state;
	world_add_lane(world, LANE_NIC, T0);
	world_syn(world, T0 + 1, world_flow(1), BASE);
	world_segment(world, T0 + 100, 0, 300, 0);
	world_segment(world, T0 + 130, 300, 200, 0);
	wire(world, T0 + 130, 100, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(message->class_id, CORR_CLASS_NO_USER);
	assert_string_equal(corr_class_name(message->class_id), "no-user");
	assert_true(message->is_ranged && message->start_offset == 100);
	assert_true(message->end_offset == 500 && message->cookie == world_flow(1));
	assert_true(message->nic_ns == T0 + 130 && message->nic_first_ns == T0 + 100);
	assert_true(message->tcp_seq == BASE + 300 && message->segment_count == 2);
	assert_true(message->stage_ns[CORR_STAGE_FIRST_LAST] == 30);
	assert_int_equal(message->kernel_reason, CORR_REASON_NOT_RUNNING);
	assert_true(message->user_ns == 0 && message->user_wall_ns == 0);
	assert_true(message->has_wire && message->opcode == 1 && message->payload_bytes == 100);
	assert_int_equal(counts_of(world)->wire_none_count, 0);
	world_close(world);
}

static void the_kernel_adds_its_stages(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	world->lanes[LANE_USER].is_owned = false;
	world_segment(world, T0 + 100, 0, 500, 0);
	wire(world, T0 + 100, 0, 500);
	world_settle(world, T0 + 120);
	assert_int_equal(world->message_count, 0); /* the kernel may still say something */
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(message->class_id, CORR_CLASS_NO_USER);
	assert_true(message->cookie == COOKIE && message->conn_number == 1);
	assert_true(message->stage_ns[CORR_STAGE_NIC_KERNEL] == 50);
	assert_false(corr_stage_is_known(message, CORR_STAGE_TOTAL));
	assert_int_equal(counts_of(world)->check_agree_count, 0);
	world_close(world);
}

static void a_user_message_of_the_same_range_agrees(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		world_segment(world, T0 + 100 + i, 100 * i, 100, 0);
		wire(world, T0 + 100 + i, 100 * i, 100 * i + 100);
		world_read(world, T0 + 150 + i, T0 + 150 + i, 100 * i, 100);
		world_message(world, T0 + 300 + i, 100 * i, 100 * i + 100);
	}
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(world->messages[i].class_id, CORR_CLASS_EXACT);
		assert_true(world->messages[i].has_wire);
	}
	assert_int_equal(counts_of(world)->wire_agree_count, 3);
	assert_int_equal(counts_of(world)->wire_disagree_count, 0);
	world_close(world);
}

/* Two of one record, and one that begins in it. */
static void messages_may_share_a_record(void **state)
{
	struct world *world = world_open_usual();
	static const uint64_t ranges[][2] = { { 0, 100 }, { 0, 100 }, { 0, 200 }, { 200, 300 } };

	(void)state;
	world_segment(world, T0 + 100, 0, 300, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 300);
	for (size_t i = 0; i < 4; i++) {
		wire(world, T0 + 100, ranges[i][0], ranges[i][1]);
		world_message(world, T0 + 300 + i, ranges[i][0], ranges[i][1]);
	}
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 4);
	assert_int_equal(counts_of(world)->wire_agree_count, 4);
	assert_int_equal(counts_of(world)->wire_disagree_count, 0);
	assert_int_equal(world->messages[1].record_position, 2);
	world_close(world);
}

static void another_range_is_a_disagreement(void **state)
{
	/* What the wire has for the user's [0,100) [100,200) [200,300). */
	static const uint64_t wrong[][2][2] = { { { 0, 200 }, { 200, 300 } },
						{ { 0, 100 }, { 100, 180 } },
						{ { 0, 110 }, { 110, 200 } } };
	static const uint64_t expected[] = { 1, 1, 2 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct world *world = world_open_usual();

		world_segment(world, T0 + 100, 0, 300, 0);
		world_read(world, T0 + 150, T0 + 150, 0, 300);
		for (size_t k = 0; k < 2; k++)
			wire(world, T0 + 100, wrong[i][k][0], wrong[i][k][1]);
		for (uint64_t k = 0; k < 3; k++)
			world_message(world, T0 + 300 + k, 100 * k, 100 * k + 100);
		world_settle(world, T0 + 1000);
		corr_engine_end(world->engine, T0 + 2000);
		assert_int_equal(world->message_count, 3); /* the user's are the lines */
		assert_int_equal(counts_of(world)->wire_disagree_count, expected[i]);
		world_close(world);
	}
}

/* Each of the two may miss some; that is no disagreement. */
static void what_only_one_of_them_has_is_no_disagreement(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 500);
	for (uint64_t i = 0; i < 5; i++) {
		if (i != 1)
			wire(world, T0 + 100, 100 * i, 100 * i + 100);
		if (i != 3)
			world_message(world, T0 + 300 + i, 100 * i, 100 * i + 100);
	}
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 5);
	assert_int_equal(world->messages[3].class_id, CORR_CLASS_NO_USER);
	assert_true(world->messages[3].start_offset == 300);
	assert_true(world->messages[3].kernel_ns == T0 + 150);
	assert_int_equal(counts_of(world)->wire_agree_count, 3);
	assert_int_equal(counts_of(world)->wire_none_count, 1);
	assert_int_equal(counts_of(world)->wire_disagree_count, 0);
	world_close(world);
}

/* The user layer is waited for while it tells other messages of the connection. */
static void a_slow_user_is_waited_for(void **state)
{
	struct world *world = world_open_usual();
	uint64_t now_ns = T0 + 3 * (uint64_t)PROF_NS_PER_S;

	(void)state;
	world_segment(world, T0 + 100, 0, 200, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 200);
	wire(world, T0 + 100, 0, 100);
	world_message(world, T0 + 300, 0, 100);
	wire(world, T0 + 100, 100, 200);
	world_settle(world, now_ns);
	assert_int_equal(world->message_count, 1);
	world_message(world, now_ns + 5, 100, 200);
	world_settle(world, now_ns + 10);
	assert_int_equal(world->message_count, 2);
	assert_int_equal(counts_of(world)->wire_agree_count, 2);
	world_close(world);
}

/* It ended, and its last messages wait for the marks of the others. */
static void a_user_that_is_gone_has_told_its_messages(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 200, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 200);
	wire(world, T0 + 100, 0, 100);
	wire(world, T0 + 100, 100, 200);
	world_message(world, T0 + 300, 0, 100);
	world_message(world, T0 + 300, 100, 200);
	world->lanes[LANE_USER].is_owned = false;
	world_settle(world, T0 + 200);
	assert_int_equal(world->message_count, 0);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 2);
	assert_int_equal(counts_of(world)->wire_agree_count, 2);
	world_close(world);
}

static void what_comes_too_late_is_counted(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 200, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 200);
	wire(world, T0 + 100, 0, 50);
	world_message(world, T0 + 300, 0, 50);
	world_message(world, T0 + 300, 50, 200);
	world_settle(world, T0 + 1000);
	wire(world, T0 + 100, 50, 200);
	world_settle(world, T0 + 2000);
	assert_int_equal(world->message_count, 2);
	assert_int_equal(counts_of(world)->wire_late_count, 1);
	assert_int_equal(counts_of(world)->wire_disagree_count, 0);
	world_close(world);
}

/* The capture met the connection in its middle: its offsets are not the stream's. */
static void a_capture_that_joined_late_finds_the_place(void **state)
{
	struct world *world = world_open();
	const struct corr_message *message = world->messages;
	uint64_t at = UINT64_C(0x300000000);

	(void)state;
	world_add_lane(world, LANE_NIC, T0);
	world_add_lane(world, LANE_KERNEL, T0);
	world_register(world, COOKIE, 1);
	world_read(world, T0 + 40, T0 + 40, at - 500, 500);
	world_segment(world, T0 + 100, at, 500, 0);
	wire_of(world, T0 + 100, BASE + (uint32_t)at - 1000, 1000, 1500, 0);
	world_read(world, T0 + 150, T0 + 150, at, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(message->class_id, CORR_CLASS_NO_USER);
	assert_true(message->is_ranged && message->start_offset == at);
	assert_true(message->kernel_ns == T0 + 150);
	world_close(world);
}

/* Without a socket nobody knows where the stream began. */
static void a_place_in_the_capture_alone_is_not_said(void **state)
{
	struct world *world = world_open();
	const struct corr_message *message = world->messages;

	(void)state;
	world_add_lane(world, LANE_NIC, T0);
	world_segment(world, T0 + 100, 0, 500, 0);
	world_segment(world, T0 + 200, 500, 500, 0);
	world_segment(world, T0 + SETTLED, 1000, 500, 0);
	wire_of(world, T0 + SETTLED, BASE, 1000, 1500, 0);
	world_settle(world, T0 + 2 * SETTLED);
	assert_int_equal(world->message_count, 1);
	assert_false(message->is_ranged);
	assert_true(message->start_offset == 0 && message->end_offset == 0);
	assert_true(message->nic_ns == T0 + SETTLED);
	world_close(world);
}

/* Its key came late: nothing had been read on the wire until then. */
static void what_the_user_has_told_alone_is_not_told_again(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 500);
	world_message(world, T0 + 300, 0, 100);
	world_message(world, T0 + 301, 130, 200); /* a ping lies before it */
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 2);
	wire(world, T0 + 100, 0, 100);
	wire(world, T0 + 100, 130, 200);
	wire(world, T0 + 100, 200, 300);
	wire(world, T0 + 100, 300, 400);
	world_message(world, T0 + 2000, 200, 300);
	world_message(world, T0 + 2001, 300, 400);
	world_settle(world, T0 + 2 * SETTLED);
	assert_int_equal(world->message_count, 4);
	assert_int_equal(counts_of(world)->wire_late_count, 2);
	assert_int_equal(counts_of(world)->wire_agree_count, 2);
	assert_int_equal(counts_of(world)->wire_disagree_count, 0);
	assert_int_equal(counts_of(world)->wire_none_count, 0);
	world_close(world);
}

static void memory_is_bounded(void **state)
{
	struct world *world = world_open();

	(void)state;
	world_add_lane(world, LANE_NIC, T0);
	(void)corr_engine_destroy(world->engine);
	assert_int_equal(corr_engine_create(&(struct corr_engine_options){ .wire_count = 4 },
					    world_emit, world, &world->engine),
			 0);
	for (uint64_t i = 0; i < 10; i++)
		wire(world, T0 + 100 + i, 100 * i, 100 * i + 100);
	assert_int_equal(world->message_count, 6);
	assert_int_equal(counts_of(world)->wire_early_count, 6);
	corr_engine_end(world->engine, T0 + 1000);
	assert_int_equal(world->message_count, 10);
	world_close(world);
}

static void a_range_that_cannot_be_is_counted(void **state)
{
	struct world *world = world_open();

	(void)state;
	wire(world, T0 + 100, 100, 100);
	wire_of(world, T0 + 100, BASE, UINT64_MAX - 10, 5, anchored);
	corr_engine_end(world->engine, T0 + 1000);
	assert_int_equal(world->message_count, 0);
	assert_int_equal(counts_of(world)->wire_bad_count, 2);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_needs_nobody_but_the_capture),
		cmocka_unit_test(the_kernel_adds_its_stages),
		cmocka_unit_test(a_user_message_of_the_same_range_agrees),
		cmocka_unit_test(messages_may_share_a_record),
		cmocka_unit_test(another_range_is_a_disagreement),
		cmocka_unit_test(what_only_one_of_them_has_is_no_disagreement),
		cmocka_unit_test(a_slow_user_is_waited_for),
		cmocka_unit_test(a_user_that_is_gone_has_told_its_messages),
		cmocka_unit_test(what_comes_too_late_is_counted),
		cmocka_unit_test(a_capture_that_joined_late_finds_the_place),
		cmocka_unit_test(a_place_in_the_capture_alone_is_not_said),
		cmocka_unit_test(what_the_user_has_told_alone_is_not_told_again),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(a_range_that_cannot_be_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
