/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --order-on: a bot to measure with.  For every n-th message of one stream it sends an
 * order.test by the venue's WebSocket API at once, on the thread that has the message, and
 * with the message's own id as the request's: so that the answer, which echoes it, says
 * which message the order was for.  Its key is none: no venue would take its orders.
 */
#ifndef WS_CLIENT_ORDERS_H
#define WS_CLIENT_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outgoing.h"

#define ORDERS_CAUSE_COUNT 1024 /* sent last, whose answers may still come */

/* A message, as others on the bus know it, and the id that it carried. */
struct order_cause {
	uint64_t id;
	uint32_t message_index;
	uint16_t conn_number;
};

/* Zeroed memory, with the first three, has sent nothing. */
struct orders {
	const char *stream;
	uint32_t every_count;
	struct client_counts *counts;
	struct outgoing *outgoing; /* of the API's connection while it is open; else NULL */
	uint32_t message_count;
	uint32_t cause_count; /* free-running */
	struct order_cause causes[ORDERS_CAUSE_COUNT];
};

/* A connection is open, or is over: if it is the API's, orders go there, or no longer. */
void orders_opened(struct orders *orders, struct outgoing *outgoing);
void orders_closed(struct orders *orders, const struct outgoing *outgoing);

/* A message of the stream, which carried that id: perhaps an order is sent for it. */
void orders_message(struct orders *orders, const struct order_cause *cause);

/*
 * An answer came that echoes this id.  True if one of the orders sent last carried it, and
 * only one did: *ret_cause is then what it was for.
 */
bool orders_answer(struct orders *orders, uint64_t id, const char *text, size_t size_bytes,
		   struct order_cause *ret_cause);

#endif
