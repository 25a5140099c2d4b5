/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes of a stream that cannot be used yet - what was before them is missing,
 * or their key is - in stream order, each with the segment that brought it
 * first.  In pieces of fixed size, from a pool that all streams share.  Pure.
 */
#ifndef CAPTURE_PIECES_H
#define CAPTURE_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIECE_BYTES_MAX 2000

/* The segment that brought a byte for the first time. */
struct arrival {
	uint64_t time_ns;
	uint32_t seq; /* on the wire, of the segment */
};

struct piece {
	struct piece *next;
	uint64_t offset; /* of its first byte in the stream */
	struct arrival arrival;
	uint16_t begin; /* of what is still to be used */
	uint16_t size_bytes;
	uint8_t bytes[PIECE_BYTES_MAX];
};

struct piece_pool {
	struct piece *free;
	uint32_t fresh_count; /* never used, so that memory is touched only when it is needed */
	uint32_t piece_count;
	struct piece *pieces;
};

/* Zeroed memory is an empty list. */
struct pieces {
	struct piece *first;
	struct piece *last;
	uint32_t piece_count;
	uint64_t size_bytes;
};

/* False if there is no memory. */
bool piece_pool_create(struct piece_pool *pool, uint32_t piece_count);

/* Frees its memory; all lists must be forgotten. */
void piece_pool_destroy(struct piece_pool *pool);

/*
 * Takes what of the bytes is not there yet.  Returns how many bytes found no
 * room; *ret_new_bytes is how many were taken.
 */
uint64_t pieces_add(struct pieces *pieces, struct piece_pool *pool, uint64_t offset,
		    const uint8_t *bytes, size_t size_bytes, const struct arrival *arrival,
		    uint64_t *ret_new_bytes);

/* Forgets the first size_bytes bytes that are there, or all. */
void pieces_drop(struct pieces *pieces, struct piece_pool *pool, uint64_t size_bytes);

/* Where the bytes that begin at the first piece have their first gap; 0 if there are none. */
uint64_t pieces_gap_offset(const struct pieces *pieces);

/* Copies the bytes up to the first gap, at most size_bytes.  Returns how many. */
size_t pieces_peek(const struct pieces *pieces, uint8_t *bytes, size_t size_bytes);

#endif
