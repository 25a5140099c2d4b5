/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two shortcuts past prof_flow_id(), which mixes well and costs 20 ns: most
 * frames of a busy interface belong to nobody's connection, and most of the
 * rest to the same few.  Both go by flow_hash() of the ends.  Pure.
 */
#ifndef CAPTURE_FLOW_CACHE_H
#define CAPTURE_FLOW_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "prof/flow.h"

#define FLOW_CACHE_ENTRY_COUNT 1024
#define FLOW_SKETCH_BIT_COUNT  65536

/* The last flow seen for each hash, with its id. */
struct flow_cache {
	struct {
		struct prof_flow ends; /* as seen: source and destination */
		uint64_t flow_id;      /* 0: nothing yet */
	} entries[FLOW_CACHE_ENTRY_COUNT];
};

/* Which hashes the flows that matter have: "no" is certain, "yes" is likely. */
struct flow_sketch {
	uint64_t words[FLOW_SKETCH_BIT_COUNT / 64];
};

static inline bool flow_sketch_has(const struct flow_sketch *sketch, uint32_t hash)
{
	return sketch->words[hash / 64] >> (hash % 64) & 1;
}

static inline void flow_sketch_add(struct flow_sketch *sketch, uint32_t hash)
{
	sketch->words[hash / 64] |= UINT64_C(1) << (hash % 64);
}

/* prof_flow_id() of the two ends, remembered. */
static inline uint64_t flow_cache_id(struct flow_cache *cache, const struct prof_endpoint *src,
				     const struct prof_endpoint *dst, uint32_t hash)
{
	uint32_t index = hash & (FLOW_CACHE_ENTRY_COUNT - 1);
	struct prof_flow *ends = &cache->entries[index].ends;

	if (cache->entries[index].flow_id && memcmp(&ends->local, dst, sizeof(*dst)) == 0 &&
	    memcmp(&ends->remote, src, sizeof(*src)) == 0)
		return cache->entries[index].flow_id;
	ends->local = *dst;
	ends->remote = *src;
	cache->entries[index].flow_id = prof_flow_id(ends);
	return cache->entries[index].flow_id;
}

#endif
