/* SPDX-License-Identifier: BSD-2-Clause */
/* A layer that is there and sees nothing says so after a second of marks; one that has a reason not
 * to, does not. */
#include "tests/unit/correlator/world.h"

#define MS ((uint64_t)PROF_NS_PER_MS)

/* What happens in each 100 ms of a story. */
struct tick {
	uint32_t bytes; /* that pass */
	bool is_arriving, is_read, is_told, is_ranged;
};

#define ALL ((struct tick){ 600, true, true, true, true })

struct story {
	struct world *world;
	uint64_t now_ns;
	uint64_t offset;
};

static struct story open_story(void)
{
	struct story story = { .world = world_open(), .now_ns = T0 };

	for (uint32_t i = 0; i < LANE_COUNT; i++)
		world_add_lane(story.world, i, T0);
	world_register(story.world, COOKIE, 1);
	return story;
}

static void live(struct story *story, uint32_t tick_count, struct tick tick)
{
	struct world *world = story->world;

	for (uint32_t i = 0; i < tick_count; i++) {
		uint64_t now_ns = story->now_ns;
		uint64_t end = story->offset + tick.bytes;

		if (tick.is_arriving)
			world_segment(world, now_ns + 10, story->offset, tick.bytes, 0);
		if (tick.is_read)
			world_read(world, now_ns + 20, now_ns + 30, story->offset, tick.bytes);
		if (tick.is_told)
			world_message(world, now_ns + 40, tick.is_ranged ? story->offset : 0,
				      tick.is_ranged ? end : 0);
		story->offset = end;
		story->now_ns += 100 * MS;
		world_settle(world, story->now_ns);
		world->message_count = 0; /* not looked at here */
	}
}

static uint32_t blind_count(const struct story *story)
{
	struct corr_blind blind;
	uint32_t count = 0;

	while (corr_engine_blind(story->world->engine, count, &blind))
		count++;
	return count;
}

static void check_blind(const struct story *story, enum prof_layer layer, enum corr_cause cause,
			enum prof_layer neighbour)
{
	struct corr_blind blind;

	assert_int_equal(blind_count(story), 1);
	assert_true(corr_engine_blind(story->world->engine, 0, &blind));
	assert_int_equal(blind.layer, layer);
	assert_int_equal(blind.cause, cause);
	assert_int_equal(blind.neighbour, neighbour);
	assert_true(blind.neighbour_count > 0 && blind.cookie == COOKIE);
}

static void who_sees_what_there_is_is_not_blind(void **state)
{
	struct story story = open_story();

	(void)state;
	live(&story, 40, ALL);
	corr_engine_end(story.world->engine, story.now_ns);
	assert_int_equal(blind_count(&story), 0);
	world_close(story.world);
}

static void a_kernel_layer_without_a_read_says_so_after_a_second_and_once(void **state)
{
	struct story story = open_story();

	(void)state;
	live(&story, 9, (struct tick){ 600, true, false, true, true });
	assert_int_equal(blind_count(&story), 0);
	live(&story, 4, (struct tick){ 600, true, false, true, true });
	check_blind(&story, PROF_LAYER_KERNEL, CORR_CAUSE_NEVER_CALLED, PROF_LAYER_USER);
	live(&story, 40, (struct tick){ 600, true, false, true, true });
	corr_engine_end(story.world->engine, story.now_ns);
	assert_int_equal(blind_count(&story), 1);
	world_close(story.world);
}

static void probes_that_stop_being_called_are_noticed(void **state)
{
	struct story story = open_story();

	(void)state;
	live(&story, 20, ALL);
	story.world->lanes[LANE_KERNEL].loss_count[PROF_LOSS_PROBES_OFF] = 1;
	live(&story, 20, (struct tick){ 600, true, false, true, true });
	check_blind(&story, PROF_LAYER_KERNEL, CORR_CAUSE_PROBES_OFF, PROF_LAYER_USER);
	world_close(story.world);
}

