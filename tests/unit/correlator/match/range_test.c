/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges that are a bound only, messages without one, and bytes that were read another way. */
#include "tests/unit/correlator/world.h"

static void message_with(struct world *world, uint64_t time_ns, uint64_t end, uint32_t size_bytes,
			 uint8_t flags)
{
	struct prof_event event = { .time_ns = time_ns,
				    .conn_key = COOKIE,
				    .kind = PROF_EVENT_MESSAGE,
				    .flags = flags,
				    .message = { .end_offset = end, .size_bytes = size_bytes } };

	corr_engine_event(world->engine, LANE_USER, &event);
}

static void kernel_event(struct world *world, uint8_t kind, uint8_t flags, uint64_t time_ns,
			 uint64_t start, uint32_t size_bytes)
{
	struct prof_event event = { .time_ns = time_ns,
				    .conn_key = COOKIE,
				    .kind = kind,
				    .flags = flags,
				    .base_seq = BASE,
				    .read = { .return_ns = time_ns + 10,
					      .start_offset = start,
					      .size_bytes = size_bytes,
					      .tid = kind == PROF_EVENT_READ ? TID : 0 } };

	corr_engine_event(world->engine, LANE_KERNEL, &event);
}

static void check_doubt(const struct corr_message *message, enum prof_layer layer,
			enum corr_reason reason)
{
	assert_int_equal(message->class_id, CORR_CLASS_LAST_BYTE);
	assert_int_equal(message->doubt_layer, layer);
	assert_int_equal(message->doubt_reason, reason);
}

static void a_bound_is_last_byte_and_said_so(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_counts *counts = corr_engine_counts(world->engine);

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	message_with(world, T0 + 300, 500, 500, PROF_FLAG_LOOSE);
	world_settle(world, T0 + 1000);
	check_doubt(&world->messages[0], PROF_LAYER_USER, CORR_REASON_LOOSE);
	assert_int_equal(counts->message_loose_count, 1);
	/* Two methods that look at the same bound prove nothing. */
	assert_int_equal(counts->check_agree_count, 0);
	assert_int_equal(counts->check_none_count, 1);
	world_close(world);
}

static void a_read_that_is_a_bound_is_last_byte_too(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	kernel_event(world, PROF_EVENT_READ, PROF_FLAG_LOOSE, T0 + 150, 0, 500);
	message_with(world, T0 + 300, 500, 500, 0);
	world_settle(world, T0 + 1000);
	check_doubt(&world->messages[0], PROF_LAYER_KERNEL, CORR_REASON_LOOSE);
	world_close(world);
}

/* Neither a range of nothing nor one that begins before the stream is a place. */
static void without_a_range_it_is_user_only_and_has_no_place(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_counts *counts = corr_engine_counts(world->engine);

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	message_with(world, T0 + 300, 0, 0, 0);
	message_with(world, T0 + 310, 500, 501, 0);
	message_with(world, T0 + 320, 500, 0, 0);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct corr_message *message = &world->messages[i];

		assert_false(message->is_ranged);
		assert_true(message->start_offset == 0 && message->end_offset == 0);
		assert_int_equal(message->class_id, CORR_CLASS_USER_ONLY);
		assert_int_equal(message->nic_reason, CORR_REASON_UNRANGED);
		assert_int_equal(message->kernel_reason, CORR_REASON_UNRANGED);
		assert_int_equal(message->record_count, 1);
	}
	assert_int_equal(counts->message_unranged_count, 2);
	assert_int_equal(counts->message_bad_count, 1);
	world_close(world);
}

