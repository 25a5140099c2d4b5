/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed_parts.h"

#include <assert.h>
#include <string.h>

#define DEPTH_MAX 4 /* of what is passed over; the depth of an order book is 2 */

struct cursor {
	const char *at;
	const char *end;
};

static void skip_space(struct cursor *cursor)
{
	while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\n' ||
					    *cursor->at == '\r' || *cursor->at == '\t'))
		cursor->at++;
}

static bool take_char(struct cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* A text without escapes; the opening quote has been taken. */
static bool take_text(struct cursor *cursor, const char **ret_text, size_t *ret_bytes)
{
	const char *at = cursor->at;

	while (at < cursor->end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ')
		at++;
	if (at == cursor->end || *at != '"')
		return false;
	*ret_text = cursor->at;
	*ret_bytes = (size_t)(at - cursor->at);
	cursor->at = at + 1;
	return true;
}

static size_t skip_digits(struct cursor *cursor)
{
	const char *begin = cursor->at;

	while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
		cursor->at++;
	return (size_t)(cursor->at - begin);
}

struct number {
	bool is_whole; /* neither fraction nor exponent, and it fits */
	bool is_negative;
	uint64_t value;
};

/* What may follow the whole part (RFC 8259, 6). */
static bool skip_fraction(struct cursor *cursor, struct number *number)
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

static bool take_number(struct cursor *cursor, struct number *ret_number)
{
	const char *begin;
	uint64_t value = 0;

	*ret_number = (struct number){ .is_whole = true, .is_negative = take_char(cursor, '-') };
	begin = cursor->at;
	for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
		uint64_t digit = (uint64_t)(*cursor->at - '0');

		if (cursor->at - begin >= DIGITS_SAFE && value > (UINT64_MAX - digit) / 10)
			ret_number->is_whole = false;
		value = value * 10 + digit;
	}
	ret_number->value = value;
	if (cursor->at == begin || (*begin == '0' && cursor->at - begin > 1))
		return false;
	return skip_fraction(cursor, ret_number);
}

static bool skip_literal(struct cursor *cursor)
{
	static const char *const literals[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		size_t size_bytes = strlen(literals[i]);

		if ((size_t)(cursor->end - cursor->at) >= size_bytes &&
		    memcmp(cursor->at, literals[i], size_bytes) == 0) {
			cursor->at += size_bytes;
			return true;
		}
	}
	return false;
}

/*
 * lejp's path to a value, all its keys and their dots, has room for 127 bytes.
 * A key that could make it longer, with "data." in front and DEPTH_MAX nested
 * keys behind it, is left to lejp.
 */
#define KEY_BYTES_MAX 48
#define NESTED_KEY_BYTES_MAX 16
static_assert(5 + KEY_BYTES_MAX + DEPTH_MAX * (1 + NESTED_KEY_BYTES_MAX) <= 127,
	      "lejp has room for whatever the scan accepts");

/* A key and its colon. */
static bool take_key(struct cursor *cursor, size_t bytes_max, const char **ret_key,
		     size_t *ret_bytes)
{
	skip_space(cursor);
	if (!take_char(cursor, '"') || !take_text(cursor, ret_key, ret_bytes) ||
	    *ret_bytes > bytes_max)
		return false;
	skip_space(cursor);
	if (!take_char(cursor, ':'))
		return false;
	skip_space(cursor);
	return true;
}

/* True after a comma; after the closing bracket *ret_is_end is true as well. */
static bool take_separator(struct cursor *cursor, char close, bool *ret_is_end)
{
	skip_space(cursor);
	*ret_is_end = take_char(cursor, close);
	return *ret_is_end || take_char(cursor, ',');
}

static bool skip_value(struct cursor *cursor, uint32_t depth);

static bool skip_container(struct cursor *cursor, char close, uint32_t depth)
{
	const char *key;
	size_t key_bytes;
	bool is_end;

	if (depth == DEPTH_MAX)
		return false;
	skip_space(cursor);
	if (take_char(cursor, close))
		return true;
	do {
		if (close == '}' && !take_key(cursor, NESTED_KEY_BYTES_MAX, &key, &key_bytes))
			return false;
		skip_space(cursor);
		if (!skip_value(cursor, depth + 1) || !take_separator(cursor, close, &is_end))
			return false;
	} while (!is_end);
	return true;
}

static bool skip_value(struct cursor *cursor, uint32_t depth)
{
	struct number number;
	const char *text;
	size_t text_bytes;

	if (take_char(cursor, '"'))
		return take_text(cursor, &text, &text_bytes);
	if (take_char(cursor, '['))
		return skip_container(cursor, ']', depth);
	if (take_char(cursor, '{'))
		return skip_container(cursor, '}', depth);
	return skip_literal(cursor) || take_number(cursor, &number);
}

/* ---- The levels that count ----------------------------------------------- */

static bool take_members(struct cursor *cursor, struct feed_parser *parser, enum feed_level level);

static bool is_data(enum feed_level level, const char *key, size_t key_bytes)
{
	return level == FEED_LEVEL_TOP && key_bytes == 4 && memcmp(key, "data", 4) == 0;
}

static void keep_number(struct feed_seen *seen, const char *key, size_t key_bytes,
			const struct number *number)
{
	if (!number->is_whole)
		return;
	if (key_bytes == 4 && memcmp(key, "code", 4) == 0)
		feed_take_code(seen, number->is_negative, number->value);
	else if (!number->is_negative)
		feed_take_number(seen, key, key_bytes, number->value);
}

static bool take_value(struct cursor *cursor, struct feed_parser *parser, enum feed_level level,
		       const char *key, size_t key_bytes)
{
	struct number number;
	const char *text;
	size_t text_bytes;

	if (take_char(cursor, '"')) {
		if (!take_text(cursor, &text, &text_bytes))
			return false;
		feed_take_text(parser, level, key, key_bytes, text, text_bytes);
		return true;
	}
	if (is_data(level, key, key_bytes)) /* events in an array are lejp's */
		return take_char(cursor, '{') && take_members(cursor, parser, FEED_LEVEL_DATA);
	if (cursor->at < cursor->end &&
	    ((*cursor->at >= '0' && *cursor->at <= '9') || *cursor->at == '-')) {
		if (!take_number(cursor, &number))
			return false;
		keep_number(&parser->levels[level], key, key_bytes, &number);
		return true;
	}
	return skip_value(cursor, 0);
}

/* In lejp's paths these two mean something else. */
static bool is_path_like(const char *key, size_t key_bytes)
{
	for (size_t i = 0; i < key_bytes; i++)
		if (key[i] == '.' || key[i] == '[')
			return true;
	return false;
}

/* The members of an object whose opening brace has been taken. */
static bool take_members(struct cursor *cursor, struct feed_parser *parser, enum feed_level level)
{
	bool is_end;

	do {
		const char *key;
		size_t key_bytes;

		if (!take_key(cursor, KEY_BYTES_MAX, &key, &key_bytes))
			return false;
		if (key_bytes > 1 && is_path_like(key, key_bytes))
			return false;
		feed_note_key(parser, level, key, key_bytes);
		if (!take_value(cursor, parser, level, key, key_bytes) ||
		    !take_separator(cursor, '}', &is_end))
			return false;
	} while (!is_end);
	return true;
}

bool feed_scan(const char *text, size_t size_bytes, struct feed_parser *parser)
{
	struct cursor cursor = { .at = text, .end = text + size_bytes };

	skip_space(&cursor);
	if (!take_char(&cursor, '{') || !take_members(&cursor, parser, FEED_LEVEL_TOP))
		return false;
	skip_space(&cursor);
	return cursor.at == cursor.end;
}
