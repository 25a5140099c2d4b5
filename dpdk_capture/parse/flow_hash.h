/* SPDX-License-Identifier: BSD-2-Clause */
/* A quick hash of a connection's two ends, the same for both directions.  Pure. */
#ifndef CAPTURE_FLOW_HASH_H
#define CAPTURE_FLOW_HASH_H

#include <stdint.h>
#include <string.h>

#include "prof/flow.h"

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

#endif
