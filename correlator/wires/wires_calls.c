/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of a library (PROF_FLAG_CALL), and the messages of the wire that they complete. */
#include "wires_private.h"

/* The first message of the flow, with the call's times. */
static void tell_with_call(struct wires *wires, struct conn *flow, struct conn *conn,
			   const struct wire_place *place, const struct prof_event *call,
			   bool is_loose)
{
	struct prof_event event = *call;
	struct verdict verdict;

	event.message.end_offset = place->end_offset;
	event.message.size_bytes = place->event->wire.size_bytes;
	event.message.exch_time_us = place->event->wire.exch_time_us;
	event.stream_index = place->event->stream_index;
	event.flags = (uint8_t)((place->event->flags & (PROF_FLAG_SPLIT | PROF_FLAG_PLAIN)) |
				(call->flags & (PROF_FLAG_CALL | PROF_FLAG_LOOSE)) |
				(is_loose ? PROF_FLAG_LOOSE : 0));
	conn->wires.called_end = place->end_offset;
	match_message(wires->matcher, conn, &event, &verdict);
	match_add_wire(wires->matcher, place, &verdict.message);
	if (!wire_is_pong(place->event)) {
		wires->counts->wire_agree_count += place->end_offset == call->message.end_offset;
		wires->counts->wire_disagree_count += place->end_offset != call->message.end_offset;
	}
	wires_tell_head(wires, flow, conn, &verdict);
}

/* All that the call completed.  True if it was at least one, or a part of one. */
static bool complete(struct wires *wires, struct conn *flow, struct conn *conn,
		     const struct prof_event *call)
{
	uint64_t end = call->message.end_offset;
	/* Which of the record's calls returned which of its messages is not known. */
	bool is_loose = conn->wires.part_end == end;
	bool is_told = false;
	bool has_message = false;
	struct wire_place place;

	while (wires_head_in(wires, flow, conn, &place) && place.end_offset <= end) {
		is_loose &= is_told || wires_count_record(wires, flow, true) > 1;
		has_message |= !wire_is_pong(place.event);
		tell_with_call(wires, flow, conn, &place, call, is_loose);
		is_told = true;
	}
	wires->counts->wire_pong_count += is_told && !has_message;
	if (is_told || !wires_head_in(wires, flow, conn, &place) || place.start_offset >= end)
		return is_told;
	wires->counts->wire_part_count++;
	return true;
}

static bool has_live_capture(const struct wires *wires)
{
	return wires->matcher->lanes->layers[PROF_LAYER_NIC].live_count > 0;
}

bool wires_may_follow(struct wires *wires, struct conn *conn, const struct prof_event *call,
		      uint64_t watermark_ns)
{
	struct conn *flow = wires_flow_of(wires, conn);
	uint64_t end = call->message.end_offset;
	struct wire_place place;

	if (!prof_message_is_ranged(&call->message) || end <= conn->wires.told_end ||
	    end <= conn->wires.called_end || watermark_ns >= call->time_ns + WIRES_NEW_WAIT_NS)
		return false;
	if (!flow)
		return wires->has_any && conn->flow_id && has_live_capture(wires) &&
		       call->time_ns < conn->known_ns + WIRES_NEW_WAIT_NS;
	return !flow->wires.tail ||
	       !wires_place(conn, &wire_at(wires, flow->wires.tail)->event, &place) ||
	       place.end_offset < end;
}

bool wires_call(struct wires *wires, struct conn *conn, const struct prof_event *call,
		bool has_more)
{
	struct conn *flow = wires_flow_of(wires, conn);
	uint64_t end = call->message.end_offset;
	uint64_t start = end - call->message.size_bytes;
	struct wire_place place;

	if (!prof_message_is_ranged(&call->message))
		return false;
	while (flow && wires_head_in(wires, flow, conn, &place) && place.end_offset <= start)
		wires_pass_head(wires, flow, conn, &place);
	if (!flow || !wires_head_in(wires, flow, conn, &place) || place.start_offset >= end) {
		wires_note_alone(conn, start, end);
		return false;
	}
	if (has_more) {
		conn->wires.part_end = end;
		wires->counts->wire_part_count++;
		return true;
	}
	return complete(wires, flow, conn, call);
}
