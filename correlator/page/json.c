/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

static void add_string(struct text *text, const char *words)
{
	static const char hex[] = "0123456789abcdef";

	text_add(text, "\"");
	for (; *words; words++) {
		unsigned char letter = (unsigned char)*words;
		char escape[6] = { '\\', 'u', '0', '0', hex[letter >> 4], hex[letter & 15] };

		if (letter < 0x20 || letter >= 0x7f || letter == '"' || letter == '\\' ||
		    letter == '<' || letter == '>' || letter == '&')
			text_add_bytes(text, escape, sizeof(escape));
		else
			text_add_bytes(text, words, 1);
	}
	text_add(text, "\"");
}

static void begin(struct json *json, const char *name)
{
	if (json->needs_comma)
		text_add(json->text, ",");
	json->needs_comma = true;
	if (name) {
		add_string(json->text, name);
		text_add(json->text, ":");
	}
}

void json_open(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	text_add_bytes(json->text, &bracket, 1);
	json->needs_comma = false;
}

void json_close(struct json *json, char bracket)
{
	text_add_bytes(json->text, &bracket, 1);
	json->needs_comma = true;
}

void json_u64(struct json *json, const char *name, uint64_t value)
{
	begin(json, name);
	text_add_u64(json->text, value);
}

void json_i64(struct json *json, const char *name, int64_t value)
{
	begin(json, name);
	text_add_i64(json->text, value);
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin(json, name);
	text_add(json->text, value ? "true" : "false");
}

void json_null(struct json *json, const char *name)
{
	begin(json, name);
	text_add(json->text, "null");
}

void json_string(struct json *json, const char *name, const char *words)
{
	begin(json, name);
	add_string(json->text, words);
}
