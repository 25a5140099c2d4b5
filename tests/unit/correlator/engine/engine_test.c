/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/correlator/world.h"

static void three_layers_make_an_exact_message(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_message(world, T0 + 300, 100, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(message->class_id, CORR_CLASS_EXACT);
	assert_true(message->tcp_seq == BASE);
	assert_true(message->nic_ns == T0 + 100 && message->nic_first_ns == T0 + 100);
	assert_true(message->stage_ns[CORR_STAGE_NIC_KERNEL] == 50);
	assert_true(message->stage_ns[CORR_STAGE_KERNEL_USER] == 150);
	assert_true(message->stage_ns[CORR_STAGE_TOTAL] == 200);
	assert_int_equal(message->segment_count, 1);
	assert_int_equal(message->read_count, 1);
	assert_int_equal(corr_engine_counts(world->engine)->check_agree_count, 1);
	world_close(world);
}

static void nothing_is_decided_before_every_mark_has_passed(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_message(world, T0 + 300, 0, 500);
	world_marks(world, T0 + 299, T0 + 299, T0 + 400);
	world_round(world, T0 + 400);
	assert_int_equal(world->message_count, 0);
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_marks(world, T0 + 300, T0 + 299, T0 + 400);
	world_round(world, T0 + 400);
	assert_int_equal(world->message_count, 0);
	world_marks(world, T0 + 300, T0 + 300, T0 + 400);
	world_round(world, T0 + 400);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_EXACT);
	world_close(world);
}

static void an_absent_layer_is_not_waited_for(void **state)
{
	struct world *world = world_open();

	(void)state;
	world_add_lane(world, LANE_USER, T0);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 400);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_USER_ONLY);
	assert_int_equal(world->messages[0].nic_reason, CORR_REASON_NOT_RUNNING);
	assert_int_equal(world->messages[0].kernel_reason, CORR_REASON_NOT_RUNNING);
	world_close(world);
}

static void without_a_kernel_layer_the_total_remains(void **state)
{
	struct world *world = world_open();

	(void)state;
	world_add_lane(world, LANE_NIC, T0);
	world_add_lane(world, LANE_USER, T0);
	world_register(world, COOKIE, 1);
	world_syn(world, T0 + 1, world_flow(1), BASE);
	world_segment(world, T0 + 100, 0, 500, 0);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_NO_KERNEL);
	assert_true(world->messages[0].stage_ns[CORR_STAGE_TOTAL] == 200);
	assert_false(corr_stage_is_known(&world->messages[0], CORR_STAGE_KERNEL_USER));
	world_close(world);
}

static void a_dead_producer_is_not_waited_for(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_message(world, T0 + 300, 0, 500);
	world->lanes[LANE_KERNEL].is_owned = false;
	world->lanes[LANE_KERNEL].is_owner_dead = true;
	world_marks(world, T0 + 400, T0 + 50, T0 + 400);
	world_round(world, T0 + 400);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_NO_KERNEL);
	assert_int_equal(world->messages[0].kernel_reason, CORR_REASON_GONE);
	world_close(world);
}

static void a_silent_producer_is_waited_for_only_so_long(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_message(world, T0 + 300, 0, 500);
	world_marks(world, T0 + SETTLED, 0, T0 + SETTLED);
	world_round(world, T0 + 4 * (uint64_t)PROF_NS_PER_S);
	assert_int_equal(world->message_count, 0);
	world_marks(world, T0 + 6 * (uint64_t)PROF_NS_PER_S, 0, T0 + 6 * (uint64_t)PROF_NS_PER_S);
	world_round(world, T0 + 6 * (uint64_t)PROF_NS_PER_S);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(world->messages[0].kernel_reason, CORR_REASON_SILENT);
	world_close(world);
}

static void a_waiting_read_counts_by_its_return(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	world_read(world, T0 + 50, T0 + 170, 0, 500);
	world_segment(world, T0 + 100, 0, 500, 0);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(message->class_id, CORR_CLASS_EXACT);
	assert_true(message->is_waited);
	assert_true(message->stage_ns[CORR_STAGE_NIC_KERNEL] == 70);
	assert_true(message->stage_ns[CORR_STAGE_KERNEL_USER] == 130);
	world_close(world);
}

