/* SPDX-License-Identifier: BSD-2-Clause */
#include "pieces.h"

#include <stdlib.h>
#include <string.h>

bool piece_pool_create(struct piece_pool *pool, uint32_t piece_count)
{
	*pool = (struct piece_pool){ .piece_count = piece_count };
	pool->pieces = calloc(piece_count, sizeof(*pool->pieces));
	return pool->pieces != NULL;
}

void piece_pool_destroy(struct piece_pool *pool)
{
	free(pool->pieces);
	*pool = (struct piece_pool){ 0 };
}

static struct piece *take_free(struct piece_pool *pool)
{
	struct piece *piece = pool->free;

	if (piece) {
		pool->free = piece->next;
		return piece;
	}
	if (pool->fresh_count == pool->piece_count)
		return NULL;
	return &pool->pieces[pool->fresh_count++];
}

static uint64_t end_of(const struct piece *piece)
{
	return piece->offset + piece->size_bytes;
}

/* Puts one piece behind `before`, or first.  False if there is no room. */
static bool insert(struct pieces *pieces, struct piece_pool *pool, struct piece *before,
		   uint64_t offset, const uint8_t *bytes, size_t size_bytes,
		   const struct arrival *arrival)
{
	struct piece *piece = take_free(pool);

	if (!piece)
		return false;
	piece->offset = offset;
	piece->arrival = *arrival;
	piece->begin = 0;
	piece->size_bytes = (uint16_t)size_bytes;
	memcpy(piece->bytes, bytes, size_bytes);
	piece->next = before ? before->next : pieces->first;
	if (before)
		before->next = piece;
	else
		pieces->first = piece;
	if (!piece->next)
		pieces->last = piece;
	pieces->piece_count++;
	pieces->size_bytes += size_bytes;
	return true;
}

/* The last piece that begins at or before `offset`; NULL if there is none. */
static struct piece *find_before(const struct pieces *pieces, uint64_t offset)
{
	struct piece *found = NULL;

	if (pieces->last && pieces->last->offset <= offset)
		return pieces->last; /* as a rule, they come in order */
	for (struct piece *piece = pieces->first; piece && piece->offset <= offset;
	     piece = piece->next)
		found = piece;
	return found;
}

uint64_t pieces_add(struct pieces *pieces, struct piece_pool *pool, uint64_t offset,
		    const uint8_t *bytes, size_t size_bytes, const struct arrival *arrival,
		    uint64_t *ret_new_bytes)
{
	uint64_t end = offset + size_bytes;
	uint64_t at = offset;

	*ret_new_bytes = 0;
	while (at < end) {
		struct piece *before = find_before(pieces, at);
		const struct piece *next = before ? before->next : pieces->first;
		uint64_t stop = end;

		if (before && end_of(before) > at) {
			at = end_of(before); /* was there already */
			continue;
		}
		if (next && next->offset < stop)
			stop = next->offset;
		if (stop - at > PIECE_BYTES_MAX)
			stop = at + PIECE_BYTES_MAX;
		if (!insert(pieces, pool, before, at, bytes + (at - offset), stop - at, arrival))
			return end - at;
		*ret_new_bytes += stop - at;
		at = stop;
	}
	return 0;
}

static void drop_first(struct pieces *pieces, struct piece_pool *pool)
{
	struct piece *piece = pieces->first;

	pieces->first = piece->next;
	if (!pieces->first)
		pieces->last = NULL;
	pieces->piece_count--;
	pieces->size_bytes -= piece->size_bytes;
	piece->next = pool->free;
	pool->free = piece;
}

void pieces_drop(struct pieces *pieces, struct piece_pool *pool, uint64_t size_bytes)
{
	while (pieces->first && size_bytes >= pieces->first->size_bytes) {
		size_bytes -= pieces->first->size_bytes;
		drop_first(pieces, pool);
	}
	if (!pieces->first)
		return;
	pieces->first->offset += size_bytes;
	pieces->first->begin = (uint16_t)(pieces->first->begin + size_bytes);
	pieces->first->size_bytes = (uint16_t)(pieces->first->size_bytes - size_bytes);
	pieces->size_bytes -= size_bytes;
}

uint64_t pieces_gap_offset(const struct pieces *pieces)
{
	const struct piece *piece = pieces->first;

	if (!piece)
		return 0;
	while (piece->next && piece->next->offset == end_of(piece))
		piece = piece->next;
	return end_of(piece);
}

size_t pieces_peek(const struct pieces *pieces, uint8_t *bytes, size_t size_bytes)
{
	const struct piece *piece = pieces->first;
	size_t used_bytes = 0;

	while (piece && used_bytes < size_bytes) {
		size_t taken = piece->size_bytes;

		if (taken > size_bytes - used_bytes)
			taken = size_bytes - used_bytes;
		memcpy(bytes + used_bytes, piece->bytes + piece->begin, taken);
		used_bytes += taken;
		if (piece->next && piece->next->offset != end_of(piece))
			break;
		piece = piece->next;
	}
	return used_bytes;
}
