/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is counted while the client runs and shown when it ends.  Every way to
 * lose something has a count of its own.
 */
#ifndef WS_CLIENT_COUNTS_H
#define WS_CLIENT_COUNTS_H

#include <stdint.h>

#include "feed/feed.h"

#define CLIENT_TEMPLATE_COUNT 16

/* Messages of an SBE template that is not known. */
struct client_template {
	uint16_t schema_id;
	uint16_t template_id;
	uint64_t count; /* 0: of none yet */
};

struct client_counts {
	uint64_t messages;   /* received */
	uint64_t passed;     /* of those, not had before on another connection */
	uint64_t duplicates; /* the others */
	uint64_t payload_bytes;
	uint64_t kinds[FEED_KIND_COUNT];
	uint64_t unknown_events;
	struct client_template templates[CLIENT_TEMPLATE_COUNT];
	uint64_t other_templates;  /* messages of those for which there was no room */
	uint64_t oversize;	   /* messages larger than can be put together */
	uint64_t untracked;	   /* messages whose place in the stream is not known */
	uint64_t range_errors;	   /* the two ways to know the range disagreed */
	uint64_t streams_overflow; /* messages of streams for which the table had no room */
	uint64_t unchecked;	   /* ids that found no room to be compared with others */
	uint64_t gaps;		   /* within a connection */
	uint64_t gap_messages;	   /* missing there, as far as ids tell */
	uint64_t break_messages;   /* missing across reconnects, as far as ids tell */
	uint64_t repeats;	   /* ids that went backwards within a connection */
	uint64_t connects;	   /* established WebSockets */
	uint64_t connect_failures;
	uint64_t breaks;     /* established ones that ended without our wish */
	uint64_t roll_overs; /* successors that took over */
	uint64_t pongs;
	uint64_t untold_requests; /* sent, and the bus was not told */
	uint64_t orders_sent;
	uint64_t orders_unsent; /* the API's connection was not there, or not ready */
	uint64_t orders_answered;
	uint64_t orders_refused;
	uint64_t ktls;	   /* messages that the kernel decrypted */
	uint64_t unplaced; /* the others whose range could not be relied upon */
	uint64_t dropped;  /* events that found the lane of the bus full */
};

#endif
