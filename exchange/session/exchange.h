/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exchange without its sockets: connections, what they are subscribed to,
 * and what they are sent.  Bytes come in by exchange_receive(), bytes go out
 * through each connection's outbox; the caller owns the clock and the wire.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "exchange/market/scenario.h"
#include "exchange/names/venue.h"
#include "exchange/protocol/handshake.h"
#include "outbox.h"

#define EXCHANGE_CONN_COUNT_MAX 64

struct exchange_config {
	struct script script;
	uint64_t seed;
	uint32_t rate_hz;
	uint32_t ping_interval_ms; /* 0: 20 s on spot, 3 min on futures */
	uint32_t pong_timeout_ms;  /* 0: 1 min on spot, 10 min on futures */
	uint32_t life_ms;	   /* 0: as the scenario says */
	uint32_t client_rate_max; /* messages a second from a client; 0: 5 on spot, 10 on futures */
	uint32_t fault_interval;  /* messages on a connection before its fault */
	enum venue venue;	  /* where the Host header does not say */
	bool is_silent;		  /* subscriptions are acknowledged, nothing is sent */
	bool is_client_rate_free; /* no limit on what clients send, nor how often they connect */
	handshake_sha1 *sha1;
};

/* What happened over the whole run. */
struct exchange_counters {
	uint64_t accepted_count;     /* connections */
	uint64_t refused_count;	     /* handshakes, or one connection too many */
	uint64_t message_count;	     /* handed to an outbox */
	uint64_t slow_count;	     /* connections closed because they did not read */
	uint64_t rate_limited_count; /* connections closed because they sent too much */
	uint64_t pong_timeout_count;
	uint64_t violation_count; /* connections closed for a broken frame */
	uint64_t ping_count;	  /* from clients */
	uint64_t pong_count;	  /* from clients */
	uint64_t bad_request_count;
	uint64_t order_count;	   /* taken by the API */
	uint64_t order_test_count; /* likewise, as tests */
};

struct exchange;

/* The script begins at now_ns.  Returns NULL without memory. */
struct exchange *exchange_create(const struct exchange_config *config, uint64_t now_ns);
struct exchange *exchange_destroy(struct exchange *exchange);

/*
 * A connection came in.  Returns its slot, 0..EXCHANGE_CONN_COUNT_MAX-1, or
 * -EMFILE or -ENOMEM.
 */
int exchange_accept(struct exchange *exchange, uint64_t now_ns);

/* What the client's close frame said (RFC 6455, 7.4): 0 if none came, 1005 if it gave no code. */
uint16_t exchange_peer_close_code(const struct exchange *exchange, int slot);

/* The connection in that slot is gone. */
void exchange_closed(struct exchange *exchange, int slot);

/* The connection's number, counted from 1 over the whole run. */
uint32_t exchange_conn_number(const struct exchange *exchange, int slot);

/* Bytes came in. */
void exchange_receive(struct exchange *exchange, int slot, const uint8_t *bytes, size_t size_bytes,
		      uint64_t now_ns);

/* Lets the market and all timers go on.  Returns when to call again. */
uint64_t exchange_advance(struct exchange *exchange, uint64_t now_ns, uint64_t wall_us);

/* What is to be written to the connection. */
struct outbox *exchange_outbox(struct exchange *exchange, int slot);

/*
 * Is the connection to be reset at once?  Its client does not read, or did not
 * finish the handshake, or does not go.
 */
bool exchange_is_lost(const struct exchange *exchange, int slot);

/* Sends everybody a close frame: the exchange is about to go. */
void exchange_say_goodbye(struct exchange *exchange);

const struct exchange_counters *exchange_counters(const struct exchange *exchange);

/* How often the market fell behind the clock; see market.h. */
uint64_t exchange_skip_count(const struct exchange *exchange);

/* A stream's name, for the index in an outbox's mark. */
const char *exchange_stream_name(struct exchange *exchange, uint32_t stream_index);

#endif
