/* SPDX-License-Identifier: BSD-2-Clause */
#include "history.h"

#include <string.h>

static_assert(HISTORY_FLOW_COUNT < UINT16_MAX, "an index + 1 fits a slot");
static_assert(HISTORY_SLOT_COUNT >= 2 * HISTORY_FLOW_COUNT, "searches for a free slot end");

static bool is_same_end(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	return a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static bool is_lower(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	return order < 0 || (order == 0 && a->port < b->port);
}

static size_t home_slot(uint64_t flow_id)
{
	return (size_t)flow_id & (HISTORY_SLOT_COUNT - 1);
}

static size_t next_slot(size_t slot_index)
{
	return (slot_index + 1) & (HISTORY_SLOT_COUNT - 1);
}

/* The slot that names this flow, or the free one where it would go. */
static size_t find_slot(const struct history *history, uint64_t flow_id)
{
	size_t slot_index = home_slot(flow_id);

	while (history->slots[slot_index] &&
	       history->flows[history->slots[slot_index] - 1].flow_id != flow_id)
		slot_index = next_slot(slot_index);
	return slot_index;
}

void history_clear(struct history *history)
{
	memset(history, 0, sizeof(*history));
}

const struct history_flow *history_find(const struct history *history, uint64_t flow_id)
{
	size_t slot_index = find_slot(history, flow_id);

	return history->slots[slot_index] ? &history->flows[history->slots[slot_index] - 1] : NULL;
}

/*
 * Closes the gap that a freed slot leaves in a chain of probes: whatever
 * follows is entered again, until the first free slot.
 */
static void free_slot(struct history *history, size_t slot_index)
{
	history->slots[slot_index] = 0;
	for (size_t at = next_slot(slot_index); history->slots[at]; at = next_slot(at)) {
		uint16_t moved = history->slots[at];

		history->slots[at] = 0;
		history->slots[find_slot(history, history->flows[moved - 1].flow_id)] = moved;
	}
}

void history_forget(struct history *history, uint64_t flow_id)
{
	size_t slot_index = find_slot(history, flow_id);
	uint16_t place = history->slots[slot_index];

	if (!place)
		return;
	free_slot(history, slot_index);
	history->flows[place - 1].flow_id = 0;
}

static struct history_flow *begin_flow(struct history *history, uint64_t flow_id)
{
	struct history_flow *flow = &history->flows[history->next_index];

	if (flow->flow_id)
		history_forget(history, flow->flow_id);
	history->slots[find_slot(history, flow_id)] = (uint16_t)(history->next_index + 1);
	history->next_index = (history->next_index + 1) % HISTORY_FLOW_COUNT;
	flow->flow_id = flow_id;
	return flow;
}

enum history_verdict history_offer(struct history *history, const struct prof_event *event,
				   const struct prof_endpoint *src, const struct prof_endpoint *dst,
				   uint32_t hash)
{
	bool is_syn = event->segment.tcp_flags & PROF_TCP_SYN;
	bool is_first = is_syn && !(event->segment.tcp_flags & PROF_TCP_ACK);
	size_t slot_index = find_slot(history, event->conn_key);
	struct history_flow *flow = NULL;

	if (history->slots[slot_index])
		flow = &history->flows[history->slots[slot_index] - 1];
	if (!flow && !is_syn)
		return HISTORY_UNKNOWN;
	if (!flow || is_first) {
		if (!flow)
			flow = begin_flow(history, event->conn_key);
		flow->hash = hash;
		flow->segment_count = 0;
		flow->lost_count = 0;
		flow->lower = is_lower(src, dst) ? *src : *dst;
	}
	if (flow->segment_count == HISTORY_SEGMENT_COUNT) {
		flow->lost_count++;
		return HISTORY_FULL;
	}
	flow->segments[flow->segment_count++] = (struct history_segment){
		.event = *event,
		.is_src_lower = is_lower(src, dst),
	};
	return HISTORY_KEPT;
}

bool history_is_from(const struct history_flow *flow, const struct history_segment *segment,
		     const struct prof_endpoint *end)
{
	return is_same_end(&flow->lower, end) == segment->is_src_lower;
}
