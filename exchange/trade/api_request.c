/* SPDX-License-Identifier: BSD-2-Clause */
#include "api_request.h"

#include <stdio.h>
#include <string.h>

#define STATUS_BAD_REQUEST 400

static const char *const methods[API_METHOD_COUNT] = {
	[API_PING] = "ping",
	[API_TIME] = "time",
	[API_ORDER_PLACE] = "order.place",
	[API_ORDER_TEST] = "order.test",
};

/* Which methods know the parameter. */
#define ALL   (1u << API_PING | 1u << API_TIME | ORDER)
#define ORDER (1u << API_ORDER_PLACE | TEST)
#define TEST  (1u << API_ORDER_TEST)

static const struct {
	const char *name;
	uint32_t method_mask;
} params[API_PARAM_COUNT] = {
	[API_SYMBOL] = { "symbol", ORDER },
	[API_SIDE] = { "side", ORDER },
	[API_TYPE] = { "type", ORDER },
	[API_TIME_IN_FORCE] = { "timeInForce", ORDER },
	[API_QUANTITY] = { "quantity", ORDER },
	[API_PRICE] = { "price", ORDER },
	[API_CLIENT_ORDER_ID] = { "newClientOrderId", ORDER },
	[API_RESPONSE_TYPE] = { "newOrderRespType", ORDER },
	[API_PREVENTION_MODE] = { "selfTradePreventionMode", ORDER },
	[API_KEY] = { "apiKey", ORDER },
	[API_RECV_WINDOW] = { "recvWindow", ORDER },
	[API_SIGNATURE] = { "signature", ORDER },
	[API_TIMESTAMP] = { "timestamp", ORDER },
	[API_COMMISSION_RATES] = { "computeCommissionRates", TEST },
	[API_RATE_LIMITS] = { "returnRateLimits", ALL },
};

bool api_fail(struct api_error *error, int16_t code, const char *words)
{
	*error = (struct api_error){ .status = STATUS_BAD_REQUEST, .code = code };
	(void)snprintf(error->words, sizeof(error->words), "%s", words);
	return false;
}

/* Puts the name where the %s is. */
static bool fail_named(struct api_error *error, int16_t code, const char *words, const char *name)
{
	const char *mark = strstr(words, "%s");

	(void)api_fail(error, code, words);
	if (mark)
		(void)snprintf(error->words, sizeof(error->words), "%.*s%s%s", (int)(mark - words),
			       words, name, mark + 2);
	return false;
}

bool api_fail_param(struct api_error *error, int16_t code, const char *words, enum api_param param)
{
	return fail_named(error, code, words, params[param].name);
}

static bool fail_missing(struct api_error *error, const char *name)
{
	return fail_named(error, -1102,
			  "Mandatory parameter '%s' was not sent, was empty/null, or malformed.",
			  name);
}

static bool text_is(const struct json *json, const char *text)
{
	return json->token == JSON_STRING && json->text_bytes == strlen(text) &&
	       memcmp(json->text, text, json->text_bytes) == 0;
}

/* A method may be written with its version, "v3/". */
static bool take_method(struct json method, struct api_request *request, struct api_error *error)
{
	static const char version[] = "v3/";

	if (method.token != JSON_STRING || !method.text_bytes)
		return fail_missing(error, "method");
	if (method.text_bytes >= sizeof(version) - 1 &&
	    memcmp(method.text, version, sizeof(version) - 1) == 0) {
		method.text += sizeof(version) - 1;
		method.text_bytes -= sizeof(version) - 1;
	}
	for (size_t i = 0; i < API_METHOD_COUNT; i++) {
		request->method = (enum api_method)i;
		if (text_is(&method, methods[i]))
			return true;
	}
	return api_fail(error, -1020, "This operation is not supported.");
}

static enum api_param param_of(const struct json *name, enum api_method method)
{
	size_t param = 0;

	while (param < API_PARAM_COUNT &&
	       !((params[param].method_mask >> method & 1) && text_is(name, params[param].name)))
		param++;
	return (enum api_param)param;
}

/* {"symbol":"BTCUSDT",...}; the text is known to be JSON. */
static bool take_params(struct json json, struct api_request *request, struct api_error *error)
{
	if (json.token != JSON_OBJECT)
		return fail_missing(error, "params");
	while (json_next(&json) != JSON_OBJECT_END) {
		enum api_param param;
		struct api_value *value;

		if (json.token == JSON_COMMA)
			continue;
		param = param_of(&json, request->method);
		if (param == API_PARAM_COUNT)
			return api_fail(error, -1104, "Not all sent parameters were read.");
		value = &request->params[param];
		if (value->token != JSON_BAD)
			return api_fail(error, -1101, "Duplicate values for a parameter detected.");
		(void)json_next(&json); /* the colon */
		(void)json_next(&json);
		*value = (struct api_value){ json.token, json.text, json.text_bytes };
		(void)json_skip(&json);
	}
	return true;
}

/* What stands where in the request. */
struct members {
	struct json id;
	struct json method;
	struct json params;
};

static void find_members(struct json json, struct members *ret_members)
{
	*ret_members = (struct members){ 0 };
	while (json_next(&json) != JSON_OBJECT_END) {
		struct json name = json;

		if (json.token == JSON_COMMA)
			continue;
		(void)json_next(&json); /* the colon */
		(void)json_next(&json);
		if (text_is(&name, "id"))
			ret_members->id = json;
		else if (text_is(&name, "method"))
			ret_members->method = json;
		else if (text_is(&name, "params"))
			ret_members->params = json;
		(void)json_skip(&json);
	}
}

bool api_parse(const char *text, size_t size_bytes, struct api_request *ret_request,
	       struct api_error *ret_error)
{
	struct json json = { .at = text, .end = text + size_bytes };
	struct members members;

	*ret_request = (struct api_request){ 0 };
	if (!json_is_whole(text, size_bytes) || json_next(&json) != JSON_OBJECT)
		return api_fail(ret_error, -1135, "Invalid JSON Request");
	find_members(json, &members);
	if (members.id.token != JSON_BAD && !request_take_id(&members.id, ret_request->id))
		return fail_missing(ret_error, "id");
	if (!take_method(members.method, ret_request, ret_error))
		return false;
	return members.params.token == JSON_BAD ||
	       take_params(members.params, ret_request, ret_error);
}
