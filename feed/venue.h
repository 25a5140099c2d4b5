/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which connections a URL and a list of streams need, by what is known of the
 * exchange's addresses and streams, and what is to be told before.  Pure:
 * nothing is looked up or connected.
 */
#ifndef FEED_VENUE_H
#define FEED_VENUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed/listing/hosts.h"
#include "feed/listing/kinds.h"
#include "feed_time.h"
#include "target.h"

#define VENUE_CONNECTION_COUNT_MAX 4	/* as given, /market, /public, the API */
#define VENUE_STREAM_COUNT_MAX	   1024 /* a connection; the exchange's own limit */
#define VENUE_STREAM_BYTES	   56	/* as FEED_STREAM_BYTES; terminated */
#define VENUE_NOTES_BYTES	   1024

struct venue_connection {
	struct target target;
	enum venue_route route;
	bool is_combined; /* messages name their stream */
	bool is_api;	  /* has no streams: requests are answered there */
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

/* What a host of that kind serves by any of its routes, bits VENUE_AT_*; 0 where that is not known.
 */
uint32_t venue_serves(enum venue_kind kind);

/*
 * Plans the connections for a URL, already taken apart, and streams to
 * subscribe to.  *ret_plan is the caller's (200 KB), all of it copies; valid
 * after VENUE_OK only.  On VENUE_BAD_STREAM *ret_bad is the caller's stream.
 */
enum venue_verdict venue_plan(const struct target *target, const char *const *streams,
			      size_t stream_count, struct venue_plan *ret_plan,
			      const char **ret_bad);

/* Adds a connection to the WebSocket API of the same host and port: /ws-api/v3. */
void venue_add_api(struct venue_plan *plan);

#endif
