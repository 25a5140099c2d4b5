/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes to be looked at from the front: one place checks their bounds. */
#ifndef CAPTURE_SPAN_H
#define CAPTURE_SPAN_H

#include <stddef.h>
#include <stdint.h>

/* What has been captured and not yet looked at, and how far it reached on the wire. */
struct span {
	const uint8_t *at;
	size_t left_bytes;
	size_t wire_left_bytes;
};

/* Steps over size_bytes and returns where they began, or NULL if there are fewer. */
static inline const uint8_t *span_take(struct span *span, size_t size_bytes)
{
	const uint8_t *begin = span->at;

	if (size_bytes > span->left_bytes)
		return NULL;
	span->at += size_bytes;
	span->left_bytes -= size_bytes;
	span->wire_left_bytes -= size_bytes;
	return begin;
}

static inline uint16_t span_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t span_u32(const uint8_t *at)
{
	return (uint32_t)span_u16(at) << 16 | span_u16(at + 2);
}

#endif
