/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where connections are seen that our own interface does not see: what passed
 * of them, on which interface of which network namespace, and whether their
 * address is translated on the way.
 *
 * A translated connection is known by its bytes: NAT changes addresses and
 * leaves sequence numbers alone.  Segments of the same length, direction and
 * sequence number, with one end of the connection and another one in place of
 * the other, are taken for the same segments once two different ones have been
 * met both ways.
 *
 * Pure; all memory is in the struct.
 */
#ifndef CAPTURE_TRAIL_H
#define CAPTURE_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpdk_capture/parse/packet.h"
#include "prof/flow.h"

#define TRAIL_FLOW_COUNT_MAX  16
#define TRAIL_PLACE_COUNT_MAX 8
#define TRAIL_RECENT_COUNT    64

/* An interface; its index means something in its namespace alone. */
struct trail_place {
	uint64_t namespace_inode;
	uint32_t interface_index;
};

struct trail_sighting {
	struct trail_place place;
	bool is_arriving; /* what the peer sent came in here: the earliest such place is next to the
			     wire */
};

struct trail_segment {
	uint32_t seq;
	uint32_t payload_bytes;
	bool is_outbound;
	struct prof_flow ends;
	struct trail_place place;
};

/* The last ones, in a ring. */
struct trail_recent {
	size_t count; /* ever */
	struct trail_segment segments[TRAIL_RECENT_COUNT];
};

struct trail_flow {
	struct prof_flow ends;
	size_t sighting_count;
	struct trail_sighting sightings[TRAIL_PLACE_COUNT_MAX]; /* earliest first */
	struct trail_recent own;
	struct trail_recent others; /* with one of the two ends */
	struct trail_segment match; /* the first one met under both addresses */
	bool has_match;
	bool is_translated; /* proven: match.ends is what it is called at match.place */
};

struct trail {
	size_t flow_count;
	struct trail_flow flows[TRAIL_FLOW_COUNT_MAX];
};

/* Adds a connection to look for.  False if there is no room. */
bool trail_add(struct trail *trail, const struct prof_flow *ends);

/* A segment passed at `place`; is_outgoing: it left the machine or the namespace there. */
void trail_see(struct trail *trail, const struct packet_tcp *tcp, struct trail_place place,
	       bool is_outgoing);

/*
 * The place at which to listen for it: one of the namespace home_inode before any
 * other, and there the first that its peer's segments come in by.  NULL if
 * it was not seen.
 */
const struct trail_place *trail_best(const struct trail_flow *flow, uint64_t home_inode);

/* True if it was seen there itself. */
bool trail_is_seen_at(const struct trail_flow *flow, struct trail_place place);

#endif
