/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One set of streams at one address, kept alive over any number of TCP
 * connections: connecting again after a break, with growing waits, and
 * changing over to a fresh connection before the old one is taken away.
 */
#ifndef WS_CLIENT_LINK_H
#define WS_CLIENT_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "backoff.h"
#include "conn.h"
#include "feed/venue.h"
#include "ws_client/socket/resolve.h"

#define LINK_SIDES 2

struct stream;

struct link {
	struct client *client;
	const struct venue_connection *venue;
	uint32_t index;
	struct stream *only_stream; /* where there is but one, and messages do not name it */
	uint32_t active;	    /* the side that counts; the other is its successor */
	uint64_t unnamed_ns;	    /* when a message last came that may be of several streams */
	bool was_open;		    /* at least once */
	bool is_failed;		    /* it could not be connected at all */
	bool is_rolling; /* a successor is being connected, or runs beside the active side */
	uint32_t resolving_side;
	struct resolve resolve;
	struct backoff backoff;
	struct conn conns[LINK_SIDES];
	lws_sorted_usec_list_t resolve_timer;
	lws_sorted_usec_list_t retry_timer;
	lws_sorted_usec_list_t life_timer;
	lws_sorted_usec_list_t overlap_timer;
};

/* Connects for the first time. */
void link_start(struct link *link);

/* Ends it: nothing is connected again. */
void link_stop(struct link *link);

/* True while a connection waits for its orderly end. */
bool link_is_closing(const struct link *link);

/* Connects a successor and then lets the active connection go; `why` is told. */
void link_roll_over(struct link *link, const char *why);

/* True if the other side carries everything, so that this one may go. */
bool link_can_spare(const struct link *link, const struct conn *conn);

/* What conn.c has to tell. */
void link_on_open(struct link *link, struct conn *conn);
void link_on_failure(struct link *link, struct conn *conn);
void link_on_closed(struct link *link, struct conn *conn);

#endif
