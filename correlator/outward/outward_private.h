/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves share: outward.c takes in, outward_look.c answers. */
#ifndef CORR_OUTWARD_PRIVATE_H
#define CORR_OUTWARD_PRIVATE_H

#include "outward.h"

/* Places in which a key may be; at least so many there are. */
#define OUTWARD_PROBE_COUNT 8

static inline uint32_t outward_place(const struct outward *outward, uint64_t key)
{
	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 40) & outward->place_mask;
}

/* Sequence numbers wrap; two that are compared are less than 2 GiB apart. */
static inline bool outward_is_before(uint32_t seq, uint32_t later_seq)
{
	return (int32_t)(later_seq - seq) > 0;
}

static inline bool outward_is_placed(const struct prof_write *write)
{
	return write->size_bytes && write->size_bytes <= write->end_offset;
}

/* The place of a key that is there, or -1. */
int64_t outward_find(const struct outward *outward, const struct outward_places *places,
		     uint64_t key);

struct outward_socket *outward_find_socket(const struct outward *outward, uint64_t cookie);
struct outward_flow *outward_find_flow(const struct outward *outward, uint64_t flow_id);

#endif
