/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kinds of streams that are known: where each is served, and which
 * messages come on it.  Pure.
 */
#ifndef FEED_KINDS_H
#define FEED_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "feed/message/feed_message.h"

enum venue_route {
	VENUE_ROUTE_NONE, /* no routes there, or none that knows the stream */
	VENUE_ROUTE_MARKET,
	VENUE_ROUTE_PUBLIC,
	VENUE_ROUTE_PRIVATE, /* a user's own data; serves none of the streams known here */
};

/* Where a stream is served; bits. */
enum venue_at {
	VENUE_AT_SPOT = 1 << 0,
	VENUE_AT_SBE = 1 << 1,
	VENUE_AT_MARKET = 1 << 2, /* of futures */
	VENUE_AT_PUBLIC = 1 << 3, /* likewise, and its /ws and /stream */
	VENUE_AT_ROUTE = 1 << 4,  /* but not known of /ws and /stream */
};

/* Everywhere that a stream of this name is served; 0 for a kind that is not known. */
uint32_t venue_served_at(const char *stream);

/* The route of futures that serves a stream. */
enum venue_route venue_route_of(const char *stream);
const char *venue_route_name(enum venue_route route);

/* True if this message can have come on this stream. */
bool venue_stream_carries(const char *stream, const struct feed_message *message);

/* True if it is known that its messages do not follow each other by their ids. */
bool venue_stream_is_chainless(const char *stream);

/* True for streams of more than one symbol, whose ids and times are several sequences. */
bool venue_stream_is_of_many(const char *stream);

#endif
