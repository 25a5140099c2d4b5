/* SPDX-License-Identifier: BSD-2-Clause */
#include "opening.h"

#include <assert.h>
#include <string.h>

#include "prof/clock.h"
#include "subscribe.h"

#define NEWCOMER_COUNT_MAX 300
#define NEWCOMERS_NS	   (INT64_C(300) * PROF_NS_PER_S)

static void refuse(struct exchange *exchange, struct conn *conn, const char *status,
		   const char *body)
{
	struct text text = text_over(exchange->answer, sizeof(exchange->answer));

	exchange->counters.refused_count++;
	handshake_refuse(&text, status, body);
	delivery_add_raw(&conn->delivery, conn->outbox, text.at, text.used_bytes);
	conn_finish(exchange, conn, OUTBOX_CLOSE);
}

static void open_conn(struct exchange *exchange, int slot, const struct handshake *handshake)
{
	struct text text = text_over(exchange->answer, sizeof(exchange->answer));
	struct conn *conn = exchange->conns[slot];
	const struct target *target = &exchange->target;

	handshake_accept(&text, handshake, exchange->config.sha1);
	delivery_add_raw(&conn->delivery, conn->outbox, text.at, text.used_bytes);
	conn->state = CONN_OPEN;
	conn->route = target->route;
	conn->is_combined = target->is_combined;
	conn->is_microseconds = target->is_microseconds;
	conn->hides_limits = target->hides_limits;
	conn->opened_ns = exchange->now_ns;
	conn->ping_due_ns = exchange->now_ns + conn_ping_interval_ns(exchange, conn);
	for (size_t i = 0; i < target->stream_count; i++)
		conn_subscribe(exchange, slot, target->streams[i]);
	exchange->counters.accepted_count++;
	/* The answer is a record of its own, and no client may find a frame cut into it. */
	outbox_cut(conn->outbox, &(struct outbox_record){ .size_bytes = (uint32_t)text.used_bytes,
							  .is_pushed = true });
	conn->delivery.frame_count = 0;
}

/* Spot takes 300 new connections in 5 minutes from an address; all of ours have the same. */
static bool is_one_too_many(struct exchange *exchange)
{
	if (route_is_futures(exchange->target.route) || exchange->config.is_client_rate_free)
		return false;
	if (prof_delta_ns(exchange->newcomers_begin_ns, exchange->now_ns) >= NEWCOMERS_NS) {
		exchange->newcomers_begin_ns = exchange->now_ns;
		exchange->newcomer_count = 0;
	}
	return ++exchange->newcomer_count > NEWCOMER_COUNT_MAX;
}

static void take_target(struct exchange *exchange, int slot, const struct handshake *handshake)
{
	struct conn *conn = exchange->conns[slot];

	enum venue venue = venue_of_host(handshake->host, handshake->host_bytes,
					 exchange->config.venue);

	switch (target_parse(venue, handshake->target, handshake->target_bytes,
			     &exchange->target)) {
	case TARGET_OK:
		if (exchange->target.route == ROUTE_SBE && !handshake_has_api_key(handshake))
			refuse(exchange, conn, "401 Unauthorized",
			       "SBE streams want a key of 64 letters and digits in the header "
			       "X-MBX-APIKEY\n");
		else if (is_one_too_many(exchange))
			refuse(exchange, conn, "429 Too Many Requests",
			       "more than 300 connections in 5 minutes\n");
		else
			open_conn(exchange, slot, handshake);
		break;
	case TARGET_NO_ROUTE:
		refuse(exchange, conn, "404 Not Found",
		       "no such route: /market, /public, /private, /ws, /stream or /ws-api/v3\n");
		break;
	case TARGET_TOO_MANY:
		refuse(exchange, conn, "400 Bad Request", "more than 1024 streams\n");
		break;
	case TARGET_BAD:
		refuse(exchange, conn, "400 Bad Request", "a stream name that cannot be\n");
		break;
	}
}

size_t conn_handshake(struct exchange *exchange, int slot, const uint8_t *bytes, size_t size_bytes)
{
	struct conn *conn = exchange->conns[slot];
	size_t before_bytes = conn->head_bytes;
	size_t take_bytes = size_bytes;
	struct handshake handshake = { 0 };

	if (take_bytes > sizeof(conn->head) - before_bytes)
		take_bytes = sizeof(conn->head) - before_bytes;
	memcpy(conn->head + before_bytes, bytes, take_bytes);
	conn->head_bytes += take_bytes;
	switch (handshake_parse(conn->head, conn->head_bytes, &handshake)) {
	case HANDSHAKE_MORE:
		if (conn->head_bytes == sizeof(conn->head))
			refuse(exchange, conn, "431 Request Header Fields Too Large",
			       "the request is too large\n");
		return size_bytes;
	case HANDSHAKE_OK:
		take_target(exchange, slot, &handshake);
		return handshake.head_bytes - before_bytes;
	case HANDSHAKE_NO_UPGRADE:
	case HANDSHAKE_BAD_VERSION:
		refuse(exchange, conn, "426 Upgrade Required",
		       "only WebSocket, version 13, is spoken here\n");
		return size_bytes;
	default:
		refuse(exchange, conn, "400 Bad Request", "not a WebSocket handshake\n");
		return size_bytes;
	}
}
