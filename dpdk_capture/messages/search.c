/* SPDX-License-Identifier: BSD-2-Clause */
#include "search.h"

#include <string.h>

#include "wire/utf8.h"
#include "wire/ws_header.h"

enum {
	TEXT_FRAME = WS_FIRST_FIN | WS_TEXT,
	HEADER_COUNT_MIN = 4,
	END_COUNT_MIN = 2,
};

/* A walk from header to header. */
struct walk {
	size_t header_count;
	size_t end_count; /* of the frames, so many ended where a chunk does */
	size_t second_at; /* behind the first frame */
	bool is_contradicted;
};

static bool is_chunk_end(const struct search *search, size_t at)
{
	size_t low = 0;
	size_t high = search->chunk_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct chunk *chunk = &search->chunks[middle];
		size_t end = (size_t)(chunk->bytes - search->bytes) + chunk->size_bytes;

		if (end == at)
			return true;
		if (end < at)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* `search` NULL: there are no chunks to speak of. */
static struct walk walk_from(const struct search *search, const uint8_t *bytes, size_t size_bytes,
			     size_t at)
{
	struct walk walk = { 0 };

	while (at < size_bytes) {
		size_t header_bytes;
		uint64_t payload_bytes;

		walk.is_contradicted = !ws_header_is_plausible(bytes + at, size_bytes - at,
							       &header_bytes, &payload_bytes);
		if (walk.is_contradicted || header_bytes > size_bytes - at)
			break;
		walk.header_count++;
		if (header_bytes + payload_bytes > size_bytes - at)
			break;
		at += header_bytes + (size_t)payload_bytes;
		if (walk.header_count == 1)
			walk.second_at = at;
		if (search && is_chunk_end(search, at))
			walk.end_count++;
	}
	return walk;
}

/* JSON as far as its ends tell. */
static bool is_json(const uint8_t *bytes, size_t size_bytes)
{
	if (size_bytes < 2)
		return false;
	return ((bytes[0] == '{' && bytes[size_bytes - 1] == '}') ||
		(bytes[0] == '[' && bytes[size_bytes - 1] == ']')) &&
	       utf8_is_valid((const char *)bytes, size_bytes);
}

static bool is_text_message(const uint8_t *bytes, size_t size_bytes, size_t at)
{
	size_t header_bytes;
	uint64_t payload_bytes;

	if (bytes[at] != TEXT_FRAME ||
	    !ws_header_is_plausible(bytes + at, size_bytes - at, &header_bytes, &payload_bytes) ||
	    header_bytes > size_bytes - at || payload_bytes > size_bytes - at - header_bytes)
		return false;
	return is_json(bytes + at + header_bytes, (size_t)payload_bytes);
}

static bool find_text(const uint8_t *bytes, size_t size_bytes, size_t *ret_at)
{
	for (size_t at = 0; at < size_bytes; at++) {
		if (bytes[at] != TEXT_FRAME || !is_text_message(bytes, size_bytes, at) ||
		    walk_from(NULL, bytes, size_bytes, at).is_contradicted)
			continue;
		*ret_at = at;
		return true;
	}
	return false;
}

static bool find_chain(const struct search *search, size_t *ret_at)
{
	for (size_t i = 0; i < search->chunk_count; i++) {
		size_t at = (size_t)(search->chunks[i].bytes - search->bytes);
		struct walk walk = walk_from(search, search->bytes, search->size_bytes, at);

		if (walk.is_contradicted || walk.header_count < HEADER_COUNT_MIN ||
		    walk.end_count < END_COUNT_MIN)
			continue;
		*ret_at = walk.second_at;
		return true;
	}
	return false;
}

bool search_text(const uint8_t *bytes, size_t size_bytes, size_t *ret_at)
{
	return find_text(bytes, size_bytes, ret_at);
}

/* Makes room by forgetting what is oldest. */
static void forget_oldest(struct search *search)
{
	uint32_t gone_count = (search->chunk_count + 1) / 2;
	size_t gone_bytes = search->size_bytes;

	if (gone_count < search->chunk_count)
		gone_bytes = (size_t)(search->chunks[gone_count].bytes - search->bytes);
	search->chunk_count -= gone_count;
	search->size_bytes -= (uint32_t)gone_bytes;
	memmove(search->bytes, search->bytes + gone_bytes, search->size_bytes);
	memmove(search->chunks, search->chunks + gone_count,
		search->chunk_count * sizeof(*search->chunks));
	for (uint32_t i = 0; i < search->chunk_count; i++)
		search->chunks[i].bytes -= gone_bytes;
	search->look_count = 0;
}

static void keep(struct search *search, const struct chunk *chunk)
{
	struct chunk *kept;

	while (search->chunk_count == SEARCH_CHUNK_COUNT_MAX ||
	       chunk->size_bytes > SEARCH_BYTES_MAX - search->size_bytes)
		forget_oldest(search);
	kept = &search->chunks[search->chunk_count++];
	*kept = *chunk;
	kept->bytes = search->bytes + search->size_bytes;
	memcpy(search->bytes + search->size_bytes, chunk->bytes, chunk->size_bytes);
	search->size_bytes += (uint32_t)chunk->size_bytes;
}

bool search_add(struct search *search, const struct chunk *chunk, size_t *ret_chunk_index,
		size_t *ret_at)
{
	size_t at;
	size_t index = 0;

	keep(search, chunk);
	/* Each of the first, then ever fewer: what is not found soon is not found by the next. */
	if (search->chunk_count < search->look_count)
		return false;
	search->look_count = search->chunk_count + 1 + search->chunk_count / 8;
	if (!find_text(search->bytes, search->size_bytes, &at) && !find_chain(search, &at))
		return false;
	while (index + 1 < search->chunk_count &&
	       (size_t)(search->chunks[index + 1].bytes - search->bytes) <= at)
		index++;
	*ret_chunk_index = index;
	*ret_at = at - (size_t)(search->chunks[index].bytes - search->bytes);
	return true;
}

void search_clear(struct search *search)
{
	memset(search->bytes, 0, search->size_bytes);
	search->chunk_count = 0;
	search->size_bytes = 0;
	search->look_count = 0;
}
