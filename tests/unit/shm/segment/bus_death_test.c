/* SPDX-License-Identifier: BSD-2-Clause */
/* Owners and consumers that die: what was theirs is found, counted and used again. */
#include "tests/unit/shm/bus_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define SLOT_COUNT 64

static int set_up(void **state)
{
	const struct prof_bus_options options = {
		.lane_count = 4, .slot_count = SLOT_COUNT, .socket_count = 4, .stream_count = 4
	};

	return fixture_open(state, "bus-death-test", &options);
}

/* Runs work in a child that is killed as soon as it returns; waits for its death. */
static void in_killed_child(void (*work)(const char *name), const char *name)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		work(name);
		(void)raise(SIGKILL);
		_exit(1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void publish_ten_and_stay_attached(const char *name)
{
	struct prof_bus *bus = NULL;

	if (prof_bus_open(name, 0, &bus) != 0)
		_exit(1);
	push(attach(bus, "victim"), 0, 10);
}

static void a_dead_owners_lane_is_drained_and_reclaimed(void **state)
{
	struct fixture *fixture = *state;
	struct prof_consumer *consumer;
	struct prof_producer *producers[4];
	struct prof_lane lane;

	in_killed_child(publish_ten_and_stay_attached, fixture->name);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_false(lane.is_owned);
	assert_true(lane.is_owner_dead);
	assert_int_equal(lane.pushed_count, 10);
	/* While others are free, the lane with events is left to its consumer. */
	for (int i = 0; i < 3; i++)
		producers[i] = attach(fixture->bus, "others");
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_true(lane.is_owner_dead);
	assert_string_equal(lane.name, "victim");
	/* Then it is taken, events and all: they stay in order before the new owner's. */
	producers[3] = attach(fixture->bus, "heir");
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_true(lane.is_owned);
	assert_string_equal(lane.name, "heir");
	assert_int_equal(lane.generation, 2);
	push(producers[3], 10, 10);
	consumer = attach_consumer(fixture->bus);
	assert_int_equal(take_all(consumer, 0, 0), 20);
	(void)prof_consumer_detach(consumer);
	for (int i = 0; i < 4; i++)
		(void)prof_producer_detach(producers[i]);
}

/* Only its own thread may detach it, and that ends first: kept, so that it is no leak. */
static struct prof_producer *left_behind;

static void *attach_and_end(void *bus)
{
	left_behind = attach(bus, "thread");
	push(left_behind, 0, 1);
	return NULL;
}

static void a_lane_returns_when_its_thread_ends(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producers[4];
	struct prof_lane lane;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, attach_and_end, fixture->bus), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_true(lane.is_owner_dead);
	for (int i = 0; i < 4; i++)
		producers[i] = attach(fixture->bus, "others");
	for (int i = 0; i < 4; i++)
		(void)prof_producer_detach(producers[i]);
}

static void take_five_and_stay_attached(const char *name)
{
	struct prof_bus *bus = NULL;
	struct prof_consumer *consumer = NULL;
	struct prof_event events[5];

	if (prof_bus_open(name, 0, &bus) != 0 || prof_consumer_attach(bus, &consumer) != 0 ||
	    prof_take(consumer, 0, events, 5, NULL) != 5 ||
	    prof_take(consumer, 0, events, 5, NULL) != 5)
		_exit(1);
}

static void what_a_dead_consumer_had_taken_is_counted(void **state)
{
	struct fixture *fixture = *state;
	struct prof_producer *producer = attach(fixture->bus, "one");
	struct prof_consumer *consumer;
	struct prof_lane lane;

	push(producer, 0, 20);
	in_killed_child(take_five_and_stay_attached, fixture->name);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_int_equal(lane.taken_count, 10);
	assert_int_equal(lane.abandoned_count, 5); /* the first five were followed by a call */
	consumer = attach_consumer(fixture->bus);
	assert_int_equal(take_all(consumer, 0, 10), 10);
	(void)prof_consumer_detach(consumer);
	assert_true(prof_lane_read(fixture->bus, 0, &lane));
	assert_int_equal(lane.abandoned_count, 5);
	(void)prof_producer_detach(producer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BUS(a_dead_owners_lane_is_drained_and_reclaimed),
		WITH_BUS(a_lane_returns_when_its_thread_ends),
		WITH_BUS(what_a_dead_consumer_had_taken_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
