/* SPDX-License-Identifier: BSD-2-Clause */
#include "orders.h"

#include <string.h>
#include <time.h>

#include "feed/order/order_text.h"
#include "prof/clock.h"

void orders_opened(struct orders *orders, struct outgoing *outgoing)
{
	if (outgoing->venue->is_api)
		orders->outgoing = outgoing;
}

void orders_closed(struct orders *orders, const struct outgoing *outgoing)
{
	if (orders->outgoing == outgoing)
		orders->outgoing = NULL;
}

static uint64_t wall_ms_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / PROF_NS_PER_MS;
}

static bool send_order(struct orders *orders, uint64_t id)
{
	char symbol[ORDER_SYMBOL_BYTES];
	char text[ORDER_TEXT_BYTES];

	return orders->outgoing && order_symbol(orders->stream, symbol) &&
	       outgoing_send_order(orders->outgoing, text,
				   order_text(text, symbol, id, wall_ms_now()), id);
}

void orders_message(struct orders *orders, const struct order_cause *cause)
{
	if (orders->message_count++ % orders->every_count)
		return;
	if (!send_order(orders, cause->id)) {
		orders->counts->orders_unsent++;
		return;
	}
	orders->causes[orders->cause_count++ % ORDERS_CAUSE_COUNT] = *cause;
	orders->counts->orders_sent++;
}

static uint32_t find_causes(const struct orders *orders, uint64_t id, struct order_cause *ret_cause)
{
	uint32_t kept_count = orders->cause_count < ORDERS_CAUSE_COUNT ? orders->cause_count
								       : ORDERS_CAUSE_COUNT;
	uint32_t found_count = 0;

	for (uint32_t i = 0; i < kept_count; i++) {
		if (orders->causes[i].id != id)
			continue;
		*ret_cause = orders->causes[i];
		found_count++;
	}
	return found_count;
}

bool orders_answer(struct orders *orders, uint64_t id, const char *text, size_t size_bytes,
		   struct order_cause *ret_cause)
{
	static const char good[] = "\"status\":200";

	if (memmem(text, size_bytes, good, sizeof(good) - 1))
		orders->counts->orders_answered++;
	else
		orders->counts->orders_refused++;
	return find_causes(orders, id, ret_cause) == 1;
}
