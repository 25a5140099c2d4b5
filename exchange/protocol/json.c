/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

#include <string.h>

#define DEPTH_MAX 16

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool take_escape(struct json *json)
{
	if (json->at == json->end)
		return false;
	if (*json->at == 'u') {
		if (json->end - json->at < 5)
			return false;
		for (int i = 1; i <= 4; i++)
			if (!is_hex(json->at[i]))
				return false;
		json->at += 5;
		return true;
	}
	return *json->at != '\0' && strchr("\"\\/bfnrt", *json->at++);
}

static enum json_token take_string(struct json *json)
{
	json->text = ++json->at;
	while (json->at < json->end && *json->at != '"') {
		char c = *json->at++;

		if ((unsigned char)c < ' ' || (c == '\\' && !take_escape(json)))
			return JSON_BAD;
	}
	if (json->at == json->end)
		return JSON_BAD;
	json->text_bytes = (size_t)(json->at++ - json->text);
	return JSON_STRING;
}

static size_t take_digits(struct json *json)
{
	const char *begin = json->at;

	while (json->at < json->end && is_digit(*json->at))
		json->at++;
	return (size_t)(json->at - begin);
}

static enum json_token take_number(struct json *json)
{
	json->text = json->at;
	if (*json->at == '-')
		json->at++;
	if (json->at < json->end && *json->at == '0')
		json->at++;
	else if (take_digits(json) == 0)
		return JSON_BAD;
	if (json->at < json->end && *json->at == '.') {
		json->at++;
		if (take_digits(json) == 0)
			return JSON_BAD;
	}
	if (json->at < json->end && (*json->at == 'e' || *json->at == 'E')) {
		json->at++;
		if (json->at < json->end && (*json->at == '+' || *json->at == '-'))
			json->at++;
		if (take_digits(json) == 0)
			return JSON_BAD;
	}
	json->text_bytes = (size_t)(json->at - json->text);
	return JSON_NUMBER;
}

static enum json_token take_word(struct json *json)
{
	static const struct {
		const char *text;
		enum json_token token;
	} words[] = { { "true", JSON_TRUE }, { "false", JSON_FALSE }, { "null", JSON_NULL } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t size_bytes = strlen(words[i].text);

		if ((size_t)(json->end - json->at) >= size_bytes &&
		    strncmp(json->at, words[i].text, size_bytes) == 0) {
			json->at += size_bytes;
			return words[i].token;
		}
	}
	return JSON_BAD;
}

static enum json_token take_token(struct json *json)
{
	while (json->at < json->end && is_space(*json->at))
		json->at++;
	if (json->at == json->end)
		return JSON_END;
	switch (*json->at) {
	case '{':
	case '}':
	case '[':
	case ']':
	case ':':
	case ',':
		return (enum json_token) * json->at++;
	case '"':
		return take_string(json);
	default:
		return is_digit(*json->at) || *json->at == '-' ? take_number(json)
							       : take_word(json);
	}
}

enum json_token json_next(struct json *json)
{
	json->token = take_token(json);
	return json->token;
}

static bool skip(struct json *json, int depth);

/* The current token opens an object or an array; afterwards it is the one that closes it. */
static bool skip_members(struct json *json, int depth)
{
	bool is_object = json->token == JSON_OBJECT;
	enum json_token close = is_object ? JSON_OBJECT_END : JSON_ARRAY_END;

	if (json_next(json) == close)
		return true;
	for (;;) {
		if (is_object && (json->token != JSON_STRING || json_next(json) != JSON_COLON))
			return false;
		if (is_object)
			(void)json_next(json);
		if (!skip(json, depth + 1))
			return false;
		if (json_next(json) == close)
			return true;
		if (json->token != JSON_COMMA)
			return false;
		(void)json_next(json);
	}
}

static bool skip(struct json *json, int depth)
{
	if (!json_is_value(json->token) || depth > DEPTH_MAX)
		return false;
	if (json->token == JSON_OBJECT || json->token == JSON_ARRAY)
		return skip_members(json, depth);
	return true;
}

bool json_skip(struct json *json)
{
	return skip(json, 0);
}

static unsigned int hex4(const char *digits)
{
	unsigned int value = 0;

	for (int i = 0; i < 4; i++) {
		char c = digits[i];

		value = value * 16 + (unsigned int)(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

/*
 * The character of one escape, behind whose backslash *at stands; moves on.
 * Returns 0 for half a surrogate pair, as for the character 0: names have neither.
 */
static unsigned int take_escaped(const char **at, const char *end)
{
	static const char letters[] = "bfnrt";
	static const char meanings[] = "\b\f\n\r\t";
	char letter = *(*at)++;
	const char *found = strchr(letters, letter);
	unsigned int high;
	unsigned int low;

	if (letter != 'u')
		return found ? (unsigned char)meanings[found - letters] : (unsigned char)letter;
	high = hex4(*at);
	*at += 4;
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
		return 0;
	low = hex4(*at + 2);
	*at += 6;
	return low < 0xdc00 || low > 0xdfff ? 0 : 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}

/* RFC 3629; returns how many bytes it has written. */
static size_t put_utf8(char *text, unsigned int c)
{
	if (c < 0x80) {
		text[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		text[0] = (char)(0xc0 | c >> 6);
		text[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		text[0] = (char)(0xe0 | c >> 12);
		text[1] = (char)(0x80 | (c >> 6 & 0x3f));
		text[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	text[0] = (char)(0xf0 | c >> 18);
	text[1] = (char)(0x80 | (c >> 12 & 0x3f));
	text[2] = (char)(0x80 | (c >> 6 & 0x3f));
	text[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

size_t json_unescape(const struct json *json, char *ret_text, size_t room_bytes)
{
	const char *at = json->text;
	const char *end = json->text + json->text_bytes;
	size_t used_bytes = 0;

	while (at < end) {
		char utf8[4] = { *at };
		size_t size_bytes = 1;

		if (*at++ == '\\') {
			unsigned int c = take_escaped(&at, end);

			if (c == 0)
				return 0;
			size_bytes = put_utf8(utf8, c);
		}
		if (size_bytes > room_bytes - used_bytes)
			return 0;
		memcpy(ret_text + used_bytes, utf8, size_bytes);
		used_bytes += size_bytes;
	}
	return used_bytes;
}

bool json_is_whole(const char *text, size_t size_bytes)
{
	struct json json = { .at = text, .end = text + size_bytes };

	(void)json_next(&json);
	return json_skip(&json) && json_next(&json) == JSON_END;
}
