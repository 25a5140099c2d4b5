/* SPDX-License-Identifier: BSD-2-Clause */
/* Which message an order was for.  The last messages are remembered, no more.  Pure. */
#ifndef CORR_ORDERS_H
#define CORR_ORDERS_H

#include "correlator/message/message.h"
#include "correlator/message/order.h"

#define ORDERS_MESSAGE_COUNT 8192 /* an order is for one of so many messages before it */

/* Zeroed memory remembers nothing. */
struct orders {
	uint64_t message_count; /* free-running */
	struct corr_tick causes[ORDERS_MESSAGE_COUNT];
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
