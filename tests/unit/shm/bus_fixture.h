/* SPDX-License-Identifier: BSD-2-Clause */
/* A bus of a test's own, and events on it that can be told from each other. */
#ifndef TESTS_SHM_BUS_FIXTURE_H
#define TESTS_SHM_BUS_FIXTURE_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "prof/bus.h"

struct fixture {
	char name[64];
	struct prof_bus *bus;
};

/* For a test's set-up, with what the bus is to be like; "/prof-NAME-PID" is not there before. */
static inline int fixture_open(void **state, const char *name,
			       const struct prof_bus_options *options)
{
	static struct fixture fixture;

	(void)snprintf(fixture.name, sizeof(fixture.name), "/prof-%s-%ld", name, (long)getpid());
	(void)prof_bus_unlink(fixture.name);
	*state = &fixture;
	return prof_bus_create(fixture.name, options, &fixture.bus);
}

static inline int fixture_close(void **state)
{
	struct fixture *fixture = *state;

	fixture->bus = prof_bus_close(fixture->bus);
	(void)prof_bus_unlink(fixture->name);
	return 0;
}

#define WITH_BUS(test) cmocka_unit_test_setup_teardown(test, set_up, fixture_close)

static inline struct prof_producer *attach(struct prof_bus *bus, const char *name)
{
	const struct prof_producer_options options = { .name = name, .layer = PROF_LAYER_USER };
	struct prof_producer *producer = NULL;

	assert_int_equal(prof_producer_attach(bus, &options, &producer), 0);
	return producer;
}

static inline struct prof_consumer *attach_consumer(struct prof_bus *bus)
{
	struct prof_consumer *consumer = NULL;

	assert_int_equal(prof_consumer_attach(bus, &consumer), 0);
	return consumer;
}

/* An event whose every word is made from its number. */
static inline struct prof_event numbered(uint64_t number)
{
	struct prof_event event = { .time_ns = number, .conn_key = ~number, .kind = 3 };

	event.message.end_offset = number * 3;
	event.message.exch_time_us = number * 5;
	event.message.message_index = (uint32_t)number;
	return event;
}

static inline void push(struct prof_producer *producer, uint64_t first, uint64_t count)
{
	for (uint64_t i = first; i < first + count; i++) {
		struct prof_event event = numbered(i);

		assert_true(prof_publish(producer, &event));
	}
}

/* Takes everything of a lane and checks that it is first, first + 1, ... */
static inline uint64_t take_all(struct prof_consumer *consumer, uint32_t lane_index, uint64_t first)
{
	struct prof_event events[50];
	uint64_t next = first;
	size_t count;

	while ((count = prof_take(consumer, lane_index, events, 50, NULL)) > 0) {
		for (size_t i = 0; i < count; i++, next++) {
			struct prof_event expected = numbered(next);

			assert_memory_equal(&events[i], &expected, sizeof(expected));
		}
	}
	return next - first;
}

#endif
