/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of a library beside the messages that the capture read on the wire. */
#include "wires_world.h"

static void call_after(struct world *world, uint64_t time_ns, uint64_t start, uint64_t end,
		       uint32_t recv_before_ns)
{
	const struct prof_event event = { .time_ns = time_ns,
					  .conn_key = COOKIE,
					  .kind = PROF_EVENT_MESSAGE,
					  .flags = PROF_FLAG_CALL,
					  .message = { .end_offset = end,
						       .size_bytes = (uint32_t)(end - start),
						       .recv_before_ns = recv_before_ns,
						       .message_index = world->message_index++ } };

	corr_engine_event(world->engine, LANE_USER, &event);
}

static void call(struct world *world, uint64_t time_ns, uint64_t start, uint64_t end)
{
	call_after(world, time_ns, start, end, 0);
}

static void calls_give_their_time_to_messages(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 500);
	call(world, T0 + 290, 0, 100); /* no message: HTTP */
	wire(world, T0 + 100, 100, 200);
	wire(world, T0 + 100, 100, 200);
	wire(world, T0 + 100, 200, 400);
	call(world, T0 + 300, 100, 200);
	call(world, T0 + 310, 200, 300); /* a part */
	call(world, T0 + 320, 300, 400);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 4);
	assert_true(!world->messages[0].has_wire && world->messages[0].end_offset == 100);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(world->messages[i].class_id, CORR_CLASS_EXACT);
	assert_true(world->messages[1].user_ns == T0 + 300);
	assert_true(world->messages[2].user_ns == T0 + 300);
	assert_true(world->messages[3].user_ns == T0 + 320);
	assert_true(world->messages[3].start_offset == 200 && world->messages[3].end_offset == 400);
	assert_int_equal(counts_of(world)->wire_agree_count, 3);
	assert_int_equal(counts_of(world)->wire_part_count, 1);
	assert_int_equal(counts_of(world)->wire_disagree_count, 0);
	world_close(world);
}

/* A key that comes late: what the calls have been told for is no message without a user. */
static void what_calls_have_told_alone_is_not_told_again(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 500);
	call(world, T0 + 290, 0, 100); /* no message: HTTP */
	call(world, T0 + 300, 100, 200);
	call(world, T0 + 310, 200, 300);
	call(world, T0 + 320, 300, 400);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 4);
	wire(world, T0 + 100, 100, 200);
	wire(world, T0 + 100, 200, 400);
	wire(world, T0 + 100, 400, 500);
	call(world, T0 + 2000, 400, 500);
	world_settle(world, T0 + 2 * SETTLED);
	assert_int_equal(world->message_count, 5);
	assert_true(world->messages[4].has_wire && world->messages[4].user_ns == T0 + 2000);
	assert_int_equal(counts_of(world)->wire_late_count, 2);
	assert_int_equal(counts_of(world)->wire_agree_count, 1);
	assert_int_equal(counts_of(world)->wire_disagree_count, 0);
	world_close(world);
}

/* Calls that were lost lie between: what they returned is told, but for too many such gaps. */
static void what_lies_between_calls_told_alone_is_told(void **state)
{
	/* All calls of 100 bytes from 0 to 1,000, but for every other one from the second on. */
	struct world *world = world_open_usual();
	uint64_t told_count;

	(void)state;
	world_segment(world, T0 + 100, 0, 1100, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 1100);
	call(world, T0 + 290, 0, 50);
	for (uint64_t i = 0; i < 10; i += 2)
		call(world, T0 + 300 + i, 100 * i, 100 * i + 100);
	world_settle(world, T0 + 1000);
	told_count = world->message_count;
	assert_int_equal(told_count, 6);
	for (uint64_t i = 0; i < 10; i++)
		wire(world, T0 + 100, 100 * i, 100 * i + 100);
	world_settle(world, T0 + WIRES_KNOWN_WAIT_NS + 20 * SETTLED);
	/* Five spans, one more than are kept: the gap between the first two counts as told. */
	assert_int_equal(world->message_count, told_count + 4);
	assert_int_equal(counts_of(world)->wire_late_count, 6);
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(world->messages[told_count + i].start_offset, 300 + 200 * i);
	world_close(world);
}

