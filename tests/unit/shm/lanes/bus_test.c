/* SPDX-License-Identifier: BSD-2-Clause */
/* Lanes: what is published is taken, once, in order; what is lost is counted. */
#include "tests/unit/shm/bus_fixture.h"

#include <errno.h>
#include <pthread.h>

#include "prof/clock.h"
#include "prof/publish.h"

#define SLOT_COUNT 64

static int set_up(void **state)
{
	const struct prof_bus_options options = {
		.lane_count = 4, .slot_count = SLOT_COUNT, .socket_count = 4, .stream_count = 4
	};

	return fixture_open(state, "bus-test", &options);
}

static void events_come_out_as_they_went_in(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_consumer *consumer = attach_consumer(fixture->bus);

	for (uint64_t lap = 0; lap < 10; lap++) {
		push(producer, lap * 50, 50);
		assert_int_equal(take_all(consumer, 0, lap * 50), 50);
	}
	producer = prof_producer_detach(producer);
	consumer = prof_consumer_detach(consumer);
	assert_null(producer);
	assert_null(consumer);
}

/* The quick way packs members one by one: none may be forgotten. */
static void every_member_of_every_kind_comes_out(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_consumer *consumer = attach_consumer(fixture->bus);

	for (unsigned int kind = PROF_EVENT_SEGMENT; kind <= PROF_EVENT_ANSWER; kind++) {
		struct prof_event event;
		struct prof_event taken;

		memset(&event, 0xa0 + (int)kind, sizeof(event));
		event.kind = (uint8_t)kind;
		if (kind == PROF_EVENT_SEGMENT)
			memset(event.segment.reserved, 0, sizeof(event.segment.reserved));
		assert_true(prof_publish_inline(producer, &event));
		assert_int_equal(prof_take(consumer, 0, &taken, 1, NULL), 1);
		assert_memory_equal(&event, &taken, sizeof(event));
	}
	(void)prof_consumer_detach(consumer);
	(void)prof_producer_detach(producer);
}

static void positions_count_from_zero(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_consumer *consumer = attach_consumer(fixture->bus);
	struct prof_event events[8];
	uint64_t position = 99;

	push(producer, 0, 10);
	assert_int_equal(prof_take(consumer, 0, events, 8, &position), 8);
	assert_int_equal(position, 0);
	assert_int_equal(prof_take(consumer, 0, events, 8, &position), 2);
	assert_int_equal(position, 8);
	assert_int_equal(prof_take(consumer, 0, events, 8, &position), 0);
	assert_int_equal(prof_take(consumer, 4, events, 8, &position), 0);
	(void)prof_consumer_detach(consumer);
	(void)prof_producer_detach(producer);
}

static void a_full_lane_drops_and_counts(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_consumer *consumer = attach_consumer(fixture->bus);
	struct prof_event event = numbered(SLOT_COUNT);
	struct prof_lane lane;

	push(producer, 0, SLOT_COUNT);
	assert_false(prof_publish(producer, &event));
	assert_false(prof_publish(producer, &event));
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_int_equal(lane.dropped_count, 2);
	assert_int_equal(lane.pushed_count, SLOT_COUNT);
	assert_int_equal(lane.taken_count, 0);
	assert_int_equal(take_all(consumer, 0, 0), SLOT_COUNT);
	assert_true(prof_publish(producer, &event));
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_int_equal(lane.pushed_count, SLOT_COUNT + 1);
	assert_int_equal(lane.taken_count, SLOT_COUNT);
	(void)prof_consumer_detach(consumer);
	(void)prof_producer_detach(producer);
}

static void a_burst_fits_as_far_as_there_is_room(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_consumer *consumer = attach_consumer(fixture->bus);
	struct prof_event events[SLOT_COUNT];
	struct prof_lane lane;

	for (uint64_t i = 0; i < SLOT_COUNT; i++)
		events[i] = numbered(i);
	assert_int_equal(prof_publish_burst(producer, events, 40), 40);
	assert_int_equal(prof_publish_burst(producer, &events[40], 24), 24);
	assert_int_equal(prof_publish_burst(producer, events, 5), 0);
	assert_int_equal(take_all(consumer, 0, 0), SLOT_COUNT);
	for (uint64_t i = 0; i < SLOT_COUNT; i++)
		events[i] = numbered(SLOT_COUNT + i);
	assert_int_equal(prof_publish_burst(producer, events, SLOT_COUNT), SLOT_COUNT);
	assert_int_equal(take_all(consumer, 0, SLOT_COUNT), SLOT_COUNT);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_int_equal(lane.dropped_count, 5);
	(void)prof_consumer_detach(consumer);
	(void)prof_producer_detach(producer);
}

