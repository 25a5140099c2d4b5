/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The beginnings of connections that nobody has registered yet.
 *
 * A client can register its socket only once it is connected, so the SYN-ACK
 * that anchors stream offset 0, and often the first data too, have passed by
 * then.  The first HISTORY_SEGMENT_COUNT segments of each of the last
 * HISTORY_FLOW_COUNT connections whose SYN or SYN-ACK was seen are kept, to be
 * published when the registration comes.  Connections that were there before
 * us are not kept: their beginning cannot be had, and their traffic must not
 * push out that of young ones.
 *
 * Pure; all memory is in the struct.
 */
#ifndef CAPTURE_HISTORY_H
#define CAPTURE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/event.h"
#include "prof/flow.h"

#define HISTORY_FLOW_COUNT    256
#define HISTORY_SEGMENT_COUNT 256
#define HISTORY_SLOT_COUNT    1024

/* A segment as it would have been published; its direction is not known yet. */
struct history_segment {
	struct prof_event event;
	bool is_src_lower; /* its source sorts before its destination */
};

struct history_flow {
	uint64_t flow_id;	    /* 0: free */
	uint32_t hash;		    /* the caller's, of its ends */
	struct prof_endpoint lower; /* of the two ends, the one that sorts first */
	size_t segment_count;
	uint64_t lost_count; /* segments that found no room any more */
	struct history_segment segments[HISTORY_SEGMENT_COUNT];
};

struct history {
	size_t next_index;		    /* whose turn it is to be replaced */
	uint16_t slots[HISTORY_SLOT_COUNT]; /* hash of the flow id -> index + 1, 0: none */
	struct history_flow flows[HISTORY_FLOW_COUNT];
};

/* What became of a segment offered to the history. */
enum history_verdict {
	HISTORY_KEPT,
	HISTORY_UNKNOWN, /* its connection began before us, or too many others ago */
	HISTORY_FULL,	 /* its connection has used up its room */
};

void history_clear(struct history *history);

/*
 * Offers a segment of an unregistered connection.  A SYN begins the
 * connection's history anew, a SYN-ACK begins it if its SYN was not seen.
 */
enum history_verdict history_offer(struct history *history, const struct prof_event *event,
				   const struct prof_endpoint *src, const struct prof_endpoint *dst,
				   uint32_t hash);

/* The history of a connection, or NULL.  Valid until the next offer or forget. */
const struct history_flow *history_find(const struct history *history, uint64_t flow_id);

/* Gives its room back. */
void history_forget(struct history *history, uint64_t flow_id);

/* True if this kept segment was sent by `end`. */
bool history_is_from(const struct history_flow *flow, const struct history_segment *segment,
		     const struct prof_endpoint *end);

#endif
