/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which segments are published, and as what: those of registered connections,
 * or of a port, or all.
 *
 * What a mark can promise.  A connection's beginning is published when its
 * registration is noticed (history.h), so its first events are older than
 * marks already given.  A mark T therefore covers the connections whose
 * registration could be read at T: the capture reads the clock (T), then the
 * registry, then the interface until it is drained, and only then publishes T.
 * A message's user time lies after its socket's registration, so the mark
 * that lets a correlator decide about the message covers its connection.
 *
 * Whether a frame is one segment of the wire, or several that were merged
 * (GRO, LRO) or are yet to be cut (GSO), is known where the source marks those
 * that are not.  Besides, and where it does not, a frame that brings more than
 * the connection's own maximum segment size, less its options, is merged: the
 * interface's MTU says nothing about that.  Where neither is known (attached
 * after the SYNs, no marks) every frame that brings more than the smallest
 * maximum an end may announce without saying so is taken for merged: 536 bytes
 * of IPv4, 1220 of IPv6 (RFC 9293, 3.7.1).  Two segments that a path made
 * smaller than the announced maximum, merged to less than it, are then not
 * recognised; marked, they are.
 *
 * Pure; about 8 MiB, allocated once.
 */
#ifndef CAPTURE_SELECTOR_H
#define CAPTURE_SELECTOR_H

#include "dpdk_capture/parse/packet.h"
#include "flow_cache.h"
#include "flow_table.h"
#include "history.h"
#include "mss_table.h"
#include "prof/event.h"
#include "route_cache.h"

/* When and how well a frame was seen. */
struct sighting {
	uint64_t time_ns;
	uint64_t wall_time_ns; /* CLOCK_REALTIME, where the source's stamp is one; else 0 */
	uint8_t stamp_source;  /* enum prof_stamp_source */
	uint8_t uncertainty_log2_ns;
	uint8_t flags; /* PROF_FLAG_MERGED, PROF_FLAG_CLOCK_STEP, PROF_FLAG_HANDED */
	uint8_t handed_uncertainty_log2_ns; /* the next two as in struct prof_segment */
	int32_t handed_after_ns;
	bool is_marked; /* PROF_FLAG_MERGED would be there, were it merged */
};

enum selector_verdict {
	SELECTOR_PUBLISH,
	SELECTOR_ACK,	   /* carries no payload and changes no state */
	SELECTOR_KEPT,	   /* of a young connection not registered yet: may be published later */
	SELECTOR_FILTERED, /* of a connection nobody asked for */
};

/* What a first look at a frame tells. */
enum selector_glance {
	GLANCE_PUBLISH,
	GLANCE_ACK,	 /* as SELECTOR_ACK */
	GLANCE_FILTERED, /* certainly nobody's */
	GLANCE_UNSURE,	 /* it takes packet_parse() and selector_offer() */
};

/* What a glance reads in a segment that is to be published. */
struct selector_segment {
	uint64_t flow_id;
	uint32_t seq;
	uint32_t ack_seq;
	uint32_t size_bytes;
	uint8_t tcp_flags;
	uint8_t event_flags; /* beside the sighting's */
};

struct selector_options {
	bool is_all;
	uint16_t port; /* 0: none; either end */
};

struct selector {
	struct selector_options options;
	bool is_wide;		     /* also what nobody has registered */
	struct flow_table tables[2]; /* one in use, one being built */
	struct flow_table *flows;
	struct flow_cache cache;
	struct route_cache routes;
	struct flow_sketch sketch; /* of the registered flows and those of the history */
	struct history history;
	struct mss_table mss;
	uint32_t owed_count;	/* registered flows that have sent what is not acknowledged */
	uint64_t guessed_count; /* taken for merged for want of the connection's MSS */
};

/* Returns NULL if there is no memory; free() releases it. */
struct selector *selector_create(const struct selector_options *options);

/*
 * Deals with a frame as packet_parse() and selector_offer() would, or leaves
 * it to them.  is_marked is the sighting's.  *ret_segment is filled for
 * GLANCE_PUBLISH only; segment_words.h makes an event of it.  (Nobody's
 * segments are filtered whether or not their lengths hold together.)
 */