static bool add_numbered(struct prof_run *run, uint64_t number)
{
	const struct prof_event event = numbered(number);
	uint64_t words[PROF_EVENT_WORDS];

	prof_push_words(&event, words);
	return prof_run_add(run, words);
}

static void a_run_is_seen_once_it_is_committed(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_consumer *consumer = attach_consumer(fixture->bus);
	struct prof_event events[4];
	struct prof_lane lane;
	struct prof_run run;

	push(producer, 0, 10);
	prof_run_begin(&run, producer);
	prof_run_commit(&run); /* of nothing */
	for (uint64_t i = 10; i < SLOT_COUNT; i++)
		assert_true(add_numbered(&run, i));
	assert_int_equal(take_all(consumer, 0, 0), 10);
	assert_int_equal(prof_take(consumer, 0, events, 4, NULL), 0);
	/* What was taken meanwhile is room. */
	for (uint64_t i = 0; i < 10; i++)
		assert_true(add_numbered(&run, SLOT_COUNT + i));
	assert_false(add_numbered(&run, 0));
	prof_run_commit(&run);
	assert_false(add_numbered(&run, 0)); /* nor now */
	assert_int_equal(take_all(consumer, 0, 10), SLOT_COUNT);
	push(producer, SLOT_COUNT + 10, 1);
	assert_int_equal(take_all(consumer, 0, SLOT_COUNT + 10), 1);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_int_equal(lane.dropped_count, 2);
	(void)prof_consumer_detach(consumer);
	(void)prof_producer_detach(producer);
}

static void two_consumers_share_without_overlap(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_consumer *consumers[2];
	struct prof_event events[4];
	uint64_t position;

	assert_int_equal(prof_consumer_attach(fixture->bus, &consumers[0]), 0);
	assert_int_equal(prof_consumer_attach(fixture->bus, &consumers[1]), 0);
	push(producer, 0, 40);
	for (uint64_t i = 0; i < 40; i += 4) {
		assert_int_equal(prof_take(consumers[i / 4 % 2], 0, events, 4, &position), 4);
		assert_int_equal(position, i);
		assert_int_equal(events[0].time_ns, i);
	}
	(void)prof_consumer_detach(consumers[0]);
	(void)prof_consumer_detach(consumers[1]);
	(void)prof_producer_detach(producer);
}

static void a_lane_tells_about_its_owner(void **state)
{
	struct fixture *fixture = *state;
	const struct prof_producer_options options = {
		.name = "a name of more than twenty-three letters",
		.layer = PROF_LAYER_NIC,
		.since_ns = 77,
	};
	struct prof_producer *producer = NULL;
	struct prof_lane lane;
	uint64_t before_ns = prof_now_ns();

	assert_false(prof_lane_read(fixture->bus, 0, &lane));
	assert_int_equal(prof_producer_attach(fixture->bus, &options, &producer), 0);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_true(lane.is_owned);
	assert_false(lane.is_owner_dead);
	assert_int_equal(lane.generation, 1);
	assert_int_equal(lane.layer, PROF_LAYER_NIC);
	assert_int_equal(lane.pid, getpid());
	assert_int_equal(lane.tid, gettid());
	assert_int_equal(lane.since_ns, 77);
	assert_int_equal(lane.mark_ns, 0);
	assert_string_equal(lane.name, "a name of more than twe");
	assert_true(lane.heartbeat_ns >= before_ns);
	(void)prof_producer_detach(producer);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_false(lane.is_owned);
	assert_false(lane.is_owner_dead);
	assert_false(prof_lane_read(fixture->bus, 1, &lane));
	assert_false(prof_lane_read(fixture->bus, 4, &lane));
}

static void marks_do_not_go_backwards(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_lane lane;

	prof_publish_mark(producer, 100);
	prof_publish_mark(producer, 50);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_int_equal(lane.mark_ns, 100);
	(void)prof_producer_detach(producer);
	producer = attach(fixture->bus, "two");
	assert_true(prof_lane_read(fixture->bus, 1, &lane));
	assert_int_equal(lane.mark_ns, 0);
	(void)prof_producer_detach(producer);
}

static void losses_are_totals_of_the_present_owner(void **state)
{
	struct fixture *fixture = *state;
	struct prof_lane lane;

	for (int i = 0; i < 5; i++) { /* four lanes: the fifth owner gets the first lane again */
		struct prof_producer *producer = attach(fixture->bus, "one");

		assert_true(prof_lane_read(fixture->bus, (uint32_t)i % 4, &lane));
		assert_int_equal(lane.loss_count[PROF_LOSS_CAPTURE_DROP], 0);
		assert_int_equal(lane.generation, i / 4 + 1);
		prof_publish_loss(producer, PROF_LOSS_CAPTURE_DROP, 7);
		prof_publish_loss(producer, PROF_LOSS_KIND_COUNT, 7); /* ignored */
		assert_true(prof_lane_read(fixture->bus, (uint32_t)i % 4, &lane));
		assert_int_equal(lane.loss_count[PROF_LOSS_CAPTURE_DROP], 7);
		(void)prof_producer_detach(producer);
	}
}

