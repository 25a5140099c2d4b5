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

/*
 * The top bit of each byte less than `value`, which is at most 128; above the
 * first such byte the answer may be wrong (Mycroft's test: the borrow).
 */
static inline uint64_t less_than(uint64_t word, unsigned int value)
{
	return (word - EACH_BYTE(value)) & ~word & EACH_BYTE(0x80);
}

/* How many bytes lie before the first one whose top bit is set; there must be one. */
static inline size_t bytes_before(uint64_t top_bits)
{
	uint64_t low_bits = (top_bits - 1) & ~top_bits & EACH_BYTE(1);

	return (size_t)((low_bits * EACH_BYTE(1)) >> 56) - 1;
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
		uint64_t others = less_than(word ^ EACH_BYTE('"'), 1) |
				  less_than(word ^ EACH_BYTE('\\'), 1) | less_than(word, ' ');

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

static inline bool is_all_digits(uint64_t word)
{
	/* 0x30..0x39: the upper half is 3, also with 6 added. */
	return ((word & EACH_BYTE(0xf0)) | ((word + EACH_BYTE(6)) & EACH_BYTE(0xf0)) >> 4) ==
	       EACH_BYTE(0x33);
}

/* What 8 digits mean: neighbours are put together, then pairs, then fours. */
static inline uint64_t value_of_digits(uint64_t word)
{
	word -= EACH_BYTE('0');
	word = (word * 10 + (word >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	word = (word * 100 + (word >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (word * 10000 + (word >> 32)) & UINT64_C(0xffffffff);
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
	if (has_word(cursor, at) && is_all_digits(load_word(at))) {
		value = value_of_digits(load_word(at));
		at += WORD_BYTES;
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
