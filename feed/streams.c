/* SPDX-License-Identifier: BSD-2-Clause */
#include "streams.h"

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
static struct stream *slot_of(struct streams *streams, const char *name)
{
	uint32_t slot = hash(name) % STREAMS_SLOT_COUNT;

	while (streams->slots[slot].name[0] && strcmp(streams->slots[slot].name, name) != 0)
		slot = (slot + 1) % STREAMS_SLOT_COUNT;
	return &streams->slots[slot];
}

struct stream *streams_find(struct streams *streams, const char *name)
{
	struct stream *stream = slot_of(streams, name);

	return stream->name[0] ? stream : NULL;
}

struct stream *streams_get(struct streams *streams, const char *name)
{
	struct stream *stream = slot_of(streams, name);
	size_t size_bytes = strlen(name);

	if (stream->name[0])
		return stream;
	if (!size_bytes || size_bytes >= FEED_STREAM_BYTES || streams->count == STREAMS_COUNT_MAX)
		return NULL;
	memcpy(stream->name, name, size_bytes + 1);
	streams->count++;
	return stream;
}
