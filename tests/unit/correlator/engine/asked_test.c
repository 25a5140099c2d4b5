/* SPDX-License-Identifier: BSD-2-Clause */
/* Orders and pings of somebody else's client, as the capture read them. */
#include "tests/unit/correlator/match/trip_world.h"

#define S	   ((uint64_t)PROF_NS_PER_S)
#define ORDER_FLOW 2 /* its salt; its socket is nobody's that is registered */

static void token(struct world *world, uint64_t time_ns, uint64_t flow, uint8_t flags,
		  const struct prof_token *token)
{
	const struct prof_event event = { .time_ns = time_ns,
					  .conn_key = flow,
					  .kind = PROF_EVENT_TOKEN,
					  .flags = flags,
					  .base_seq = flags & PROF_FLAG_OUTBOUND ? OUT_BASE : BASE,
					  .token = *token };

	corr_engine_event(world->engine, LANE_NIC, &event);
}

/* A message of 100 bytes that carries an id; read, unless read_ns is 0. */
static void tick(struct world *world, uint64_t time_ns, uint64_t read_ns, uint64_t start,
		 uint64_t value_hash)
{
	const struct prof_event wire = { .time_ns = time_ns,
					 .conn_key = world_flow(1),
					 .kind = PROF_EVENT_WIRE,
					 .wire = { .end_offset = start + 100,
						   .size_bytes = 100,
						   .base_seq = BASE,
						   .fragment_count = 1,
						   .opcode = 1,
						   .bits = PROF_WIRE_ANCHORED } };

	world_segment(world, time_ns, start, 100, 0);
	if (value_hash)
		token(world, time_ns, world_flow(1), 0,
		      &(struct prof_token){ .end_offset = start + 100, .value_hash = value_hash });
	corr_engine_event(world->engine, LANE_NIC, &wire);
	if (read_ns)
		world_read(world, read_ns, read_ns + US, start, 100);
}

/* An order of 100 bytes: taken by TCP, left, acknowledged and answered. */
static void order(struct world *world, uint64_t call_ns, uint64_t value_hash)
{
	const struct prof_event send = { .time_ns = call_ns,
					 .conn_key = COOKIE + 1,
					 .kind = PROF_EVENT_SEND,
					 .base_seq = OUT_BASE,
					 .read = { .return_ns = call_ns + 5 * US,
						   .flow_id = world_flow(ORDER_FLOW),
						   .start_offset = 0,
						   .size_bytes = 100,
						   .tid = TID } };
	const struct prof_token said = { .end_offset = 100,
					 .value_hash = value_hash,
					 .request_hash = 7,
					 .size_bytes = 100,
					 .bits = PROF_WIRE_ANCHORED };
	const struct prof_token answer = { .end_offset = 50, .request_hash = 7 };
	struct prof_event ack = { .time_ns = call_ns + 300 * US,
				  .conn_key = world_flow(ORDER_FLOW),
				  .kind = PROF_EVENT_SEGMENT,
				  .segment = { .tcp_flags = PROF_TCP_ACK,
					       .ack_seq = OUT_BASE + 100 } };

	world_register(world, COOKIE + 1, ORDER_FLOW);
	corr_engine_event(world->engine, LANE_KERNEL, &send);
	world_segment_of(world, call_ns + 10 * US, world_flow(ORDER_FLOW), OUT_BASE, 100,
			 PROF_FLAG_OUTBOUND);
	token(world, call_ns + 10 * US, world_flow(ORDER_FLOW), PROF_FLAG_OUTBOUND, &said);
	corr_engine_event(world->engine, LANE_NIC, &ack);
	token(world, call_ns + 400 * US, world_flow(ORDER_FLOW), 0, &answer);
}

static void an_order_read_from_the_wire_is_told_with_the_id_that_it_carries(void **state)
{
	struct world *world = begin();

	(void)state;
	tick(world, T0 + 100 * US, T0 + 120 * US, 0, 4711);
	tick(world, T0 + 150 * US, T0 + 160 * US, 100, 0);
	order(world, T0 + 200 * US, 4711);
	world_settle(world, T0 + 5 * (uint64_t)PROF_NS_PER_S);
	assert_int_equal(world->message_count, 2);
	assert_int_equal(world->messages[0].id_hash, 4711);
	assert_int_equal(world->messages[1].id_hash, 0); /* the id was of the first alone */
	assert_int_equal(told_count, 1);
	assert_int_equal(told.purpose, PROF_PURPOSE_ORDER);
	assert_int_equal(told.proof, PROF_PROOF_ID);
	assert_int_equal(told.cause_id_hash, 4711);
	assert_int_equal(told.request_id, 7);
	assert_int_equal(told.cookie, COOKIE + 1);
	assert_int_equal(told.tid, TID);
	assert_int_equal(told.write_ns, 0);
	assert_int_equal(told.call_ns, T0 + 200 * US);
	assert_int_equal(told.left_ns, T0 + 210 * US);
	assert_int_equal(told.tcp_seq, OUT_BASE);
	assert_int_equal(told.acked_ns, T0 + 500 * US);
	assert_int_equal(told.arrived_ns, T0 + 600 * US);
	world_close(world);
}

