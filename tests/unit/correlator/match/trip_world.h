/* SPDX-License-Identifier: BSD-2-Clause */
/* The small world, with what goes out, and the last trip that was told of it. */
#ifndef TESTS_CORR_TRIP_WORLD_H
#define TESTS_CORR_TRIP_WORLD_H

#include "correlator/outward/outward.h"
#include "tests/unit/correlator/world.h"

#define OUT_BASE 4294967200u /* the stream that goes out wraps after 96 bytes */
#define US	 PROF_NS_PER_US

static struct corr_trip told;
static uint32_t told_count;

static inline void tell(void *context, const struct corr_trip *trip)
{
	(void)context;
	told = *trip;
	told_count++;
}

static inline void event_of_nic(struct world *world, uint64_t time_ns,
				const struct prof_event *event)
{
	struct prof_event own = *event;

	own.time_ns = time_ns;
	own.kind = PROF_EVENT_SEGMENT;
	own.conn_key = world_flow(1);
	corr_engine_event(world->engine, LANE_NIC, &own);
}

static inline void leaves(struct world *world, uint64_t time_ns, uint64_t start,
			  uint32_t size_bytes)
{
	const struct prof_event event = { .flags = PROF_FLAG_OUTBOUND,
					  .seq = OUT_BASE + (uint32_t)start,
					  .segment = { .size_bytes = size_bytes,
						       .tcp_flags = PROF_TCP_ACK } };

	event_of_nic(world, time_ns, &event);
}

static inline void sends(struct world *world, uint64_t time_ns, uint64_t start, uint32_t size_bytes,
			 uint8_t flags)
{
	const struct prof_event event = { .time_ns = time_ns,
					  .conn_key = COOKIE,
					  .kind = PROF_EVENT_SEND,
					  .flags = flags,
					  .base_seq = OUT_BASE,
					  .read = { .return_ns = time_ns + 5,
						    .flow_id = world_flow(1),
						    .start_offset = start,
						    .size_bytes = size_bytes,
						    .tid = TID } };

	corr_engine_event(world->engine, LANE_KERNEL, &event);
}

static inline struct world *begin(void)
{
	struct world *world = world_open_usual();

	told_count = 0;
	corr_engine_tell_trips(world->engine, tell);
	return world;
}

#endif
