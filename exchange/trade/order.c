/* SPDX-License-Identifier: BSD-2-Clause */
#include "order.h"

#include <ctype.h>
#include <string.h>

#include "exchange/names/symbol.h"

#define API_KEY_BYTES	   64
#define HMAC_BYTES	   64 /* in hexadecimal; base64 of an Ed25519 signature has 88 */
#define BASE64_BYTES_MIN   86
#define RECV_WINDOW_MS_MAX 60000
#define RECV_WINDOW_US	   (5000 * UINT64_C(1000))
#define AHEAD_US_MAX	   (1000 * UINT64_C(1000))
#define MICROSECONDS_FROM  UINT64_C(100000000000000) /* as ms, in the year 5138 */
#define MISSING		   "Mandatory parameter '%s' was not sent, was empty/null, or malformed."

static const char *const sides[] = { "BUY", "SELL" };
static const char *const types[] = { [ORDER_LIMIT] = "LIMIT", [ORDER_LIMIT_MAKER] = "LIMIT_MAKER" };
static const char *const forces[] = {
	[ORDER_GTC] = "GTC", [ORDER_IOC] = "IOC", [ORDER_FOK] = "FOK"
};
static const char *const responses[] = {
	[ORDER_ACK] = "ACK", [ORDER_RESULT] = "RESULT", [ORDER_FULL] = "FULL"
};

/* Known to the venue, but not offered: each with its own words. */
static const struct {
	const char *type;
	const char *words;
} others[] = {
	{ "MARKET", "Market orders are not supported for this symbol." },
	{ "STOP_LOSS", "Stop loss orders are not supported for this symbol." },
	{ "STOP_LOSS_LIMIT", "Stop loss limit orders are not supported for this symbol." },
	{ "TAKE_PROFIT", "Take profit orders are not supported for this symbol." },
	{ "TAKE_PROFIT_LIMIT", "Take profit limit orders are not supported for this symbol." },
};

const char *order_type_name(enum order_type type)
{
	return types[type];
}

const char *order_force_name(enum order_force force)
{
	return forces[force];
}

static bool value_is(const struct api_value *value, const char *text)
{
	return value->token == JSON_STRING && value->text_bytes == strlen(text) &&
	       memcmp(value->text, text, value->text_bytes) == 0;
}

/* Which of the names it is; count if none. */
static size_t pick(const struct api_value *value, const char *const names[], size_t count)
{
	size_t i = 0;

	while (i < count && !value_is(value, names[i]))
		i++;
	return i;
}

static bool is_given(const struct api_value *value)
{
	return value->token != JSON_BAD && value->token != JSON_NULL && value->text_bytes > 0;
}

static bool need(const struct api_request *request, enum api_param param, enum json_token token,
		 struct api_error *error)
{
	const struct api_value *value = &request->params[param];

	return (is_given(value) && (!token || value->token == token)) ||
	       api_fail_param(error, -1102, MISSING, param);
}

/* Digits only, and few enough. */
static bool take_number(const struct api_value *value, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!is_given(value) || value->text_bytes > 18)
		return false;
	for (size_t i = 0; i < value->text_bytes; i++) {
		if (!isdigit((unsigned char)value->text[i]))
			return false;
		number = number * 10 + (uint64_t)(value->text[i] - '0');
	}
	*ret_number = number;
	return true;
}

/* ---- Who and when ---------------------------------------------------------- */

static bool check_key(const struct api_request *request, struct api_error *error)
{
	const struct api_value *key = &request->params[API_KEY];

	if (!need(request, API_KEY, JSON_STRING, error))
		return false;
	if (key->text_bytes != API_KEY_BYTES)
		return api_fail(error, -2014, "API-key format invalid.");
	for (size_t i = 0; i < key->text_bytes; i++)
		if (!isalnum((unsigned char)key->text[i]))
			return api_fail(error, -2014, "API-key format invalid.");
	return true;
}

static bool is_signature(const struct api_value *value)
{
	bool is_hex = value->text_bytes == HMAC_BYTES;

	for (size_t i = 0; i < value->text_bytes; i++) {
		unsigned char c = (unsigned char)value->text[i];

		is_hex = is_hex && isxdigit(c);
		/* A slash may be escaped in JSON. */
		if (!isalnum(c) && !strchr("+/=\\", c))
			return false;
	}
	return is_hex || value->text_bytes >= BASE64_BYTES_MIN;
}

