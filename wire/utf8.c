/* SPDX-License-Identifier: BSD-2-Clause */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* How many of the next bytes are ASCII, eight at a time. */
static size_t ascii_bytes(const uint8_t *bytes, size_t size_bytes)
{
	size_t at = 0;

	for (; at + 8 <= size_bytes; at += 8) {
		uint64_t eight;

		memcpy(&eight, bytes + at, 8);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < size_bytes && bytes[at] < 0x80)
		at++;
	return at;
}

/* How many bytes the character at hand has, 0 if it is none (RFC 3629, 4). */
static size_t character_bytes(const uint8_t *bytes, size_t size_bytes)
{
	uint8_t first = bytes[0];
	size_t needed = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	uint8_t low = 0x80;
	uint8_t high = 0xbf;

	if (first < 0xc2 || first > 0xf4 || size_bytes < needed)
		return 0;
	if (first == 0xe0)
		low = 0xa0; /* shorter forms exist */
	if (first == 0xed)
		high = 0x9f; /* surrogates */
	if (first == 0xf0)
		low = 0x90;
	if (first == 0xf4)
		high = 0x8f; /* beyond U+10FFFF */
	if (bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < needed; i++)
		if (bytes[i] < 0x80 || bytes[i] > 0xbf)
			return 0;
	return needed;
}

bool utf8_is_valid(const char *text, size_t size_bytes)
{
	const uint8_t *bytes = (const uint8_t *)text;

	for (;;) {
		size_t step = ascii_bytes(bytes, size_bytes);

		bytes += step;
		size_bytes -= step;
		if (!size_bytes)
			return true;
		step = character_bytes(bytes, size_bytes);
		if (!step)
			return false;
		bytes += step;
		size_bytes -= step;
	}
}