static inline enum selector_glance selector_glance(const struct selector *selector,
						   const uint8_t *bytes, size_t captured_bytes,
						   bool is_marked,
						   struct selector_segment *ret_segment)
{
	struct packet_quick quick;
	struct packet_quick_tcp tcp;
	const struct route *route;

	if (!packet_quick(bytes, captured_bytes, &quick))
		return GLANCE_UNSURE;
	if (!selector->is_wide && !flow_sketch_has(&selector->sketch, quick.hash))
		return GLANCE_FILTERED;
	if (selector->owed_count)
		return GLANCE_UNSURE; /* it may be the acknowledgement */
	if (!packet_quick_tcp(bytes, &tcp))
		return GLANCE_UNSURE;
	if (tcp.payload_bytes == 0 && !(tcp.flags & (PROF_TCP_FIN | PROF_TCP_RST)))
		return GLANCE_ACK;
	route = route_find(&selector->routes, &quick);
	if (!route)
		return GLANCE_UNSURE;
	ret_segment->event_flags = route->event_flags;
	if (tcp.ip_bytes > route->ip_bytes_max[is_marked]) {
		if (!route->is_larger_merged)
			return GLANCE_UNSURE;
		ret_segment->event_flags |= PROF_FLAG_MERGED;
	}
	ret_segment->flow_id = route->flow_id;
	ret_segment->seq = packet_quick_seq(bytes);
	ret_segment->ack_seq = packet_quick_ack(bytes);
	ret_segment->size_bytes = tcp.flags & PROF_TCP_RST ? 0 : tcp.payload_bytes;
	ret_segment->tcp_flags = tcp.flags;
	return GLANCE_PUBLISH;
}

/*
 * `event` is what selector_offer() has just made of this frame, to be
 * published: selector_glance() will know its like.
 */
void selector_learn(struct selector *selector, const uint8_t *bytes, size_t captured_bytes,
		    const struct prof_event *event);

/* *ret_event is to be used for SELECTOR_PUBLISH only. */
enum selector_verdict selector_offer(struct selector *selector, const struct packet_tcp *tcp,
				     const struct sighting *sighting, struct prof_event *ret_event);

/*
 * Replaces the registered connections: begin, add each, end.  Between begin
 * and end the old ones stay in force.  selector_add() returns true if the
 * connection was not there before: its history is to be published.
 */
void selector_begin_update(struct selector *selector);
bool selector_add(struct selector *selector, const struct flow *flow);
void selector_end_update(struct selector *selector);

/*
 * Copies the next events of a connection's history, oldest first, with their
 * directions set; *cursor begins at 0.  Returns how many, 0 at the end, when
 * the history is forgotten.
 */
size_t selector_recall(struct selector *selector, const struct flow *flow, size_t *cursor,
		       struct prof_event *ret_events, size_t event_count_max);

/* How many segments of its beginning found no room in the history. */
uint64_t selector_forgotten_count(const struct selector *selector, const struct flow *flow);

/* Which registered, open connections pass by, and which do not. */
#define SELECTOR_UNSEEN_COUNT_MAX 16
struct selector_round {
	size_t fresh_count; /* seen in this round */
	/*
	 * Registry indices of those that were there all the time and never seen; if
	 * none at all is fresh, of those that were seen before as well.
	 */
	size_t unseen_count;
	uint32_t unseen[SELECTOR_UNSEEN_COUNT_MAX];
};

/* Ends a round (a second or so) and begins the next. */
void selector_end_round(struct selector *selector, struct selector_round *ret_round);

/*
 * Is this connection published whether it is registered or not?  Then its
 * history has been published already, and is there for what its SYNs tell only.
 */
bool selector_is_unasked(const struct selector *selector, const struct flow *flow);

/*
 * If `event`, published just now, is the peer's SYN-ACK or SYN of a registered
 * connection: the flow whose base it gives.  NULL otherwise, or if the base is
 * known already.
 */
struct flow *selector_anchors(struct selector *selector, const struct prof_event *event);

/* The direction of a segment of a connection nobody registered; see selector.c. */
bool selector_guess_outbound(const struct selector_options *options, const struct packet_tcp *tcp);

#endif
