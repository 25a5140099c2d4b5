/* SPDX-License-Identifier: BSD-2-Clause */
/* What was sent and answered, as the layers told it, and the round trips made of that. */
#include "trip_world.h"

static void acknowledged(struct world *world, uint64_t time_ns, uint64_t up_to)
{
	const struct prof_event event = { .segment = { .tcp_flags = PROF_TCP_ACK,
						       .ack_seq = OUT_BASE + (uint32_t)up_to } };

	event_of_nic(world, time_ns, &event);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
