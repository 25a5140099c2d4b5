/* SPDX-License-Identifier: BSD-2-Clause */
#include "crash_work.h"

#include <inttypes.h>
#include <string.h>

/* An event's id: which producer, and its how-manyeth from 1. */
static uint64_t make_id(uint32_t producer, uint32_t number)
{
	return (uint64_t)producer << 32 | (number + 1);
}

static struct prof_event make_event(uint64_t id)
{
	struct prof_event event = { .time_ns = id, .conn_key = ~id };

	event.base_seq = (uint32_t)(id * 13);
	event.read.size_bytes = (uint32_t)(id * 17);
	event.read.tid = (uint32_t)(id * 19);
	event.read.return_ns = id * 3;
	event.read.flow_id = id * 5;
	event.read.start_offset = id * 7;
	return event;
}

static struct prof_bus *open_bus(const char *bus_name)
{
	struct prof_bus *bus = NULL;
	int err = prof_bus_open(bus_name, 1000, &bus);

	CHECK(err == 0, "open: %s", strerror(-err));
	return bus;
}

void work_produce(const char *bus_name, uint32_t producer_id, struct victim *victim,
		  _Atomic uint64_t *progress)
{
	const struct prof_producer_options options = { .name = "victim", .layer = PROF_LAYER_USER };
	struct prof_producer *producer = NULL;
	struct prof_bus *bus = open_bus(bus_name);
	int err = prof_producer_attach(bus, &options, &producer);
	const uint32_t burst_count = victim ? 8 : 3;
	uint32_t number = 0;

	CHECK(err == 0, "producer %u finds no lane: %s", producer_id, strerror(-err));
	while (!atomic_load_explicit(&board->is_stopping, memory_order_relaxed)) {
		for (uint32_t i = 0; i < burst_count; i++) {
			struct prof_event event = make_event(make_id(producer_id, number));

			if (!prof_publish(producer, &event))
				continue;
			number++;
			if (victim)
				atomic_store_explicit(&victim->committed_count, number,
						      memory_order_release);
		}
		prof_publish_mark(producer, number);
		if (progress)
			(void)atomic_fetch_add_explicit(progress, 1, memory_order_relaxed);
		sleep_us(100);
	}
	(void)prof_producer_detach(producer);
	(void)prof_bus_close(bus);
}

/* Tells the board what is at these positions; nobody may have told before. */
static void tell(uint32_t lane_index, uint64_t position, const struct prof_event *events,
		 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct prof_event expected = make_event(events[i].time_ns);
		uint64_t before;

		CHECK(memcmp(&events[i], &expected, sizeof(expected)) == 0, "a torn event");
		CHECK(position + i < POSITION_COUNT_MAX, "the board is too small");
		before = atomic_exchange_explicit(&board->seen[lane_index][position + i],
						  events[i].time_ns, memory_order_relaxed);
		CHECK(before == 0, "taken twice: lane %u position %" PRIu64, lane_index,
		      position + i);
	}
}

size_t work_take_everything(struct prof_consumer *consumer)
{
	struct prof_event events[32];
	size_t total_count = 0;

	for (uint32_t i = 0; i < LANE_COUNT; i++) {
		uint64_t position;
		size_t count;

		while ((count = prof_take(consumer, i, events, 32, &position)) > 0) {
			tell(i, position, events, count);
			total_count += count;
		}
	}
	return total_count;
}

void work_consume(const char *bus_name, _Atomic uint64_t *progress)
{
	struct prof_consumer *consumer = NULL;
	struct prof_bus *bus = open_bus(bus_name);
	int err = prof_consumer_attach(bus, &consumer);

	CHECK(err == 0, "consumer finds no place: %s", strerror(-err));
	while (!atomic_load_explicit(&board->is_stopping, memory_order_relaxed)) {
		bool is_off = atomic_load_explicit(&board->is_taking_off, memory_order_relaxed);
		size_t count = is_off ? 1 : work_take_everything(consumer);

		if (progress)
			(void)atomic_fetch_add_explicit(progress, count, memory_order_relaxed);
		if (is_off)
			sleep_us(100);
		else
			(void)prof_consumer_wait(consumer, 5);
	}
	(void)prof_consumer_detach(consumer);
	(void)prof_bus_close(bus);
}

void work_keep_registry(const char *bus_name, uint32_t victim_id)
{
	struct prof_bus *bus = open_bus(bus_name);

	for (uint32_t i = 0; !atomic_load_explicit(&board->is_stopping, memory_order_relaxed);
	     i++) {
		struct prof_socket socket = { .cookie = i + 1, .pid = 1, .tid = i + 1 };
		char name[PROF_STREAM_NAME_BYTES];
		uint16_t stream_index;
		uint32_t index;

		(void)snprintf(name, sizeof(name), "v%u-%u", victim_id, i);
		(void)prof_stream_intern(bus, name, &stream_index);
		if (prof_socket_register(bus, &socket, &index) == 0) {
			struct prof_socket seen;

			if (prof_socket_read(bus, index, &seen)) {
				CHECK(seen.cookie == seen.tid, "a torn socket");
				(void)prof_socket_close(bus, index, seen.generation, i + 1);
			}
		}
	}
	(void)prof_bus_close(bus);
}
