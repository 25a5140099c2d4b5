/* SPDX-License-Identifier: BSD-2-Clause */
#include "wires.h"

static bool is_anchored(const struct prof_event *event)
{
	return event->wire.bits & PROF_WIRE_ANCHORED;
}

/* Can this message have come to that socket? */
static bool is_fitting(const struct conn *conn, const struct prof_event *event)
{
	if (conn->flow_id != event->conn_key || conn->cookie == event->conn_key)
		return false;
	if (is_anchored(event))
		return !conn->has_base || conn->base_seq == event->wire.base_seq;
	return conn->has_base;
}

static uint32_t find_peer(const struct conns *conns, const struct prof_event *event)
{
	uint32_t found = 0;

	for (uint32_t i = conns_first_of(conns, event->conn_key); i; i = conns_next_of(conns, i)) {
		if (is_fitting(&conns->table[i], event) && conns_is_younger(conns, i, found))
			found = i;
	}
	return found;
}

/* The socket itself will bind the track: it must not be another's. */
static void release_track(const struct tracks *tracks, struct conn *flow)
{
	struct track *track = &tracks->table[flow->track_index];

	if (flow->track_index && track->serial == flow->track_serial &&
	    track->owner_cookie == flow->cookie)
		track->owner_cookie = 0;
	flow->track_index = 0;
}

/* Another life of the same addresses and ports, or another capture of it. */
static void begin_life(struct conn *flow, const struct prof_event *event)
{
	flow->base_seq = event->wire.base_seq;
	flow->has_base = true;
	flow->track_index = 0;
	flow->record_end = 0;
	flow->wires.peer_epoch = 0;
}

struct conn *wires_owner(const struct matcher *matcher, struct conn *flow,
			 const struct prof_event *event)
{
	struct conns *conns = matcher->conns;
	struct conn_wires *known = &flow->wires;
	struct conn *peer;

	if (!flow->has_base || flow->base_seq != event->wire.base_seq)
		begin_life(flow, event);
	if (known->peer_epoch != conns->epoch + 1 ||
	    conns->table[known->peer_index].cookie != known->peer_cookie) {
		known->peer_index = find_peer(conns, event);
		known->peer_cookie = conns->table[known->peer_index].cookie;
		known->peer_epoch = conns->epoch + 1;
	}
	if (!known->peer_index)
		return flow;
	peer = &conns->table[known->peer_index];
	if (!peer->has_base) {
		peer->base_seq = event->wire.base_seq;
		peer->has_base = true;
	}
	release_track(matcher->tracks, flow);
	return peer;
}

bool wires_place(const struct conn *conn, const struct prof_event *event,
		 struct wire_place *ret_place)
{
	uint64_t near = conn->read_high > conn->told_high ? conn->read_high : conn->told_high;
	uint64_t end = event->wire.end_offset;
	bool is_own = conn->cookie == event->conn_key;

	if (!is_own && event->wire.base_seq != conn->base_seq)
		end = near + (uint64_t)(int32_t)((uint32_t)end + event->wire.base_seq -
						 conn->base_seq - (uint32_t)near);
	if ((int64_t)end < (int64_t)event->wire.size_bytes)
		return false;
	*ret_place = (struct wire_place){ .event = event,
					  .start_offset = end - event->wire.size_bytes,
					  .end_offset = end,
					  .is_ranged = !is_own || is_anchored(event) };
	return true;
}
