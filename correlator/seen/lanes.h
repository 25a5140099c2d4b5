/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each layer can be trusted to have reported, and when.
 *
 * From the lanes' facts come two things.  The watermark: everything up to it
 * has been reported by every living producer of the NIC and kernel layers.
 * And the gaps: spans of time in which a layer was not there, or lost events,
 * so that the absence of an event, or its being the first of its kind, proves
 * nothing.
 */
#ifndef CORR_LANES_H
#define CORR_LANES_H

#include "correlator/message/counts.h"
#include "correlator/message/message.h"

#define LANES_GAP_COUNT_MAX 64

struct lanes_gap {
	uint64_t from_ns; /* exclusive */
	uint64_t to_ns;	  /* inclusive; UINT64_MAX: still open */
	uint8_t reason;	  /* enum corr_reason */
};

struct lanes_lane {
	bool is_known;
	bool is_live;
	bool is_silent;		  /* lives, but has promised nothing for too long */
	uint64_t pending_mark_ns; /* promised, not yet taken out of the lane */
	uint64_t mark_ns;
	uint64_t first_read_ns;
	uint64_t loss_count;	  /* layer losses when last looked at */
	uint64_t off_count;	  /* the same of PROF_LOSS_PROBES_OFF */
	uint64_t elsewhere_bytes; /* and of PROF_LOSS_READ_ELSEWHERE */
	uint64_t drop_count;
	uint64_t abandoned_count;
	uint64_t dropped_before; /* when the owner was first seen, by those before it */
	uint64_t abandoned_before;
	uint32_t generation;
	enum prof_layer layer;
	struct corr_producer *producer; /* if is_known */
};

struct lanes_layer {
	bool was_ever;
	uint64_t begun_ns; /* its first producer's since_ns */
	uint32_t live_count;
	uint32_t gap_count; /* ever; the last LANES_GAP_COUNT_MAX are kept */
	struct lanes_gap gaps[LANES_GAP_COUNT_MAX];
	uint64_t gap_end_ns; /* no closed gap reaches beyond */
};

struct lanes {
	uint32_t lane_count;
	struct lanes_lane lanes[PROF_LANE_COUNT_MAX];
	struct lanes_layer layers[PROF_LAYER_COUNT];
	uint32_t producer_count;
	struct corr_producer producers[CORR_PRODUCER_COUNT_MAX];
	uint64_t watermark_ns; /* as of the last round */
};

void lanes_facts(struct lanes *lanes, uint32_t lane_index, const struct prof_lane *facts,
		 uint64_t read_ns);

/* Counts an event and returns its lane, NULL if the index cannot be. */
static inline struct lanes_lane *lanes_event(struct lanes *lanes, uint32_t lane_index)
{
	struct lanes_lane *lane;

	if (lane_index >= PROF_LANE_COUNT_MAX)
		return NULL;
	if (lane_index >= lanes->lane_count)
		lanes->lane_count = lane_index + 1;
	lane = &lanes->lanes[lane_index];
	if (lane->producer)
		lane->producer->event_count++;
	return lane;
}

/*
 * The lanes have been emptied: pending marks become marks.  Returns the
 * watermark; UINT64_MAX if no layer has to be waited for.
 */
uint64_t lanes_round(struct lanes *lanes, uint64_t now_ns, uint64_t silence_ns);

/* A first sight, and what is known about its being the first. */
struct lanes_sight {
	uint64_t since_ns; /* everything that came before it had been seen by then */
	uint64_t time_ns;
	uint64_t begun_ns; /* of the connection: nothing of it can have been missed earlier */
	uint64_t copy_ns;  /* the sender repeats something at most so long after it was lost */
};

/*
 * True if it may be a second sight, the first having fallen into a gap: while
 * waiting since since_ns, or before, if it is a copy sent up to copy_ns later.
 */
bool lanes_is_doubtful(const struct lanes *lanes, enum prof_layer layer,
		       const struct lanes_sight *sight, enum corr_reason *ret_reason);

/*
 * What a layer that was there suffered in from_ns..to_ns, so that an event of
 * that time may be missing: PROBES_OFF, LOST, MAYBE_ELSEWHERE, GONE; NONE if nothing is known.
 */
enum corr_reason lanes_explain(const struct lanes *lanes, enum prof_layer layer, uint64_t from_ns,
			       uint64_t to_ns);

/* SILENT or TOO_EARLY if a living producer has not reported up to to_ns yet; NONE otherwise. */
enum corr_reason lanes_unsaid(const struct lanes *lanes, enum prof_layer layer, uint64_t to_ns);

#endif
