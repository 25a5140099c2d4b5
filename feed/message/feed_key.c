/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed_key.h"

#include <string.h>

#include "feed_cursor.h"

/* A text, with whatever escapes; the opening quote has been taken. */
static bool take_any_text(struct cursor *cursor, const char **ret_text, size_t *ret_bytes)
{
	const char *begin = cursor->at;
	const char *at = begin;

	for (;;) {
		at = end_of_plain(cursor, at);
		if (at == cursor->end)
			return false;
		if (*at == '"')
			break;
		at += *at == '\\' ? 2 : 1;
		if (at > cursor->end)
			return false;
	}
	*ret_text = begin;
	*ret_bytes = (size_t)(at - begin);
	cursor->at = at + 1;
	return true;
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-' ||
	       c == '.';
}

static bool take_value(struct cursor *cursor, const char **ret_value, size_t *ret_bytes)
{
	skip_space(cursor);
	if (take_char(cursor, '"'))
		return take_any_text(cursor, ret_value, ret_bytes) && *ret_bytes;
	*ret_value = cursor->at;
	while (cursor->at < cursor->end && is_word(*cursor->at))
		cursor->at++;
	*ret_bytes = (size_t)(cursor->at - *ret_value);
	return *ret_bytes && !(*ret_bytes == 4 && memcmp(*ret_value, "null", 4) == 0);
}

bool feed_key_find(const char *text, size_t size_bytes, const char *key, const char **ret_value,
		   size_t *ret_bytes)
{
	struct cursor cursor = { .at = text, .end = text + size_bytes };
	size_t key_bytes = strlen(key);

	while (cursor.at < cursor.end) {
		const char *name;
		size_t name_bytes;

		cursor.at = memchr(cursor.at, '"', (size_t)(cursor.end - cursor.at));
		if (!cursor.at)
			return false;
		cursor.at++;
		if (!take_any_text(&cursor, &name, &name_bytes))
			return false;
		skip_space(&cursor);
		if (take_char(&cursor, ':') && name_bytes == key_bytes &&
		    memcmp(name, key, key_bytes) == 0)
			return take_value(&cursor, ret_value, ret_bytes);
	}
	return false;
}
