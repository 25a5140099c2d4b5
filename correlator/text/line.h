/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of text where room for all of it is known to be: for what is written
 * once a message.  Nothing is checked, so whoever begins one has to know the
 * longest that it can become.  The functions are inline, so that a line lives
 * in a register: a size in memory would be loaded and stored for each piece.
 */
#ifndef CORR_LINE_H
#define CORR_LINE_H

#include <stdint.h>
#include <string.h>

#include "text.h"

/* Inlined whatever the compiler thinks: a line whose address is taken lives in memory. */
#define LINE_INLINE static inline __attribute__((always_inline))

struct line {
	char *at; /* where the next byte goes */
};

/* Longest number: 20 digits, or a sign and 19. */
#define LINE_NUMBER_BYTES 20
/* So much may be written beyond what was added: whole words at once. */
#define LINE_SLACK_BYTES 32

LINE_INLINE void line_put_bytes(struct line *line, const char *bytes, size_t size_bytes)
{
	memcpy(line->at, bytes, size_bytes);
	line->at += size_bytes;
}

/* Words known when this is compiled: their length is, too, and their copy a few moves. */
LINE_INLINE void line_put(struct line *line, const char *words)
{
	line_put_bytes(line, words, strlen(words));
}

LINE_INLINE void line_put_byte(struct line *line, char byte)
{
	*line->at++ = byte;
}

/*
 * Eight digits of a value below 100,000,000, the first in the lowest byte, each 0 to 9:
 * quotients of 10,000, 100 and 10 by multiplication, side by side in one word.
 */
LINE_INLINE uint64_t line_digits(uint32_t value)
{
	uint64_t high = value / 10000;
	uint64_t fours = high | (uint64_t)(value - (uint32_t)high * 10000) << 32;
	uint64_t hundreds = fours * 10486 >> 20 & UINT64_C(0x7f0000007f);
	uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
	uint64_t tens = twos * 103 >> 10 & UINT64_C(0x000f000f000f000f);

	return tens | (twos - tens * 10) << 8;
}

#define LINE_ZEROS UINT64_C(0x3030303030303030) /* '0' in each byte */

/* A number below 1,000: its digits, and behind them how many. */
extern const char line_small[1000][4];

/* A value below 100,000,000, without leading zeros. */
LINE_INLINE char *line_short_number(char *at, uint32_t value)
{
	uint64_t digits = line_digits(value);
	/* The last digit is shown even if it is 0. */
	unsigned int zero_bits = (unsigned int)__builtin_ctzll(digits | UINT64_C(1) << 56) & ~7u;

	digits = (digits | LINE_ZEROS) >> zero_bits;
	memcpy(at, &digits, sizeof(digits));
	return at + 8 - zero_bits / 8;
}

/* Eight digits with their zeros. */
LINE_INLINE char *line_eight_digits(char *at, uint32_t value)
{
	uint64_t digits = line_digits(value) | LINE_ZEROS;

	memcpy(at, &digits, sizeof(digits));
	return at + 8;
}

/* At least 100,000,000. */
char *line_long_number(char *at, uint64_t value);

LINE_INLINE void line_put_u64(struct line *line, uint64_t value)
{
	if (value < 1000) {
		memcpy(line->at, line_small[value], sizeof(line_small[value]));
		line->at += line_small[value][3];
	} else if (value < 100000000)
		line->at = line_short_number(line->at, (uint32_t)value);
	else
		line->at = line_long_number(line->at, value);
}

/* All but the last eight digits of a point in time: they change ten times a second. */
struct line_high {
	uint64_t from; /* the least value that begins with them; 0: none yet */
	uint32_t size_bytes;
	char bytes[16 + LINE_SLACK_BYTES];
};

/* At least 100,000,000. */
void line_high_set(struct line_high *high, uint64_t value);

/* A number like the ones before it. */
LINE_INLINE void line_put_near(struct line *line, struct line_high *high, uint64_t value)
{
	if (value < 100000000) {
		line_put_u64(line, value);
		return;
	}
	if (!high->from || value - high->from >= 100000000)
		line_high_set(high, value);
	memcpy(line->at, high->bytes, sizeof(high->bytes));
	line->at = line_eight_digits(line->at + high->size_bytes, (uint32_t)(value - high->from));
}

LINE_INLINE void line_put_i64(struct line *line, int64_t value)
{
	if (value < 0) {
		line_put_byte(line, '-');
		line_put_u64(line, -(uint64_t)value);
	} else {
		line_put_u64(line, (uint64_t)value);
	}
}

/* A word that is looked up again and again: copied whole, then as long as it is. */
#define LINE_WORD_BYTES 31

struct line_word {
	char bytes[LINE_WORD_BYTES]; /* zeros behind it */
	uint8_t size_bytes;
};

/* False if it is too long. */
bool line_word_set(struct line_word *word, const char *words);

LINE_INLINE void line_put_word(struct line *line, const struct line_word *word)
{
	memcpy(line->at, word->bytes, LINE_WORD_BYTES);
	line->at += word->size_bytes;
}

/* Text that was written before and is the same again, as the key says. */
#define LINE_PIECE_BYTES 496

struct line_piece {
	uint64_t key; /* 0: none yet */
	uint32_t size_bytes;
	char bytes[LINE_PIECE_BYTES];
};

/* True, and the text added, if it has that key. */
LINE_INLINE bool line_put_piece(struct line *line, const struct line_piece *piece, uint64_t key)
{
	if (piece->key != key)
		return false;
	line_put_bytes(line, piece->bytes, piece->size_bytes);
	return true;
}

/* What stands in [begin, end) is the text of that key; nothing is kept of a longer one. */
void line_keep_piece(const char *begin, const char *end, struct line_piece *piece, uint64_t key);

/* Each returns where the line goes on. */

/* A number's 16 hexadecimal digits. */
char *line_hex(char *at, uint64_t value);
/* As text_add_json() writes it: six bytes at most for each of words', and two quotes. */
char *line_json(char *at, const char *words);

/* A line at the end of the text, which must have the room; and its end. */
LINE_INLINE struct line line_begin(const struct text *text)
{
	return (struct line){ .at = text->bytes + text->size_bytes };
}

LINE_INLINE void line_end(const struct line *line, struct text *text)
{
	text->size_bytes = (size_t)(line->at - text->bytes);
}

#endif
