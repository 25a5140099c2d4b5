/* SPDX-License-Identifier: BSD-2-Clause */
/* Each reason with the fact that carries it, and without: then it must not be said. */
#include "tests/unit/correlator/world.h"

#define S ((uint64_t)PROF_NS_PER_S)

/* The three producers since T0, and a socket registered then; no SYN. */
static struct world *open_all(void)
{
	struct world *world = world_open();

	for (uint32_t i = 0; i < LANE_COUNT; i++)
		world_add_lane(world, i, T0);
	world_register(world, COOKIE, 1);
	return world;
}

static const struct corr_message *only(const struct world *world)
{
	assert_int_equal(world->message_count, 1);
	return &world->messages[0];
}

/* ---- started-late --------------------------------------------------------- */

static void what_was_delivered_before_the_layer_began_is_started_late(void **state)
{
	struct world *world = world_open();

	(void)state;
	world_add_lane(world, LANE_USER, T0);
	world_register(world, COOKIE, 1);
	world_message(world, T0 + 300, 0, 500);
	world_add_lane(world, LANE_NIC, T0 + 1000);
	world_add_lane(world, LANE_KERNEL, T0 + 1000);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_STARTED_LATE);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_STARTED_LATE);
	world_close(world);
}

/* The connection was there before, and all that was seen of it lies beyond. */
static void what_lies_before_the_first_sight_is_started_late(void **state)
{
	struct world *world = world_open();

	(void)state;
	world_add_lane(world, LANE_USER, T0);
	world_register(world, COOKIE, 1);
	world_add_lane(world, LANE_NIC, T0 + 1000);
	world_add_lane(world, LANE_KERNEL, T0 + 1000);
	world_segment(world, T0 + 1100, 500, 100, 0);
	world_read(world, T0 + 1200, T0 + 1210, 500, 100);
	world_message(world, T0 + 1050, 0, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_STARTED_LATE);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_STARTED_LATE);
	world_close(world);
}

/* The same a moment after the start, but the connection is younger than the layer. */
static void a_connection_that_began_later_is_not_started_late(void **state)
{
	struct world *world = world_open();

	(void)state;
	for (uint32_t i = 0; i < LANE_COUNT; i++)
		world_add_lane(world, i, T0 - 500);
	world_register(world, COOKIE, 1); /* at T0 */
	world_segment(world, T0 + 1100, 500, 100, 0);
	world_read(world, T0 + 1200, T0 + 1210, 500, 100);
	world_message(world, T0 + 1150, 0, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_HOLE);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_HOLE);
	world_close(world);
}

/* Bytes that arrived after the kernel layer began were not read before. */
static void what_arrived_after_the_start_was_not_read_before(void **state)
{
	struct world *world = world_open();

	(void)state;
	world_add_lane(world, LANE_NIC, T0);
	world_add_lane(world, LANE_USER, T0);
	world_register(world, COOKIE, 1);
	world_syn(world, T0 + 1, world_flow(1), BASE);
	world_add_lane(world, LANE_KERNEL, T0 + 1000);
	world_segment(world, T0 + 1010, 0, 500, 0);
	world_message(world, T0 + 1050, 0, 500);
	world_read(world, T0 + 1200, T0 + 1210, 500, 100);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_HOLE);
	world_close(world);
}

/* ---- unseen, hole --------------------------------------------------------- */

static void a_layer_that_saw_nothing_is_unseen(void **state)
{
	struct world *world = open_all();

	(void)state;
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_UNSEEN);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_UNSEEN);
	world_close(world);
}

static void a_layer_that_saw_other_bytes_has_a_hole(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_segment(world, T0 + 100, 500, 100, 0);
	world_read(world, T0 + 100, T0 + 110, 500, 100);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_HOLE);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_HOLE);
	world_close(world);
}

/* Seen once and forgotten since: "it never saw it" would be untrue. */
static void what_was_forgotten_is_evicted_and_not_unseen(void **state)
{
	struct corr_engine_options options = { .flow_count = 1, .conn_count = 1 };
	struct world *world = world_open();

	(void)state;
	(void)corr_engine_destroy(world->engine);
	assert_int_equal(corr_engine_create(&options, world_emit, world, &world->engine), 0);
	for (uint32_t i = 0; i < LANE_COUNT; i++)
		world_add_lane(world, i, T0);
	world_register(world, COOKIE, 1);
	world_segment(world, T0 + 100, 0, 100, 0);
	world_read(world, T0 + 100, T0 + 110, 0, 100);
	world_segment_of(world, T0 + 120, world_flow(2), 9000, 100, 0);
	world_read_of(world, COOKIE + 1, world_flow(2), 9000, T0 + 130, T0 + 140, 0, 100);
	world_register(world, COOKIE, 1);
	world_message(world, T0 + 300, 100, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_EVICTED);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_EVICTED);
	world_close(world);
}

