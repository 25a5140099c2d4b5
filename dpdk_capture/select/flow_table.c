/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_table.h"

#include <string.h>

static struct flow *find_place(struct flow_table *table, uint64_t flow_id)
{
	/* Flow ids are mixed already: their low bits will do. */
	size_t slot_index = (size_t)flow_id & (FLOW_SLOT_COUNT - 1);

	/* Ends: at most half of the places are ever taken. */
	while (table->slots[slot_index].flow_id && table->slots[slot_index].flow_id != flow_id)
		slot_index = (slot_index + 1) & (FLOW_SLOT_COUNT - 1);
	return &table->slots[slot_index];
}

void flow_table_clear(struct flow_table *table)
{
	memset(table, 0, sizeof(*table));
}

bool flow_table_add(struct flow_table *table, const struct flow *flow)
{
	struct flow *place = find_place(table, flow->flow_id);

	if (place->flow_id) {
		if (flow->is_open || !place->is_open)
			*place = *flow;
		return true;
	}
	if (table->flow_count == FLOW_COUNT_MAX)
		return false;
	*place = *flow;
	table->flow_count++;
	return true;
}

struct flow *flow_table_find(struct flow_table *table, uint64_t flow_id)
{
	struct flow *place = find_place(table, flow_id);

	return place->flow_id ? place : NULL;
}
