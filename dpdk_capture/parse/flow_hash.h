/* SPDX-License-Identifier: BSD-2-Clause */
/* A quick hash of a connection's two ends, the same for both directions.  Pure. */
#ifndef CAPTURE_FLOW_HASH_H
#define CAPTURE_FLOW_HASH_H

#include <stdint.h>
#include <string.h>

#include "prof/flow.h"

#define FLOW_HASH_HEAD UINT64_C(0x9e3779b97f4a7c15)
#define FLOW_HASH_TAIL UINT64_C(0xd6e8feb86659fd93)
#define FLOW_HASH_PORT UINT32_C(0x51d9e2d5)

/* The second half of an IPv4-mapped address, as it lies in memory, without the IPv4 address. */
static inline uint64_t flow_hash_mapped(void)
{
	const uint8_t prefix[8] = { 0, 0, 0xff, 0xff };
	uint64_t mapped;

	memcpy(&mapped, prefix, sizeof(mapped));
	return mapped;
}

/*
 * Multiplicative hashing (Knuth, vol. 3, 6.4) of sums, which know no direction.  The ports
 * count in the upper half only, and so do IPv4 addresses where they lie there: of a plain frame
 * one multiplication of 32 bits makes each.
 */
static inline uint32_t flow_hash_sums(uint64_t head_sum, uint64_t tail_sum, uint32_t port_sum)
{
	return (uint32_t)((head_sum * FLOW_HASH_HEAD +
			   (tail_sum - 2 * flow_hash_mapped()) * FLOW_HASH_TAIL +
			   ((uint64_t)(port_sum * FLOW_HASH_PORT) << 32)) >>
			  48);
}

/* flow_hash() of two IPv4-mapped addresses, given as they lie in memory. */
static inline uint32_t flow_hash_ipv4(uint32_t a_addr, uint32_t b_addr, uint32_t port_sum)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return ((a_addr + b_addr) * (uint32_t)FLOW_HASH_TAIL + port_sum * FLOW_HASH_PORT) >> 16;
#else
	return flow_hash_sums(0, 2 * flow_hash_mapped() + a_addr + b_addr, port_sum);
#endif
}

/* 16 bits, the same for both directions. */
static inline uint32_t flow_hash(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	uint64_t a_words[2];
	uint64_t b_words[2];

	memcpy(a_words, a->addr, sizeof(a_words));
	memcpy(b_words, b->addr, sizeof(b_words));
	return flow_hash_sums(a_words[0] + b_words[0], a_words[1] + b_words[1],
			      (uint32_t)a->port + b->port);
}

#endif
