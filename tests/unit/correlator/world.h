/* SPDX-License-Identifier: BSD-2-Clause */
/* A small world to tell stories in: three producers, one engine, the messages it emits. */
#ifndef TESTS_CORR_WORLD_H
#define TESTS_CORR_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "correlator/engine/engine.h"
#include "prof/clock.h"

#include "tests/unit/unit.h"

#define WORLD_MESSAGE_COUNT_MAX 64

enum { LANE_NIC, LANE_KERNEL, LANE_USER, LANE_COUNT };

#define COOKIE 77
#define FLOW   0x1234567890abcdefu
#define BASE   4294967000u /* the stream wraps after 296 bytes */
#define TID    4242

/* Every story begins here, so that 0 stays "unknown". */
#define T0 UINT64_C(1000000000)

struct world {
	struct corr_engine *engine;
	struct prof_lane lanes[LANE_COUNT];
	bool has_lane[LANE_COUNT];
	uint32_t message_count;
	struct corr_message messages[WORLD_MESSAGE_COUNT_MAX];
	uint32_t message_index;
};

static inline void world_emit(void *context, const struct corr_message *message)
{
	struct world *world = context;

	assert_true(world->message_count < WORLD_MESSAGE_COUNT_MAX);
	world->messages[world->message_count++] = *message;
}

static inline void world_add_lane(struct world *world, uint32_t lane_index, uint64_t since_ns)
{
	static const enum prof_layer layers[] = { PROF_LAYER_NIC, PROF_LAYER_KERNEL,
						  PROF_LAYER_USER };
	struct prof_lane *lane = &world->lanes[lane_index];
	uint32_t generation = lane->generation + 1;

	*lane = (struct prof_lane){ .generation = generation,
				    .is_owned = true,
				    .layer = layers[lane_index],
				    .pid = 100 + lane_index,
				    .since_ns = since_ns,
				    .name = "story",
				    .dropped_count = lane->dropped_count };
	world->has_lane[lane_index] = true;
	corr_engine_lane(world->engine, lane_index, lane, since_ns);
}

static inline struct world *world_open(void)
{
	struct world *world = calloc(1, sizeof(*world));
	struct corr_engine_options options = {
		.segment_count = 4096, .read_count = 4096, .message_count = 4096, .copy_ns = 5
	};

	assert_non_null(world);
	assert_int_equal(corr_engine_create(&options, world_emit, world, &world->engine), 0);
	return world;
}

static inline void world_close(struct world *world)
{
	(void)corr_engine_destroy(world->engine);
	free(world);
}

static inline void world_register_at(struct world *world, uint64_t time_ns, uint64_t cookie,
				     uint64_t flow_salt)
{
	struct prof_socket socket = {
		.cookie = cookie, .registered_ns = time_ns, .tid = TID, .conn_number = 1
	};

	prof_endpoint_set_ipv4(&socket.flow.local, "\x0a\x00\x00\x01", (uint16_t)flow_salt);
	prof_endpoint_set_ipv4(&socket.flow.remote, "\x0a\x00\x00\x02", 443);
	corr_engine_socket(world->engine, &socket);
}

static inline void world_register(struct world *world, uint64_t cookie, uint64_t flow_salt)
{
	world_register_at(world, T0, cookie, flow_salt);
}

/* The flow id that world_register() gives with this salt. */
static inline uint64_t world_flow(uint64_t flow_salt)
{
	struct prof_flow flow;

	prof_endpoint_set_ipv4(&flow.local, "\x0a\x00\x00\x01", (uint16_t)flow_salt);
	prof_endpoint_set_ipv4(&flow.remote, "\x0a\x00\x00\x02", 443);
	return prof_flow_id(&flow);
}

static inline void world_syn(struct world *world, uint64_t time_ns, uint64_t flow, uint32_t base)
{
	struct prof_event event = { .time_ns = time_ns,
				    .conn_key = flow,
				    .kind = PROF_EVENT_SEGMENT,
				    .seq = base - 1,
				    .segment = { .tcp_flags = PROF_TCP_SYN | PROF_TCP_ACK } };

	corr_engine_event(world->engine, LANE_NIC, &event);
}

