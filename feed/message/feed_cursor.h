/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts, numbers and what lies between them in JSON (RFC 8259), for feed_scan.c.
 *
 * Half of what a message costs in user space is spent here, so texts and
 * numbers are read 8 bytes at a time where there are 8: a loop over the bytes
 * takes twice as long.
 */
#ifndef FEED_CURSOR_H
#define FEED_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Where the text that goes on at `at` has its first character that is not a plain one. */
static inline const char *end_of_plain(const struct cursor *cursor, const char *at)
{
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

/* What 8 values of digits mean: neighbours are put together, then pairs, then fours. */
static inline uint64_t value_of_digits(uint64_t values)
{
	values = (values * 10 + (values >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	values = (values * 100 + (values >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (values * 10000 + (values >> 32)) & UINT64_C(0xffffffff);
}

/* Up to 8 digits, added to *value; returns how many there were.  There must be a word. */
static inline size_t take_digits(const char *at, uint64_t *value)
{
	static const uint32_t powers[] = { 1,	   10,	    100,      1000,	10000,
					   100000, 1000000, 10000000, 100000000 };
	uint64_t word = load_word(at);
	uint64_t others = other_than_digits(word);
	size_t count = others ? bytes_before(others) : WORD_BYTES;

	if (count == 0)
		return 0;
	/* What is no digit is shifted out; the zeroes that come in lead. */
	word = (word - EACH_BYTE('0')) << (8 * (WORD_BYTES - count));
	*value = *value * powers[count] + value_of_digits(word);
	return count;
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

#define DIGITS_SAFE 19 /* that many fit into 64 bits whatever they are */

static inline bool take_number(struct cursor *cursor, struct number *ret_number)
{
	const char *begin;
	const char *at;
	uint64_t value = 0;

	*ret_number = (struct number){ .is_whole = true, .is_negative = take_char(cursor, '-') };
	begin = cursor->at;
	at = begin;
	if (has_word(cursor, at)) {
		at += take_digits(at, &value);
		/* 16 digits fit: no more is taken without a look at how many there are. */
		if (at - begin == WORD_BYTES && has_word(cursor, at))
			at += take_digits(at, &value);
	}
	for (; at < cursor->end && is_digit(*at); at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (at - begin >= DIGITS_SAFE && value > (UINT64_MAX - digit) / 10)
			ret_number->is_whole = false;
		value = value * 10 + digit;
	}
	ret_number->value = value;
	cursor->at = at;
	if (at == begin || (*begin == '0' && at - begin > 1))
		return false;
	return skip_fraction(cursor, ret_number);
}

#endif