/* A call that took more: plain, another frame in its range; under TLS, another of the same record.
 */
static void several_orders_of_one_call_are_said_to_be(void **state)
{
	const struct prof_event send = { .time_ns = T0 + 200 * US,
					 .conn_key = COOKIE,
					 .kind = PROF_EVENT_SEND,
					 .base_seq = OUT_BASE,
					 .read = { .return_ns = T0 + 201 * US,
						   .flow_id = world_flow(1),
						   .size_bytes = 100,
						   .tid = TID } };
	struct prof_token said = { .end_offset = 100, .request_hash = 7, .size_bytes = 100 };

	(void)state;
	for (int kind = 0; kind < 3; kind++) { /* alone; in one record; one behind the other */
		struct world *world = begin();

		corr_engine_event(world->engine, LANE_KERNEL, &send);
		leaves(world, T0 + 210 * US, 0, 100);
		said.size_bytes = kind == 2 ? 50 : 100;
		token(world, T0 + 210 * US, world_flow(1), PROF_FLAG_OUTBOUND, &said);
		if (kind == 1)
			token(world, T0 + 210 * US, world_flow(1), PROF_FLAG_OUTBOUND, &said);
		corr_engine_end(world->engine, T0 + 5 * S);
		assert_int_equal(told_count, kind == 1 ? 2 : 1);
		assert_int_equal(told.tid, TID);
		assert_int_equal(told.is_sent_with_more, kind > 0);
		world_close(world);
	}
}

/* The order is not told before the message, which waits for its reader. */
static void an_order_waits_for_the_messages_before_it(void **state)
{
	struct world *world = begin();

	(void)state;
	tick(world, T0 + 100 * US, 0, 0, 4711);
	order(world, T0 + 200 * US, 4711);
	world_settle(world, T0 + 700 * US);
	assert_int_equal(told_count, 0);
	world_read(world, T0 + 120 * US, T0 + 121 * US, 0, 100);
	world_settle(world, T0 + 20 * (uint64_t)PROF_NS_PER_S);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(told_count, 1);
	world_close(world);
}

static void what_the_user_layer_tells_is_not_told_twice(void **state)
{
	const struct prof_event write = { .time_ns = T0 + 190 * US,
					  .conn_key = COOKIE + 1,
					  .kind = PROF_EVENT_WRITE,
					  .write = { .end_offset = 100, .size_bytes = 100 } };
	struct world *world = begin();

	(void)state;
	corr_engine_event(world->engine, LANE_USER, &write);
	order(world, T0 + 200 * US, 4711);
	world_settle(world, T0 + 5 * (uint64_t)PROF_NS_PER_S);
	assert_int_equal(told_count, 0);
	world_close(world);
}

/* ---- Pings of somebody else's, read from the wire ---------------------------- */

#define PONG_SEQ 200 /* of its 10 bytes, in the stream that comes in */

static void ping_leaves(struct world *world, uint64_t time_ns, uint64_t start, uint64_t hash)
{
	const struct prof_token said = { .end_offset = start + 20,
					 .request_hash = hash,
					 .size_bytes = 20,
					 .bits = PROF_WIRE_ANCHORED | PROF_WIRE_CONTROL };

	sends(world, time_ns - 10 * US, start, 20, 0);
	leaves(world, time_ns, start, 20);
	token(world, time_ns, world_flow(1), PROF_FLAG_OUTBOUND, &said);
}

static void pong_arrives(struct world *world, uint64_t time_ns, uint64_t hash)
{
	const struct prof_token said = { .end_offset = PONG_SEQ + 10,
					 .request_hash = hash,
					 .size_bytes = 10,
					 .bits = PROF_WIRE_ANCHORED | PROF_WIRE_CONTROL };

	world_segment(world, time_ns, PONG_SEQ, 10, 0);
	token(world, time_ns, world_flow(1), 0, &said);
}