/* While others are read on the wire, a new connection's key may yet come. */
static void a_new_connections_calls_wait_for_the_wire(void **state)
{
	struct world *world = world_open_usual();
	struct prof_event other = { .time_ns = T0 + 20,
				    .conn_key = world_flow(2),
				    .kind = PROF_EVENT_WIRE,
				    .wire = { .end_offset = 50,
					      .size_bytes = 50,
					      .base_seq = BASE,
					      .opcode = 1,
					      .bits = anchored } };

	(void)state;
	corr_engine_event(world->engine, LANE_NIC, &other);
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 500);
	call(world, T0 + 300, 0, 100);
	call(world, T0 + 310, 100, 200);
	world_settle(world, T0 + SETTLED);
	wire(world, T0 + 100, 0, 100);
	wire(world, T0 + 100, 100, 200);
	world_settle(world, T0 + 2 * SETTLED);
	assert_int_equal(counts_of(world)->wire_late_count, 0);
	assert_int_equal(counts_of(world)->wire_agree_count, 2);
	/* After a second nobody waits for one that is not read there. */
	world_register(world, COOKIE + 1, 3);
	for (uint64_t i = 0; i < 3; i++) {
		const struct prof_event event = {
			.time_ns = T0 + 3 * SETTLED + i * WIRES_NEW_WAIT_NS,
			.conn_key = COOKIE + 1,
			.kind = PROF_EVENT_MESSAGE,
			.flags = PROF_FLAG_CALL,
			.message = { .end_offset = 100 * (i + 1),
				     .size_bytes = 100,
				     .message_index = world->message_index++ }
		};
		uint64_t told_count = world->message_count;

		corr_engine_event(world->engine, LANE_USER, &event);
		world_settle(world, event.time_ns + SETTLED);
		assert_int_equal(world->message_count, told_count + (i > 0));
		world_settle(world, event.time_ns + WIRES_NEW_WAIT_NS);
	}
	world_close(world);
}

/* Without a capture there is nothing to wait for. */
static void no_call_waits_for_a_capture_that_is_gone(void **state)
{
	struct world *world = world_open_usual();
	const uint64_t later_ns = T0 + WIRES_KNOWN_WAIT_NS + 20 * SETTLED;

	(void)state;
	wire(world, T0 + 20, 0, 50);
	world_settle(world, later_ns);
	assert_int_equal(world->message_count, 1);
	world->lanes[LANE_NIC].is_owned = false;
	world_settle(world, later_ns + SETTLED);
	world_register_at(world, later_ns + 2 * SETTLED, COOKIE + 1, 3);
	for (uint64_t i = 0; i < 2; i++) {
		const struct prof_event event = { .time_ns = later_ns + 2 * SETTLED + i,
						  .conn_key = COOKIE + 1,
						  .kind = PROF_EVENT_MESSAGE,
						  .flags = PROF_FLAG_CALL,
						  .message = { .end_offset = 100 * (i + 1),
							       .size_bytes = 100 } };

		corr_engine_event(world->engine, LANE_USER, &event);
		world_settle(world, event.time_ns + SETTLED);
		assert_int_equal(world->message_count, 2 + i);
	}
	world_close(world);
}

/* Who reads was not watched from the beginning: those before are messages without a user. */
static void what_lies_before_the_calls_is_told(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 500);
	call(world, T0 + 300, 300, 400);
	world_settle(world, T0 + 1000);
	wire(world, T0 + 100, 100, 200);
	wire(world, T0 + 100, 200, 350); /* the end of it was told, the rest was not */
	wire(world, T0 + 100, 300, 400);
	world_settle(world, T0 + WIRES_KNOWN_WAIT_NS + 20 * SETTLED);
	assert_int_equal(world->message_count, 3);
	assert_int_equal(world->messages[1].class_id, CORR_CLASS_NO_USER);
	assert_int_equal(world->messages[2].class_id, CORR_CLASS_NO_USER);
	assert_true(world->messages[1].start_offset == 100 && world->messages[2].end_offset == 350);
	assert_int_equal(counts_of(world)->wire_late_count, 1);
	world_close(world);
}

