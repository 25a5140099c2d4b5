/* SPDX-License-Identifier: BSD-2-Clause */
/* What was sent and answered, as the layers told it, and the round trips made of that. */
#include "correlator/outward/outward.h"
#include "tests/unit/correlator/world.h"

#define OUT_BASE 4294967200u /* the stream that goes out wraps after 96 bytes */
#define US	 PROF_NS_PER_US

static struct corr_trip told;
static uint32_t told_count;

static void tell(void *context, const struct corr_trip *trip)
{
	(void)context;
	told = *trip;
	told_count++;
}

static void event_of_nic(struct world *world, uint64_t time_ns, const struct prof_event *event)
{
	struct prof_event own = *event;

	own.time_ns = time_ns;
	own.kind = PROF_EVENT_SEGMENT;
	own.conn_key = world_flow(1);
	corr_engine_event(world->engine, LANE_NIC, &own);
}

static void leaves(struct world *world, uint64_t time_ns, uint64_t start, uint32_t size_bytes)
{
	const struct prof_event event = { .flags = PROF_FLAG_OUTBOUND,
					  .seq = OUT_BASE + (uint32_t)start,
					  .segment = { .size_bytes = size_bytes,
						       .tcp_flags = PROF_TCP_ACK } };

	event_of_nic(world, time_ns, &event);
}

static void acknowledged(struct world *world, uint64_t time_ns, uint64_t up_to)
{
	const struct prof_event event = { .segment = { .tcp_flags = PROF_TCP_ACK,
						       .ack_seq = OUT_BASE + (uint32_t)up_to } };

	event_of_nic(world, time_ns, &event);
}

static void sends(struct world *world, uint64_t time_ns, uint64_t start, uint32_t size_bytes,
		  uint8_t flags)
{
	const struct prof_event event = { .time_ns = time_ns,
					  .conn_key = COOKIE,
					  .kind = PROF_EVENT_SEND,
					  .flags = flags,
					  .base_seq = OUT_BASE,
					  .read = { .return_ns = time_ns + 5,
						    .flow_id = world_flow(1),
						    .start_offset = start,
						    .size_bytes = size_bytes,
						    .tid = TID } };

	corr_engine_event(world->engine, LANE_KERNEL, &event);
}

static void writes(struct world *world, uint64_t time_ns, uint64_t id, uint64_t start,
		   uint32_t size_bytes)
{
	const struct prof_event event = { .time_ns = time_ns,
					  .conn_key = COOKIE,
					  .kind = PROF_EVENT_WRITE,
					  .write = { .end_offset = start + size_bytes,
						     .request_id = id,
						     .size_bytes = size_bytes,
						     .purpose = PROF_PURPOSE_PING } };

	corr_engine_event(world->engine, LANE_USER, &event);
}

static void answered(struct world *world, uint64_t time_ns, uint64_t id, uint64_t start,
		     uint32_t size_bytes)
{
	const struct prof_event event = { .time_ns = time_ns,
					  .conn_key = COOKIE,
					  .kind = PROF_EVENT_ANSWER,
					  .answer = { .end_offset = start + size_bytes,
						      .request_id = id,
						      .size_bytes = size_bytes,
						      .purpose = PROF_PURPOSE_PING } };

	corr_engine_event(world->engine, LANE_USER, &event);
}

static struct world *begin(void)
{
	struct world *world = world_open_usual();

	told_count = 0;
	corr_engine_tell_trips(world->engine, tell);
	return world;
}

/* A ping of 30 bytes, as every story has it: at 100 us, answered at 900 us. */
static void ping(struct world *world)
{
	writes(world, T0 + 100 * US + 1, 7, 90, 30);
	sends(world, T0 + 120 * US, 90, 30, 0);
	leaves(world, T0 + 150 * US + 500, 90, 30);
	acknowledged(world, T0 + 700 * US, 120);
	world_segment(world, T0 + 800 * US + 999, 0, 32, 0);
	world_read(world, T0 + 850 * US, T0 + 851 * US, 0, 32);
	answered(world, T0 + 900 * US, 7, 0, 32);
}

static void its_parts_add_up_to_it(void **state)
{
	struct world *world = begin();
	int64_t us[CORR_PART_IN + 1];

	(void)state;
	ping(world);
	world_settle(world, T0 + 200000 * US);
	assert_int_equal(told_count, 1);
	assert_int_equal(told.part_ns[CORR_PART_OUT], 50 * US + 499);
	assert_int_equal(told.part_ns[CORR_PART_WIRE], 650 * US + 499);
	assert_int_equal(told.part_ns[CORR_PART_IN], 99 * US + 1);
	assert_int_equal(told.part_ns[CORR_PART_RTT], told.part_ns[CORR_PART_OUT] +
							      told.part_ns[CORR_PART_WIRE] +
							      told.part_ns[CORR_PART_IN]);
	assert_int_equal(told.part_ns[CORR_PART_CALL], 20 * US - 1);
	assert_int_equal(told.part_ns[CORR_PART_USER], 50 * US);
	assert_int_equal(told.part_ns[CORR_PART_ACK], 550 * US - 500);
	corr_trip_us(&told, us);
	assert_int_equal(us[CORR_PART_RTT], 799);
	assert_int_equal(us[CORR_PART_OUT] + us[CORR_PART_WIRE] + us[CORR_PART_IN], 799);
	assert_int_equal(told.tcp_seq, OUT_BASE + 90);
	assert_int_equal(told.answer_tcp_seq, BASE);
	assert_int_equal(told.tid, TID);
	world_close(world);
}

