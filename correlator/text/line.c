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

#define ONE(u)                                                                                     \
	{                                                                                          \
		'0' + (u), 0, 0, 1                                                                 \
	}
#define TWO(t, u)                                                                                  \
	{                                                                                          \
		'0' + (t), '0' + (u), 0, 2                                                         \
	}
#define THREE(h, t, u)                                                                             \
	{                                                                                          \
		'0' + (h), '0' + (t), '0' + (u), 3                                                 \
	}
#define TENS(t)                                                                                    \
	TWO(t, 0), TWO(t, 1), TWO(t, 2), TWO(t, 3), TWO(t, 4), TWO(t, 5), TWO(t, 6), TWO(t, 7),    \
		TWO(t, 8), TWO(t, 9)
#define ROW(h, t)                                                                                  \
	THREE(h, t, 0), THREE(h, t, 1), THREE(h, t, 2), THREE(h, t, 3), THREE(h, t, 4),            \
		THREE(h, t, 5), THREE(h, t, 6), THREE(h, t, 7), THREE(h, t, 8), THREE(h, t, 9)
#define HUNDREDS(h)                                                                                \
	ROW(h, 0), ROW(h, 1), ROW(h, 2), ROW(h, 3), ROW(h, 4), ROW(h, 5), ROW(h, 6), ROW(h, 7),    \
		ROW(h, 8), ROW(h, 9)

const char line_small[1000][4] = { ONE(0),	ONE(1),	     ONE(2),	  ONE(3),      ONE(4),
				   ONE(5),	ONE(6),	     ONE(7),	  ONE(8),      ONE(9),
				   TENS(1),	TENS(2),     TENS(3),	  TENS(4),     TENS(5),
				   TENS(6),	TENS(7),     TENS(8),	  TENS(9),     HUNDREDS(1),
				   HUNDREDS(2), HUNDREDS(3), HUNDREDS(4), HUNDREDS(5), HUNDREDS(6),
				   HUNDREDS(7), HUNDREDS(8), HUNDREDS(9) };

void line_high_set(struct line_high *high, uint64_t value)
{
	uint64_t first = value / E8;
	struct line line = { .at = high->bytes };

	line_put_u64(&line, first);
	high->size_bytes = (uint32_t)(line.at - high->bytes);
	high->from = first * E8;
}

void line_keep_piece(const char *begin, const char *end, struct line_piece *piece, uint64_t key)
{
	size_t size_bytes = (size_t)(end - begin);

	piece->key = 0;
	if (size_bytes > LINE_PIECE_BYTES)
		return;
	memcpy(piece->bytes, begin, size_bytes);
	piece->size_bytes = (uint32_t)size_bytes;
	piece->key = key;
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
