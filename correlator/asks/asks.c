/* SPDX-License-Identifier: BSD-2-Clause */
#include "asks.h"

#include <stddef.h>

static void take_order(struct asks *asks, const struct prof_event *event)
{
	if (asks->taken_count - asks->dropped_count == ASKS_COUNT) {
		asks->early_count++;
		asks->dropped_count++;
	}
	asks->asks[asks->taken_count++ % ASKS_COUNT] = (struct ask){ .event = *event };
}

static void take_answer(struct asks *asks, const struct prof_event *event)
{
	uint64_t hash = event->token.request_hash;

	for (uint64_t i = asks->taken_count; hash && i > asks->dropped_count; i--) {
		struct ask *ask = &asks->asks[(i - 1) % ASKS_COUNT];

		if (ask->event.conn_key != event->conn_key || ask->answered_ns ||
		    ask->event.token.request_hash != hash)
			continue;
		ask->answered_ns = event->time_ns;
		return;
	}
}

void asks_token(struct asks *asks, uint32_t lane_index, const struct prof_event *event)
{
	if (event->flags & PROF_FLAG_OUTBOUND) {
		take_order(asks, event);
		return;
	}
	take_answer(asks, event);
	asks->token = *event;
	asks->token_lane = lane_index;
}

uint64_t asks_id_hash(const struct asks *asks, uint32_t lane_index, const struct prof_event *wire)
{
	const struct prof_event *token = &asks->token;

	if (asks->token_lane != lane_index || token->conn_key != wire->conn_key ||
	    token->time_ns != wire->time_ns || token->token.end_offset != wire->wire.end_offset)
		return 0;
	return token->token.value_hash;
}

const struct ask *asks_oldest(const struct asks *asks)
{
	return asks->taken_count == asks->dropped_count
		       ? NULL
		       : &asks->asks[asks->dropped_count % ASKS_COUNT];
}

void asks_drop_oldest(struct asks *asks)
{
	asks->dropped_count++;
}

uint64_t ask_known_ns(const struct ask *ask)
{
	return ask->answered_ns ? ask->answered_ns : ask->event.time_ns + ASKS_ANSWER_NS;
}