static void a_stamp_after_the_read_is_inverted_and_not_correlated(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_read(world, T0 + 50, T0 + 90, 0, 500);
	world_segment(world, T0 + 100, 0, 500, 0);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_INVERTED);
	assert_true(world->messages[0].stage_ns[CORR_STAGE_NIC_KERNEL] == -10);
	world_close(world);
}

static void a_merged_frame_is_gro(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 40000, PROF_FLAG_MERGED);
	world_read(world, T0 + 150, T0 + 170, 0, 40000);
	world_message(world, T0 + 300, 0, 40000);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_GRO);
	world_close(world);
}

static void an_earlier_byte_missing_is_last_byte(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 100, 0);
	world_segment(world, T0 + 110, 200, 300, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_LAST_BYTE);
	assert_int_equal(world->messages[0].segment_count, 2);
	world_close(world);
}

static void a_retransmit_changes_nothing_but_its_counter(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_segment(world, T0 + 120, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 1000);
	assert_true(world->messages[0].nic_ns == T0 + 100);
	assert_int_equal(world->messages[0].retransmit_count, 1);
	assert_int_equal(world->messages[0].segment_count, 1);
	assert_int_equal(corr_engine_counts(world->engine)->segment_retransmit_count, 1);
	world_close(world);
}

static void a_hole_filled_late_is_head_of_line_waiting(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	world_segment(world, T0 + 100, 0, 100, 0);
	world_segment(world, T0 + 110, 200, 300, 0);
	world_segment(world, T0 + 140, 50, 200, 0); /* overlaps both neighbours */
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_message(world, T0 + 300, 0, 150);
	world_message(world, T0 + 310, 150, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(message[0].class_id, CORR_CLASS_EXACT);
	assert_true(message[0].nic_ns == T0 + 140 && message[0].tcp_seq == BASE + 50);
	assert_true(message[0].stage_ns[CORR_STAGE_HOL_WAIT] == 0);
	assert_true(message[1].nic_ns == T0 + 110 && message[1].nic_first_ns == T0 + 140);
	assert_true(message[1].stage_ns[CORR_STAGE_HOL_WAIT] == 30);
	assert_true(message[1].tcp_seq == BASE + 200);
	assert_int_equal(message[1].segment_count, 2);
	world_close(world);
}

/* The original was dropped on its way to us; what we see is the copy sent later. */
static void a_copy_is_not_taken_for_a_lost_original(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 100, 0);
	world_settle(world, T0 + 150);
	world->lanes[LANE_NIC].dropped_count = 1;
	world_segment(world, T0 + 160, 200, 300, 0);
	world_settle(world, T0 + 170);
	world_segment(world, T0 + 240, 100, 100, 0);
	world_read(world, T0 + 245, T0 + 250, 0, 600);
	world_segment(world, T0 + 246, 500, 100, 0);
	world_message(world, T0 + 300, 0, 200);
	world_message(world, T0 + 310, 200, 500);
	world_message(world, T0 + 320, 500, 600);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(world->message_count, 3);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_NO_NIC);
	assert_int_equal(world->messages[0].nic_reason, CORR_REASON_LOST);
	assert_int_equal(world->messages[1].class_id, CORR_CLASS_NO_NIC);
	assert_int_equal(world->messages[2].nic_reason, CORR_REASON_LOST); /* follows the drop */
	world_close(world);
}

static void the_first_segment_without_a_syn_is_doubted(void **state)
{
	struct world *world = world_open();

	(void)state;
	for (uint32_t i = 0; i < LANE_COUNT; i++)
		world_add_lane(world, i, T0);
	world_register(world, COOKIE, 1);
	world_segment(world, T0 + 100, 1000, 100, 0);
	world_segment(world, T0 + 110, 1100, 100, 0);
	world_segment(world, T0 + 120, 1200, 100, 0);
	world_read(world, T0 + 150, T0 + 170, 1000, 300);
	world_message(world, T0 + 300, 1000, 1100);
	world_message(world, T0 + 310, 1100, 1200);
	world_message(world, T0 + 320, 1200, 1300);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_NO_NIC);
	assert_int_equal(world->messages[0].nic_reason, CORR_REASON_JOINED);
	assert_int_equal(world->messages[1].class_id, CORR_CLASS_NO_NIC); /* a copy, perhaps */
	assert_int_equal(world->messages[2].class_id, CORR_CLASS_EXACT);
	world_close(world);
}

