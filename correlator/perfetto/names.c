/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <string.h>

#define SLOT_COUNT (2 * NAMES_COUNT_MAX)

static uint32_t hash_of(enum name_kind kind, const char *words)
{
	uint32_t hash = 2166136261u + (uint32_t)kind;

	for (; *words; words++)
		hash = (hash ^ (uint8_t)*words) * 16777619u;
	return hash % SLOT_COUNT;
}

uint32_t names_find(struct names *names, enum name_kind kind, const char *words)
{
	uint32_t slot = hash_of(kind, words);
	struct name *name;

	for (; names->slots[slot]; slot = (slot + 1) % SLOT_COUNT) {
		name = &names->names[names->slots[slot] - 1];
		if (name->kind == kind && strcmp(name->words, words) == 0)
			return names->slots[slot];
	}
	if (names->count == NAMES_COUNT_MAX || strlen(words) >= NAMES_BYTES_MAX)
		return 0;
	name = &names->names[names->count++];
	name->kind = kind;
	strcpy(name->words, words); /* its length was looked at */
	names->slots[slot] = (uint16_t)names->count;
	return names->count;
}
