/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <string.h>

#define DIGIT_COUNT_MAX 20

void text_add_bytes(struct text *text, const char *bytes, size_t size_bytes)
{
	size_t room_bytes = text->room_bytes - text->size_bytes;

	if (size_bytes > room_bytes) {
		size_bytes = room_bytes;
		text->is_cut = true;
	}
	memcpy(text->bytes + text->size_bytes, bytes, size_bytes);
	text->size_bytes += size_bytes;
}

void text_add(struct text *text, const char *words)
{
	text_add_bytes(text, words, strlen(words));
}

/* Writes the digits at the end of `digits`; returns how many. */
static unsigned int digits_of(uint64_t value, char digits[DIGIT_COUNT_MAX])
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930"
				    "31323334353637383940414243444546474849505152535455565758596061"
				    "62636465666768697071727374757677787980818283848586878889909192"
				    "93949596979899";
	unsigned int at = DIGIT_COUNT_MAX;

	while (value >= 100) {
		at -= 2;
		memcpy(digits + at, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + value * 2, 2);
	} else {
		digits[--at] = (char)('0' + value);
	}
	return DIGIT_COUNT_MAX - at;
}

void text_add_u64(struct text *text, uint64_t value)
{
	char digits[DIGIT_COUNT_MAX];
	unsigned int count = digits_of(value, digits);

	text_add_bytes(text, digits + DIGIT_COUNT_MAX - count, count);
}

void text_add_i64(struct text *text, int64_t value)
{
	if (value < 0)
		text_add_bytes(text, "-", 1);
	text_add_u64(text, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void add_spaces(struct text *text, size_t count)
{
	while (count-- > 0)
		text_add_bytes(text, " ", 1);
}

void text_add_u64_wide(struct text *text, uint64_t value, unsigned int width)
{
	char digits[DIGIT_COUNT_MAX];
	unsigned int count = digits_of(value, digits);

	add_spaces(text, width > count ? width - count : 0);
	text_add_bytes(text, digits + DIGIT_COUNT_MAX - count, count);
}

void text_add_wide(struct text *text, const char *words, unsigned int width)
{
	size_t size_bytes = strlen(words);

	text_add_bytes(text, words, size_bytes);
	add_spaces(text, width > size_bytes ? width - size_bytes : 0);
}

void text_add_json(struct text *text, const char *words)
{
	static const char hex[] = "0123456789abcdef";

	text_add_bytes(text, "\"", 1);
	for (; *words; words++) {
		unsigned char letter = (unsigned char)*words;

		if (letter == '"' || letter == '\\') {
			text_add_bytes(text, "\\", 1);
			text_add_bytes(text, words, 1);
		} else if (letter < 0x20 || letter >= 0x7f) {
			/* Names come from the wire: whatever is not ASCII stays one code point. */
			char escape[6] = {
				'\\', 'u', '0', '0', hex[letter >> 4], hex[letter & 15]
			};

			text_add_bytes(text, escape, sizeof(escape));
		} else {
			text_add_bytes(text, words, 1);
		}
	}
	text_add_bytes(text, "\"", 1);
}

int64_t corr_in_unit(int64_t duration_ns, enum corr_unit unit)
{
	if (unit == CORR_UNIT_NS)
		return duration_ns;
	if (duration_ns < 0)
		return duration_ns / 1000 - (duration_ns % 1000 != 0);
	return duration_ns / 1000 + (duration_ns % 1000 >= 500);
}

const char *corr_unit_name(enum corr_unit unit)
{
	return unit == CORR_UNIT_NS ? "ns" : "us";
}
