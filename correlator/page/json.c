/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

static void begin(struct json *json, const char *name)
{
	if (json->needs_comma)
		text_add(json->text, ",");
	json->needs_comma = true;
	if (name) {
		text_add_json(json->text, name);
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

void json_digits(struct json *json, const char *name, uint64_t value)
{
	begin(json, name);
	text_add_bytes(json->text, "\"", 1);
	text_add_u64(json->text, value);
	text_add_bytes(json->text, "\"", 1);
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
	text_add_json(json->text, words);
}
