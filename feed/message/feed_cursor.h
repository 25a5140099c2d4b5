/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts, numbers and what lies between them in JSON (RFC 8259), for feed_scan.c.
 *
 * Half of what a message costs in user space is spent here, so texts and
 * numbers are read 16 and 8 bytes at a time where there are so many: a loop
 * over the bytes takes several times as long.  Nothing is read behind the end.
 */
#ifndef FEED_CURSOR_H
#define FEED_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct cursor {
	const char *at;
	const char *end;
};

/* ---- 8 bytes at once ------------------------------------------------------- */

#define WORD_BYTES	 8
#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

static inline bool has_word(const struct cursor *cursor, const char *at)
{
	return cursor->end - at >= WORD_BYTES;
}

/* The first byte is the lowest one, whatever the machine's order: compilers make one load of it. */
static inline uint64_t load_word(const char *at)
{
	const unsigned char *bytes = (const unsigned char *)at;

	return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
	       (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
	       (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

/* Likewise 4 of them. */
static inline uint32_t load_half(const char *at)
{
	const unsigned char *bytes = (const unsigned char *)at;

	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/*
 * The top bit of each byte less than `value`, which is at most 128, among other bits; above
 * the first such byte the answer may be wrong (Mycroft's test: the borrow).
 */
static inline uint64_t less_than(uint64_t word, unsigned int value)
{
	return (word - EACH_BYTE(value)) & ~word;
}

/* How many bytes lie before the first one whose top bit is set; there must be one. */
static inline size_t bytes_before(uint64_t top_bits)
{
	return (size_t)__builtin_ctzll(top_bits) / 8;
}

/* ---- 16 bytes at once ------------------------------------------------------ */

#define BLOCK_BYTES 16

static inline bool has_block(const struct cursor *cursor, const char *at)
{
	return cursor->end - at >= BLOCK_BYTES;
}

/* ---- Characters -------------------------------------------------------------- */

/* An exchange sends none, as a rule: what is above the space is asked first. */
static inline void skip_space(struct cursor *cursor)
{
	const char *at = cursor->at;

	while (at < cursor->end && (unsigned char)*at <= ' ' &&
	       (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
		at++;
	cursor->at = at;
}

static inline bool take_char(struct cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* ---- Texts ------------------------------------------------------------------- */

static inline bool is_plain(char c)
{
	return c != '"' && c != '\\' && (unsigned char)c >= ' ';
}

/* A bit for each of 16 bytes that is not plain, the lowest one for the first. */
#if defined(__SSE2__)
static inline uint32_t others_of_block(const char *at)
{
	__m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
	__m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
	__m128i escapes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
	__m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(' ' - 1)), block);

	return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, escapes), controls));
}
#else
static inline uint32_t others_of_block(const char *at)
{
	uint32_t others = 0;

	for (uint32_t i = 0; i < BLOCK_BYTES; i++)
		others |= (uint32_t)!is_plain(at[i]) << i;
	return others;
}
#endif

/* Where the text that goes on at `at` has its first character that is not a plain one. */
static inline const char *end_of_plain(const struct cursor *cursor, const char *at)
{
#if defined(__SSE2__) /* without it words are quicker */
	for (; has_block(cursor, at); at += BLOCK_BYTES) {
		uint32_t others = others_of_block(at);

		if (others)
			return at + __builtin_ctz(others);
	}
#endif
	for (; has_word(cursor, at); at += WORD_BYTES) {
		uint64_t word = load_word(at);
		uint64_t others = (less_than(word ^ EACH_BYTE('"'), 1) |
				   less_than(word ^ EACH_BYTE('\\'), 1) | less_than(word, ' ')) &
				  EACH_BYTE(0x80);

		if (others)
			return at + bytes_before(others);
	}
	while (at < cursor->end && is_plain(*at))
		at++;
	return at;
}

/* A text without escapes; the opening quote has been taken. */
static inline bool take_text(struct cursor *cursor, const char **ret_text, size_t *ret_bytes)
{
	const char *at = end_of_plain(cursor, cursor->at);

	if (at == cursor->end || *at != '"')
		return false;
	*ret_text = cursor->at;
	*ret_bytes = (size_t)(at - cursor->at);
	cursor->at = at + 1;
	return true;
}

/* ---- Numbers ----------------------------------------------------------------- */

struct number {
	bool is_whole; /* neither fraction nor exponent, and it fits */
	bool is_negative;
	uint64_t value;
};

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') <= 9;
}

/* The top bit of each byte that is not a digit. */
static inline uint64_t other_than_digits(uint64_t word)
{
	uint64_t value = word ^ EACH_BYTE('0'); /* of a digit */

	return (((value & EACH_BYTE(0x7f)) + EACH_BYTE(0x80 - 10)) | value) & EACH_BYTE(0x80);
}

/*
 * What 8 values of digits mean: neighbours are put together, then each pair goes by its weight to
 * the upper half, the 1st and 3rd in one product, the 2nd and 4th in another.
 */
static inline uint64_t value_of_digits(uint64_t values)
{
	const uint64_t pairs = UINT64_C(0x000000ff000000ff);
	const uint64_t weights_13 = UINT64_C(1000000) << 32 | 100;
	const uint64_t weights_24 = UINT64_C(10000) << 32 | 1;

	values = values * 10 + (values >> 8);
	return (uint32_t)(((values & pairs) * weights_13 + (values >> 16 & pairs) * weights_24) >>
			  32);
}

/* How many digits 16 bytes begin with. */
#if defined(__SSE2__)
static inline size_t count_digits(const char *at)
{
	__m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
	__m128i values = _mm_sub_epi8(block, _mm_set1_epi8('0'));
	__m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);

	/* Above the sixteen there is always one that is none. */
	return (size_t)__builtin_ctz(~(uint32_t)_mm_movemask_epi8(digits));
}
#else
static inline size_t count_digits(const char *at)
{
	uint64_t others = other_than_digits(load_word(at));

	if (others)
		return bytes_before(others);
	others = other_than_digits(load_word(at + WORD_BYTES));
	return WORD_BYTES + (others ? bytes_before(others) : WORD_BYTES);
}
#endif

