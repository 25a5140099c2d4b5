/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one connection has asked the server - pings, subscriptions, orders - as events on the
 * bus: each frame once the socket has taken its last byte, and each answer.
 */
#ifndef WS_CLIENT_REQUESTS_H
#define WS_CLIENT_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "publisher.h"
#include "wire/ws_frames.h"
#include "ws_client/socket/inflow.h"
#include "ws_client/socket/outflow.h"

/* As many as outflow.h remembers frames. */
#define REQUESTS_PENDING_COUNT WS_SENT_FRAME_COUNT

/* Handed to the library, not yet told. */
struct request {
	uint64_t frame_number; /* counts the frames of the connection from 0 */
	uint64_t write_ns;     /* CLOCK_MONOTONIC when that began */
	uint64_t id;
	enum prof_purpose purpose;
};

/* Zeroed memory is a connection that has asked nothing. */
struct requests {
	struct publisher *publisher;
	const struct outflow *outflow;
	const struct inflow *inflow;
	const struct prof_socket *socket;
	uint32_t push_position; /* free-running */
	uint32_t pop_position;
	uint64_t lost_count; /* more than could wait */
	struct request pending[REQUESTS_PENDING_COUNT];
};

/* The next frame that is handed to the library, now, is this; before it is. */
void requests_note(struct requests *requests, enum prof_purpose purpose, uint64_t id,
		   uint64_t write_ns);

/* Tells those that have gone out meanwhile. */
void requests_tell(struct requests *requests);

/* The answer to a ping with this payload came at now_ns. */
void requests_answer_ping(struct requests *requests, const void *payload, size_t payload_bytes,
			  uint64_t id, uint64_t now_ns);

/* The answer to another request is the message at `span`; unplaced: an empty one. */
void requests_answer(struct requests *requests, enum prof_purpose purpose, uint64_t id,
		     const struct ws_span *span, uint64_t now_ns);

/* Likewise to an order: which message it was for, as an id proves it; NULL: none does. */
void requests_answer_order(struct requests *requests, uint64_t id, const struct ws_span *span,
			   uint64_t now_ns, const struct prof_answer *cause);

#endif
