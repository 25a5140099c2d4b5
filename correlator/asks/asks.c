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

static void keep(struct asks *asks, const struct ask *ask)
{
	if (asks->taken_count - asks->dropped_count == ASKS_COUNT) {
		const struct ask *oldest = at(asks, ++asks->dropped_count);

		asks->early_count += !ask_is_ping(oldest);
		asks->early_ping_count += ask_is_ping(oldest);
	}
	*at(asks, ++asks->taken_count) = *ask;
}

/* ---- Answers that are told before what they answer ------------------------------ */

static void keep_answer(struct asks *asks, const struct prof_event *event)
{
	if (event->token.request_hash)
		asks->answers[asks->answer_count++ % ASKS_EARLY_COUNT] = (struct ask_early){
			.conn_key = event->conn_key,
			.request_hash = event->token.request_hash,
			.time_ns = event->time_ns,
			.is_pong = event->token.bits & PROF_WIRE_CONTROL,
		};
}

/* When the first of those came that answer it; 0: none has.  It is taken. */
static uint64_t take_answer(struct asks *asks, const struct ask *ask)
{
	struct ask_early *found = NULL;
	uint64_t time_ns;

	for (uint32_t i = 0; i < ASKS_EARLY_COUNT; i++) {
		struct ask_early *answer = &asks->answers[i];

		if (answer->time_ns >= ask->event.time_ns &&
		    answer->conn_key == ask->event.conn_key &&
		    answer->request_hash == ask->event.token.request_hash &&
		    answer->is_pong == ask_is_ping(ask) &&
		    (!found || answer->time_ns < found->time_ns))
			found = answer;
	}
	if (!found)
		return 0;
	time_ns = found->time_ns;
	*found = (struct ask_early){ 0 };
	return time_ns;
}

/* ---- Orders ------------------------------------------------------------------ */

static void take_order(struct asks *asks, const struct prof_event *event)
{
	struct ask order = { .event = *event };
	struct ask *last = at(asks, asks->taken_count);

	if (asks->taken_count > asks->dropped_count && last->event.conn_key == event->conn_key &&
	    last->event.token.end_offset == event->token.end_offset)
		last->has_company = order.has_company = true;
	order.answered_ns = take_answer(asks, &order);
	keep(asks, &order);
}

/* The youngest order that it answers has its answer; if there is none yet, it is kept. */
static void answer_order(struct asks *asks, const struct prof_event *event)
{
	for (uint64_t i = asks->taken_count; event->token.request_hash && i > asks->dropped_count;
	     i--) {
		struct ask *ask = at(asks, i);

		if (!is_same(ask, event) || ask->answered_ns)
			continue;
		ask->answered_ns = event->time_ns;
		return;
	}
	keep_answer(asks, event);
}

/* ---- Pings ------------------------------------------------------------------ */

/*
 * The number before this one of a ping like it, also one that was told already; 0: none.  What is
 * older than the horizon is taken to have no pong any more.
 */
static uint64_t next_like(struct asks *asks, uint64_t number, const struct prof_event *event)
{
	while (--number > 0 && asks->taken_count - number < ASKS_COUNT) {
		const struct ask *ask = at(asks, number);

		if (is_same(ask, event) && ask->event.time_ns + ASKS_TWIN_NS >= event->time_ns)
			return number;
	}
	return 0;
}

static bool is_same_place(const struct ask *ask, const struct prof_event *event)
{
	return ask->event.base_seq + (uint32_t)ask->event.token.end_offset ==
	       event->base_seq + (uint32_t)event->token.end_offset;
}

/*
 * A pong may answer the latest ping alone (RFC 6455, 5.5.3), so of equal ones under way nobody can
 * say whose it is.  From then on pings like these are in doubt for a while, as a pong that
 * comes late would be taken for a later one's.
 */
static void take_ping(struct asks *asks, const struct prof_event *event)
{
	struct ask ping = { .event = *event };

	for (uint64_t i = next_like(asks, asks->taken_count + 1, event); i;
	     i = next_like(asks, i, event)) {
		struct ask *like = at(asks, i);

		if (is_same_place(like, event))
			return; /* two captures have seen it */
		if (like->twin_until_ns > event->time_ns)
			ping.twin_until_ns = like->twin_until_ns;
		if (!like->answered_ns && !ping.twin_until_ns)
			ping.twin_until_ns = event->time_ns + ASKS_TWIN_NS;
		if (!like->answered_ns && !like->twin_until_ns)
			like->twin_until_ns = ping.twin_until_ns;
	}
	/* That one's place among the messages has been passed: only when it came is known. */
	if (!ping.twin_until_ns)
		ping.answered_ns = take_answer(asks, &ping);
	ping.is_matched = ping.answered_ns;
	keep(asks, &ping);
}

/*
 * The number of the ping whose pong it is beyond doubt; 0: of none.  It settles all that it may be
 * of; of none that is known yet, it is kept.
 */
static uint64_t answer_ping(struct asks *asks, const struct prof_event *event)
{
	bool is_any = false;
	uint64_t found = 0;

	for (uint64_t i = next_like(asks, asks->taken_count + 1, event); i;
	     i = next_like(asks, i, event)) {
		struct ask *ask = at(asks, i);

		if (ask->answered_ns)
			continue;
		ask->answered_ns = event->time_ns;
		is_any = true;
		if (!ask->twin_until_ns && i > asks->dropped_count)
			found = i;
	}
	if (!is_any)
		keep_answer(asks, event);
	return found;
}

static uint64_t take_received(struct asks *asks, uint32_t lane_index,
			      const struct prof_event *event)
{
	if (event->token.bits & PROF_WIRE_CONTROL)
		return answer_ping(asks, event);
	answer_order(asks, event);
	asks->token = *event;
	asks->token_lane = lane_index;
	return 0;
}

uint64_t asks_token(struct asks *asks, uint32_t lane_index, const struct prof_event *event)
{
	if (!(event->flags & PROF_FLAG_OUTBOUND))
		return take_received(asks, lane_index, event);
	if (event->token.bits & PROF_WIRE_CONTROL)
		take_ping(asks, event);
	else
		take_order(asks, event);
	return 0;
}

struct ask *asks_ping(struct asks *asks, uint64_t number)
{
	struct ask *ask = at(asks, number);

	return number > asks->dropped_count && number <= asks->taken_count && ask_is_ping(ask)
		       ? ask
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
	if (ask->twin_until_ns)
		return ask->event.time_ns;
	if (!ask->answered_ns)
		return ask->event.time_ns + ASKS_ANSWER_NS;
	return ask->answered_ns + (ask_is_ping(ask) && !ask->is_matched ? ASKS_MATCH_NS : 0);
}
