/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders and pings that the capture read from what a client sent (PROF_EVENT_TOKEN, outbound),
 * until all is known of them: in the order in which they left, each with when its answer arrived.
 * Pure.
 */
#ifndef CORR_ASKS_H
#define CORR_ASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "prof/event.h"

#define ASKS_COUNT 4096

/* So long an answer is waited for, */
#define ASKS_ANSWER_NS UINT64_C(2000000000)
/* what the other layers say of a pong (they have longer than WIRES_KNOWN_WAIT_NS), */
#define ASKS_MATCH_NS UINT64_C(12000000000)
/* and that a pong is nobody's but of the last ping like its own. */
#define ASKS_TWIN_NS UINT64_C(30000000000)

struct ask {
	struct prof_event event;
	uint64_t answered_ns; /* the answer's last byte arrived; 0: not yet */

	bool has_company; /* another order shares its TLS record */

	/* Of a ping; 0 where unknown. */
	uint64_t read_ns;	 /* tcp_recvmsg() that took its pong */
	uint64_t user_ns;	 /* the application had it */
	uint64_t user_wall_ns;	 /* CLOCK_REALTIME then */
	uint32_t answer_tcp_seq; /* of the segment that completed it */
	uint64_t twin_until_ns; /* not 0: whose a pong is that it may have, is in doubt till then */
	bool is_matched;	/* those are final: its pong waits no longer for the other layers */
};

/*
 * An answer whose question has not been told yet: the secrets of the two directions stand in a key
 * log one after the other, so that of a connection's first moments the capture may read one
 * direction before the other.
 */
struct ask_early {
	uint64_t conn_key;
	uint64_t request_hash;
	uint64_t time_ns; /* 0: none */
	bool is_pong;
};

#define ASKS_EARLY_COUNT 64

/* Zeroed memory is empty. */
struct asks {
	uint64_t taken_count; /* both free-running */
	uint64_t dropped_count;
	uint64_t early_count; /* orders forgotten: memory limit */
	uint64_t early_ping_count;
	struct prof_event
		token; /* the last one received: of the message that follows on its lane */
	uint32_t token_lane;
	uint32_t answer_count; /* of `answers`, free-running */
	struct ask_early answers[ASKS_EARLY_COUNT];
	struct ask asks[ASKS_COUNT];
};

/*
 * A TOKEN event.  Outbound it is an order or a ping, for which the oldest makes room if need be;
 * received, the youngest order of the same connection and id has its answer.  Returns the
 * number of the ping whose pong it is, for asks_ping(); 0: it is none.
 */
uint64_t asks_token(struct asks *asks, uint32_t lane_index, const struct prof_event *event);

/* The ping of that number; NULL: forgotten. */
struct ask *asks_ping(struct asks *asks, uint64_t number);

static inline bool ask_is_ping(const struct ask *ask)
{
	return ask->event.token.bits & PROF_WIRE_CONTROL;
}

/* What a message carries, if that was told right before it; 0: nothing was. */
uint64_t asks_id_hash(const struct asks *asks, uint32_t lane_index, const struct prof_event *wire);

/* NULL if there is none. */
const struct ask *asks_oldest(const struct asks *asks);
void asks_drop_oldest(struct asks *asks);

/* When its answer, or that there will be none, is known. */
uint64_t ask_known_ns(const struct ask *ask);

#endif
