/* SPDX-License-Identifier: BSD-2-Clause */
/* Which message an order was for.  The last messages are remembered, no more.  Pure. */
#ifndef CORR_ORDERS_H
#define CORR_ORDERS_H

#include "correlator/message/message.h"
#include "correlator/message/order.h"

#define ORDERS_MESSAGE_COUNT 8192 /* an order is for one of so many messages before it */

/* A struct corr_tick in 64 bytes, as one is written for each message, whether orders come or not.
 */
struct orders_cause {
	uint64_t seq : 62;
	uint64_t has_user : 1; /* user_ns is had_ns; 0 otherwise */
	uint64_t was_asleep : 1;
	uint64_t cookie;
	uint64_t tick_ns;
	uint64_t read_ns;
	uint64_t had_ns;
	uint64_t id_hash;
	uint32_t conn_number;
	uint32_t message_index;
	uint32_t tid;
	uint32_t tcp_seq;
};

_Static_assert(sizeof(struct orders_cause) == 64, "a cache line for each message");

/* Zeroed memory remembers nothing. */
struct orders {
	uint64_t message_count; /* free-running */
	struct orders_cause causes[ORDERS_MESSAGE_COUNT];
};

/* A message, as it is decided. */
void orders_message(struct orders *orders, const struct corr_message *message);

/*
 * A round trip of purpose ORDER, told after the messages that came before it.  An id that
 * is said to prove it, of a message that is not remembered or of several, proves nothing.
 */
void orders_link(const struct orders *orders, const struct corr_trip *trip,
		 struct corr_order *ret_order);

#endif
