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

/* Bytes of UTF-8 after the first of a character. */
static bool is_rest(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

void text_add_wide(struct text *text, const char *words, unsigned int width)
{
	size_t count = 0;

	text_add(text, words);
	for (; *words; words++)
		count += !is_rest(*words);
	add_spaces(text, width > count ? width - count : 0);
}

/* ---- Characters -------------------------------------------------------- */

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
	return code >= first && code <= last;
}

static bool is_printable(uint32_t code)
{
	return !is_between(code, 0x80, 0x9f) && !is_between(code, 0x2028, 0x202e) &&
	       !is_between(code, 0x2066, 0x2069) && !is_between(code, 0xd800, 0xdfff) &&
	       code != 0xfeff && code <= 0x10ffff;
}

size_t text_character_bytes(const char *words)
{
	/* The smallest code that needs so many bytes: a longer form of a smaller one is no UTF-8. */
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)*words;
	size_t size_bytes;
	uint32_t code;

	if (first < 0x80)
		return first >= 0x20 && first != 0x7f;
	size_bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	if (is_rest(*words) || first >= 0xf8)
		return 0;
	code = first & (0x7fu >> size_bytes);
	for (size_t i = 1; i < size_bytes; i++) {
		if (!is_rest(words[i])) /* the terminator is none either */
			return 0;
		code = code << 6 | ((unsigned char)words[i] & 0x3f);
	}
	return code >= smallest[size_bytes] && is_printable(code) ? size_bytes : 0;
}

size_t text_add_character(struct text *text, const char *words)
{
	size_t size_bytes = text_character_bytes(words);

	text_add_bytes(text, size_bytes ? words : "?", size_bytes ? size_bytes : 1);
	return size_bytes ? size_bytes : 1;
}

void text_make_printable(char *words)
{
	while (*words) {
		size_t size_bytes = text_character_bytes(words);

		if (!size_bytes)
			*words = '?';
		words += size_bytes ? size_bytes : 1;
	}
}

static void add_escaped(struct text *text, unsigned char letter)
{
	static const char hex[] = "0123456789abcdef";
	const char escape[6] = { '\\', 'u', '0', '0', hex[letter >> 4], hex[letter & 15] };

	text_add_bytes(text, escape, sizeof(escape));
}

/* What is not plain, of which there is little; returns how many bytes it took. */
static size_t add_json_character(struct text *text, const char *words)
{
	size_t size_bytes = text_character_bytes(words);

	if (*words == '"' || *words == '\\')
		text_add_bytes(text, "\\", 1);
	if (!size_bytes || *words == '<' || *words == '>' || *words == '&')
		add_escaped(text, (unsigned char)*words);
	else
		text_add_bytes(text, words, size_bytes);
	return size_bytes ? size_bytes : 1;
}

void text_add_json(struct text *text, const char *words)
{
	text_add_bytes(text, "\"", 1);
	while (*words) {
		size_t plain_bytes = 0;

		while (text_is_plain(words[plain_bytes]))
			plain_bytes++;
		text_add_bytes(text, words, plain_bytes);
		words += plain_bytes;
		if (*words)
			words += add_json_character(text, words);
	}
	text_add_bytes(text, "\"", 1);
}

const char *corr_unit_name(enum corr_unit unit)
{
	return unit == CORR_UNIT_NS ? "ns" : "us";
}
