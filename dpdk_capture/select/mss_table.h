/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maximum segment size of connections whose SYNs went by: the smaller of
 * the two that their ends announced, as neither sends more.  One place for each
 * hash, taken over by whoever comes later: a connection that is registered
 * takes its own along.  Pure.
 */
#ifndef CAPTURE_MSS_TABLE_H
#define CAPTURE_MSS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define MSS_PLACE_COUNT 16384

struct mss_table {
	struct {
		uint64_t flow_id; /* 0: nothing yet */
		uint16_t mss_bytes;
	} places[MSS_PLACE_COUNT];
};

/* 0: unknown. */
static inline uint16_t mss_find(const struct mss_table *table, uint64_t flow_id)
{
	uint64_t at = flow_id & (MSS_PLACE_COUNT - 1);

	return table->places[at].flow_id == flow_id ? table->places[at].mss_bytes : 0;
}

/*
 * Takes in what a SYN announced (0: it could not be read).  The first SYN of a
 * connection makes forget what an earlier life of its addresses had.  Returns
 * what is known now, or 0.
 */
static inline uint16_t mss_note(struct mss_table *table, uint64_t flow_id, uint16_t announced_bytes,
				bool is_first)
{
	uint64_t at = flow_id & (MSS_PLACE_COUNT - 1);
	uint16_t known_bytes = is_first ? 0 : mss_find(table, flow_id);

	if (known_bytes == 0 || (announced_bytes && announced_bytes < known_bytes))
		known_bytes = announced_bytes;
	table->places[at].flow_id = flow_id;
	table->places[at].mss_bytes = known_bytes;
	return known_bytes;
}

#endif
