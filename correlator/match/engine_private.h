/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engine is made of. */
#ifndef CORR_ENGINE_PRIVATE_H
#define CORR_ENGINE_PRIVATE_H

#include "correlator/asks/asks.h"
#include "correlator/outward/outward.h"
#include "correlator/watch/watch.h"
#include "engine.h"
#include "match.h"
#include "wires.h"

struct lane_queue {
	uint32_t head;
	uint32_t tail;
};

struct corr_engine {
	struct corr_engine_options options;
	corr_emit *emit;
	corr_emit_trip *emit_trip; /* NULL: nobody asks */
	void *context;
	struct corr_counts counts;
	struct lanes lanes;
	struct tracks tracks;
	struct conns conns;
	struct pool waiting;
	struct lane_queue queues[PROF_LANE_COUNT_MAX];
	struct wakes wakes;
	uint64_t stage_lost_count[PROF_LANE_COUNT_MAX];
	struct matcher matcher;
	struct wires wires;
	struct outward outward;
	struct asks asks;
	struct watch watch;
	uint64_t watermark_ns;
	uint64_t seq;
	char (*stream_names)[PROF_STREAM_NAME_BYTES];
};

/* A message of the wire has been decided: engine.c, for wires.h. */
void engine_settle_wire(void *context, struct conn *conn, struct verdict *verdict);

#endif
