/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "exchange/trade/order.h"

#define SERVER_US UINT64_C(1790000000123000)
#define KEY	  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678901"
#define HEX	  "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define SAFE	  "\"apiKey\":\"" KEY "\",\"signature\":\"" HEX "\",\"timestamp\":1790000000123"
#define GOOD	  "\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"type\":\"LIMIT\",\"timeInForce\":\"GTC\""

static struct order order;
static struct api_error error;

/* The order of an order.place with these parameters; the error's code, 0 if it is good. */
static int code_of(const char *params)
{
	char text[2048];
	struct api_request request;

	(void)snprintf(text, sizeof(text), "{\"id\":1,\"method\":\"order.place\",\"params\":{%s}}",
		       params);
	assert_true(api_parse(text, strlen(text), &request, &error));
	memset(&order, 0, sizeof(order));
	memset(&error, 0, sizeof(error));
	return order_take(&request, SERVER_US, &order, &error) ? 0 : error.code;
}

static void a_limit_order_is_taken(void **state)
{
	(void)state;
	assert_int_equal(code_of(SAFE
				 ",\"symbol\":\"BTCUSDT\",\"side\":\"SELL\",\"type\":\"LIMIT\","
				 "\"timeInForce\":\"IOC\",\"price\":\"0.1\",\"quantity\":10,"
				 "\"newClientOrderId\":\"tick_1-2\""),
			 0);
	assert_string_equal(order.symbol, "BTCUSDT");
	assert_string_equal(order.client_id, "tick_1-2");
	assert_true(order.is_sell);
	assert_int_equal(order.type, ORDER_LIMIT);
	assert_int_equal(order.force, ORDER_IOC);
	assert_int_equal(order.response, ORDER_FULL);
	assert_int_equal(order.price, 10000000);
	assert_int_equal(order.quantity, 1000000000);
}

static void a_maker_needs_no_time_in_force_and_is_acknowledged(void **state)
{
	(void)state;
	assert_int_equal(code_of(SAFE ",\"symbol\":\"BNBBTC\",\"side\":\"BUY\","
				      "\"type\":\"LIMIT_MAKER\",\"price\":1,\"quantity\":1"),
			 0);
	assert_int_equal(order.response, ORDER_ACK);
	assert_string_equal(order.client_id, "");
}

static void each_mistake_has_its_code(void **state)
{
#define WITH(price, quantity) SAFE "," GOOD ",\"price\":" price ",\"quantity\":" quantity
	static const struct {
		const char *params;
		int code;
	} cases[] = {
		{ GOOD, -1102 },
		{ "\"apiKey\":\"short\"," GOOD, -2014 },
		{ "\"apiKey\":\"" KEY "\"," GOOD, -1102 },
		{ "\"apiKey\":\"" KEY "\",\"signature\":\"zz\",\"timestamp\":1790000000123",
		  -1022 },
		{ "\"apiKey\":\"" KEY "\",\"signature\":\"" HEX "\"", -1102 },
		{ "\"apiKey\":\"" KEY "\",\"signature\":\"" HEX "\",\"timestamp\":1789999995122",
		  -1021 },
		{ "\"apiKey\":\"" KEY "\",\"signature\":\"" HEX "\",\"timestamp\":1790000001123",
		  -1021 },
		{ SAFE ",\"recvWindow\":60001", -1102 },
		{ SAFE, -1102 },
		{ SAFE ",\"symbol\":\"btcusdt\"", -1121 },
		{ SAFE ",\"symbol\":\"NOPE\"", -1121 },
		{ SAFE ",\"symbol\":\"AAAAAAAAAAAAAAAAAAAAUSDT\"", -1121 },
		{ SAFE ",\"symbol\":\"BTCUSDT\",\"side\":\"HOLD\"", -1117 },
		{ SAFE ",\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"type\":\"MARKET\"", -2010 },
		{ SAFE ",\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"type\":\"HOPE\"", -1116 },
		{ SAFE ",\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"type\":\"LIMIT\"", -1102 },
		{ SAFE ",\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"type\":\"LIMIT\","
		       "\"timeInForce\":\"GTX\"",
		  -1115 },
		{ SAFE ",\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"type\":\"LIMIT_MAKER\","
		       "\"timeInForce\":\"GTC\"",
		  -1114 },
		{ SAFE "," GOOD ",\"price\":1", -1102 },
		{ WITH("\"\"", "1"), -1102 },
		{ WITH("null", "1"), -1102 },
		{ WITH("-1", "1"), -1100 },
		{ WITH("\"1.\"", "1"), -1100 },
		{ WITH("\".1\"", "1"), -1100 },
		{ WITH("\"1.2.3\"", "1"), -1100 },
		{ WITH("1e3", "1"), -1100 },
		{ WITH("\"123456789012345678901\"", "1"), -1100 },
		{ WITH("\"12345678901234567890\"", "1"), -1108 },
		{ WITH("\"0.000000001\"", "1"), -1111 },
		{ WITH("0", "1"), -1013 },
		{ WITH("1", "\"0.0\""), -1013 },
		{ WITH("1", "1") ",\"newClientOrderId\":\"a b\"", -1100 },
		{ WITH("1", "1") ",\"newClientOrderId\":\"\"", -1100 },
		{ WITH("1", "1") ",\"newClientOrderId\":\"1234567890123456789012345678901234567\"",
		  -1100 },
		{ WITH("1", "1") ",\"newOrderRespType\":\"LONG\"", -1130 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(code_of(cases[i].params), cases[i].code);
		assert_true(error.words[0] && !strstr(error.words, "%s"));
	}
}

/* timestamp < server + 1000 ms, and server - timestamp <= recvWindow; in ms or in us. */
static void the_window_is_the_documented_one(void **state)
{
	static const struct {
		const char *times;
		int code;
	} cases[] = {
		{ "\"timestamp\":1790000001122", 0 },
		{ "\"timestamp\":1790000001123", -1021 },
		{ "\"timestamp\":1790000001122999", 0 },
		{ "\"timestamp\":1789999995123", 0 },
		{ "\"timestamp\":1789999995122", -1021 },
		{ "\"timestamp\":1789999995123000", 0 },
		{ "\"timestamp\":1789999940123,\"recvWindow\":60000", 0 },
		{ "\"timestamp\":1789999999923,\"recvWindow\":200", 0 },
		{ "\"timestamp\":1789999999922,\"recvWindow\":200", -1021 },
		{ "\"timestamp\":\"soon\"", -1102 },
	};
	char params[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(params, sizeof(params),
			       "\"apiKey\":\"" KEY "\",\"signature\":\"" HEX "\"," GOOD
			       ",\"price\":1,\"quantity\":1,%s",
			       cases[i].times);
		assert_int_equal(code_of(params), cases[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_order_is_taken),
		cmocka_unit_test(a_maker_needs_no_time_in_force_and_is_acknowledged),
		cmocka_unit_test(each_mistake_has_its_code),
		cmocka_unit_test(the_window_is_the_documented_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
