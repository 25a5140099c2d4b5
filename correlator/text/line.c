/* SPDX-License-Identifier: BSD-2-Clause */
#include "line.h"

#define E8 UINT64_C(100000000)

char *line_long_number(char *at, uint64_t value)
{
	uint64_t high = value / E8;

	if (high < 10)
		*at++ = (char)('0' + high);
	else if (high < E8)
		at = line_short_number(at, (uint32_t)high);
	else
		at = line_eight_digits(line_short_number(at, (uint32_t)(high / E8)),
				       (uint32_t)(high % E8));
	return line_eight_digits(at, (uint32_t)(value % E8));
}

bool line_word_set(struct line_word *word, const char *words)
{
	size_t size_bytes = strlen(words);

	if (size_bytes > LINE_WORD_BYTES)
		return false;
	*word = (struct line_word){ .size_bytes = (uint8_t)size_bytes };
	memcpy(word->bytes, words, size_bytes);
	return true;
}

char *line_hex(char *at, uint64_t value)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[value >> shift & 15];
	return at;
}

/* What is not plain is seldom: it goes the long way. */
static char *finish_json(char *at, const char *words)
{
	struct text text = { .bytes = at, .room_bytes = 6 * strlen(words) + 2 };

	text_add_json(&text, words);
	return at + text.size_bytes;
}

char *line_json(char *at, const char *words)
{
	char *begin = at;
	const char *next = words;

	*at++ = '"';
	while (text_is_plain(*next))
		*at++ = *next++;
	if (*next)
		return finish_json(begin, words);
	*at++ = '"';
	return at;
}
