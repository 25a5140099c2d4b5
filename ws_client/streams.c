/* SPDX-License-Identifier: BSD-2-Clause */
#include "streams.h"

#include <errno.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo); names are short and the peer has nothing to gain by collisions. */
static uint32_t hash(const char *name)
{
	uint32_t value = 2166136261u;

	for (; *name; name++)
		value = (value ^ (uint8_t)*name) * 16777619u;
	return value;
}

/* The slot of the name, or the free one where it would be entered. */
static uint32_t slot_of(const struct streams *streams, const char *name)
{
	uint32_t slot = hash(name) % STREAMS_SLOT_COUNT;

	while (streams->slots[slot].name[0] && strcmp(streams->slots[slot].name, name) != 0)
		slot = (slot + 1) % STREAMS_SLOT_COUNT;
	return slot;
}

bool streams_find(const struct streams *streams, const char *name, uint16_t *ret_index)
{
	const struct streams_slot *slot = &streams->slots[slot_of(streams, name)];

	if (!slot->name[0])
		return false;
	*ret_index = slot->index;
	return true;
}

int streams_add(struct streams *streams, const char *name, uint16_t index)
{
	struct streams_slot *slot;
	size_t size_bytes = strlen(name);

	if (!size_bytes || size_bytes >= FEED_STREAM_BYTES)
		return -EINVAL;
	if (streams->count == STREAMS_COUNT_MAX)
		return -ENOSPC;
	slot = &streams->slots[slot_of(streams, name)];
	memcpy(slot->name, name, size_bytes + 1);
	slot->index = index;
	streams->count++;
	return 0;
}