/* What the first 1 to 8 digits of a word mean: the others are shifted out, zeroes lead. */
static inline uint64_t value_of_first(const char *at, size_t count)
{
	return value_of_digits((load_word(at) - EACH_BYTE('0')) << (8 * (WORD_BYTES - count)));
}

/* What the first 1 to 16 digits of a block mean. */
static inline uint64_t value_of_block(const char *at, size_t count)
{
	if (count <= WORD_BYTES)
		return value_of_first(at, count);
	return value_of_first(at, count - WORD_BYTES) * 100000000 +
	       value_of_digits(load_word(at + count - WORD_BYTES) - EACH_BYTE('0'));
}

static inline size_t skip_digits(struct cursor *cursor)
{
	const char *begin = cursor->at;

	while (cursor->at < cursor->end && is_digit(*cursor->at))
		cursor->at++;
	return (size_t)(cursor->at - begin);
}

/* What may follow the whole part (RFC 8259, 6). */
static inline bool skip_fraction(struct cursor *cursor, struct number *number)
{
	if (take_char(cursor, '.')) {
		number->is_whole = false;
		if (!skip_digits(cursor))
			return false;
	}
	if (take_char(cursor, 'e') || take_char(cursor, 'E')) {
		number->is_whole = false;
		if (!take_char(cursor, '+'))
			(void)take_char(cursor, '-');
		return skip_digits(cursor) > 0;
	}
	return true;
}

/* The usual number: up to 16 digits and nothing else, followed by something.  False: any other. */
static inline bool take_usual_number(struct cursor *cursor, uint64_t *ret_value)
{
	const char *at = cursor->at;
	size_t count;

	if (cursor->end - at <= BLOCK_BYTES)
		return false;
	count = count_digits(at);
	if (!count || (*at == '0' && count > 1) || (at[count] != ',' && at[count] != '}'))
		return false;
	*ret_value = value_of_block(at, count);
	cursor->at = at + count;
	return true;
}

#define DIGITS_SAFE 19 /* that many fit into 64 bits whatever they are */

/* The whole part; *ret_fits: into 64 bits.  Returns how many digits it has. */
static inline size_t take_digits(struct cursor *cursor, uint64_t *ret_value, bool *ret_fits)
{
	const char *begin = cursor->at;
	const char *at = begin;
	uint64_t value = 0;

	*ret_fits = true;
	for (; at < cursor->end && is_digit(*at); at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (at - begin >= DIGITS_SAFE && value > (UINT64_MAX - digit) / 10)
			*ret_fits = false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	cursor->at = at;
	return (size_t)(at - begin);
}

/*
 * Returns where it ends, NULL: it is none.  Not given a cursor's address, so that whoever calls
 * keeps it in registers.
 */
static inline const char *take_any_number(const char *at, const char *end,
					  struct number *ret_number)
{
	struct cursor cursor = { .at = at, .end = end };
	const char *begin;
	size_t count;

	ret_number->is_negative = take_char(&cursor, '-');
	begin = cursor.at;
	count = take_digits(&cursor, &ret_number->value, &ret_number->is_whole);
	if (!count || (*begin == '0' && count > 1) || !skip_fraction(&cursor, ret_number))
		return NULL;
	return cursor.at;
}

static inline bool take_number(struct cursor *cursor, struct number *ret_number)
{
	struct number any;
	const char *end;
	uint64_t value;

	if (take_usual_number(cursor, &value)) {
		*ret_number = (struct number){ .is_whole = true, .value = value };
		return true;
	}
	end = take_any_number(cursor->at, cursor->end, &any);
	if (!end)
		return false;
	*ret_number = any;
	cursor->at = end;
	return true;
}

#endif
