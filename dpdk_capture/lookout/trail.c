/* SPDX-License-Identifier: BSD-2-Clause */
#include "trail.h"

#include <string.h>

static bool is_same_end(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	return a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static bool is_same_place(struct trail_place a, struct trail_place b)
{
	return a.namespace_inode == b.namespace_inode && a.interface_index == b.interface_index;
}

bool trail_add(struct trail *trail, const struct prof_flow *ends)
{
	if (trail->flow_count == TRAIL_FLOW_COUNT_MAX)
		return false;
	trail->flows[trail->flow_count++] = (struct trail_flow){ .ends = *ends };
	return true;
}

static void add_sighting(struct trail_flow *flow, struct trail_place place, bool is_arriving)
{
	for (size_t i = 0; i < flow->sighting_count; i++) {
		if (is_same_place(flow->sightings[i].place, place)) {
			flow->sightings[i].is_arriving |= is_arriving;
			return;
		}
	}
	if (flow->sighting_count < TRAIL_PLACE_COUNT_MAX)
		flow->sightings[flow->sighting_count++] =
			(struct trail_sighting){ .place = place, .is_arriving = is_arriving };
}

static void remember(struct trail_recent *recent, const struct trail_segment *segment)
{
	recent->segments[recent->count++ % TRAIL_RECENT_COUNT] = *segment;
}

static bool is_same_segment(const struct trail_segment *a, const struct trail_segment *b)
{
	return a->seq == b->seq && a->payload_bytes == b->payload_bytes &&
	       a->is_outbound == b->is_outbound;
}

/* `other` is one that the connection's own segments have a match for. */
static void take_match(struct trail_flow *flow, const struct trail_segment *other)
{
	bool is_other_called_so = flow->has_match &&
				  is_same_end(&flow->match.ends.local, &other->ends.local) &&
				  is_same_end(&flow->match.ends.remote, &other->ends.remote);

	if (!is_other_called_so) {
		flow->match = *other;
		flow->has_match = true;
	} else if (!is_same_segment(&flow->match, other)) {
		flow->is_translated = true;
	}
}

static void compare(struct trail_flow *flow, const struct trail_segment *segment, bool is_own)
{
	const struct trail_recent *recent = is_own ? &flow->others : &flow->own;
	size_t count = recent->count < TRAIL_RECENT_COUNT ? recent->count : TRAIL_RECENT_COUNT;

	for (size_t i = 0; i < count && !flow->is_translated; i++) {
		if (is_same_segment(&recent->segments[i], segment))
			take_match(flow, is_own ? &recent->segments[i] : segment);
	}
}

/* An empty segment repeats its number: it proves nothing. */
static void take(struct trail_flow *flow, const struct trail_segment *segment, bool is_own)
{
	if (segment->payload_bytes == 0)
		return;
	compare(flow, segment, is_own);
	remember(is_own ? &flow->own : &flow->others, segment);
}

/* The segment as one of this connection, or of one that shares an end with it. */
static bool fit(const struct trail_flow *flow, const struct packet_tcp *tcp,
		struct trail_segment *segment, bool *ret_is_own)
{
	bool is_from_local = is_same_end(&tcp->src, &flow->ends.local);
	bool is_to_local = is_same_end(&tcp->dst, &flow->ends.local);
	bool is_from_remote = is_same_end(&tcp->src, &flow->ends.remote);
	bool is_to_remote = is_same_end(&tcp->dst, &flow->ends.remote);

	if (!is_from_local && !is_to_local && !is_from_remote && !is_to_remote)
		return false;
	segment->is_outbound = is_from_local || is_to_remote;
	segment->ends.local = segment->is_outbound ? tcp->src : tcp->dst;
	segment->ends.remote = segment->is_outbound ? tcp->dst : tcp->src;
	*ret_is_own = (is_from_local && is_to_remote) || (is_to_local && is_from_remote);
	return true;
}

void trail_see(struct trail *trail, const struct packet_tcp *tcp, struct trail_place place,
	       bool is_outgoing)
{
	for (size_t i = 0; i < trail->flow_count; i++) {
		struct trail_flow *flow = &trail->flows[i];
		struct trail_segment segment = { .seq = tcp->seq,
						 .payload_bytes = tcp->payload_bytes,
						 .place = place };
		bool is_own;

		if (!fit(flow, tcp, &segment, &is_own))
			continue;
		if (is_own)
			add_sighting(flow, place, !segment.is_outbound && !is_outgoing);
		take(flow, &segment, is_own);
	}
}

const struct trail_place *trail_best(const struct trail_flow *flow, uint64_t home_inode)
{
	const struct trail_sighting *best = NULL;
	int best_rank = -1;

	for (size_t i = 0; i < flow->sighting_count; i++) {
		const struct trail_sighting *sighting = &flow->sightings[i];
		int rank = (sighting->place.namespace_inode == home_inode ? 2 : 0) +
			   (sighting->is_arriving ? 1 : 0);

		if (rank > best_rank) {
			best = sighting;
			best_rank = rank;
		}
	}
	return best ? &best->place : NULL;
}

bool trail_is_seen_at(const struct trail_flow *flow, struct trail_place place)
{
	for (size_t i = 0; i < flow->sighting_count; i++) {
		if (is_same_place(flow->sightings[i].place, place))
			return true;
	}
	return false;
}
