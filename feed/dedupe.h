/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which messages have been had already, while two connections carry the same
 * streams.  A set of fixed size (2 MiB, the caller's); nothing is ever removed
 * but all at once.  Pure; one thread at a time.
 */
#ifndef FEED_DEDUPE_H
#define FEED_DEDUPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEDUPE_SLOT_COUNT (1u << 17) /* a power of two; half of it is used at most */

struct dedupe_slot {
	uint64_t id;
	uint32_t stream_tag; /* 0: free */
	uint32_t reserved;
};

/* Zeroed memory is an empty set. */
struct dedupe {
	uint32_t count;
	uint64_t overflow_count; /* ids that found it full: they are taken for new */
	struct dedupe_slot slots[DEDUPE_SLOT_COUNT];
};

void dedupe_clear(struct dedupe *dedupe);

/* A number for a message that has none: FNV-1a (Fowler, Noll, Vo) of all its bytes. */
uint64_t dedupe_hash(const char *text, size_t size_bytes);

/*
 * Enters an id of a stream (any number but 0); false if it was there already.
 * A full set says true and counts it in overflow_count.
 */
bool dedupe_add(struct dedupe *dedupe, uint32_t stream_tag, uint64_t id);

#endif
