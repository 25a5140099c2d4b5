/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a stream's name to its index on the bus, without asking the bus each
 * time.  A hash table of fixed size; pure.
 */
#ifndef WS_CLIENT_STREAMS_H
#define WS_CLIENT_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "feed.h"

#define STREAMS_COUNT_MAX  2048
#define STREAMS_SLOT_COUNT 4096 /* a power of two, at most half full */

struct streams_slot {
	char name[FEED_STREAM_BYTES]; /* empty: free */
	uint16_t index;
};

/* Zeroed memory is an empty table. */
struct streams {
	uint32_t count;
	struct streams_slot slots[STREAMS_SLOT_COUNT];
};

/* False if the name is not known. */
bool streams_find(const struct streams *streams, const char *name, uint16_t *ret_index);

/* Enters a name that is not known.  Returns 0, -ENOSPC, or -EINVAL: empty or too long. */
int streams_add(struct streams *streams, const char *name, uint16_t index);

#endif