static inline void world_segment_of(struct world *world, uint64_t time_ns, uint64_t flow,
				    uint32_t seq, uint32_t size_bytes, uint8_t flags)
{
	struct prof_event event = { .time_ns = time_ns,
				    .conn_key = flow,
				    .kind = PROF_EVENT_SEGMENT,
				    .seq = seq,
				    .flags = flags,
				    .segment = { .size_bytes = size_bytes,
						 .tcp_flags = PROF_TCP_ACK } };

	corr_engine_event(world->engine, LANE_NIC, &event);
}

static inline void world_segment(struct world *world, uint64_t time_ns, uint64_t offset,
				 uint32_t size_bytes, uint8_t flags)
{
	world_segment_of(world, time_ns, world_flow(1), BASE + (uint32_t)offset, size_bytes, flags);
}

static inline void world_read_of(struct world *world, uint64_t cookie, uint64_t flow, uint32_t base,
				 uint64_t enter_ns, uint64_t return_ns, uint64_t offset,
				 uint32_t size_bytes)
{
	struct prof_event event = { .time_ns = enter_ns,
				    .conn_key = cookie,
				    .kind = PROF_EVENT_READ,
				    .base_seq = base,
				    .read = { .return_ns = return_ns,
					      .flow_id = flow,
					      .start_offset = offset,
					      .size_bytes = size_bytes,
					      .tid = TID } };

	corr_engine_event(world->engine, LANE_KERNEL, &event);
}

static inline void world_read(struct world *world, uint64_t enter_ns, uint64_t return_ns,
			      uint64_t offset, uint32_t size_bytes)
{
	world_read_of(world, COOKIE, world_flow(1), BASE, enter_ns, return_ns, offset, size_bytes);
}

static inline void world_message_of(struct world *world, uint64_t cookie, uint64_t time_ns,
				    uint64_t start, uint64_t end)
{
	struct prof_event event = { .time_ns = time_ns,
				    .conn_key = cookie,
				    .kind = PROF_EVENT_MESSAGE,
				    .conn_number = 1,
				    .message = { .end_offset = end,
						 .size_bytes = (uint32_t)(end - start),
						 .message_index = world->message_index++ } };

	corr_engine_event(world->engine, LANE_USER, &event);
}

static inline void world_message(struct world *world, uint64_t time_ns, uint64_t start,
				 uint64_t end)
{
	world_message_of(world, COOKIE, time_ns, start, end);
}

/* Facts as they stand, with these marks (0: no lane, or as before). */
static inline void world_marks(struct world *world, uint64_t nic_ns, uint64_t kernel_ns,
			       uint64_t user_ns)
{
	const uint64_t marks[] = { nic_ns, kernel_ns, user_ns };

	for (uint32_t i = 0; i < LANE_COUNT; i++) {
		if (!world->has_lane[i])
			continue;
		if (marks[i])
			world->lanes[i].mark_ns = marks[i];
		corr_engine_lane(world->engine, i, &world->lanes[i],
				 marks[i] ? marks[i] : world->lanes[i].mark_ns);
	}
}

static inline void world_round(struct world *world, uint64_t now_ns)
{
	corr_engine_round(world->engine, now_ns, 0);
}

/* All three producers, a registered socket, the SYN seen. */
static inline struct world *world_open_usual(void)
{
	struct world *world = world_open();

	for (uint32_t i = 0; i < LANE_COUNT; i++)
		world_add_lane(world, i, T0);
	world_register(world, COOKIE, 1);
	world_syn(world, T0 + 1, world_flow(1), BASE);
	return world;
}

/* Everything up to now_ns has been said; whatever can be decided is. */
static inline void world_settle(struct world *world, uint64_t now_ns)
{
	world_marks(world, now_ns, now_ns, now_ns);
	world_round(world, now_ns);
}

#define SETTLED (UINT64_C(300000000)) /* beyond the grace for incomplete messages */

#endif
