/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of the exchange's addresses: which route serves which stream,
 * which addresses are silent without one, and so which connections a URL and a list of
 * streams need.  Pure: nothing is looked up or connected.
 */
#ifndef FEED_VENUE_H
#define FEED_VENUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed_time.h"
#include "target.h"

#define VENUE_CONNECTION_COUNT_MAX 3	/* as given, /market, /public */
#define VENUE_STREAM_COUNT_MAX	   1024 /* a connection; the exchange's own limit */
#define VENUE_STREAM_BYTES	   56	/* as FEED_STREAM_BYTES; terminated */
#define VENUE_NOTES_BYTES	   1024

enum venue_route {
	VENUE_ROUTE_NONE, /* no routes there, or none that knows the stream */
	VENUE_ROUTE_MARKET,
	VENUE_ROUTE_PUBLIC,
	VENUE_ROUTE_PRIVATE, /* a user's own data; serves none of the streams known here */
};

enum venue_kind {
	VENUE_OTHER, /* taken as given, like all; its path tells whether it has routes */
	VENUE_SPOT,
	VENUE_FUTURES,
	VENUE_COIN,
};

struct venue_connection {
	struct target target;
	enum venue_route route;
	bool is_combined; /* messages name their stream */
	size_t url_stream_count;
	size_t stream_count; /* those of the URL first; the others are to be subscribed to */
	char streams[VENUE_STREAM_COUNT_MAX][VENUE_STREAM_BYTES];
};

struct venue_plan {
	enum feed_time_unit time_unit;
	size_t connection_count;
	bool is_noted_full;	       /* the last of the notes says that there is more */
	char notes[VENUE_NOTES_BYTES]; /* lines to tell the user before connecting */
	struct venue_connection connections[VENUE_CONNECTION_COUNT_MAX];
};

enum venue_verdict {
	VENUE_OK,
	VENUE_BAD_STREAM, /* too long, empty, not UTF-8, or with a character to be quoted in JSON */
	VENUE_TOO_MANY_STREAMS, /* on one connection */
};

enum venue_kind venue_kind_of(const char *host);

/* The route of USDS-M futures that serves a stream. */
enum venue_route venue_route_of(const char *stream);
const char *venue_route_name(enum venue_route route);

/* True if a message of this event name and symbol can have come on this stream. */
bool venue_stream_carries(const char *stream, const char *event_name, const char *symbol);

/*
 * Plans the connections for a URL, already taken apart, and streams to
 * subscribe to.  *ret_plan is the caller's (200 KB), all of it copies; valid
 * after VENUE_OK only.  On VENUE_BAD_STREAM *ret_bad is the caller's stream.
 */
enum venue_verdict venue_plan(const struct target *target, const char *const *streams,
			      size_t stream_count, struct venue_plan *ret_plan,
			      const char **ret_bad);

#endif
