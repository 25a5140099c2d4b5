/* SPDX-License-Identifier: BSD-2-Clause */
#include "wires_private.h"

#include <errno.h>
#include <string.h>

int wires_open(struct wires *wires, uint32_t wire_count, uint32_t flow_count)
{
	wires->flow_count_max = flow_count;
	wires->flows = calloc(flow_count, sizeof(*wires->flows));
	return wires->flows && pool_open(&wires->pool, sizeof(struct wire), wire_count) ? 0
											: -ENOMEM;
}

void wires_close(struct wires *wires)
{
	pool_close(&wires->pool);
	free(wires->flows);
	wires->flows = NULL;
}

/* ---- Those that wait ----------------------------------------------------- */

static void list_flow(struct wires *wires, struct conn *flow, uint64_t time_ns)
{
	if (flow->wires.is_listed || wires->flow_count == wires->flow_count_max)
		return;
	wires->flows[wires->flow_count++] = (struct wires_flow){
		.conn_index = (uint32_t)(flow - wires->matcher->conns->table),
		.head_ns = time_ns,
	};
	flow->wires.is_listed = true;
	flow->waiting_count++; /* its place is needed */
}

static void unlist_flow(struct wires *wires, uint32_t at)
{
	struct conn *flow = &wires->matcher->conns->table[wires->flows[at].conn_index];

	flow->wires.is_listed = false;
	flow->waiting_count--;
	wires->flows[at] = wires->flows[--wires->flow_count];
}

static void drop_head(struct wires *wires, struct conn *flow)
{
	uint32_t index = flow->wires.head;

	flow->wires.head = wire_at(wires, index)->next;
	if (!flow->wires.head)
		flow->wires.tail = 0;
	pool_give(&wires->pool, index);
}

uint32_t wires_count_record(const struct wires *wires, const struct conn *flow, bool has_pongs)
{
	const struct wire *wire = wire_at(wires, flow->wires.head);
	uint64_t end_offset = wire->event.wire.end_offset;
	uint32_t count = 1;

	while (wire->next) {
		wire = wire_at(wires, wire->next);
		if (wire->event.wire.end_offset != end_offset)
			break;
		count += has_pongs || !wire_is_pong(&wire->event);
	}
	return count;
}

/* The first message of the wire that is known to be that socket's. */
static void meet(struct conn *owner)
{
	if (!owner->wires.is_met && !owner->wires.alone[0].end)
		owner->wires.met_end = owner->record_end;
	owner->wires.is_met = true;
}

void wires_tell_head(struct wires *wires, struct conn *flow, struct conn *owner,
		     struct verdict *verdict)
{
	verdict->record_count = wires_count_record(wires, flow, false);
	meet(owner);
	drop_head(wires, flow);
	wires->settle(wires->context, owner, verdict);
}

static void match_head(struct wires *wires, struct conn *owner, const struct wire_place *place,
		       struct verdict *ret_verdict)
{
	match_wire(wires->matcher, owner, place, wires->watermark_ns, ret_verdict);
}

/* ---- What the user has told alone ------------------------------------------- */

/* Of too many the first two become one: what lies between them is late, too, and not told twice. */
void wires_note_alone(struct conn *conn, uint64_t start, uint64_t end)
{
	struct conn_span *spans = conn->wires.alone;
	uint32_t last = 0;

	while (last + 1 < CONN_ALONE_COUNT && spans[last + 1].end)
		last++;
	if (spans[last].end && start <= spans[last].end) {
		spans[last].end = end > spans[last].end ? end : spans[last].end;
		return;
	}
	last += spans[last].end != 0;
	if (last == CONN_ALONE_COUNT) {
		last--;
		spans[1].start = spans[0].start;
		memmove(spans, spans + 1, last * sizeof(*spans));
	}
	spans[last] = (struct conn_span){ .start = start, .end = end };
}

/* To tell it again would make two messages of one. */
static bool is_told_alone(const struct conn *owner, const struct wire_place *place)
{
	const struct conn_span *spans = owner->wires.alone;

	if (wire_is_pong(place->event))
		return false;
	if (place->end_offset <= owner->wires.met_end)
		return true;
	for (uint32_t i = 0; i < CONN_ALONE_COUNT && spans[i].end; i++) {
		if (place->start_offset >= spans[i].start && place->end_offset <= spans[i].end)
			return true;
	}
	return false;
}

void wires_pass_head(struct wires *wires, struct conn *flow, struct conn *owner,
		     const struct wire_place *place)
{
	const struct conn_wires *told = &owner->wires;
	struct verdict verdict;

	if (is_told_alone(owner, place)) {
		wires->counts->wire_late_count++;
		drop_head(wires, flow);
		return;
	}
	/* Without its last message another one of the same record could be missing. */
	if (!wire_is_pong(place->event) && place->end_offset <= told->told_end &&
	    !(place->end_offset == told->told_end && place->start_offset == told->told_start)) {
		wires->counts->wire_disagree_count++;
		drop_head(wires, flow);
		return;
	}
	match_head(wires, owner, place, &verdict);
	wires_tell_head(wires, flow, owner, &verdict);
}

