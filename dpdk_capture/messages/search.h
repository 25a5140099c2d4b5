/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where frames begin again after something was lost: a stretch of bytes, in
 * chunks as records or segments brought them, is looked through for a chain of
 * headers that goes on to its end.  Pure.
 *
 * What is taken for proof:
 * - a text message in one frame that is JSON by its first and last character
 *   and UTF-8 throughout, with a plausible header, or the end, right behind
 *   it; from that message on; or
 * - from the beginning of a chunk, four headers or more, of which two or more
 *   frames end where a chunk does.  Their first frame is not used: that it is
 *   one stands on one header alone.
 */
#ifndef CAPTURE_SEARCH_H
#define CAPTURE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pieces.h"

#define SEARCH_BYTES_MAX       65536
#define SEARCH_CHUNK_COUNT_MAX 512

/* Bytes in order, and where they lay: a record's, or a segment's where there is no TLS. */
struct chunk {
	const uint8_t *bytes;
	size_t size_bytes;
	uint64_t start_offset; /* of the record or of the first byte */
	uint64_t end_offset;   /* behind it */
	struct arrival first;  /* of the byte at start_offset */
	struct arrival last;   /* of the byte before end_offset */
	bool is_plain;	       /* byte i lay at start_offset + i */
};

/* Zeroed memory has nothing in it. */
struct search {
	uint32_t chunk_count;
	uint32_t size_bytes;
	uint32_t look_count;			     /* chunks at which it is worth looking again */
	struct chunk chunks[SEARCH_CHUNK_COUNT_MAX]; /* bytes: into the room below */
	uint8_t bytes[SEARCH_BYTES_MAX];
};

/*
 * Adds a chunk; where there is no room the oldest ones are forgotten.  True
 * if a beginning is found: *ret_chunk_index and *ret_at say where in which
 * chunk.
 */
bool search_add(struct search *search, const struct chunk *chunk, size_t *ret_chunk_index,
		size_t *ret_at);

/* Forgets all; what was in it is wiped. */
void search_clear(struct search *search);

/* The same in bytes alone, by the first of the two proofs.  True and where. */
bool search_text(const uint8_t *bytes, size_t size_bytes, size_t *ret_at);

#endif