/* One segment of 100 bytes a second; returns how many were forgotten. */
static uint64_t forgotten_of(struct world *world, uint64_t flow, uint32_t base,
			     uint32_t second_count)
{
	for (uint32_t i = 0; i < second_count; i++)
		world_segment_of(world, T0 + 100 + i * S, flow, base + i * 100, 100, 0);
	assert_int_equal(corr_engine_counts(world->engine)->segment_evicted_count, 0);
	return corr_engine_counts(world->engine)->segment_unasked_count;
}

/* Five minutes of a connection that nobody could line up took 16 MiB in a soak. */
static void what_nobody_asks_for_is_kept_for_a_minute(void **state)
{
	struct world *world = open_all();

	(void)state;
	assert_int_equal(forgotten_of(world, world_flow(9), 7000, 1000), 1000 - 61);
	world_syn(world, T0, world_flow(8), 7000); /* somebody else's, from its beginning */
	assert_int_equal(forgotten_of(world, world_flow(8), 7000, 1000), 2 * (1000 - 61));
	assert_int_equal(forgotten_of(world, world_flow(1), BASE, 1000), 3 * (1000 - 61));
	world_close(world);
}

/* Its reader may have been stopped for longer. */
static void what_a_socket_waits_for_is_kept(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	assert_int_equal(forgotten_of(world, world_flow(1), BASE, 1000), 0);
	world_read(world, T0 + 1000 * S, T0 + 1000 * S + 10, 0, 100);
	world_message(world, T0 + 1000 * S + 20, 0, 100);
	world_settle(world, T0 + 1001 * S);
	assert_int_equal(only(world)->class_id, CORR_CLASS_EXACT);
	world_close(world);
}

/* ---- lost, gone, silent, too-early ---------------------------------------- */

static void a_loss_counter_that_moved_is_lost(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_settle(world, T0 + 50);
	world->lanes[LANE_NIC].loss_count[PROF_LOSS_CAPTURE_DROP] = 1;
	world->lanes[LANE_KERNEL].loss_count[PROF_LOSS_PREEMPT_SKIPPED] = 1;
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_LOST);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_LOST);
	world_close(world);
}

/* A loss of long ago explains nothing now: not the registration's hour, but the last second. */
static void an_old_loss_is_no_reason(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world->lanes[LANE_NIC].dropped_count = 1;
	world->lanes[LANE_KERNEL].dropped_count = 1;
	world_settle(world, T0 + 50);
	world_settle(world, T0 + 5 * S);
	world_message(world, T0 + 6 * S, 0, 500);
	world_settle(world, T0 + 7 * S);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_UNSEEN);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_UNSEEN);
	world_close(world);
}

static void a_loss_that_takes_no_event_is_no_reason(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world->lanes[LANE_NIC].loss_count[PROF_LOSS_MERGED_GUESSED] = 7;
	world->lanes[LANE_NIC].loss_count[PROF_LOSS_FRAGMENT] = 7;
	world->lanes[LANE_KERNEL].loss_count[PROF_LOSS_MPTCP] = 7;
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_UNSEEN);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_UNSEEN);
	world_close(world);
}

/* The producer ended after all of this had passed, which it had promised. */
static void an_end_after_the_bytes_is_no_reason(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 400);
	world->lanes[LANE_KERNEL].is_owned = false;
	world_marks(world, T0 + SETTLED, 0, T0 + SETTLED);
	world_round(world, T0 + SETTLED);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_UNSEEN);
	world_close(world);
}

/* At the end of a run the last mark is a moment old: that is not silence. */
static void what_had_to_be_decided_before_the_mark_is_too_early(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_settle(world, T0 + 200);
	world_message(world, T0 + 300, 0, 500);
	corr_engine_end(world->engine, T0 + 400);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_TOO_EARLY);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_TOO_EARLY);
	world_close(world);
}

/* ---- The kernel layer's own ----------------------------------------------- */