/* ---- The user's messages -------------------------------------------------- */

struct conn *wires_flow_of(struct wires *wires, const struct conn *conn)
{
	struct conn *flow = conn->flow_id ? conns_find(wires->matcher->conns, conn->flow_id) : NULL;

	return flow && flow->wires.has_any ? flow : NULL;
}

bool wires_head_in(struct wires *wires, struct conn *flow, struct conn *conn,
		   struct wire_place *ret_place)
{
	const struct wire *head;

	if (!flow->wires.head)
		return false;
	head = wire_at(wires, flow->wires.head);
	if (wires_owner(wires->matcher, flow, &head->event) != conn ||
	    !wires_place(conn, &head->event, ret_place))
		return false;
	ret_place->id_hash = head->id_hash;
	return true;
}

/* True if one of those that wait has this range. */
static bool has_same(const struct wires *wires, const struct conn *flow, const struct conn *conn,
		     const struct corr_message *message)
{
	for (uint32_t at = flow->wires.head; at; at = wire_at(wires, at)->next) {
		struct wire_place place;

		if (!wires_place(conn, &wire_at(wires, at)->event, &place) ||
		    place.start_offset >= message->end_offset)
			break;
		if (!wire_is_pong(place.event) && place.start_offset == message->start_offset &&
		    place.end_offset == message->end_offset)
			return true;
	}
	return false;
}

/* Takes the first one if it is the message, or lies before it.  True as long as there may be more.
 */
static bool step_user(struct wires *wires, struct conn *flow, struct conn *conn, bool is_there,
		      struct corr_message *message)
{
	struct wire_place place;

	if (!wires_head_in(wires, flow, conn, &place))
		return false;
	if (is_there && !wire_is_pong(place.event) && place.start_offset == message->start_offset &&
	    place.end_offset == message->end_offset) {
		match_add_wire(wires->matcher, &place, message);
		drop_head(wires, flow);
		return false;
	}
	if (!is_there && place.end_offset > message->start_offset)
		return false;
	wires_pass_head(wires, flow, conn, &place);
	return true;
}

void wires_user(struct wires *wires, struct conn *conn, struct verdict *verdict)
{
	struct corr_message *message = &verdict->message;
	struct conn *flow = wires_flow_of(wires, conn);
	struct wire_place place;
	bool is_there;

	if (!message->is_ranged || !flow)
		return;
	meet(conn);
	is_there = wires_head_in(wires, flow, conn, &place) && has_same(wires, flow, conn, message);
	while (step_user(wires, flow, conn, is_there, message))
		;
	if (is_there)
		wires->counts->wire_agree_count++;
	else
		wires->counts->wire_none_count++;
	conn->wires.told_start = message->start_offset;
	if (message->end_offset > conn->wires.told_end)
		conn->wires.told_end = message->end_offset;
}

/* ---- When to decide without a user ----------------------------------------- */

/* Up to when the user layers that are there have told all; UINT64_MAX: there is none. */
static uint64_t user_mark_ns(const struct lanes *lanes)
{
	uint64_t mark_ns = UINT64_MAX;

	for (uint32_t i = 0; i < lanes->lane_count; i++) {
		const struct lanes_lane *lane = &lanes->lanes[i];

		if (lane->is_known && lane->is_live && !lane->is_silent &&
		    lane->layer == PROF_LAYER_USER && lane->mark_ns < mark_ns)
			mark_ns = lane->mark_ns;
	}
	return mark_ns;
}

/* May a user layer still tell it? */
static bool is_user_awaited(const struct wires *wires, const struct conn *owner, uint64_t time_ns)
{
	uint64_t wait_ns = owner->message_total ? WIRES_KNOWN_WAIT_NS : WIRES_NEW_WAIT_NS;

	/* Messages of its wait for other layers, whether or not their producer is still there. */
	if (owner->waiting_count && !owner->wires.is_listed)
		return true;
	if (!owner->registered_ns && !owner->message_total)
		return false;
	return user_mark_ns(wires->matcher->lanes) < time_ns + wait_ns;
}

/* It lies nowhere.  Who asked for a pong is told that it is all that is known. */
static void refuse_head(struct wires *wires, struct conn *flow, struct conn *owner)
{
	const struct wire *head = wire_at(wires, flow->wires.head);
	struct verdict verdict = { .message = { .opcode = head->event.wire.opcode,
						.id_hash = head->id_hash } };

	if (wire_is_pong(&head->event))
		wires->settle(wires->context, owner, &verdict);
	else
		wires->counts->wire_bad_count++;
	drop_head(wires, flow);
}

