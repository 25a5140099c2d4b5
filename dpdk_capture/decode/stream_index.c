/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream_index.h"

#include <string.h>

/* FNV-1a, 32 bits (Fowler, Noll, Vo). */
static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261u;

	while (*name)
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	return hash;
}

uint16_t stream_index_of(struct stream_index *known, struct prof_bus *bus, const char *name)
{
	size_t slot = hash_of(name) & (STREAM_INDEX_SLOT_COUNT - 1);
	uint16_t index;

	if (!*name)
		return 0;
	/* Names that share a slot take turns: the bus knows them still. */
	if (known->slots[slot].index && strcmp(known->slots[slot].name, name) == 0)
		return known->slots[slot].index;
	if (prof_stream_intern(bus, name, &index) < 0)
		return 0;
	known->slots[slot].index = index;
	strncpy(known->slots[slot].name, name, PROF_STREAM_NAME_BYTES - 1);
	return index;
}
