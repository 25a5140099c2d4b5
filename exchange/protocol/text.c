/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <assert.h>
#include <string.h>

#define DECIMALS_MAX	 18
#define DIGITS_MAX_BYTES 24

void text_add_bytes(struct text *text, const void *bytes, size_t size_bytes)
{
	if (text->is_cut || size_bytes > text->room_bytes - text->used_bytes) {
		text->is_cut = true;
		return;
	}
	if (size_bytes > 0)
		memcpy(text->at + text->used_bytes, bytes, size_bytes);
	text->used_bytes += size_bytes;
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
	text_add_bytes(text, &c, 1);
}

void text_add_fixed(struct text *text, uint64_t value, unsigned int decimals)
{
	char digits[DIGITS_MAX_BYTES];
	size_t at = sizeof(digits);
	unsigned int written = 0;

	assert(decimals <= DECIMALS_MAX);
	do {
		if (decimals > 0 && written == decimals)
			digits[--at] = '.';
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
		written++;
	} while (value > 0 || written <= decimals);
	text_add_bytes(text, digits + at, sizeof(digits) - at);
}

void text_add_u64(struct text *text, uint64_t value)
{
	text_add_fixed(text, value, 0);
}

void text_add_signed(struct text *text, int64_t value, unsigned int decimals)
{
	if (value < 0)
		text_add_char(text, '-');
	text_add_fixed(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, decimals);
}

void text_add_upper(struct text *text, const char *string, size_t size_bytes)
{
	if (text->is_cut || size_bytes > text->room_bytes - text->used_bytes) {
		text->is_cut = true;
		return;
	}
	for (size_t i = 0; i < size_bytes; i++) {
		char c = string[i];

		text->at[text->used_bytes++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
}
