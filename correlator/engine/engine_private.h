/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engine is made of. */
#ifndef CORR_ENGINE_PRIVATE_H
#define CORR_ENGINE_PRIVATE_H

#include "correlator/asks/asks.h"
#include "correlator/match/match.h"
#include "correlator/outward/outward.h"
#include "correlator/watch/watch.h"
#include "correlator/wires/wires.h"
#include "engine.h"

struct lane_queue {
	uint32_t head;
	uint32_t tail;
	uint64_t head_ns; /* its time; if there is one */
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
	uint64_t queue_mask; /* bit 1 << lane: something waits in its queue */
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
	uint32_t stream_epoch; /* as in corr_message */
};

static inline struct waiting *waiting_at(const struct corr_engine *engine, uint32_t index)
{
	return pool_at(&engine->waiting, index);
}

_Static_assert(PROF_LANE_COUNT_MAX <= 64, "a bit for each lane");

/* A message of the wire has been decided: engine.c, for wires.h. */
void engine_settle_wire(void *context, struct conn *conn, struct verdict *verdict);

/* engine_ask.c: that one is decided, and those behind it soon will be. */
void engine_expect_next(const struct corr_engine *engine, const struct waiting *waiting);

/* engine_tokens.c: */

void engine_take_wire(struct corr_engine *engine, uint32_t lane_index,
		      const struct prof_event *event);
void engine_take_token(struct corr_engine *engine, uint32_t lane_index,
		       const struct prof_event *event);

/* The pong of a ping that was read from the wire has been matched. */
void engine_settle_pong(struct corr_engine *engine, const struct corr_message *pong);

/* Those whose answer is there, or has been waited for, once each message before them is decided. */
void engine_tell_asked(struct corr_engine *engine, uint64_t known_ns, uint64_t before_ns);

#endif
