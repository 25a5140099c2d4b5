/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to the exchange, and what all parts of its handling do to it:
 * send and end.  What they do on top lies beside it: opening.h, subscribe.h, fault.h.
 */
#ifndef EXCHANGE_CONN_H
#define EXCHANGE_CONN_H

#include "delivery.h"
#include "exchange.h"
#include "exchange/protocol/frame.h"
#include "exchange/protocol/request.h"
#include "exchange/trade/limits.h"

#define CONN_PING_BYTES 20

enum conn_state {
	CONN_HANDSHAKE,
	CONN_OPEN,
	CONN_CLOSING, /* our close frame is on its way, the client's is awaited */
	CONN_ENDED,   /* nothing is read any more, the last bytes are in the outbox */
};

struct subscription {
	char name[STREAM_NAME_BYTES];
	int stream_index; /* negative: acknowledged and silent */
};

struct conn {
	enum conn_state state;
	uint32_t number;
	enum route route;
	bool is_combined;
	bool is_microseconds;
	bool hides_limits;	  /* of the API, unless a request asks for them */
	bool is_announced;	  /* serverShutdown was sent */
	bool is_deaf;		  /* what comes can no longer be taken apart */
	bool is_lost;		  /* to be reset at once, whatever is in the outbox */
	uint16_t peer_close_code; /* of the client's close frame; 0: none came */

	uint64_t opened_ns; /* of the other states: since when */
	uint64_t ping_due_ns;
	uint64_t pong_due_ns; /* 0: no ping is open */
	char ping[CONN_PING_BYTES];
	size_t ping_bytes;
	uint64_t rate_begin_ns; /* of the second in which client_count is counted */
	uint32_t client_count;
	uint64_t free_pong_count; /* pongs not counted because the scenario asked for them */

	uint64_t message_count; /* sent */
	uint64_t fault_at;	/* the message_count at which it is time */
	uint64_t flood_due_ns;	/* 0: no flood */

	size_t head_bytes;
	size_t subscription_count;
	struct outbox *outbox;
	struct subscription subscriptions[TARGET_STREAM_COUNT_MAX];
	struct delivery delivery;
	struct frame_reader reader;
	char head[HANDSHAKE_BYTES_MAX];
};

struct exchange {
	struct exchange_config config;
	struct exchange_counters counters;
	struct market *market;
	const struct scenario *scenario; /* of this moment */
	uint64_t begin_ns;
	uint64_t now_ns;
	uint32_t number_last;
	uint64_t wall_us; /* CLOCK_REALTIME, at wall_at_ns */
	uint64_t wall_at_ns;
	uint64_t order_id_last;
	struct limits limits;	     /* of the API; all of ours have one address and one account */
	uint64_t newcomers_begin_ns; /* of the 5 minutes in which newcomer_count is counted */
	uint32_t newcomer_count;     /* to spot */
	struct conn *conns[EXCHANGE_CONN_COUNT_MAX];
	struct conn *spare; /* the last that went, for the next that comes: it is large */
	/* Scratch, too large for a stack. */
	struct target target;
	struct request request;
	char answer[128 * 1024];
	char payload[2][PAYLOAD_BYTES_MAX]; /* in milliseconds, in microseconds */
	char wrapped[PAYLOAD_BYTES_MAX + 128];
};

/* How long the venue of this connection allows, and how much. */
uint64_t conn_ping_interval_ns(const struct exchange *exchange, const struct conn *conn);
uint64_t conn_pong_timeout_ns(const struct exchange *exchange, const struct conn *conn);

/* Sends one text message, wrapped for a combined stream when `stream_name` is not NULL. */
void conn_send_text(struct exchange *exchange, struct conn *conn, const char *stream_name,
		    const char *payload, size_t size_bytes);

/* Sends a close frame; the connection ends when the client has answered it, or soon. */
void conn_close(struct exchange *exchange, struct conn *conn, enum frame_close_code code,
		const char *reason);

/* After all that is in the outbox: does that, and nothing comes after it. */
void conn_finish(struct exchange *exchange, struct conn *conn, enum outbox_action action);

#endif
