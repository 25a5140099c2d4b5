/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages that the capture read on the wire: without a user, and held against the user's. */
#include "correlator/match/wires.h"
#include "tests/unit/correlator/world.h"

static const uint8_t anchored = PROF_WIRE_ANCHORED;

static void wire_of(struct world *world, uint64_t time_ns, uint32_t base, uint64_t start,
		    uint64_t end, uint8_t bits)
{
	const struct prof_event event = { .time_ns = time_ns,
					  .conn_key = world_flow(1),
					  .kind = PROF_EVENT_WIRE,
					  .wire = { .end_offset = end,
						    .size_bytes = (uint32_t)(end - start),
						    .base_seq = base,
						    .payload_bytes = 100,
						    .fragment_count = 1,
						    .opcode = 1,
						    .bits = bits } };

	corr_engine_event(world->engine, LANE_NIC, &event);
}

static void wire(struct world *world, uint64_t time_ns, uint64_t start, uint64_t end)
{
	wire_of(world, time_ns, BASE, start, end, anchored);
}

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

static const struct corr_counts *counts_of(const struct world *world)
{
	return corr_engine_counts(world->engine);
}

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
		cmocka_unit_test(calls_give_their_time_to_messages),
		cmocka_unit_test(what_calls_have_told_alone_is_not_told_again),
		cmocka_unit_test(a_new_connections_calls_wait_for_the_wire),
		cmocka_unit_test(what_lies_before_the_calls_is_told),
		cmocka_unit_test(calls_wait_for_the_message_that_they_are_a_part_of),
		cmocka_unit_test(a_client_may_read_ahead_of_what_it_decrypts),
		cmocka_unit_test(several_calls_of_one_record_are_a_bound),
		cmocka_unit_test(a_capture_that_joined_late_finds_the_place),
		cmocka_unit_test(a_place_in_the_capture_alone_is_not_said),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(a_range_that_cannot_be_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