/* Decides the flow's first one if that can be done now. */
static bool decide_head(struct wires *wires, struct conn *flow, bool is_forced)
{
	const struct prof_event *event = &wire_at(wires, flow->wires.head)->event;
	struct conn *owner = wires_owner(wires->matcher, flow, event);
	struct wire_place place;
	struct verdict verdict;
	uint64_t wait_ns;

	if (!wires_place(owner, event, &place)) {
		refuse_head(wires, flow, owner);
		return true;
	}
	place.id_hash = wire_at(wires, flow->wires.head)->id_hash;
	if (!is_forced &&
	    (wires->watermark_ns < event->time_ns || is_user_awaited(wires, owner, event->time_ns)))
		return false;
	if (owner->wires.told_end >= place.end_offset || is_told_alone(owner, &place)) {
		wires_pass_head(wires, flow, owner, &place);
		return true;
	}
	match_head(wires, owner, &place, &verdict);
	wait_ns = owner->was_read ? WIRES_KNOWN_WAIT_NS : wires->grace_ns;
	if (!is_forced && verdict.is_open && wires->watermark_ns < event->time_ns + wait_ns)
		return false;
	wires_tell_head(wires, flow, owner, &verdict);
	return true;
}

/* The flow whose first one is the oldest, of those that may be decided; flow_count: none. */
static uint32_t oldest_flow(const struct wires *wires, bool is_forced)
{
	uint32_t best = wires->flow_count;

	for (uint32_t i = 0; i < wires->flow_count; i++) {
		if ((is_forced || !wires->flows[i].is_done) &&
		    (best == wires->flow_count ||
		     wires->flows[i].head_ns < wires->flows[best].head_ns))
			best = i;
	}
	return best;
}

/* One decision, or that there is none.  False if there is nothing left to look at. */
static bool decide_oldest(struct wires *wires, bool is_forced)
{
	uint32_t at = oldest_flow(wires, is_forced);
	struct conn *flow;

	if (at == wires->flow_count)
		return false;
	flow = &wires->matcher->conns->table[wires->flows[at].conn_index];
	if (!flow->wires.head)
		unlist_flow(wires, at);
	else if (!decide_head(wires, flow, is_forced))
		wires->flows[at].is_done = true;
	else if (flow->wires.head)
		wires->flows[at].head_ns = wire_at(wires, flow->wires.head)->event.time_ns;
	return true;
}

void wires_round(struct wires *wires, uint64_t watermark_ns, uint64_t now_ns, bool is_end)
{
	wires->watermark_ns = watermark_ns < now_ns ? watermark_ns : now_ns;
	for (uint32_t i = 0; i < wires->flow_count; i++)
		wires->flows[i].is_done = false;
	while (decide_oldest(wires, is_end))
		;
}

uint64_t wires_oldest_ns(const struct wires *wires)
{
	uint64_t oldest_ns = UINT64_MAX;

	for (uint32_t i = 0; i < wires->flow_count; i++)
		if (wires->flows[i].head_ns < oldest_ns)
			oldest_ns = wires->flows[i].head_ns;
	return oldest_ns;
}

/* ---- Arrivals --------------------------------------------------------------- */

static void make_room(struct wires *wires)
{
	while (wires->pool.used_count == wires->pool.capacity && decide_oldest(wires, true))
		wires->counts->wire_early_count++;
}

bool wires_take(struct wires *wires, const struct prof_event *event, uint64_t id_hash)
{
	struct conn *flow;
	struct conn *owner;
	struct wire_place place;
	uint32_t index;

	wires->counts->wire_count += !wire_is_pong(event);
	wires->has_any = true;
	make_room(wires);
	flow = event->wire.size_bytes && event->wire.size_bytes <= event->wire.end_offset
		       ? conns_get(wires->matcher->conns, event->conn_key)
		       : NULL;
	index = flow ? pool_take(&wires->pool) : 0;
	if (!index) {
		wires->counts->wire_bad_count += !wire_is_pong(event);
		return false;
	}
	conns_set_flow(wires->matcher->conns, flow, event->conn_key);
	flow->last_ns = event->time_ns;
	flow->wires.has_any = true;
	owner = flow->wires.head ? flow : wires_owner(wires->matcher, flow, event);
	if (owner != flow)
		meet(owner);
	if (owner != flow && wires_place(owner, event, &place) &&
	    (place.end_offset <= owner->wires.told_end || is_told_alone(owner, &place))) {
		wires->counts->wire_late_count += !wire_is_pong(event);
		pool_give(&wires->pool, index);
		return false;
	}
	*wire_at(wires, index) = (struct wire){ .id_hash = id_hash, .event = *event };
	if (flow->wires.tail)
		wire_at(wires, flow->wires.tail)->next = index;
	else
		flow->wires.head = index;
	flow->wires.tail = index;
	list_flow(wires, flow, event->time_ns);
	return true;
}
