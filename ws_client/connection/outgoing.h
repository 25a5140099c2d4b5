/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one connection sends: requests for streams, and pings, one frame at a
 * time and at the pace that the exchange allows.
 */
#ifndef WS_CLIENT_OUTGOING_H
#define WS_CLIENT_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libwebsockets.h>

#include "feed/venue.h"
#include "means.h"
#include "requests.h"

#define OUTGOING_TX_BYTES 16384

struct outgoing {
	struct means *means;
	const struct venue_connection *venue;
	struct lws *wsi;
	size_t subscribed_count;     /* of the venue's streams: in the URL or asked for */
	uint64_t acknowledged_count; /* of these, as far as the server has answered */
	bool is_subscribe_due;
	bool is_compressed;
	uint64_t ping_sent_ns; /* CLOCK_MONOTONIC; 0: none is under way */
	bool is_ping_due;
	struct requests requests; /* what was sent, for the bus */
	uint8_t tx[LWS_PRE + OUTGOING_TX_BYTES];
	lws_sorted_usec_list_t ping_timer;
	lws_sorted_usec_list_t subscribe_timer;
};

/* A connection begins, whose bytes these follow; what the one before it had sent is forgotten. */
void outgoing_begin(struct outgoing *outgoing, struct means *means,
		    const struct venue_connection *venue, const struct requests *requests);

/* The WebSocket is there: streams are asked for and pings begin. */
void outgoing_open(struct outgoing *outgoing, struct lws *wsi, bool is_compressed);

/* Nothing more is to be sent of our own accord.  May be called at any time. */
void outgoing_end(struct outgoing *outgoing);

/* True once every stream has been asked for. */
bool outgoing_has_subscribed(const struct outgoing *outgoing);

/* Sends the next frame, if there is one due.  Returns 0, or -1 if it could not be written. */
int outgoing_write(struct outgoing *outgoing);

/*
 * Sends an order's text at once, from wherever it is called.  False if it cannot be sent
 * without waiting: the frames before it are not out yet.
 */
bool outgoing_send_order(struct outgoing *outgoing, const char *text, size_t size_bytes,
			 uint64_t id);

/* A pong has come.  Returns 0, or -1 to have the connection closed. */
int outgoing_take_pong(struct outgoing *outgoing, const void *payload, size_t size_bytes);

#endif
