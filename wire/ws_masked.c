/* SPDX-License-Identifier: BSD-2-Clause */
#include "ws_masked.h"

#include <string.h>

#include "ws_header.h"

enum { TEXT_FRAME = WS_FIRST_FIN | WS_TEXT };

void ws_mask(uint8_t *bytes, size_t size_bytes, const uint8_t mask[WS_MASK_BYTES], uint64_t at)
{
	for (size_t i = 0; i < size_bytes; i++)
		bytes[i] ^= mask[(at + i) % WS_MASK_BYTES];
}

/* The header without its mask, as a server could have sent it.  False if none has begun so. */
static bool read_header(const uint8_t *bytes, size_t size_bytes, size_t *ret_header_bytes,
			uint64_t *ret_payload_bytes)
{
	uint8_t bare[WS_FRAME_HEADER_BYTES_MAX];

	if (size_bytes > sizeof(bare))
		size_bytes = sizeof(bare);
	if (size_bytes < 2 || !ws_is_masked(bytes))
		return false;
	memcpy(bare, bytes, size_bytes);
	bare[1] &= 0x7f;
	if (!ws_header_is_plausible(bare, size_bytes, ret_header_bytes, ret_payload_bytes))
		return false;
	*ret_header_bytes += WS_MASK_BYTES;
	return *ret_header_bytes <= size_bytes;
}

static bool is_json(const uint8_t *payload, uint64_t payload_bytes, const uint8_t *mask)
{
	uint8_t first;
	uint8_t last;

	if (payload_bytes < 2)
		return false;
	first = payload[0] ^ mask[0];
	last = payload[payload_bytes - 1] ^ mask[(payload_bytes - 1) % WS_MASK_BYTES];
	return (first == '{' && last == '}') || (first == '[' && last == ']');
}

bool ws_masked_are_whole(const uint8_t *bytes, size_t size_bytes)
{
	size_t at = 0;

	while (at < size_bytes) {
		size_t header_bytes;
		uint64_t payload_bytes;
		const uint8_t *payload;

		if (!read_header(bytes + at, size_bytes - at, &header_bytes, &payload_bytes) ||
		    payload_bytes > size_bytes - at - header_bytes)
			return false;
		payload = bytes + at + header_bytes;
		if (bytes[at] == TEXT_FRAME &&
		    !is_json(payload, payload_bytes, payload - WS_MASK_BYTES))
			return false;
		at += header_bytes + (size_t)payload_bytes;
	}
	return size_bytes > 0;
}
