/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <assert.h>
#include <string.h>

#define DECIMALS_MAX	 18
#define DIGITS_MAX_BYTES 24

/* Writes the digits so that they end before `end`, two at a time; returns how many. */
static size_t put_digits(char *end, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char *at = end;

	while (value >= 100) {
		at -= 2;
		memcpy(at, pairs + 2 * (value % 100), 2);
		value /= 100;
	}
	if (value >= 10) {
		at -= 2;
		memcpy(at, pairs + 2 * value, 2);
	} else {
		*--at = (char)('0' + value);
	}
	return (size_t)(end - at);
}

void text_add_fixed(struct text *text, uint64_t value, unsigned int decimals)
{
	char digits[DIGITS_MAX_BYTES];
	char *end = digits + sizeof(digits);
	size_t count = put_digits(end, value);
	size_t whole_count;

	assert(decimals <= DECIMALS_MAX);
	while (count <= decimals)
		end[-(ptrdiff_t)++count] = '0';
	if (decimals == 0) {
		text_add_bytes(text, end - count, count);
		return;
	}
	/* The digits before the point move on by one, to let it in. */
	whole_count = count - decimals;
	memmove(end - count - 1, end - count, whole_count);
	end[-(ptrdiff_t)decimals - 1] = '.';
	text_add_bytes(text, end - count - 1, count + 1);
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
