/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader of JSON tokens for the few small requests a client sends.
 */
#ifndef EXCHANGE_JSON_H
#define EXCHANGE_JSON_H

#include <stdbool.h>
#include <stddef.h>

enum json_token {
	JSON_BAD = 0,
	JSON_END,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
	JSON_OBJECT = '{',
	JSON_OBJECT_END = '}',
	JSON_ARRAY = '[',
	JSON_ARRAY_END = ']',
	JSON_COLON = ':',
	JSON_COMMA = ',',
};

struct json {
	const char *at; /* moves on */
	const char *end;
	enum json_token token; /* the current one */
	const char *text;      /* its text; of a string, what stands between the quotes, raw */
	size_t text_bytes;
};

/* Goes on to the next token and returns it. */
enum json_token json_next(struct json *json);

/*
 * Goes past the value whose first token is the current one; its last token is
 * then current.  Returns false where the text is not JSON or nested deeper than 16.
 */
bool json_skip(struct json *json);

/* Is the whole text one JSON value and nothing more? */
bool json_is_whole(const char *text, size_t size_bytes);

/*
 * What the current token, a string, stands for: its escapes are undone and
 * become UTF-8.  Returns how many bytes that is, or 0 if it is none, or more
 * than room_bytes, or has half a surrogate pair.
 */
size_t json_unescape(const struct json *json, char *ret_text, size_t room_bytes);

static inline bool json_is_value(enum json_token token)
{
	return token == JSON_OBJECT || token == JSON_ARRAY ||
	       (token >= JSON_STRING && token <= JSON_NULL);
}

#endif
