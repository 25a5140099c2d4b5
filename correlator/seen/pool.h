/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fixed number of equal items, handed out by index.  Allocated once; the
 * pages of items that were never needed are never touched.  Index 0 is
 * "none", so that zeroed memory is a valid empty list.
 */
#ifndef CORR_POOL_H
#define CORR_POOL_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a processor fetches at once. */
#define POOL_LINE_BYTES 64

/*
 * Zeroed memory for so many items, the first one at the beginning of a cache line; the pages of
 * items that were never needed are never touched.  NULL if there is none.
 */
static inline void *pool_memory_open(size_t count, size_t item_bytes)
{
	unsigned char *whole = calloc(1, count * item_bytes + 2 * (size_t)POOL_LINE_BYTES);
	unsigned char *first;

	if (!whole)
		return NULL;
	first = whole + 2 * (size_t)POOL_LINE_BYTES - (uintptr_t)whole % POOL_LINE_BYTES;
	memcpy(first - sizeof(whole), &whole, sizeof(whole));
	return first;
}

/* NULL is allowed. */
static inline void pool_memory_close(void *first)
{
	unsigned char *whole = NULL;

	if (first)
		memcpy(&whole, (unsigned char *)first - sizeof(whole), sizeof(whole));
	free(whole);
}

/* Asks the processor for memory that is about to be used. */
static inline void pool_prefetch(const void *memory, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i += POOL_LINE_BYTES)
		__builtin_prefetch((const unsigned char *)memory + i, 1);
}

struct pool {
	unsigned char *items;
	size_t item_bytes; /* the first four bytes of a free item link to the next */
	uint32_t capacity;
	uint32_t used_count;
	uint32_t fresh_index; /* items from here on were never given out */
	uint32_t free_index;
};

static inline bool pool_open(struct pool *pool, size_t item_bytes, uint32_t capacity)
{
	*pool = (struct pool){ .item_bytes = item_bytes, .capacity = capacity, .fresh_index = 1 };
	pool->items = pool_memory_open((size_t)capacity + 1, item_bytes);
	return pool->items != NULL;
}

static inline void pool_close(struct pool *pool)
{
	pool_memory_close(pool->items);
	pool->items = NULL;
}

static inline void *pool_at(const struct pool *pool, uint32_t index)
{
	assert(index && index <= pool->capacity);
	return pool->items + (size_t)index * pool->item_bytes;
}

/* Of an item, or of none. */
static inline void pool_expect(const struct pool *pool, uint32_t index)
{
	pool_prefetch(pool->items + (size_t)index * pool->item_bytes, pool->item_bytes);
}

/* An item's index, its memory as it was left: it is to be written whole.  0 if all are in use. */
static inline uint32_t pool_take(struct pool *pool)
{
	uint32_t index = pool->free_index;

	if (index) {
		memcpy(&pool->free_index, pool_at(pool, index), sizeof(pool->free_index));
		/* The one after it has not been looked at for long: its link is wanted next. */
		__builtin_prefetch(pool->items + (size_t)pool->free_index * pool->item_bytes, 1);
	} else if (pool->fresh_index <= pool->capacity) {
		index = pool->fresh_index++;
	} else {
		return 0;
	}
	pool->used_count++;
	return index;
}

static inline void pool_give(struct pool *pool, uint32_t index)
{
	memcpy(pool_at(pool, index), &pool->free_index, sizeof(pool->free_index));
	pool->free_index = index;
	pool->used_count--;
}

#endif