static void time_without_probes_is_told_by_its_counter_only(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_message(world, T0 + 300, 0, 500);
	world->lanes[LANE_KERNEL].loss_count[PROF_LOSS_PROBES_OFF] = 1;
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_PROBES_OFF);
	assert_int_equal(only(world)->nic_reason, CORR_REASON_UNSEEN);
	world_message(world, T0 + 5 * S, 500, 600); /* it has not moved since */
	world_settle(world, T0 + 6 * S);
	assert_int_equal(world->messages[1].kernel_reason, CORR_REASON_UNSEEN);
	world_close(world);
}

/* Bytes were counted that went another way, of whichever socket: they may be these. */
static void bytes_read_elsewhere_are_told_by_their_counter_only(void **state)
{
	struct world *world = world_open_usual();

	(void)state;
	world_message(world, T0 + 300, 0, 500);
	world->lanes[LANE_KERNEL].loss_count[PROF_LOSS_READ_ELSEWHERE] = 500;
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_MAYBE_ELSEWHERE);
	world_message(world, T0 + 5 * S, 500, 600); /* it has not moved since */
	world_settle(world, T0 + 6 * S);
	assert_int_equal(world->messages[1].kernel_reason, CORR_REASON_UNSEEN);
	world_close(world);
}

static void register_as(struct world *world, uint32_t flags)
{
	struct prof_socket socket = {
		.cookie = COOKIE, .registered_ns = T0, .tid = TID, .flags = flags
	};

	corr_engine_socket(world->engine, &socket);
}

static void ktls_and_mptcp_are_what_the_registry_says(void **state)
{
	const struct {
		uint32_t flags;
		enum corr_reason reason;
	} rows[] = { { PROF_SOCKET_KTLS, CORR_REASON_KTLS },
		     { PROF_SOCKET_MPTCP, CORR_REASON_MPTCP },
		     { PROF_SOCKET_TLS, CORR_REASON_UNSEEN } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *world = open_all();

		register_as(world, rows[i].flags);
		world_message(world, T0 + 300, 0, 500);
		world_settle(world, T0 + SETTLED);
		assert_int_equal(only(world)->kernel_reason, rows[i].reason);
		world_close(world);
	}
}

static void a_layer_that_is_not_there_is_not_blamed_on_ktls(void **state)
{
	struct world *world = world_open();

	(void)state;
	world_add_lane(world, LANE_USER, T0);
	register_as(world, PROF_SOCKET_KTLS);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(only(world)->kernel_reason, CORR_REASON_NOT_RUNNING);
	world_close(world);
}

static void without_addresses_it_is_unregistered_and_without_a_base_base_unknown(void **state)
{
	struct world *world = open_all();

	(void)state;
	world_message_of(world, COOKIE + 1, T0 + 300, 0, 500);
	world_segment(world, T0 + 100, 0, 100, 0); /* no SYN, no read: the base is nobody's */
	world_message(world, T0 + 310, 0, 100);
	world_settle(world, T0 + SETTLED);
	assert_int_equal(world->messages[0].nic_reason, CORR_REASON_UNREGISTERED);
	assert_int_equal(world->messages[1].nic_reason, CORR_REASON_BASE_UNKNOWN);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_delivered_before_the_layer_began_is_started_late),
		cmocka_unit_test(what_lies_before_the_first_sight_is_started_late),
		cmocka_unit_test(a_connection_that_began_later_is_not_started_late),
		cmocka_unit_test(what_arrived_after_the_start_was_not_read_before),
		cmocka_unit_test(a_layer_that_saw_nothing_is_unseen),
		cmocka_unit_test(a_layer_that_saw_other_bytes_has_a_hole),
		cmocka_unit_test(what_was_forgotten_is_evicted_and_not_unseen),
		cmocka_unit_test(what_nobody_asks_for_is_kept_for_a_minute),
		cmocka_unit_test(what_a_socket_waits_for_is_kept),
		cmocka_unit_test(a_loss_counter_that_moved_is_lost),
		cmocka_unit_test(an_old_loss_is_no_reason),
		cmocka_unit_test(a_loss_that_takes_no_event_is_no_reason),
		cmocka_unit_test(an_end_after_the_bytes_is_no_reason),
		cmocka_unit_test(what_had_to_be_decided_before_the_mark_is_too_early),
		cmocka_unit_test(time_without_probes_is_told_by_its_counter_only),
		cmocka_unit_test(bytes_read_elsewhere_are_told_by_their_counter_only),
		cmocka_unit_test(ktls_and_mptcp_are_what_the_registry_says),
		cmocka_unit_test(a_layer_that_is_not_there_is_not_blamed_on_ktls),
		cmocka_unit_test(
			without_addresses_it_is_unregistered_and_without_a_base_base_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