/* Two messages before the pong and one behind it; its reader comes late. */
static void a_ping_read_from_the_wire_is_taken_apart_as_far_as_the_kernel_goes(void **state)
{
	struct world *world = begin();

	(void)state;
	tick(world, T0 + 100 * US, T0 + 120 * US, 0, 0);
	tick(world, T0 + 150 * US, T0 + 160 * US, 100, 0);
	ping_leaves(world, T0 + 200 * US, 0, 4711);
	pong_arrives(world, T0 + 900 * US, 4711);
	tick(world, T0 + 910 * US, 0, 210, 0);
	world_settle(world, T0 + 1000 * US);
	assert_int_equal(told_count, 0);
	world_read(world, T0 + 5000 * US, T0 + 5001 * US, 200, 110);
	world_settle(world, T0 + 20 * (uint64_t)PROF_NS_PER_S);
	assert_int_equal(world->message_count, 3);
	assert_int_equal(told_count, 1);
	assert_int_equal(told.purpose, PROF_PURPOSE_PING);
	assert_int_equal(told.call_ns, T0 + 190 * US);
	assert_int_equal(told.left_ns, T0 + 200 * US);
	assert_int_equal(told.arrived_ns, T0 + 900 * US);
	assert_int_equal(told.read_ns, T0 + 5000 * US);
	assert_int_equal(told.tcp_seq, OUT_BASE);
	assert_int_equal(told.answer_tcp_seq, BASE + PONG_SEQ);
	assert_int_equal(told.part_ns[CORR_PART_WIRE], 700 * US);
	assert_int_equal(told.part_ns[CORR_PART_READ], 4100 * US);
	assert_false(corr_part_is_known(&told, CORR_PART_RTT));
	assert_int_equal(corr_engine_counts(world->engine)->wire_count, 3);
	assert_int_equal(corr_engine_counts(world->engine)->wire_disagree_count, 0);
	world_close(world);
}

/* A pong may answer the latest ping alone: two alike under way, and nobody can say which it is. */
static void whose_a_pong_is_must_be_sure(void **state)
{
	struct world *world = begin();

	(void)state;
	ping_leaves(world, T0 + 200 * US, 0, 4711);
	ping_leaves(world, T0 + 300 * US, 20, 4711);
	pong_arrives(world, T0 + 900 * US, 4711);
	ping_leaves(world, T0 + 20 * S, 40, 4711); /* whose pong could be the second's */
	pong_arrives(world, T0 + 20 * S + 700 * US, 4711);
	world_settle(world, T0 + 25 * S);
	assert_int_equal(told_count, 0);
	assert_int_equal(corr_engine_outward(world->engine)->unanswered_count, 3);
	ping_leaves(world, T0 + 31 * S, 60, 4711); /* alone again */
	pong_arrives(world, T0 + 31 * S + 700 * US, 4711);
	corr_engine_end(world->engine, T0 + 60 * S);
	assert_int_equal(told_count, 1);
	assert_int_equal(told.arrived_ns, T0 + 31 * S + 700 * US);
	world_close(world);
}

/* Of pings that are all alike, one a second: one lost pong is no reason for silence for good. */
static void after_a_lost_pong_pings_are_told_again(void **state)
{
	struct world *world = begin();

	(void)state;
	for (uint64_t i = 1; i <= 100; i++) {
		ping_leaves(world, T0 + i * S, i * 20, 4711);
		if (i != 10)
			pong_arrives(world, T0 + i * S + 700 * US, 4711);
		world_settle(world, T0 + i * S + 800 * US);
	}
	corr_engine_end(world->engine, T0 + 200 * S);
	assert_int_equal(told_count + corr_engine_outward(world->engine)->unanswered_count, 100);
	assert_int_in_range(told_count, 68, 70);
	assert_int_equal(told.part_ns[CORR_PART_WIRE], 700 * US);
	world_close(world);
}

/* Two captures, or one that was started twice. */
static void a_ping_that_is_told_twice_is_one(void **state)
{
	struct world *world = begin();

	(void)state;
	ping_leaves(world, T0 + 200 * US, 0, 4711);
	ping_leaves(world, T0 + 200 * US, 0, 4711);
	pong_arrives(world, T0 + 900 * US, 4711);
	pong_arrives(world, T0 + 900 * US, 4711);
	corr_engine_end(world->engine, T0 + 20 * S);
	assert_int_equal(told_count, 1);
	assert_int_equal(corr_engine_outward(world->engine)->unanswered_count, 0);
	world_close(world);
}

/* Its pong's place can be nowhere; and a message of the wire that says it is one is no message. */
static void what_cannot_be_holds_nothing_up(void **state)
{
	struct prof_event wire = { .time_ns = T0 + 900 * US,
				   .conn_key = world_flow(1),
				   .kind = PROF_EVENT_WIRE,
				   .wire = { .end_offset = 100,
					     .size_bytes = 100,
					     .base_seq = BASE,
					     .opcode = 10,
					     .bits = PROF_WIRE_ANCHORED } };
	struct prof_token pong = { .end_offset = 10,
				   .request_hash = 4711,
				   .size_bytes = 200,
				   .bits = PROF_WIRE_ANCHORED | PROF_WIRE_CONTROL };
	struct world *world = begin();

	(void)state;
	ping_leaves(world, T0 + 200 * US, 0, 4711);
	token(world, T0 + 900 * US, world_flow(1), 0, &pong);
	corr_engine_event(world->engine, LANE_NIC, &wire);
	order(world, T0 + 1000 * US, 4712);
	world_settle(world, T0 + 5 * S);
	assert_int_equal(told_count, 2);
	assert_int_equal(told.purpose, PROF_PURPOSE_ORDER);
	assert_int_equal(world->message_count, 0);
	assert_int_equal(corr_engine_counts(world->engine)->wire_bad_count, 1);
	world_close(world);
}