static bool check_window(const struct api_request *request, uint64_t server_us,
			 struct api_error *error)
{
	const struct api_value *window = &request->params[API_RECV_WINDOW];
	uint64_t window_us = RECV_WINDOW_US;
	uint64_t sent_us;

	if (!take_number(&request->params[API_TIMESTAMP], &sent_us))
		return api_fail_param(error, -1102, MISSING, API_TIMESTAMP);
	if (sent_us < MICROSECONDS_FROM)
		sent_us *= 1000;
	if (window->token != JSON_BAD) {
		if (!take_number(window, &window_us))
			return api_fail_param(error, -1102, MISSING, API_RECV_WINDOW);
		if (window_us > RECV_WINDOW_MS_MAX)
			return api_fail(error, -1102,
					"'recvWindow' contains unexpected value. Cannot be "
					"greater than '60000'.");
		window_us *= 1000;
	}
	if (sent_us >= server_us + AHEAD_US_MAX)
		return api_fail(error, -1021,
				"Timestamp for this request was 1000ms ahead of the server's "
				"time.");
	if (sent_us + window_us < server_us)
		return api_fail(error, -1021,
				"Timestamp for this request is outside of the recvWindow.");
	return true;
}

static bool check_security(const struct api_request *request, uint64_t server_us,
			   struct api_error *error)
{
	if (!check_key(request, error) || !need(request, API_SIGNATURE, JSON_STRING, error))
		return false;
	if (!is_signature(&request->params[API_SIGNATURE]))
		return api_fail(error, -1022, "Signature for this request is not valid.");
	return check_window(request, server_us, error);
}

/* ---- What ------------------------------------------------------------------ */

static bool take_symbol(const struct api_request *request, struct order *order,
			struct api_error *error)
{
	const struct api_value *value = &request->params[API_SYMBOL];
	char lower[ORDER_SYMBOL_BYTES] = { 0 };

	if (!need(request, API_SYMBOL, JSON_STRING, error))
		return false;
	if (value->text_bytes >= sizeof(lower))
		return api_fail(error, -1121, "Invalid symbol.");
	for (size_t i = 0; i < value->text_bytes; i++) {
		unsigned char c = (unsigned char)value->text[i];

		if (!isupper(c) && !isdigit(c))
			return api_fail(error, -1121, "Invalid symbol.");
		lower[i] = (char)tolower(c);
	}
	if (!symbol_is_spot(lower))
		return api_fail(error, -1121, "Invalid symbol.");
	memcpy(order->symbol, value->text, value->text_bytes);
	order->symbol[value->text_bytes] = '\0';
	return true;
}

static bool take_type(const struct api_request *request, struct order *order,
		      struct api_error *error)
{
	const struct api_value *value = &request->params[API_TYPE];
	size_t type = pick(value, types, ORDER_TYPE_COUNT);

	if (!need(request, API_TYPE, JSON_STRING, error))
		return false;
	order->type = (enum order_type)type;
	if (type < ORDER_TYPE_COUNT)
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (value_is(value, others[i].type))
			return api_fail(error, -2010, others[i].words);
	return api_fail(error, -1116, "Invalid orderType.");
}

/* One that has none waits until it is cancelled. */
static bool take_force(const struct api_request *request, struct order *order,
		       struct api_error *error)
{
	const struct api_value *value = &request->params[API_TIME_IN_FORCE];
	size_t force = pick(value, forces, ORDER_FORCE_COUNT);

	order->force = ORDER_GTC;
	if (order->type == ORDER_LIMIT_MAKER)
		return value->token == JSON_BAD ||
		       api_fail(error, -1114, "TimeInForce parameter sent when not required.");
	if (!need(request, API_TIME_IN_FORCE, JSON_STRING, error))
		return false;
	order->force = (enum order_force)force;
	return force < ORDER_FORCE_COUNT || api_fail(error, -1115, "Invalid timeInForce.");
}

static bool take_side(const struct api_request *request, struct order *order,
		      struct api_error *error)
{
	size_t side = pick(&request->params[API_SIDE], sides, 2);

	if (!need(request, API_SIDE, JSON_STRING, error))
		return false;
	order->is_sell = side == 1;
	return side < 2 || api_fail(error, -1117, "Invalid side.");
}

