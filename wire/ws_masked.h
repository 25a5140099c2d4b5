/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's frames: their payload is masked (RFC 6455, 5.3).  Pure. */
#ifndef WIRE_WS_MASKED_H
#define WIRE_WS_MASKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_MASK_BYTES 4

static inline bool ws_is_masked(const uint8_t *header)
{
	return header[1] & 0x80;
}

/* Masks or unmasks bytes of which the first is number `at` of its frame's payload. */
void ws_mask(uint8_t *bytes, size_t size_bytes, const uint8_t mask[WS_MASK_BYTES], uint64_t at);

/*
 * True if the bytes are whole frames of a client, from the first byte to the last, with lengths
 * in their shortest form; a text in one frame has to be JSON by its first and last character.
 */
bool ws_masked_are_whole(const uint8_t *bytes, size_t size_bytes);

#endif
