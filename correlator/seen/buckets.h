/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buckets of a hash table: the index of the first item of each, 0 for none, which leads to
 * the next.  Of the memory that there is only so much is used as there are items, as buckets that
 * are used lie close together then: of many items nothing stays in the processor's own caches.
 */
#ifndef CORR_BUCKETS_H
#define CORR_BUCKETS_H

#include <stdbool.h>
#include <stdint.h>

#define BUCKETS_FIRST_COUNT 1024

/* To begin with; both are powers of two less one. */
static inline uint32_t buckets_first_mask(uint32_t mask_max)
{
	return mask_max < BUCKETS_FIRST_COUNT ? mask_max : BUCKETS_FIRST_COUNT - 1;
}

/*
 * With so many items there are too few buckets, and there is memory for more.  Four for each item:
 * what is not the first one of its bucket cannot be asked for ahead as early.
 */
static inline bool buckets_are_few(uint32_t mask, uint32_t mask_max, uint32_t item_count)
{
	return item_count > mask / 4 && mask < mask_max;
}

/*
 * Each of the first `count` buckets becomes two, and the items in them keep their order.
 * link_of tells where an item's link to the next one is, and in which bucket it belongs by now.
 */
static inline void buckets_spread(uint32_t *buckets, uint32_t count,
				  uint32_t *(*link_of)(void *table, uint32_t index,
						       uint32_t *ret_bucket),
				  void *table)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t *ends[2] = { &buckets[i], &buckets[i + count] };
		uint32_t index = buckets[i];

		while (index) {
			uint32_t bucket;
			uint32_t *link = link_of(table, index, &bucket);

			*ends[bucket != i] = index;
			ends[bucket != i] = link;
			index = *link;
		}
		*ends[0] = 0;
		*ends[1] = 0;
	}
}

#endif
