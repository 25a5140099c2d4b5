/* SPDX-License-Identifier: BSD-2-Clause */
#include "asks.h"

#include <stddef.h>

static bool is_same(const struct ask *ask, const struct prof_event *event)
{
	return ask->event.conn_key == event->conn_key &&
	       ask->event.token.request_hash == event->token.request_hash &&
	       !((ask->event.token.bits ^ event->token.bits) & PROF_WIRE_CONTROL);
}

static struct ask *at(struct asks *asks, uint64_t number)
{
	return &asks->asks[(number - 1) % ASKS_COUNT];
}

/* A pong may answer the latest ping alone (RFC 6455, 5.5.3): of equal ones nobody can say which. */
static bool find_twin(struct asks *asks, const struct prof_event *event)
{
	bool is_twin = false;

	for (uint64_t i = asks->taken_count; i > asks->dropped_count; i--) {
		struct ask *ask = at(asks, i);

		if (!is_same(ask, event) || ask->answered_ns ||
		    ask->event.time_ns + ASKS_ANSWER_NS < event->time_ns)
			continue;
		ask->is_twin = true;
		is_twin = true;
	}
	return is_twin;
}

static void take_ask(struct asks *asks, const struct prof_event *event)
{
	bool is_ping = event->token.bits & PROF_WIRE_CONTROL;

	if (asks->taken_count - asks->dropped_count == ASKS_COUNT) {
		asks->early_count++;
		asks->dropped_count++;
	}
	asks->asks[asks->taken_count % ASKS_COUNT] = (struct ask){
		.event = *event,
		.is_twin = is_ping && find_twin(asks, event),
	};
	asks->taken_count++;
}

/* The number of what it answers; 0: nothing. */
static uint64_t take_answer(struct asks *asks, const struct prof_event *event)
{
	for (uint64_t i = asks->taken_count; event->token.request_hash && i > asks->dropped_count;
	     i--) {
		struct ask *ask = at(asks, i);

		if (!is_same(ask, event) || ask->answered_ns || ask->is_twin)
			continue;
		ask->answered_ns = event->time_ns;
		return i;
	}
	return 0;
}

uint64_t asks_token(struct asks *asks, uint32_t lane_index, const struct prof_event *event)
{
	uint64_t number;

	if (event->flags & PROF_FLAG_OUTBOUND) {
		take_ask(asks, event);
		return 0;
	}
	number = take_answer(asks, event);
	if (event->token.bits & PROF_WIRE_CONTROL)
		return number;
	asks->token = *event;
	asks->token_lane = lane_index;
	return 0;
}

struct ask *asks_ping(struct asks *asks, uint64_t number)
{
	return number > asks->dropped_count && number <= asks->taken_count ? at(asks, number)
									   : NULL;
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
	if (!ask->answered_ns)
		return ask->event.time_ns + ASKS_ANSWER_NS;
	return ask_is_ping(ask) && !ask->is_matched ? UINT64_MAX : ask->answered_ns;
}