/* Of a message in many records its first calls come long before the capture has all of it. */
static void calls_wait_for_the_message_that_they_are_a_part_of(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 100, 0);
	world_read(world, T0 + 110, T0 + 111, 0, 100);
	wire(world, T0 + 100, 0, 100);
	call(world, T0 + 120, 0, 100);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	world_segment(world, T0 + 2000, 100, 100, 0);
	world_read(world, T0 + 2010, T0 + 2011, 100, 100);
	call(world, T0 + 2020, 100, 150);
	call(world, T0 + 2030, 150, 200);
	world_settle(world, T0 + 2 * SETTLED);
	assert_int_equal(world->message_count, 1);
	world_segment(world, T0 + 2 * SETTLED + 10, 200, 100, 0);
	wire(world, T0 + 2 * SETTLED + 10, 100, 300);
	world_read(world, T0 + 2 * SETTLED + 20, T0 + 2 * SETTLED + 21, 200, 100);
	call(world, T0 + 2 * SETTLED + 30, 200, 300);
	world_settle(world, T0 + 3 * SETTLED);
	assert_int_equal(world->message_count, 2);
	assert_int_equal(world->messages[1].class_id, CORR_CLASS_EXACT);
	assert_true(world->messages[1].start_offset == 100 && world->messages[1].end_offset == 300);
	assert_int_equal(counts_of(world)->wire_part_count, 2);
	call(world, T0 + 3 * SETTLED + 10, 300,
	     310); /* no message: it is not waited for for good */
	world_settle(world, T0 + 7 * SETTLED);
	assert_int_equal(world->message_count, 3);
	world_close(world);
}

/* It has read on before it decrypts: which read was the socket's last one says nothing. */
static void a_client_may_read_ahead_of_what_it_decrypts(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 400, 0);
	for (uint64_t i = 0; i < 4; i++) {
		wire(world, T0 + 100, 100 * i, 100 * i + 100);
		world_read(world, T0 + 150 + 20 * i, T0 + 160 + 20 * i, 100 * i, 100);
	}
	call(world, T0 + 300, 0, 100);
	call_after(world, T0 + 310, 100, 200, 130); /* its thread's latest read was that one */
	call_after(world, T0 + 320, 200, 300, 100); /* not so: to be told */
	call_after(world, T0 + 330, 300, 400, UINT32_MAX);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 4);
	assert_int_equal(counts_of(world)->wire_agree_count, 4);
	assert_int_equal(counts_of(world)->check_none_count, 2);
	assert_int_equal(counts_of(world)->check_agree_count, 1);
	assert_int_equal(counts_of(world)->check_disagree_count, 1);
	assert_false(corr_stage_is_known(&world->messages[3], CORR_STAGE_RETURN_RECV));
	world_close(world);
}

/* Which call returned which message of a record is not known. */
static void several_calls_of_one_record_are_a_bound(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 100, 0);
	world_read(world, T0 + 150, T0 + 150, 0, 100);
	wire(world, T0 + 100, 0, 100);
	wire(world, T0 + 100, 0, 100);
	call(world, T0 + 300, 0, 100);
	call(world, T0 + 310, 0, 100);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(world->messages[i].class_id, CORR_CLASS_LAST_BYTE);
		assert_true(world->messages[i].user_ns == T0 + 310);
	}
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_give_their_time_to_messages),
		cmocka_unit_test(what_calls_have_told_alone_is_not_told_again),
		cmocka_unit_test(what_lies_between_calls_told_alone_is_told),
		cmocka_unit_test(a_new_connections_calls_wait_for_the_wire),
		cmocka_unit_test(no_call_waits_for_a_capture_that_is_gone),
		cmocka_unit_test(what_lies_before_the_calls_is_told),
		cmocka_unit_test(calls_wait_for_the_message_that_they_are_a_part_of),
		cmocka_unit_test(a_client_may_read_ahead_of_what_it_decrypts),
		cmocka_unit_test(several_calls_of_one_record_are_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
