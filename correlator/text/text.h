/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text into a fixed buffer, fast: numbers by hand, no format strings.  What
 * does not fit is cut off, and is_cut says so.
 */
#ifndef CORR_TEXT_H
#define CORR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *bytes; /* not terminated */
	size_t size_bytes;
	size_t room_bytes;
	bool is_cut;
};

/* How durations are shown. */
enum corr_unit { CORR_UNIT_US, CORR_UNIT_NS };

void text_add(struct text *text, const char *words);
void text_add_bytes(struct text *text, const char *bytes, size_t size_bytes);
void text_add_u64(struct text *text, uint64_t value);
void text_add_i64(struct text *text, int64_t value);
/* Padded with spaces on the left to `width`. */
void text_add_u64_wide(struct text *text, uint64_t value, unsigned int width);
/* Padded with spaces on the right to `width` characters. */
void text_add_wide(struct text *text, const char *words, unsigned int width);
/* A byte that stands for itself in a JSON string, in quotes of CSV and in a page's <script>. */
static inline bool text_is_plain(char letter)
{
	return letter >= 0x20 && letter < 0x7f && letter != '"' && letter != '\\' &&
	       letter != '<' && letter != '>' && letter != '&';
}

/*
 * A JSON string with its quotes, which may also stand in a page's <script>.  A
 * byte that is no part of a character becomes the code point of that number.
 */
void text_add_json(struct text *text, const char *words);

/*
 * How many bytes the character takes with which words begins.  0 at the end of
 * words, and for what is not UTF-8 or would act on whoever shows it: control
 * characters, changes of direction, separators of lines.
 */
size_t text_character_bytes(const char *words);
/* Adds that character, or '?' for a byte that is none; returns how many bytes it took. */
size_t text_add_character(struct text *text, const char *words);
/* Puts '?' in the place of every byte that is no part of such a character. */
void text_make_printable(char *words);

/*
 * A duration in the unit, without its name: microseconds to the nearest, but a
 * negative one downwards, so that none looks like 0.
 */
static inline int64_t corr_in_unit(int64_t duration_ns, enum corr_unit unit)
{
	if (unit == CORR_UNIT_NS)
		return duration_ns;
	if (duration_ns < 0)
		return duration_ns / 1000 - (duration_ns % 1000 != 0);
	return duration_ns / 1000 + (duration_ns % 1000 >= 500);
}

const char *corr_unit_name(enum corr_unit unit);

#endif
