/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed_scan.h"

#include <assert.h>
#include <string.h>

#include "feed_cursor.h"

#define DEPTH_MAX 4 /* of what is passed over; the depth of an order book is 2 */

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
#define KEY_BYTES_MAX	     48
#define NESTED_KEY_BYTES_MAX 16
static_assert(5 + KEY_BYTES_MAX + DEPTH_MAX * (1 + NESTED_KEY_BYTES_MAX) <= 127,
	      "lejp has room for whatever the scan accepts");

/* Most keys are one character: '"', the key, '"', ':'. */
static inline bool take_short_key(struct cursor *cursor, const char **ret_key)
{
	const uint32_t around = '"' | (uint32_t)'"' << 16 | (uint32_t)':' << 24;
	const char *at = cursor->at;

	if (cursor->end - at < 4 || (load_half(at) & UINT32_C(0xffff00ff)) != around ||
	    !is_plain(at[1]))
		return false;
	*ret_key = at + 1;
	cursor->at = at + 4;
	return true;
}

static inline bool take_long_key(struct cursor *cursor, size_t bytes_max, const char **ret_key,
				 size_t *ret_bytes)
{
	if (!take_char(cursor, '"') || !take_text(cursor, ret_key, ret_bytes) ||
	    *ret_bytes > bytes_max)
		return false;
	skip_space(cursor);
	return take_char(cursor, ':');
}

/* A key and its colon. */
static inline bool take_key(struct cursor *cursor, size_t bytes_max, const char **ret_key,
			    size_t *ret_bytes)
{
	if (take_short_key(cursor, ret_key)) {
		*ret_bytes = 1;
	} else {
		skip_space(cursor);
		if (!take_long_key(cursor, bytes_max, ret_key, ret_bytes))
			return false;
	}
	skip_space(cursor);
	return true;
}

/* True after a comma; after the closing bracket *ret_is_end is true as well. */
static inline bool take_separator(struct cursor *cursor, char close, bool *ret_is_end)
{
	*ret_is_end = false;
	if (take_char(cursor, ','))
		return true;
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

/*
 * Calls that are not inlined are given a cursor of their own: that of the members then stays in
 * registers.
 */
static bool skip_value_there(struct cursor *cursor)
{
	struct cursor there = *cursor;
	bool is_skipped = skip_value(&there, 0);

	cursor->at = there.at;
	return is_skipped;
}

static bool take_members_there(struct cursor *cursor, struct feed_parser *parser,
			       enum feed_level level)
{
	struct cursor there = *cursor;
	bool is_taken = take_members(&there, parser, level);

	cursor->at = there.at;
	return is_taken;
}

static inline bool take_value(struct cursor *cursor, struct feed_parser *parser,
			      enum feed_level level, const char *key, size_t key_bytes)
{
	struct number number;
	const char *text;
	size_t text_bytes;

	if (take_char(cursor, '"')) {
		if (!take_text(cursor, &text, &text_bytes))
			return false;
		if (key_bytes > 1 || key[0] == FEED_KEY_EVENT || key[0] == FEED_KEY_SYMBOL)
			feed_take_text(parser, level, key, key_bytes, text, text_bytes);
		return true;
	}
	if (is_data(level, key, key_bytes)) /* events in an array are lejp's */
		return take_char(cursor, '{') &&
		       take_members_there(cursor, parser, FEED_LEVEL_DATA);
	if (cursor->at < cursor->end && (is_digit(*cursor->at) || *cursor->at == '-')) {
		if (!take_number(cursor, &number))
			return false;
		keep_number(&parser->levels[level], key, key_bytes, &number);
		return true;
	}
	return skip_value_there(cursor);
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
	struct cursor here = *cursor;
	bool is_end;

	do {
		const char *key;
		size_t key_bytes;

		if (!take_key(&here, KEY_BYTES_MAX, &key, &key_bytes))
			return false;
		if (key_bytes > 1 && is_path_like(key, key_bytes))
			return false;
		if (key_bytes > 1 || key[0] == FEED_KEY_BIDS)
			feed_note_key(parser, level, key, key_bytes);
		if (!take_value(&here, parser, level, key, key_bytes) ||
		    !take_separator(&here, '}', &is_end))
			return false;
	} while (!is_end);
	cursor->at = here.at;
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