static void attaching_beyond_four_gigabytes_works(void **state)
{
	uint64_t far = UINT64_C(3) << 32 | 0xfffffff0u;
	struct world *world = world_open();

	(void)state;
	for (uint32_t i = 0; i < LANE_COUNT; i++)
		world_add_lane(world, i, T0);
	world_register(world, COOKIE, 1);
	world_segment(world, T0 + 100, far - 100, 100, 0);
	world_segment(world, T0 + 109, far, 50, 0);
	world_segment(world, T0 + 110, far + 50, 50, 0);
	world_read(world, T0 + 150, T0 + 170, far - 100, 200);
	world_message(world, T0 + 310, far + 50, far + 100);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_EXACT);
	assert_true(world->messages[0].nic_ns == T0 + 110);
	assert_true(world->messages[0].tcp_seq == BASE + (uint32_t)far + 50);
	world_close(world);
}

static void a_reused_port_is_another_connection(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_message(world, T0 + 300, 0, 500);
	world_register(world, COOKIE + 1, 1);
	world_syn(world, T0 + 400, world_flow(1), BASE + 300);
	world_segment_of(world, T0 + 410, world_flow(1), BASE + 300, 200, 0);
	world_read_of(world, COOKIE + 1, world_flow(1), BASE + 300, T0 + 420, T0 + 430, 0, 200);
	world_message_of(world, COOKIE + 1, T0 + 440, 0, 200);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 2);
	assert_true(world->messages[0].nic_ns == T0 + 100);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_EXACT);
	assert_true(world->messages[1].nic_ns == T0 + 410);
	assert_int_equal(world->messages[1].class_id, CORR_CLASS_EXACT);
	world_close(world);
}

/* is_told_late: the registry's word comes when the segments have been taken already. */
static void reuse_without_a_syn(bool is_told_late)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	/* The segment of [500, 700) was never seen; the next socket's bytes have just its place. */
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 700);
	world_message(world, T0 + 300, 0, 500);
	world_message(world, T0 + 310, 500, 700);
	if (!is_told_late) {
		world_settle(world, T0 + 305); /* its track is known by now */
		world_register_at(world, T0 + 400, COOKIE + 1, 1);
	}
	for (uint32_t i = 0; i < 3; i++)
		world_segment_of(world, T0 + 410 + 10 * i, world_flow(1), BASE + 500 + 200 * i, 200,
				 0);
	if (is_told_late)
		world_register_at(world, T0 + 400, COOKIE + 1, 1);
	world_read_of(world, COOKIE + 1, world_flow(1), BASE + 500, T0 + 440, T0 + 445, 0, 600);
	world_message_of(world, COOKIE + 1, T0 + 450, 400, 600);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(world->message_count, 3);
	assert_true(message[0].nic_ns == T0 + 100);
	assert_int_equal(message[0].class_id, CORR_CLASS_EXACT);
	assert_int_equal(message[1].class_id, CORR_CLASS_NO_NIC);
	if (!is_told_late)
		assert_true(message[2].nic_ns == T0 + 430);
	world_close(world);
}

static void what_comes_on_a_reused_port_whose_syn_was_not_seen_is_not_the_old_one_s(void **state)
{
	(void)state;
	reuse_without_a_syn(false);
	reuse_without_a_syn(true);
}

static void messages_of_one_record_are_counted(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 5);
	world_read(world, T0 + 180, T0 + 190, 5, 495);
	for (uint64_t i = 0; i < 3; i++)
		world_message(world, T0 + 300 + i * 7, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(message[i].class_id, CORR_CLASS_EXACT);
		assert_int_equal(message[i].record_count, 3);
		assert_int_equal(message[i].record_position, i + 1);
		assert_int_equal(message[i].read_position, i + 1);
		assert_int_equal(message[i].read_count, 2);
		assert_true(message[i].stage_ns[CORR_STAGE_READ_WAIT] == i * 7);
	}
	assert_int_equal(corr_engine_counts(world->engine)->check_disagree_count, 0);
	world_close(world);
}

