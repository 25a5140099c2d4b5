/* SPDX-License-Identifier: BSD-2-Clause */
#include "dedupe.h"

#include <string.h>

void dedupe_clear(struct dedupe *dedupe)
{
	if (dedupe->count)
		memset(dedupe->slots, 0, sizeof(dedupe->slots));
	dedupe->count = 0;
}

uint64_t dedupe_hash(const char *text, size_t size_bytes)
{
	uint64_t value = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < size_bytes; i++)
		value = (value ^ (uint8_t)text[i]) * UINT64_C(1099511628211);
	return value;
}

bool dedupe_add(struct dedupe *dedupe, uint32_t stream_tag, uint64_t id)
{
	/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): consecutive ids spread well. */
	uint64_t hash = (id ^ (uint64_t)stream_tag << 40) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t i = (uint32_t)(hash >> 40) % DEDUPE_SLOT_COUNT;

	while (dedupe->slots[i].stream_tag) {
		if (dedupe->slots[i].stream_tag == stream_tag && dedupe->slots[i].id == id)
			return false;
		i = (i + 1) % DEDUPE_SLOT_COUNT;
	}
	if (dedupe->count == DEDUPE_SLOT_COUNT / 2) {
		dedupe->overflow_count++;
		return true;
	}
	dedupe->slots[i] = (struct dedupe_slot){ .id = id, .stream_tag = stream_tag };
	dedupe->count++;
	return true;
}
