/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const methods[] = {
	[REQUEST_SUBSCRIBE] = "SUBSCRIBE",
	[REQUEST_UNSUBSCRIBE] = "UNSUBSCRIBE",
	[REQUEST_LIST_SUBSCRIPTIONS] = "LIST_SUBSCRIPTIONS",
	[REQUEST_SET_PROPERTY] = "SET_PROPERTY",
	[REQUEST_GET_PROPERTY] = "GET_PROPERTY",
};

static enum request_error refuse(struct request *request, enum request_error error,
				 const char *reason)
{
	request->reason = reason;
	return error;
}

static bool text_is(const struct json *json, const char *text)
{
	return json->token == JSON_STRING && json->text_bytes == strlen(text) &&
	       memcmp(json->text, text, json->text_bytes) == 0;
}

/* A JSON string's bytes without its escapes' backslashes: how many characters it has. */
static size_t count_chars(const char *text, size_t size_bytes)
{
	size_t count = 0;

	for (size_t i = 0; i < size_bytes; count++) {
		if (text[i] == '\\')
			i += text[i + 1] == 'u' ? 6 : 2;
		else
			i++;
		while (i < size_bytes && ((unsigned char)text[i] & 0xc0) == 0x80)
			i++;
	}
	return count;
}

/* Is it written as a whole number that fits 64 bits with a sign? */
static bool is_int64(const struct json *json)
{
	char digits[24];

	if (json->text_bytes >= sizeof(digits))
		return false;
	memcpy(digits, json->text, json->text_bytes);
	digits[json->text_bytes] = '\0';
	errno = 0;
	(void)strtoll(digits, NULL, 10);
	return errno == 0 && strpbrk(digits, ".eE") == NULL;
}

bool request_take_id(const struct json *json, char ret_id[REQUEST_ID_BYTES])
{
	size_t quote_bytes = json->token == JSON_STRING ? 1 : 0;

	if (json->token == JSON_NULL)
		return true;
	if (json->token == JSON_STRING
		    ? count_chars(json->text, json->text_bytes) > REQUEST_ID_CHARS_MAX
		    : json->token != JSON_NUMBER || !is_int64(json))
		return false;
	if (json->text_bytes + 2 * quote_bytes >= REQUEST_ID_BYTES)
		return false;
	memcpy(ret_id, json->text - quote_bytes, json->text_bytes + 2 * quote_bytes);
	ret_id[json->text_bytes + 2 * quote_bytes] = '\0';
	return true;
}

static bool take_method(const struct json *json, struct request *request)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (text_is(json, methods[i])) {
			request->method = (enum request_method)i;
			return true;
		}
	}
	return false;
}

static bool take_name(const struct json *json, struct request *request)
{
	char *name;
	size_t size_bytes;

	if (json->token != JSON_STRING || request->stream_count == TARGET_STREAM_COUNT_MAX)
		return false;
	name = request->streams[request->stream_count];
	size_bytes = json_unescape(json, name, STREAM_NAME_BYTES - 1);
	if (!target_is_name(name, size_bytes))
		return false;
	name[size_bytes] = '\0';
	request->stream_count++;
	return true;
}

/* Walks over the elements of the array; each(json, request, index) says whether one is good. */
static enum request_error each_param(struct json params, struct request *request,
				     enum request_error (*each)(struct json *, struct request *,
								size_t))
{
	size_t index = 0;

	if (json_next(&params) != JSON_ARRAY)
		return refuse(request, REQUEST_INVALID, "Invalid request: params must be an array");
	while (json_next(&params) != JSON_ARRAY_END) {
		enum request_error error;

		if (params.token == JSON_COMMA)
			continue;
		error = each(&params, request, index++);
		if (error != REQUEST_OK)
			return error;
		(void)json_skip(&params); /* known to be JSON: the whole text was read once */
	}
	if (index == 0)
		return refuse(request, REQUEST_INVALID, "Invalid request: params is empty");
	return REQUEST_OK;
}

static enum request_error each_stream(struct json *json, struct request *request, size_t index)
{
	if (index >= TARGET_STREAM_COUNT_MAX)
		return refuse(request, REQUEST_INVALID, "Invalid request: too many parameters");
	if (!take_name(json, request))
		return refuse(request, REQUEST_INVALID,
			      "Invalid request: a stream name must be a string of 1 to 95 bytes");
	return REQUEST_OK;
}

static enum request_error each_property(struct json *json, struct request *request, size_t index)
{
	size_t count = request->method == REQUEST_SET_PROPERTY ? 2 : 1;

