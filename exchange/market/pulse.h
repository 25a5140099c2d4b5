/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When something happens to a symbol, how much of it at once, and how far its
 * order book's update ids have come.  All books of a symbol share one sequence.
 */
#ifndef EXCHANGE_PULSE_H
#define EXCHANGE_PULSE_H

#include <stdint.h>

#include "exchange/payload/rng.h"

enum market_pace {
	PACE_NATURAL, /* mostly one by one, now and then dozens at once */
	PACE_STEADY,  /* evenly, one by one */
	PACE_BURSTS,  /* 100 to 250 at once, then nothing */
};

struct pulse {
	struct rng rng;
	uint64_t begin_ns;
	uint64_t now_ns; /* how far it was played */
	uint64_t due_ns; /* the next moment */
	uint64_t moved;	 /* by how much messages have moved the ids */
};

/* Starts it; rate_hz is the mean number of messages a second. */
void pulse_start(struct pulse *pulse, struct rng rng, enum market_pace pace, uint32_t rate_hz,
		 uint64_t now_ns);

/* The moment at due_ns: how many messages it has.  Sets when the next one is. */
uint32_t pulse_draw(struct pulse *pulse, enum market_pace pace, uint32_t rate_hz);

/* One message more: the ids move on, by up to 3000. */
void pulse_move(struct pulse *pulse);

/*
 * The last update id as of that time, on top of `first_id`.  It moves on with
 * every millisecond, too, so that no stream of snapshots shows the same twice.
 */
uint64_t pulse_update_id(struct pulse *pulse, uint64_t first_id, uint64_t now_ns);

#endif