/* ^([0-9]{1,20})(\.[0-9]{1,20})?$, in words or as a number, to a whole one of 10^-8. */
static bool take_decimal(const struct api_request *request, enum api_param param,
			 uint64_t *ret_value, struct api_error *error)
{
	const struct api_value *value = &request->params[param];
	const char *point;
	size_t whole_bytes;
	size_t part_bytes;
	uint64_t sum = 0;

	if (!need(request, param, JSON_BAD, error))
		return false;
	point = memchr(value->text, '.', value->text_bytes);
	whole_bytes = point ? (size_t)(point - value->text) : value->text_bytes;
	part_bytes = point ? value->text_bytes - whole_bytes - 1 : 0;
	for (size_t i = 0; i < value->text_bytes; i++)
		if (i != whole_bytes && !isdigit((unsigned char)value->text[i]))
			whole_bytes = 0;
	if (whole_bytes == 0 || whole_bytes > 20 || part_bytes > 20 || (point && !part_bytes))
		return api_fail_param(error, -1100,
				      "Illegal characters found in parameter '%s'; legal range is "
				      "'^([0-9]{1,20})(\\\\.[0-9]{1,20})?$'.",
				      param);
	if (part_bytes > ORDER_DECIMALS)
		return api_fail_param(error, -1111, "Parameter '%s' has too much precision.",
				      param);
	for (size_t i = 0; i < whole_bytes + ORDER_DECIMALS; i++) {
		size_t at = i < whole_bytes ? i : i + 1;
		uint64_t digit = at < value->text_bytes ? (uint64_t)(value->text[at] - '0') : 0;

		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			return api_fail_param(error, -1108, "Parameter '%s' overflowed.", param);
	}
	*ret_value = sum;
	return true;
}

static bool take_amounts(const struct api_request *request, struct order *order,
			 struct api_error *error)
{
	if (!take_decimal(request, API_QUANTITY, &order->quantity, error) ||
	    !take_decimal(request, API_PRICE, &order->price, error))
		return false;
	if (order->price == 0)
		return api_fail(error, -1013, "Filter failure: PRICE_FILTER");
	if (order->quantity == 0)
		return api_fail(error, -1013, "Filter failure: LOT_SIZE");
	return true;
}

static bool take_client_id(const struct api_request *request, struct order *order,
			   struct api_error *error)
{
	const struct api_value *value = &request->params[API_CLIENT_ORDER_ID];
	bool is_good = value->token == JSON_STRING && value->text_bytes > 0 &&
		       value->text_bytes < sizeof(order->client_id);

	order->client_id[0] = '\0';
	if (value->token == JSON_BAD)
		return true;
	for (size_t i = 0; is_good && i < value->text_bytes; i++)
		is_good = isalnum((unsigned char)value->text[i]) || strchr("-_", value->text[i]);
	if (!is_good)
		return api_fail_param(error, -1100,
				      "Illegal characters found in parameter '%s'; legal range is "
				      "'^[a-zA-Z0-9-_]{1,36}$'.",
				      API_CLIENT_ORDER_ID);
	memcpy(order->client_id, value->text, value->text_bytes);
	order->client_id[value->text_bytes] = '\0';
	return true;
}

static bool take_response(const struct api_request *request, struct order *order,
			  struct api_error *error)
{
	const struct api_value *value = &request->params[API_RESPONSE_TYPE];
	size_t response = pick(value, responses, ORDER_RESPONSE_COUNT);

	if (value->token == JSON_BAD)
		response = order->type == ORDER_LIMIT ? ORDER_FULL : ORDER_ACK;
	order->response = (enum order_response)response;
	return response < ORDER_RESPONSE_COUNT ||
	       api_fail_param(error, -1130, "Data sent for parameter '%s' is not valid.",
			      API_RESPONSE_TYPE);
}

bool order_take(const struct api_request *request, uint64_t server_us, struct order *ret_order,
		struct api_error *ret_error)
{
	return check_security(request, server_us, ret_error) &&
	       take_symbol(request, ret_order, ret_error) &&
	       take_side(request, ret_order, ret_error) &&
	       take_type(request, ret_order, ret_error) &&
	       take_force(request, ret_order, ret_error) &&
	       take_amounts(request, ret_order, ret_error) &&
	       take_client_id(request, ret_order, ret_error) &&
	       take_response(request, ret_order, ret_error);
}