static void what_was_read_another_way_has_that_reason(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	world_segment(world, T0 + 100, 0, 900, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 300);
	kernel_event(world, PROF_EVENT_UNSEEN, 0, T0 + 180, 300, 300);
	world_read(world, T0 + 200, T0 + 220, 600, 300);
	message_with(world, T0 + 300, 300, 300, 0); /* wholly seen */
	message_with(world, T0 + 310, 500, 200, 0); /* wholly not */
	message_with(world, T0 + 320, 700, 200, 0); /* its beginning */
	message_with(world, T0 + 330, 900, 200, 0);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(message[0].class_id, CORR_CLASS_EXACT);
	assert_int_equal(message[1].class_id, CORR_CLASS_NO_KERNEL);
	assert_int_equal(message[1].kernel_reason, CORR_REASON_ELSEWHERE);
	check_doubt(&message[2], PROF_LAYER_KERNEL, CORR_REASON_ELSEWHERE);
	assert_int_equal(message[3].class_id, CORR_CLASS_EXACT);
	assert_int_equal(corr_engine_counts(world->engine)->unseen_count, 1);
	assert_int_equal(corr_engine_counts(world->engine)->read_count, 2);
	world_close(world);
}

/* The gap was told first and the read that fills it later: the read is the truth. */
static void a_read_takes_the_place_of_the_gap_it_left(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 900, 0);
	kernel_event(world, PROF_EVENT_UNSEEN, 0, T0 + 180, 0, 900);
	world_read(world, T0 + 150, T0 + 170, 300, 300);
	message_with(world, T0 + 300, 600, 300, 0);
	message_with(world, T0 + 310, 300, 300, 0);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_EXACT);
	assert_int_equal(corr_engine_counts(world->engine)->read_overlap_count, 0);
	world_close(world);
}

static void why_an_earlier_byte_is_missing_is_told(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 0, 500, 0);
	world_settle(world, T0 + 150);
	world->lanes[LANE_KERNEL].dropped_count = 1; /* the read of the first 100 */
	world_read(world, T0 + 250, T0 + 270, 100, 400);
	world_message(world, T0 + 300, 0, 500);
	world_segment(world, T0 + 310, 600, 100, 0); /* nobody dropped 500 to 600 */
	world_read(world, T0 + 320, T0 + 330, 500, 200);
	world_message(world, T0 + 340, 500, 700);
	world_settle(world, T0 + SETTLED);
	check_doubt(&world->messages[0], PROF_LAYER_KERNEL, CORR_REASON_LOST);
	check_doubt(&world->messages[1], PROF_LAYER_NIC, CORR_REASON_HOLE);
	world_close(world);
}

/* A call of a client of somebody else's; recv_before_ns 0: its thread did not read these bytes. */
static void call_with(struct world *world, uint64_t time_ns, uint64_t end, uint32_t recv_before_ns)
{
	struct prof_event event = { .time_ns = time_ns,
				    .conn_key = COOKIE,
				    .kind = PROF_EVENT_MESSAGE,
				    .flags = PROF_FLAG_CALL,
				    .message = { .end_offset = end,
						 .size_bytes = 500,
						 .recv_before_ns = recv_before_ns } };

	corr_engine_event(world->engine, LANE_USER, &event);
}

static void a_call_is_checked_against_its_own_thread_s_latest_read(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_counts *counts = corr_engine_counts(world->engine);

	(void)state;
	world_segment(world, T0 + 100, 0, 1500, 0);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_read(world, T0 + 180, T0 + 190, 500, 500);
	world_read(world, T0 + 200, T0 + 210, 1000, 500);
	/* Whatever has been read by others meanwhile: it is that read, no read of its own, another.
	 */
	call_with(world, T0 + 300, 500, 130);
	call_with(world, T0 + 310, 1000, 0);
	call_with(world, T0 + 320, 1500, 130);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 3);
	assert_int_equal(counts->check_agree_count, 1);
	assert_int_equal(counts->check_none_count, 1);
	assert_int_equal(counts->check_disagree_count, 1);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_checked_against_its_own_thread_s_latest_read),
		cmocka_unit_test(a_bound_is_last_byte_and_said_so),
		cmocka_unit_test(a_read_that_is_a_bound_is_last_byte_too),
		cmocka_unit_test(without_a_range_it_is_user_only_and_has_no_place),
		cmocka_unit_test(what_was_read_another_way_has_that_reason),
		cmocka_unit_test(a_read_takes_the_place_of_the_gap_it_left),
		cmocka_unit_test(why_an_earlier_byte_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
