/* SPDX-License-Identifier: BSD-2-Clause */
#include "selector.h"

#include <stdlib.h>
#include <string.h>

/* A quick look's frames are of IPv4, without its options. */
#define IP_AND_TCP_BYTES (20 + 20)
#define IP_BYTES_MAX	 UINT16_MAX

/* What an end takes that says nothing (RFC 9293, 3.7.1): no connection has less to fear. */
#define MSS_LEAST_IPV4 536
#define MSS_LEAST_IPV6 1220

struct selector *selector_create(const struct selector_options *options)
{
	struct selector *selector = calloc(1, sizeof(*selector));

	if (!selector)
		return NULL;
	selector->options = *options;
	selector->is_wide = options->is_all || options->port;
	selector->flows = &selector->tables[0];
	route_forget(&selector->routes);
	return selector;
}

static struct flow_table *spare_table(struct selector *selector)
{
	return selector->flows == &selector->tables[0] ? &selector->tables[1]
						       : &selector->tables[0];
}

void selector_begin_update(struct selector *selector)
{
	flow_table_clear(spare_table(selector));
}

bool selector_add(struct selector *selector, const struct flow *flow)
{
	const struct flow *before = flow_table_find(selector->flows, flow->flow_id);
	struct flow added = *flow;

	if (before && before->cookie == flow->cookie) {
		added.mss_bytes = before->mss_bytes;
		added.is_old = before->is_old;
		added.is_seen = before->is_seen;
		added.is_fresh = before->is_fresh;
		added.is_over = before->is_over && !flow->is_open;
		added.is_base_known |= before->is_base_known;
		added.is_owed = before->is_owed && flow->is_open;
		added.owed_seq = before->owed_seq;
		added.acked_seq = before->acked_seq;
		before = &added;
	} else {
		added.mss_bytes = mss_find(&selector->mss, flow->flow_id);
		before = NULL;
	}
	return flow_table_add(spare_table(selector), &added) && !before;
}

/* Bits are never taken back singly: now and then the sketch is drawn anew. */
static void redraw_sketch(struct selector *selector)
{
	memset(&selector->sketch, 0, sizeof(selector->sketch));
	for (size_t i = 0; i < FLOW_SLOT_COUNT; i++) {
		if (selector->flows->slots[i].flow_id)
			flow_sketch_add(&selector->sketch, selector->flows->slots[i].hash);
	}
	for (size_t i = 0; i < HISTORY_FLOW_COUNT; i++) {
		if (selector->history.flows[i].flow_id)
			flow_sketch_add(&selector->sketch, selector->history.flows[i].hash);
	}
}

/* From scratch, whenever flows come and go. */
static void count_owed(struct selector *selector)
{
	selector->owed_count = 0;
	for (size_t i = 0; i < FLOW_SLOT_COUNT; i++)
		selector->owed_count += selector->flows->slots[i].flow_id &&
					selector->flows->slots[i].is_owed;
}

void selector_end_update(struct selector *selector)
{
	selector->flows = spare_table(selector);
	count_owed(selector);
	redraw_sketch(selector);
	route_forget(&selector->routes);
}

uint64_t selector_forgotten_count(const struct selector *selector, const struct flow *flow)
{
	const struct history_flow *kept = history_find(&selector->history, flow->flow_id);

	return kept ? kept->lost_count : 0;
}

static void mark_seen(struct flow *flow)
{
	if (!flow)
		return;
	flow->is_seen = true;
	flow->is_fresh = true;
}

size_t selector_recall(struct selector *selector, const struct flow *flow, size_t *cursor,
		       struct prof_event *ret_events, size_t event_count_max)
{
	const struct history_flow *kept = history_find(&selector->history, flow->flow_id);
	size_t event_count = 0;

	if (!kept)
		return 0;
	while (*cursor < kept->segment_count && event_count < event_count_max) {
		const struct history_segment *segment = &kept->segments[(*cursor)++];
		struct prof_event *event = &ret_events[event_count++];

		*event = segment->event;
		if (history_is_from(kept, segment, &flow->local))
			event->flags |= PROF_FLAG_OUTBOUND;
	}
	if (event_count == 0)
		history_forget(&selector->history, flow->flow_id);
	else
		mark_seen(flow_table_find(selector->flows, flow->flow_id));
	return event_count;
}

