/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two shortcuts past prof_flow_id(), which mixes well and costs 20 ns: most
 * frames of a busy interface belong to nobody's connection, and most of the
 * rest to the same few.  Pure.
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

/* Multiplicative hashing (Knuth, vol. 3, 6.4) of sums, which know no direction. */
static inline uint32_t flow_hash_sums(uint64_t head_sum, uint64_t tail_sum, uint64_t port_sum)
{
	return (uint32_t)((head_sum * UINT64_C(0x9e3779b97f4a7c15) +
			   tail_sum * UINT64_C(0xd6e8feb86659fd93) +
			   port_sum * UINT64_C(0xca01f9dd51d9e2d5)) >>
			  48);
}

/* flow_hash() of two IPv4-mapped addresses, given as they lie in memory. */
static inline uint32_t flow_hash_ipv4(uint32_t a_addr, uint32_t b_addr, uint32_t port_sum)
{
	const uint8_t prefix[8] = { 0, 0, 0xff, 0xff };
	uint64_t mapped;
	uint64_t tail_sum;

	memcpy(&mapped, prefix, sizeof(mapped));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	tail_sum = 2 * mapped + (((uint64_t)a_addr + b_addr) << 32);
#else
	tail_sum = 2 * mapped + a_addr + b_addr;
#endif
	return flow_hash_sums(0, tail_sum, port_sum);
}

/* 16 bits, the same for both directions. */
static inline uint32_t flow_hash(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	uint64_t a_words[2];
	uint64_t b_words[2];

	memcpy(a_words, a->addr, sizeof(a_words));
	memcpy(b_words, b->addr, sizeof(b_words));
	return flow_hash_sums(a_words[0] + b_words[0], a_words[1] + b_words[1],
			      (uint64_t)a->port + b->port);
}

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