/* Of a connection's first moments one direction may be read before the other. */
static void an_answer_may_be_told_before_its_question(void **state)
{
	const struct prof_token answer = { .end_offset = 50, .request_hash = 7 };
	const struct prof_token said = {
		.end_offset = 100, .request_hash = 7, .size_bytes = 100, .bits = PROF_WIRE_ANCHORED
	};
	struct world *world = begin();

	(void)state;
	pong_arrives(world, T0 + 150 * US, 4711); /* unasked for: the ping below left later */
	pong_arrives(world, T0 + 900 * US, 4711);
	pong_arrives(world, T0 + 990 * US, 4711);
	ping_leaves(world, T0 + 200 * US, 0, 4711);
	world_segment_of(world, T0 + 300 * US, world_flow(ORDER_FLOW), OUT_BASE, 100,
			 PROF_FLAG_OUTBOUND);
	token(world, T0 + 250 * US, world_flow(ORDER_FLOW), 0, &answer); /* of an earlier one */
	token(world, T0 + 700 * US, world_flow(ORDER_FLOW), 0, &answer);
	token(world, T0 + 300 * US, world_flow(ORDER_FLOW), PROF_FLAG_OUTBOUND, &said);
	world_settle(world, T0 + 5 * S);
	assert_int_equal(told_count, 2);
	assert_int_equal(told.purpose, PROF_PURPOSE_ORDER);
	assert_int_equal(told.arrived_ns, T0 + 700 * US);
	assert_int_equal(corr_engine_outward(world->engine)->unanswered_count, 0);
	world_close(world);
}

/* Our own client tells its pings, answered or not. */
static void pings_of_who_tells_them_are_not_told_twice(void **state)
{
	const struct prof_event write = { .time_ns = T0 + 190 * US,
					  .conn_key = COOKIE,
					  .kind = PROF_EVENT_WRITE,
					  .write = { .end_offset = 20,
						     .request_id = 1,
						     .size_bytes = 20,
						     .purpose = PROF_PURPOSE_PING } };
	struct world *world = begin();

	(void)state;
	corr_engine_event(world->engine, LANE_USER, &write);
	ping_leaves(world, T0 + 200 * US, 0, 4711);
	order(world, T0 + 1000 * US, 4712);
	world_settle(world, T0 + 5 * S);
	assert_int_equal(told_count, 1); /* the order */
	corr_engine_end(world->engine, T0 + 20 * S);
	assert_int_equal(told_count, 1);
	assert_int_equal(corr_engine_outward(world->engine)->unanswered_count, 1);
	world_close(world);
}

/* An order's answer that hashes as a ping does is none of its. */
static void a_pong_answers_no_order_nor_text_a_ping(void **state)
{
	struct world *world = begin();

	(void)state;
	ping_leaves(world, T0 + 200 * US, 0, 7);
	token(world, T0 + 300 * US, world_flow(1), 0,
	      &(struct prof_token){ .end_offset = 100, .request_hash = 7 });
	corr_engine_end(world->engine, T0 + 5 * (uint64_t)PROF_NS_PER_S);
	assert_int_equal(told_count, 0);
	assert_int_equal(corr_engine_outward(world->engine)->unanswered_count, 1);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_read_from_the_wire_is_told_with_the_id_that_it_carries),
		cmocka_unit_test(several_orders_of_one_call_are_said_to_be),
		cmocka_unit_test(an_order_waits_for_the_messages_before_it),
		cmocka_unit_test(what_the_user_layer_tells_is_not_told_twice),
		cmocka_unit_test(
			a_ping_read_from_the_wire_is_taken_apart_as_far_as_the_kernel_goes),
		cmocka_unit_test(after_a_lost_pong_pings_are_told_again),
		cmocka_unit_test(a_ping_that_is_told_twice_is_one),
		cmocka_unit_test(what_cannot_be_holds_nothing_up),
		cmocka_unit_test(an_answer_may_be_told_before_its_question),
		cmocka_unit_test(pings_of_who_tells_them_are_not_told_twice),
		cmocka_unit_test(whose_a_pong_is_must_be_sure),
		cmocka_unit_test(a_pong_answers_no_order_nor_text_a_ping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