/*
 * Without a registration nothing says which end is ours.  The service has the
 * port asked for, or the lower of the two; whoever sends to it is the client.
 */
bool selector_guess_outbound(const struct selector_options *options, const struct packet_tcp *tcp)
{
	if (options->port && tcp->src.port != tcp->dst.port) {
		if (tcp->dst.port == options->port)
			return true;
		if (tcp->src.port == options->port)
			return false;
	}
	return tcp->dst.port < tcp->src.port;
}

static bool is_same_end(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	return a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

/* One that nobody can have asked for, and that begins nothing. */
static bool is_nobodys(const struct selector *selector, const struct packet_tcp *tcp, uint32_t hash)
{
	return !selector->is_wide && !(tcp->flags & PROF_TCP_SYN) &&
	       !flow_sketch_has(&selector->sketch, hash);
}

/* What is known of the segments of a connection; 0: nothing. */
static uint16_t find_mss(const struct selector *selector, uint64_t flow_id, const struct flow *flow)
{
	return flow && flow->mss_bytes ? flow->mss_bytes : mss_find(&selector->mss, flow_id);
}

/* Likewise, and what this one says about it, if it is a SYN. */
static uint16_t learn_mss(struct selector *selector, const struct packet_tcp *tcp, uint64_t flow_id,
			  uint32_t hash, struct flow *flow)
{
	uint16_t before_bytes = find_mss(selector, flow_id, flow);
	uint16_t mss_bytes;

	if (!(tcp->flags & PROF_TCP_SYN))
		return before_bytes;
	mss_bytes = mss_note(&selector->mss, flow_id, tcp->mss_bytes, !(tcp->flags & PROF_TCP_ACK));
	if (flow)
		flow->mss_bytes = mss_bytes;
	if (mss_bytes != before_bytes) {
		route_drop(&selector->routes, hash, tcp->src.port);
		route_drop(&selector->routes, hash, tcp->dst.port);
	}
	return mss_bytes;
}

enum frame_kind { FRAME_SEGMENT, FRAME_MERGED, FRAME_GUESSED_MERGED };

/* See selector.h for the rule. */
static enum frame_kind judge_frame(const struct packet_tcp *tcp, bool is_marked, uint16_t mss_bytes)
{
	uint32_t least_bytes = prof_endpoint_is_ipv4(&tcp->src) ? MSS_LEAST_IPV4 : MSS_LEAST_IPV6;
	uint32_t segment_bytes = tcp->payload_bytes + tcp->option_bytes;

	if (tcp->payload_bytes == 0)
		return FRAME_SEGMENT;
	if (mss_bytes)
		return segment_bytes > mss_bytes ? FRAME_MERGED : FRAME_SEGMENT;
	return is_marked || segment_bytes <= least_bytes ? FRAME_SEGMENT : FRAME_GUESSED_MERGED;
}

static void make_event(struct prof_event *event, uint64_t flow_id, const struct packet_tcp *tcp,
		       const struct sighting *sighting)
{
	memset(event, 0, sizeof(*event));
	event->time_ns = sighting->time_ns;
	event->conn_key = flow_id;
	event->kind = PROF_EVENT_SEGMENT;
	event->stamp_source = sighting->stamp_source;
	event->uncertainty_log2_ns = sighting->uncertainty_log2_ns;
	event->flags = sighting->flags;
	event->seq = tcp->seq;
	/* What a RST carries says why, and is nothing of the stream (RFC 9293, 3.5.3). */
	event->segment.size_bytes = tcp->flags & PROF_TCP_RST ? 0 : tcp->payload_bytes;
	event->segment.tcp_flags = tcp->flags;
	event->segment.ack_seq = tcp->ack;
	event->segment.handed_uncertainty_log2_ns = sighting->handed_uncertainty_log2_ns;
	event->segment.handed_after_ns = sighting->handed_after_ns;
}

/* ---- What is sent, and acknowledged -------------------------------------- */

static bool is_later(uint32_t seq, uint32_t than_seq)
{
	return (int32_t)(seq - than_seq) > 0;
}

static void settle_owed(struct selector *selector, struct flow *flow)
{
	selector->owed_count -= flow->is_owed;
	flow->is_owed = false;
}

/* A registered flow's end sends data. */
static void note_sent(struct selector *selector, struct flow *flow, const struct packet_tcp *tcp)
{
	uint32_t end_seq = tcp->seq + tcp->payload_bytes;

	if (flow->is_owed && !is_later(end_seq, flow->owed_seq))
		return;
	if (!flow->is_owed) {
		selector->owed_count++;
		flow->acked_seq = tcp->seq;
	}
	flow->is_owed = true;
	flow->owed_seq = end_seq;
}

/* Does this acknowledge something of it for the first time?  On data it says so by itself. */
static bool note_acked(struct selector *selector, struct flow *flow, const struct packet_tcp *tcp)
{
	if (!flow->is_owed || !(tcp->flags & PROF_TCP_ACK) || !is_later(tcp->ack, flow->acked_seq))
		return false;
	flow->acked_seq = tcp->ack;
	if (!is_later(flow->owed_seq, tcp->ack))
		settle_owed(selector, flow);
	return true;
}

/* A segment that carries nothing but an acknowledgement, which somebody may wait for. */
static enum selector_verdict offer_ack(struct selector *selector, const struct packet_tcp *tcp,
				       const struct sighting *sighting,
				       struct prof_event *ret_event)
{
	uint32_t hash = flow_hash(&tcp->src, &tcp->dst);
	uint64_t flow_id;
	struct flow *flow;

	if (!selector->owed_count || !flow_sketch_has(&selector->sketch, hash))
		return SELECTOR_ACK;
	flow_id = flow_cache_id(&selector->cache, &tcp->src, &tcp->dst, hash);
	flow = flow_table_find(selector->flows, flow_id);
	if (!flow || flow->is_over || is_same_end(&tcp->src, &flow->local) ||
	    !note_acked(selector, flow, tcp))
		return SELECTOR_ACK;
	make_event(ret_event, flow_id, tcp, sighting);
	return SELECTOR_PUBLISH;
}

static bool is_wanted_port(const struct selector_options *options, const struct packet_tcp *tcp)
{
	return options->port && (tcp->src.port == options->port || tcp->dst.port == options->port);
}

static enum selector_verdict offer_unregistered(struct selector *selector,
						const struct packet_tcp *tcp,
						const struct prof_event *event, uint32_t hash)
{
	if (tcp->flags & PROF_TCP_SYN)
		flow_sketch_add(&selector->sketch, hash);
	/* What finds no room is counted with its connection, in case that is registered. */
	return history_offer(&selector->history, event, &tcp->src, &tcp->dst, hash) == HISTORY_KEPT
		       ? SELECTOR_KEPT
		       : SELECTOR_FILTERED;
}

/* A SYN on the 4-tuple of a closed connection is another connection. */
static bool is_opening(const struct packet_tcp *tcp)
{
	return (tcp->flags & (PROF_TCP_SYN | PROF_TCP_ACK)) == PROF_TCP_SYN;
}

enum selector_verdict selector_offer(struct selector *selector, const struct packet_tcp *tcp,
				     const struct sighting *sighting, struct prof_event *ret_event)
{
	uint32_t hash;
	struct flow *flow;
	bool is_outbound;
	uint64_t flow_id;
	enum frame_kind kind;

	if (tcp->payload_bytes == 0 && !(tcp->flags & (PROF_TCP_SYN | PROF_TCP_FIN | PROF_TCP_RST)))
		return offer_ack(selector, tcp, sighting, ret_event);
	hash = flow_hash(&tcp->src, &tcp->dst);
	if (is_nobodys(selector, tcp, hash))
		return SELECTOR_FILTERED;
	flow_id = flow_cache_id(&selector->cache, &tcp->src, &tcp->dst, hash);
	flow = flow_table_find(selector->flows, flow_id);
	if (flow && !flow->is_open && is_opening(tcp)) {
		flow->is_over = true;
		settle_owed(selector, flow);
		route_forget(&selector->routes);
	}
	if (flow && flow->is_over)
		flow = NULL;
	kind = judge_frame(tcp, sighting->is_marked, learn_mss(selector, tcp, flow_id, hash, flow));
	make_event(ret_event, flow_id, tcp, sighting);
	if (kind != FRAME_SEGMENT)
		ret_event->flags |= PROF_FLAG_MERGED;
	if (!flow && !selector->options.is_all && !is_wanted_port(&selector->options, tcp))
		return offer_unregistered(selector, tcp, ret_event, hash);
	/* Goes out now; the base in it is told on the bus once somebody has registered the socket.
	 */
	if (!flow && tcp->flags & PROF_TCP_SYN)
		(void)history_offer(&selector->history, ret_event, &tcp->src, &tcp->dst, hash);
	mark_seen(flow);
	selector->guessed_count += kind == FRAME_GUESSED_MERGED;
	is_outbound = flow ? is_same_end(&tcp->src, &flow->local)
			   : selector_guess_outbound(&selector->options, tcp);
	if (is_outbound)
		ret_event->flags |= PROF_FLAG_OUTBOUND;
	if (flow && is_outbound && tcp->payload_bytes)
		note_sent(selector, flow, tcp);
	else if (flow && !is_outbound)
		(void)note_acked(selector, flow, tcp);
	return SELECTOR_PUBLISH;
}

/* How large a segment may be for a glance to know what becomes of it. */
static void bound_route(struct route *route, uint32_t mss_bytes, bool is_owing)
{
	uint32_t ip_bytes = mss_bytes + IP_AND_TCP_BYTES;

	route->is_larger_merged = !is_owing && mss_bytes;
	if (is_owing) { /* what it carries is waited to be acknowledged */
		route->ip_bytes_max[0] = IP_AND_TCP_BYTES;
		route->ip_bytes_max[1] = IP_AND_TCP_BYTES;
	} else if (mss_bytes == 0) { /* a guess, which is counted */
		route->ip_bytes_max[0] = MSS_LEAST_IPV4 + IP_AND_TCP_BYTES;
		route->ip_bytes_max[1] = IP_BYTES_MAX;
	} else {
		route->ip_bytes_max[0] = (uint16_t)(ip_bytes < IP_BYTES_MAX ? ip_bytes
									    : IP_BYTES_MAX);
		route->ip_bytes_max[1] = route->ip_bytes_max[0];
	}
}

void selector_learn(struct selector *selector, const uint8_t *bytes, size_t captured_bytes,
		    const struct prof_event *event)
{
	const struct flow *flow = flow_table_find(selector->flows, event->conn_key);
	struct route route = { .flow_id = event->conn_key,
			       .event_flags = event->flags & PROF_FLAG_OUTBOUND };
	struct packet_quick quick;

	if (!packet_quick(bytes, captured_bytes, &quick))
		return;
	bound_route(&route, find_mss(selector, event->conn_key, flow), flow && route.event_flags);
	route_learn(&selector->routes, &quick, &route);
}

static bool is_due(const struct flow *flow)
{
	return flow->flow_id && flow->is_open && !flow->is_over;
}

void selector_end_round(struct selector *selector, struct selector_round *ret_round)
{
	struct flow *slots = selector->flows->slots;

	*ret_round = (struct selector_round){ 0 };
	if (selector->flows->flow_count == 0)
		return;
	for (size_t i = 0; i < FLOW_SLOT_COUNT; i++)
		ret_round->fresh_count += is_due(&slots[i]) && slots[i].is_fresh;
	for (size_t i = 0; i < FLOW_SLOT_COUNT; i++) {
		bool is_unseen = !slots[i].is_seen || ret_round->fresh_count == 0;

		if (!is_due(&slots[i]))
			continue;
		if (is_unseen && slots[i].is_old &&
		    ret_round->unseen_count < SELECTOR_UNSEEN_COUNT_MAX)
			ret_round->unseen[ret_round->unseen_count++] = slots[i].registry_index;
		slots[i].is_old = true;
		slots[i].is_fresh = false;
	}
	/* What a glance publishes is not noticed here: let each be looked at once again. */
	route_forget(&selector->routes);
}

bool selector_is_unasked(const struct selector *selector, const struct flow *flow)
{
	const struct selector_options *options = &selector->options;

	return options->is_all || (options->port && (flow->local.port == options->port ||
						     flow->remote_port == options->port));
}

struct flow *selector_anchors(struct selector *selector, const struct prof_event *event)
{
	struct flow *flow;

	if (!(event->segment.tcp_flags & PROF_TCP_SYN) || (event->flags & PROF_FLAG_OUTBOUND))
		return NULL;
	flow = flow_table_find(selector->flows, event->conn_key);
	return flow && flow->is_open && !flow->is_base_known ? flow : NULL;
}