	if (index >= count)
		return refuse(request, REQUEST_INVALID, "Invalid request: too many parameters");
	if (index == 0 && json->token != JSON_STRING)
		return refuse(request, REQUEST_INVALID,
			      "Invalid request: property name must be a string");
	if (index == 0 && !text_is(json, "combined"))
		return refuse(request, REQUEST_UNKNOWN_PROPERTY, "Unknown property");
	if (index == 1 && json->token != JSON_TRUE && json->token != JSON_FALSE)
		return refuse(request, REQUEST_WRONG_TYPE, "Invalid value type: expected Boolean");
	request->is_combined = json->token == JSON_TRUE;
	request->stream_count = index + 1; /* counts the parameters until take_params() is done */
	return REQUEST_OK;
}

static enum request_error take_params(struct json params, struct request *request)
{
	enum request_error error;

	switch (request->method) {
	case REQUEST_LIST_SUBSCRIPTIONS:
		return REQUEST_OK;
	case REQUEST_SUBSCRIBE:
	case REQUEST_UNSUBSCRIBE:
		if (!params.at)
			return refuse(request, REQUEST_INVALID,
				      "Invalid request: missing field `params`");
		return each_param(params, request, each_stream);
	default:
		if (!params.at)
			return refuse(request, REQUEST_INVALID,
				      "Invalid request: missing field `params`");
		error = each_param(params, request, each_property);
		if (error == REQUEST_OK && request->method == REQUEST_SET_PROPERTY &&
		    request->stream_count != 2)
			error = refuse(request, REQUEST_INVALID,
				       "Invalid request: property value is missing");
		request->stream_count = 0;
		return error;
	}
}

/* One "key": value; the current token is the key.  Unknown keys are passed over. */
static enum request_error take_member(struct json *json, struct request *request,
				      bool *ret_has_method, struct json *ret_params)
{
	bool is_method = text_is(json, "method");
	bool is_id = text_is(json, "id");
	bool is_params = text_is(json, "params");

	(void)json_next(json); /* the colon */
	if (is_params)
		*ret_params = *json;
	(void)json_next(json);
	if (is_id && !request_take_id(json, request->id))
		return refuse(request, REQUEST_INVALID,
			      "Invalid request: request ID must be a signed 64-bit integer, a "
			      "string of at most 36 characters or null");
	if (is_method && !take_method(json, request))
		return refuse(request, REQUEST_INVALID,
			      "Invalid request: unknown variant, expected one of `SUBSCRIBE`, "
			      "`UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, "
			      "`GET_PROPERTY`");
	*ret_has_method |= is_method;
	(void)json_skip(json);
	return REQUEST_OK;
}

enum request_error request_parse(const char *text, size_t size_bytes, struct request *ret_request)
{
	struct json json = { .at = text, .end = text + size_bytes };
	struct json params = { 0 };
	bool has_method = false;
	enum request_error first = REQUEST_OK;

	ret_request->id[0] = '\0';
	ret_request->stream_count = 0;
	ret_request->reason = "";
	if (!json_is_whole(text, size_bytes))
		return refuse(ret_request, REQUEST_INVALID_JSON,
			      "Invalid JSON: expected value at line 1 column 1");
	if (json_next(&json) != JSON_OBJECT)
		return refuse(ret_request, REQUEST_INVALID, "Invalid request: not an object");
	while (json_next(&json) != JSON_OBJECT_END) {
		enum request_error error;

		if (json.token == JSON_COMMA)
			continue;
		error = take_member(&json, ret_request, &has_method, &params);
		if (error != REQUEST_OK) {
			const char *reason = ret_request->reason;

			/* Go on: the id may stand behind the mistake. */
			(void)json_skip(&json);
			if (first == REQUEST_OK)
				first = refuse(ret_request, error, reason);
		}
	}
	if (first != REQUEST_OK)
		return first;
	if (!has_method)
		return refuse(ret_request, REQUEST_INVALID,
			      "Invalid request: missing field `method`");
	return take_params(params, ret_request);
}

void request_end_answer(struct text *text, const struct request *request)
{
	text_add(text, ",\"id\":");
	text_add(text, request->id[0] ? request->id : "null");
	text_add_char(text, '}');
}

void request_answer_null(struct text *text, const struct request *request)
{
	text_add(text, "{\"result\":null");
	request_end_answer(text, request);
}

void request_answer_bool(struct text *text, const struct request *request, bool value)
{
	text_add(text, value ? "{\"result\":true" : "{\"result\":false");
	request_end_answer(text, request);
}

void request_answer_error(struct text *text, const struct request *request,
			  enum request_error error)
{
	text_add(text, "{\"code\":");
	text_add_u64(text, (uint64_t)error);
	text_add(text, ",\"msg\":\"");
	text_add(text, request->reason);
	text_add_char(text, '"');
	if (request->id[0]) {
		text_add(text, ",\"id\":");
		text_add(text, request->id);
	}
	text_add_char(text, '}');
}
