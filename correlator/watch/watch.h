/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watches for layers that see nothing of a connection while their neighbours
 * do.  It goes by the producers' marks, so that a replay says what the live
 * run said: a step is half a second of them.
 *
 * What counts as a sign of blindness in one step, each for a registered socket
 * of which the layer saw nothing in it:
 *   NIC     bytes were read or told that it had not seen arrive
 *   kernel  bytes were told that it had not seen read; or it never saw a read
 *           of it, and bytes arrive
 *   user    so much was read (or arrived, without a kernel layer) that it is
 *           neither a handshake's rest nor an answer to a ping
 * Two such steps with none between in which the layer saw something are told.
 */
#ifndef CORR_WATCH_H
#define CORR_WATCH_H

#include "correlator/message/blind.h"
#include "correlator/seen/conns.h"
#include "correlator/seen/lanes.h"
#include "correlator/seen/tracks.h"

#define WATCH_STEP_NS	     (UINT64_C(500000000))
#define WATCH_STEP_COUNT     2
#define WATCH_TRAFFIC_BYTES  1024
#define WATCH_TRAFFIC_EVENTS 4

struct watch {
	struct lanes *lanes;
	struct tracks *tracks;
	struct conns *conns;
	const struct corr_counts *counts;
	uint64_t next_ns;		/* of the marks, for the next step; 0: none yet */
	bool is_live[PROF_LAYER_COUNT]; /* as of this step: it is there and reports */
	uint32_t blind_count;
	struct corr_blind blinds[CORR_CAUSE_COUNT]; /* in the order they were noticed */
	uint64_t unclaimed_count; /* at the end: see corr_engine_unclaimed_count() */
};

/* After a round: what the marks have made certain. */
void watch_round(struct watch *watch);
/* After the last one: connections of which a layer saw nothing in the whole run. */
void watch_end(struct watch *watch);

#endif