static void attaching_fails_when_every_lane_is_owned(void **state)
{
	struct fixture *fixture = *state;
	const struct prof_producer_options options = { .name = "x", .layer = PROF_LAYER_USER };
	struct prof_producer *producers[4];
	struct prof_producer *fifth = NULL;

	for (int i = 0; i < 4; i++)
		producers[i] = attach(fixture->bus, "one");
	assert_int_equal(prof_producer_attach(fixture->bus, &options, &fifth), -ENOSPC);
	assert_null(fifth);
	(void)prof_producer_detach(producers[2]);
	assert_int_equal(prof_producer_attach(fixture->bus, &options, &fifth), 0);
	(void)prof_producer_detach(fifth);
	for (int i = 0; i < 4; i++)
		if (i != 2)
			(void)prof_producer_detach(producers[i]);
}

static void bad_producer_options_are_refused(void **state)
{
	struct fixture *fixture = *state;
	const struct prof_producer_options options[] = {
		{ .name = NULL, .layer = PROF_LAYER_USER },
		{ .name = "x", .layer = PROF_LAYER_NONE },
		{ .name = "x", .layer = PROF_LAYER_COUNT },
	};
	struct prof_producer *producer = NULL;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(prof_producer_attach(fixture->bus, &options[i], &producer),
				 -EINVAL);
	assert_null(producer);
}

static void consumers_are_limited_too(void **state)
{
	struct fixture *fixture = *state;
	struct prof_consumer *consumers[16];
	struct prof_consumer *one_more = NULL;

	for (int i = 0; i < 16; i++)
		assert_int_equal(prof_consumer_attach(fixture->bus, &consumers[i]), 0);
	assert_int_equal(prof_consumer_attach(fixture->bus, &one_more), -ENOSPC);
	for (int i = 0; i < 16; i++)
		(void)prof_consumer_detach(consumers[i]);
}

static void waiting_ends_in_time(void **state)
{
	struct fixture *fixture = *state;
	struct prof_consumer *consumer = attach_consumer(fixture->bus);
	uint64_t start_ns = prof_now_ns();

	assert_false(prof_consumer_wait(consumer, 30));
	assert_int_in_range(prof_delta_ns(start_ns, prof_now_ns()), 30 * PROF_NS_PER_MS,
			    5000LL * PROF_NS_PER_MS);
	assert_false(prof_consumer_wait(consumer, 0));
	(void)prof_consumer_detach(consumer);
}

static void *publish_after_a_while(void *bus)
{
	struct timespec delay = { .tv_nsec = 20 * PROF_NS_PER_MS };
	struct prof_producer *producer = attach(bus, "late");

	(void)nanosleep(&delay, NULL);
	push(producer, 0, 1);
	(void)prof_producer_detach(producer);
	return NULL;
}

static void a_sleeper_is_woken(void **state)
{
	struct fixture *fixture = *state;
	struct prof_consumer *consumer = attach_consumer(fixture->bus);
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, publish_after_a_while, fixture->bus), 0);
	assert_true(prof_consumer_wait(consumer, 60000));
	assert_true(prof_consumer_wait(consumer, 60000)); /* nothing taken: still something there */
	assert_int_equal(take_all(consumer, 0, 0), 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)prof_consumer_detach(consumer);
}

static void null_may_be_released(void **state)
{
	(void)state;
	assert_null(prof_bus_close(NULL));
	assert_null(prof_producer_detach(NULL));
	assert_null(prof_consumer_detach(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BUS(events_come_out_as_they_went_in),
		WITH_BUS(every_member_of_every_kind_comes_out),
		WITH_BUS(positions_count_from_zero),
		WITH_BUS(a_full_lane_drops_and_counts),
		WITH_BUS(a_burst_fits_as_far_as_there_is_room),
		WITH_BUS(a_run_is_seen_once_it_is_committed),
		WITH_BUS(two_consumers_share_without_overlap),
		WITH_BUS(a_lane_tells_about_its_owner),
		WITH_BUS(marks_do_not_go_backwards),
		WITH_BUS(losses_are_totals_of_the_present_owner),
		WITH_BUS(attaching_fails_when_every_lane_is_owned),
		WITH_BUS(bad_producer_options_are_refused),
		WITH_BUS(consumers_are_limited_too),
		WITH_BUS(waiting_ends_in_time),
		WITH_BUS(a_sleeper_is_woken),
		cmocka_unit_test(null_may_be_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
