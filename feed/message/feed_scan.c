/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed_scan.h"

#include <assert.h>
#include <string.h>

#include "feed_cursor.h"

#define DEPTH_MAX 4 /* of what is passed over; the depth of an order book is 2 */

/* Four characters as load_half() reads them. */
#define HALF(a, b, c, d)                                                                           \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

static inline bool skip_literal(struct cursor *cursor)
{
	size_t left_bytes = (size_t)(cursor->end - cursor->at);
	uint32_t half;

	if (left_bytes < 4)
		return false;
	half = load_half(cursor->at);
	if (half == HALF('t', 'r', 'u', 'e') || half == HALF('n', 'u', 'l', 'l')) {
		cursor->at += 4;
		return true;
	}
	if (half != HALF('f', 'a', 'l', 's') || left_bytes < 5 || cursor->at[4] != 'e')
		return false;
	cursor->at += 5;
	return true;
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
static inline bool is_short_key(const char *at)
{
	return (load_half(at) & UINT32_C(0xffff00ff)) == HALF('"', 0, '"', ':');
}

static inline bool take_short_key(struct cursor *cursor, const char **ret_key)
{
	const char *at = cursor->at;

	if (cursor->end - at < 4 || !is_short_key(at) || !is_plain(at[1]))
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

/*
 * What is not inlined is given the cursor's ends, not its address, and returns where it is then,
 * NULL where the text is not for the scan: a cursor in memory is what most of the time would go to.
 */
static const char *skip_value(const char *at, const char *end, uint32_t depth);

/* Goes on where a call that is not inlined has left off. */
static inline bool go_on(struct cursor *cursor, const char *at)
{
	if (at)
		cursor->at = at;
	return at;
}

static const char *skip_container(const char *at, const char *end, char close, uint32_t depth)
{
	struct cursor cursor = { .at = at, .end = end };
	const char *key;
	size_t key_bytes;
	bool is_end;

	if (depth == DEPTH_MAX)
		return NULL;
	skip_space(&cursor);
	if (take_char(&cursor, close))
		return cursor.at;
	do {
		if (close == '}' && !take_key(&cursor, NESTED_KEY_BYTES_MAX, &key, &key_bytes))
			return NULL;
		skip_space(&cursor);
		if (!go_on(&cursor, skip_value(cursor.at, cursor.end, depth + 1)) ||
		    !take_separator(&cursor, close, &is_end))
			return NULL;
	} while (!is_end);
	return cursor.at;
}

static const char *skip_value(const char *at, const char *end, uint32_t depth)
{
	struct cursor cursor = { .at = at, .end = end };
	struct number number;
	const char *text;
	size_t text_bytes;

	if (take_char(&cursor, '"'))
		return take_text(&cursor, &text, &text_bytes) ? cursor.at : NULL;
	if (take_char(&cursor, '['))
		return skip_container(cursor.at, end, ']', depth);
	if (take_char(&cursor, '{'))
		return skip_container(cursor.at, end, '}', depth);
	return skip_literal(&cursor) || take_number(&cursor, &number) ? cursor.at : NULL;
}

/* ---- The levels that count ----------------------------------------------- */

static const char *take_members(const char *at, const char *end, struct feed_parser *parser,
				enum feed_level level);

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
		       go_on(cursor,
			     take_members(cursor->at, cursor->end, parser, FEED_LEVEL_DATA));
	if (cursor->at < cursor->end && (is_digit(*cursor->at) || *cursor->at == '-')) {
		if (!take_number(cursor, &number))
			return false;
		keep_number(&parser->levels[level], key, key_bytes, &number);
		return true;
	}
	return skip_literal(cursor) || go_on(cursor, skip_value(cursor->at, cursor->end, 0));
}

/* In lejp's paths these two mean something else. */
static bool is_path_like(const char *key, size_t key_bytes)
{
	for (size_t i = 0; i < key_bytes; i++)
		if (key[i] == '.' || key[i] == '[')
			return true;
	return false;
}

/* Likewise, of a key that lies in what the cursor is over: 8 bytes at once where there are 8. */
static inline bool has_path(const struct cursor *cursor, const char *key, size_t key_bytes)
{
	uint64_t word;

	if (key_bytes > WORD_BYTES || !has_word(cursor, key))
		return is_path_like(key, key_bytes);
	word = load_word(key) << (8 * (WORD_BYTES - key_bytes)); /* without what is behind it */
	return (less_than(word ^ EACH_BYTE('.'), 1) | less_than(word ^ EACH_BYTE('['), 1)) &
	       EACH_BYTE(0x80);
}

/*
 * A member as they are as a rule: a letter for its key, a text or a number of up to 15 characters,
 * a comma behind it and no white space.  Where this many bytes are left, nothing of it has to look
 * for the end of them.  False: it is another, which is yet to be taken.
 */
#define USUAL_BYTES (4 + 1 + BLOCK_BYTES + 1) /* "k":" and a block with what ends it, a comma */

static inline bool take_usual_text(struct cursor *cursor, struct feed_parser *parser,
				   enum feed_level level)
{
	const char *key = cursor->at + 1;
	const char *text = cursor->at + 5;
	uint32_t others = others_of_block(text);
	size_t text_bytes;

	if (!others)
		return false;
	text_bytes = (size_t)__builtin_ctz(others);
	if (text[text_bytes] != '"' || text[text_bytes + 1] != ',')
		return false;
	if (*key == FEED_KEY_EVENT || *key == FEED_KEY_SYMBOL)
		feed_take_text(parser, level, key, 1, text, text_bytes);
	cursor->at = text + text_bytes + 2;
	return true;
}

static inline bool take_usual_number_of(struct cursor *cursor, struct feed_parser *parser,
					enum feed_level level)
{
	const char *key = cursor->at + 1;
	const char *digits = cursor->at + 4;
	size_t count = count_digits(digits);

	if (!count || (*digits == '0' && count > 1) || digits[count] != ',')
		return false;
	if (feed_is_number_key(*key))
		feed_take_number(&parser->levels[level], key, 1, value_of_block(digits, count));
	cursor->at = digits + count + 1;
	return true;
}

static inline bool is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static inline bool take_usual_member(struct cursor *cursor, struct feed_parser *parser,
				     enum feed_level level)
{
	const char *at = cursor->at;

	if (cursor->end - at < USUAL_BYTES || !is_short_key(at) || !is_letter(at[1]))
		return false;
	if (at[1] == FEED_KEY_BIDS)
		feed_note_key(parser, level, at + 1, 1);
	return at[4] == '"' ? take_usual_text(cursor, parser, level)
			    : take_usual_number_of(cursor, parser, level);
}

/* Any member, and what separates it from the next one or ends them. */
static const char *take_member(const char *at, const char *end, struct feed_parser *parser,
			       enum feed_level level, bool *ret_is_end)
{
	struct cursor cursor = { .at = at, .end = end };
	const char *key;
	size_t key_bytes;

	if (!take_key(&cursor, KEY_BYTES_MAX, &key, &key_bytes))
		return NULL;
	if (key_bytes > 1 && has_path(&cursor, key, key_bytes))
		return NULL;
	if (key_bytes > 1 || key[0] == FEED_KEY_BIDS)
		feed_note_key(parser, level, key, key_bytes);
	if (!take_value(&cursor, parser, level, key, key_bytes) ||
	    !take_separator(&cursor, '}', ret_is_end))
		return NULL;
	return cursor.at;
}

/* The members of an object whose opening brace has been taken. */
static const char *take_members(const char *at, const char *end, struct feed_parser *parser,
				enum feed_level level)
{
	struct cursor cursor = { .at = at, .end = end };
	bool is_end = false;

	while (!is_end)
		if (!take_usual_member(&cursor, parser, level) &&
		    !go_on(&cursor, take_member(cursor.at, end, parser, level, &is_end)))
			return NULL;
	return cursor.at;
}

bool feed_scan(const char *text, size_t size_bytes, struct feed_parser *parser)
{
	struct cursor cursor = { .at = text, .end = text + size_bytes };

	skip_space(&cursor);
	if (!take_char(&cursor, '{') ||
	    !go_on(&cursor, take_members(cursor.at, cursor.end, parser, FEED_LEVEL_TOP)))
		return false;
	skip_space(&cursor);
	return cursor.at == cursor.end;
}
