/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages that the capture read on the wire, into an engine of world.h. */
#ifndef WIRES_WORLD_H
#define WIRES_WORLD_H

#include "correlator/wires/wires.h"
#include "tests/unit/correlator/world.h"

static const uint8_t anchored = PROF_WIRE_ANCHORED;

static inline void wire_of(struct world *world, uint64_t time_ns, uint32_t base, uint64_t start,
			   uint64_t end, uint8_t bits)
{
	const struct prof_event event = { .time_ns = time_ns,
					  .conn_key = world_flow(1),
					  .kind = PROF_EVENT_WIRE,
					  .wire = { .end_offset = end,
						    .size_bytes = (uint32_t)(end - start),
						    .base_seq = base,
						    .payload_bytes = 100,
						    .fragment_count = 1,
						    .opcode = 1,
						    .bits = bits } };

	corr_engine_event(world->engine, LANE_NIC, &event);
}

static inline void wire(struct world *world, uint64_t time_ns, uint64_t start, uint64_t end)
{
	wire_of(world, time_ns, BASE, start, end, anchored);
}

static inline const struct corr_counts *counts_of(const struct world *world)
{
	return corr_engine_counts(world->engine);
}

#endif