/* Each layer alone falls blind; nothing else is known than that it saw the connection before. */
static void what_stops_is_told_as_such(void **state)
{
	const struct {
		struct tick tick;
		enum prof_layer layer;
		enum corr_cause cause;
		enum prof_layer neighbour;
	} rows[] = {
		{ { 600, false, true, true, true },
		  PROF_LAYER_NIC,
		  CORR_CAUSE_FRAMES_STOPPED,
		  PROF_LAYER_KERNEL },
		{ { 600, true, false, true, true },
		  PROF_LAYER_KERNEL,
		  CORR_CAUSE_READS_STOPPED,
		  PROF_LAYER_USER },
		{ { 600, true, true, false, true },
		  PROF_LAYER_USER,
		  CORR_CAUSE_MESSAGES_STOPPED,
		  PROF_LAYER_KERNEL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct story story = open_story();

		live(&story, 20, ALL);
		live(&story, 20, rows[i].tick);
		check_blind(&story, rows[i].layer, rows[i].cause, rows[i].neighbour);
		world_close(story.world);
	}
}

/* One giant read, and its messages take seconds to be told: the layer saw it all. */
static void what_was_read_before_is_not_unseen(void **state)
{
	struct story story = open_story();

	(void)state;
	world_segment(story.world, T0 + 10, 0, 60000, 0);
	world_read(story.world, T0 + 20, T0 + 30, 0, 60000);
	live(&story, 40, (struct tick){ 600, false, false, true, true });
	corr_engine_end(story.world->engine, story.now_ns);
	assert_int_equal(blind_count(&story), 0);
	world_close(story.world);
}

static void without_a_user_layer_arriving_bytes_tell_of_a_blind_kernel_layer(void **state)
{
	struct story story = open_story();

	(void)state;
	story.world->lanes[LANE_USER].is_owned = false;
	live(&story, 30, (struct tick){ 600, true, false, false, false });
	check_blind(&story, PROF_LAYER_KERNEL, CORR_CAUSE_NEVER_CALLED, PROF_LAYER_NIC);
	world_close(story.world);
}

static void the_cause_is_the_fact_that_there_is(void **state)
{
	const struct {
		enum prof_loss loss;
		uint32_t flags;
		enum corr_cause cause;
	} rows[] = {
		{ PROF_LOSS_KIND_COUNT, PROF_SOCKET_KTLS, CORR_CAUSE_KTLS },
		{ PROF_LOSS_KIND_COUNT, PROF_SOCKET_MPTCP, CORR_CAUSE_MPTCP },
		{ PROF_LOSS_MPTCP, 0, CORR_CAUSE_MPTCP },
		{ PROF_LOSS_PREEMPT_SKIPPED, 0, CORR_CAUSE_SKIPPED },
		{ PROF_LOSS_READ_ELSEWHERE, 0, CORR_CAUSE_ELSEWHERE },
		{ PROF_LOSS_KIND_COUNT, 0, CORR_CAUSE_NEVER_CALLED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct story story = open_story();
		struct prof_socket socket = { .cookie = COOKIE,
					      .registered_ns = T0,
					      .flags = rows[i].flags };

		corr_engine_socket(story.world->engine, &socket);
		if (rows[i].loss < PROF_LOSS_KIND_COUNT)
			story.world->lanes[LANE_KERNEL].loss_count[rows[i].loss] = 1;
		story.world->lanes[LANE_NIC].is_owned = false;
		live(&story, 20, (struct tick){ 600, false, false, true, true });
		check_blind(&story, PROF_LAYER_KERNEL, rows[i].cause, PROF_LAYER_USER);
		world_close(story.world);
	}
}

static void reads_of_others_are_told_from_none_at_all(void **state)
{
	struct story story = open_story();

	(void)state;
	world_read_of(story.world, COOKIE + 1, world_flow(2), 5, T0 + 5, T0 + 6, 0, 10);
	live(&story, 20, (struct tick){ 600, true, false, true, true });
	check_blind(&story, PROF_LAYER_KERNEL, CORR_CAUSE_OTHER_READS, PROF_LAYER_USER);
	world_close(story.world);
}

static void a_capture_at_the_wrong_place_says_so(void **state)
{
	const struct {
		enum prof_loss loss;
		bool has_others;
		enum corr_cause cause;
	} rows[] = {
		{ PROF_LOSS_KIND_COUNT, false, CORR_CAUSE_NO_FRAME },
		{ PROF_LOSS_KIND_COUNT, true, CORR_CAUSE_OTHER_FRAMES },
		{ PROF_LOSS_TRANSLATED, true, CORR_CAUSE_TRANSLATED },
		{ PROF_LOSS_OTHER_INTERFACE, false, CORR_CAUSE_OTHER_INTERFACE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct story story = open_story();

		if (rows[i].loss < PROF_LOSS_KIND_COUNT)
			story.world->lanes[LANE_NIC].loss_count[rows[i].loss] = 1;
		if (rows[i].has_others)
			world_segment_of(story.world, T0 + 5, world_flow(2), 5, 100, 0);
		live(&story, 20, (struct tick){ 600, false, true, true, true });
		check_blind(&story, PROF_LAYER_NIC, rows[i].cause, PROF_LAYER_KERNEL);
		world_close(story.world);
	}
}

/* An application that lagged reads for seconds what had arrived before. */
static void what_arrived_before_is_not_unseen(void **state)
{
	struct story story = open_story();

	(void)state;
	live(&story, 5, ALL);
	world_segment(story.world, story.now_ns, story.offset, 60000, 0);
	live(&story, 40, (struct tick){ 600, false, true, true, true });
	assert_int_equal(blind_count(&story), 0);
	world_close(story.world);
}

static void reads_without_a_message_tell_of_a_blind_user_layer(void **state)
{
	struct story story = open_story();

	(void)state;
	live(&story, 20, (struct tick){ 600, true, true, false, false });
	check_blind(&story, PROF_LAYER_USER, CORR_CAUSE_NO_MESSAGE, PROF_LAYER_KERNEL);
	world_close(story.world);
}

static void calls_without_a_socket_or_a_place_are_the_cause(void **state)
{
	const struct {
		enum prof_loss loss;
		uint32_t flags;
		enum corr_cause cause;
	} rows[] = { { PROF_LOSS_SSL_UNBOUND, 0, CORR_CAUSE_UNBOUND },
		     { PROF_LOSS_SSL_UNRANGED, 0, CORR_CAUSE_UNRANGED },
		     { PROF_LOSS_CLIENT_UNRANGED, 0, CORR_CAUSE_UNRANGED },
		     { PROF_LOSS_SSL_UNBOUND, PROF_SOCKET_KTLS, CORR_CAUSE_USER_KTLS },
		     { PROF_LOSS_SSL_UNBOUND, PROF_SOCKET_MPTCP, CORR_CAUSE_USER_MPTCP } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct story story = open_story();
		struct prof_socket socket = { .cookie = COOKIE,
					      .registered_ns = T0,
					      .flags = rows[i].flags };

		prof_endpoint_set_ipv4(&socket.flow.local, "\x0a\x00\x00\x01", 1);
		prof_endpoint_set_ipv4(&socket.flow.remote, "\x0a\x00\x00\x02", 443);
		corr_engine_socket(story.world->engine, &socket);
		story.world->lanes[LANE_USER].loss_count[rows[i].loss] = 9;
		live(&story, 20, (struct tick){ 600, true, true, false, false });
		check_blind(&story, PROF_LAYER_USER, rows[i].cause, PROF_LAYER_KERNEL);
		world_close(story.world);
	}
}

/* A handshake and then answers to pings: nothing that an application is told. */
static void a_silent_stream_is_not_a_blind_layer(void **state)
{
	struct story story = open_story();

	(void)state;
	live(&story, 4, (struct tick){ 1400, true, true, false, false });
	live(&story, 60, (struct tick){ 30, true, true, false, false });
	assert_int_equal(blind_count(&story), 0);
	world_close(story.world);
}

static void messages_without_a_range_are_no_blindness(void **state)
{
	struct story story = open_story();

	(void)state;
	live(&story, 20, (struct tick){ 600, true, true, true, false });
	corr_engine_end(story.world->engine, story.now_ns);
	assert_int_equal(blind_count(&story), 0);
	world_close(story.world);
}

static void what_is_over_within_a_second_is_told_at_the_end(void **state)
{
	struct story story = open_story();
	struct corr_blind blind;

	(void)state;
	live(&story, 5, (struct tick){ 600, true, true, false, false });
	assert_int_equal(blind_count(&story), 0);
	corr_engine_end(story.world->engine, story.now_ns);
	check_blind(&story, PROF_LAYER_USER, CORR_CAUSE_NO_MESSAGE, PROF_LAYER_NIC);
	assert_true(corr_engine_blind(story.world->engine, 0, &blind) && blind.window_ms == 0);
	world_close(story.world);
}

/* The second connection of a client whose library is tied to the first one's socket. */
static void a_socket_nobody_registered_is_unclaimed_if_it_was_read(void **state)
{
	struct story story = open_story();
	struct world *world = story.world;

	(void)state;
	live(&story, 10, ALL);
	for (uint64_t i = 0; i < 10; i++)
		world_read_of(world, COOKIE + 1, world_flow(2), 7, story.now_ns + i,
			      story.now_ns + i + 1, i * 500, 500);
	world_read_of(world, COOKIE + 2, world_flow(3), 9, story.now_ns, story.now_ns + 1, 0, 500);
	live(&story, 1, ALL);
	corr_engine_end(world->engine, story.now_ns);
	assert_int_equal(blind_count(&story), 0);
	assert_int_equal(corr_engine_unclaimed_count(world->engine), 1);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_sees_what_there_is_is_not_blind),
		cmocka_unit_test(a_kernel_layer_without_a_read_says_so_after_a_second_and_once),
		cmocka_unit_test(probes_that_stop_being_called_are_noticed),
		cmocka_unit_test(what_stops_is_told_as_such),
		cmocka_unit_test(what_was_read_before_is_not_unseen),
		cmocka_unit_test(without_a_user_layer_arriving_bytes_tell_of_a_blind_kernel_layer),
		cmocka_unit_test(the_cause_is_the_fact_that_there_is),
		cmocka_unit_test(reads_of_others_are_told_from_none_at_all),
		cmocka_unit_test(a_capture_at_the_wrong_place_says_so),
		cmocka_unit_test(what_arrived_before_is_not_unseen),
		cmocka_unit_test(reads_without_a_message_tell_of_a_blind_user_layer),
		cmocka_unit_test(calls_without_a_socket_or_a_place_are_the_cause),
		cmocka_unit_test(a_silent_stream_is_not_a_blind_layer),
		cmocka_unit_test(messages_without_a_range_are_no_blindness),
		cmocka_unit_test(what_is_over_within_a_second_is_told_at_the_end),
		cmocka_unit_test(a_socket_nobody_registered_is_unclaimed_if_it_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