static void a_retransmit_is_not_when_it_left(void **state)
{
	struct world *world = begin();

	(void)state;
	writes(world, T0 + 100 * US, 7, 90, 30);
	sends(world, T0 + 120 * US, 90, 30, 0);
	leaves(world, T0 + 150 * US, 90, 30);
	leaves(world, T0 + 350 * US, 90, 30);
	leaves(world, T0 + 360 * US, 100, 60); /* some of it again, with more */
	world_segment(world, T0 + 800 * US, 0, 32, 0);
	world_read(world, T0 + 850 * US, T0 + 851 * US, 0, 32);
	answered(world, T0 + 900 * US, 7, 0, 32);
	world_settle(world, T0 + 200000 * US);
	assert_int_equal(told.part_ns[CORR_PART_OUT], 50 * US);
	assert_int_equal(told.retransmit_count, 2);
	assert_int_equal(corr_engine_outward(world->engine)->retransmit_count, 2);
	world_close(world);
}

/* Without the kernel layer it takes our SYN to know where in the stream a segment lies. */
static void without_a_layer_its_parts_are_unknown(void **state)
{
	struct world *world = begin();

	(void)state;
	writes(world, T0 + 100 * US, 7, 90, 30);
	leaves(world, T0 + 150 * US, 90, 30);
	world_segment(world, T0 + 800 * US, 0, 32, 0);
	answered(world, T0 + 900 * US, 7, 0, 32);
	world_settle(world, T0 + 200000 * US);
	assert_int_equal(told_count, 1);
	assert_true(corr_part_is_known(&told, CORR_PART_RTT));
	assert_false(corr_part_is_known(&told, CORR_PART_OUT));
	assert_false(corr_part_is_known(&told, CORR_PART_WIRE));
	assert_false(corr_part_is_known(&told, CORR_PART_CALL));
	world_close(world);
}

static void bytes_that_went_another_way_are_nobodys_call(void **state)
{
	struct world *world = begin();

	(void)state;
	writes(world, T0 + 100 * US, 7, 90, 30);
	sends(world, T0 + 120 * US, 90, 30, PROF_FLAG_ELSEWHERE);
	leaves(world, T0 + 150 * US, 90, 30);
	answered(world, T0 + 900 * US, 7, 0, 32);
	world_settle(world, T0 + 200000 * US);
	assert_false(corr_part_is_known(&told, CORR_PART_CALL));
	assert_int_equal(told.part_ns[CORR_PART_OUT], 50 * US);
	assert_int_equal(corr_engine_outward(world->engine)->elsewhere_bytes, 30);
	world_close(world);
}

static void an_answer_is_no_message_and_takes_none_away(void **state)
{
	struct world *world = begin();

	(void)state;
	ping(world);
	world_segment(world, T0 + 910 * US, 32, 100, 0);
	world_read(world, T0 + 920 * US, T0 + 921 * US, 32, 100);
	world_message(world, T0 + 930 * US, 32, 132);
	world_settle(world, T0 + 200000 * US);
	assert_int_equal(told_count, 1);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_EXACT);
	assert_int_equal(corr_engine_counts(world->engine)->message_count, 1);
	world_close(world);
}

static void what_has_no_counterpart_is_counted(void **state)
{
	struct world *world = begin();

	(void)state;
	writes(world, T0 + 100 * US, 7, 90, 30);
	answered(world, T0 + 900 * US, 8, 0, 32);
	world_settle(world, T0 + 200000 * US);
	assert_int_equal(told_count, 0);
	assert_int_equal(corr_engine_outward(world->engine)->unasked_count, 1);
	corr_engine_end(world->engine, T0 + 300000 * US);
	assert_int_equal(corr_engine_outward(world->engine)->unanswered_count, 1);
	world_close(world);
}

/* The one before had the same addresses: its segments are not this one's. */
static void another_connections_bytes_are_left_alone(void **state)
{
	const struct prof_event syn = { .flags = PROF_FLAG_OUTBOUND,
					.seq = OUT_BASE + 1000 - 1,
					.segment = { .tcp_flags = PROF_TCP_SYN } };
	struct world *world = begin();

	(void)state;
	event_of_nic(world, T0, &syn);
	ping(world);
	world_settle(world, T0 + 200000 * US);
	assert_int_equal(told_count, 1);
	assert_false(corr_part_is_known(&told, CORR_PART_OUT));
	world_close(world);
}

/* ---- Of somebody else's, read from the wire ---------------------------------- */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_parts_add_up_to_it),
		cmocka_unit_test(a_retransmit_is_not_when_it_left),
		cmocka_unit_test(without_a_layer_its_parts_are_unknown),
		cmocka_unit_test(bytes_that_went_another_way_are_nobodys_call),
		cmocka_unit_test(an_answer_is_no_message_and_takes_none_away),
		cmocka_unit_test(what_has_no_counterpart_is_counted),
		cmocka_unit_test(another_connections_bytes_are_left_alone),
		cmocka_unit_test(an_order_read_from_the_wire_is_told_with_the_id_that_it_carries),
		cmocka_unit_test(an_order_waits_for_the_messages_before_it),
		cmocka_unit_test(what_the_user_layer_tells_is_not_told_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