static void the_second_method_notices_a_later_read(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 400);
	world_read(world, T0 + 180, T0 + 190, 400, 100);
	world_message(world, T0 + 300, 0, 400);
	world_settle(world, T0 + 1000);
	assert_int_equal(corr_engine_counts(world->engine)->check_disagree_count, 1);
	world_close(world);
}

static void stages_add_up_to_the_total(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;
	struct prof_event event = { .time_ns = T0 + 300,
				    .conn_key = COOKIE,
				    .kind = PROF_EVENT_MESSAGE,
				    .message = { .end_offset = 500,
						 .size_bytes = 500,
						 .recv_before_ns = 60,
						 .parsed_after_ns = 9 } };
	int64_t sum_ns = 0;

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	corr_engine_event(world->engine, LANE_USER, &event);
	world_settle(world, T0 + 1000);
	for (int stage = CORR_STAGE_NIC_KERNEL; stage <= CORR_STAGE_RECV_USER; stage++)
		sum_ns += message->stage_ns[stage];
	assert_true(sum_ns == message->stage_ns[CORR_STAGE_TOTAL]);
	assert_true(message->residual_ns == 0);
	assert_true(message->stage_ns[CORR_STAGE_RETURN_RECV] == 70);
	assert_true(message->stage_ns[CORR_STAGE_USER_PARSED] == 9);
	world_close(world);
}

static void more_messages_than_room_are_decided_early_and_counted(void **state)
{
	struct corr_engine_options options = { .message_count = 4 };
	struct world *world = world_open();

	(void)state;
	(void)corr_engine_destroy(world->engine);
	assert_int_equal(corr_engine_create(&options, world_emit, world, &world->engine), 0);
	world_add_lane(world, LANE_NIC, T0);
	world_add_lane(world, LANE_USER, T0);
	for (uint64_t i = 0; i < 10; i++)
		world_message(world, T0 + 300 + i, i * 100, i * 100 + 100);
	assert_int_equal(world->message_count, 6);
	assert_int_equal(corr_engine_counts(world->engine)->message_early_count, 6);
	corr_engine_end(world->engine, T0 + 400);
	assert_int_equal(world->message_count, 10);
	assert_false(world->messages[9].is_early);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_layers_make_an_exact_message),
		cmocka_unit_test(nothing_is_decided_before_every_mark_has_passed),
		cmocka_unit_test(an_absent_layer_is_not_waited_for),
		cmocka_unit_test(without_a_kernel_layer_the_total_remains),
		cmocka_unit_test(a_dead_producer_is_not_waited_for),
		cmocka_unit_test(a_silent_producer_is_waited_for_only_so_long),
		cmocka_unit_test(a_waiting_read_counts_by_its_return),
		cmocka_unit_test(a_stamp_after_the_read_is_inverted_and_not_correlated),
		cmocka_unit_test(a_merged_frame_is_gro),
		cmocka_unit_test(an_earlier_byte_missing_is_last_byte),
		cmocka_unit_test(a_retransmit_changes_nothing_but_its_counter),
		cmocka_unit_test(a_hole_filled_late_is_head_of_line_waiting),
		cmocka_unit_test(a_copy_is_not_taken_for_a_lost_original),
		cmocka_unit_test(the_first_segment_without_a_syn_is_doubted),
		cmocka_unit_test(attaching_beyond_four_gigabytes_works),
		cmocka_unit_test(a_reused_port_is_another_connection),
		cmocka_unit_test(
			what_comes_on_a_reused_port_whose_syn_was_not_seen_is_not_the_old_one_s),
		cmocka_unit_test(messages_of_one_record_are_counted),
		cmocka_unit_test(the_second_method_notices_a_later_read),
		cmocka_unit_test(stages_add_up_to_the_total),
		cmocka_unit_test(more_messages_than_room_are_decided_early_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
