/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which stream a message came on.  A combined connection says it; on a bare
 * one it follows from what was asked for.
 */
#ifndef WS_CLIENT_NAMING_H
#define WS_CLIENT_NAMING_H

#include <stdint.h>

#include "feed/feed.h"
#include "feed/streams.h"
#include "feed/venue.h"
#include "ws_client/connection/means.h"

/* The streams of all links; 1.6 MB.  Zeroed memory with `means` set knows none. */
struct naming {
	struct means *means;
	struct streams streams;
};

/* One link's view of them. */
struct naming_scope {
	const struct venue_connection *venue;
	uint32_t link_index;
	struct stream *only_stream; /* where there is but one, and messages do not name it */
	uint64_t unnamed_ns;	    /* when a message last came that may be of several streams */
	uint64_t told_events;	    /* of which it was told that they may, a bit each */
};

/* Enters a link's streams, so that the first message of each costs no more than the others. */
void naming_enter(struct naming *naming, struct naming_scope *scope);

/* The stream of a message, or NULL if it cannot be told.  Allocates nothing. */
struct stream *naming_find(struct naming *naming, struct naming_scope *scope,
			   const struct feed_message *feed);

#endif
