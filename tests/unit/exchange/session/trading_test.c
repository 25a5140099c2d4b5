/* SPDX-License-Identifier: BSD-2-Clause */
/* The WebSocket API, from a client's side. */
#include "tests/unit/exchange/bench.h"

#define KEY  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678901"
#define HEX  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SAFE "\"apiKey\":\"" KEY "\",\"signature\":\"" HEX "\",\"timestamp\":1790000000123"
#define GOOD                                                                                       \
	SAFE ",\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"type\":\"LIMIT\",\"timeInForce\":"        \
	     "\"GTC\",\"price\":\"0.1\",\"quantity\":10"

/* A connection of which the venue's clock says WALL_US. */
static int open_api(struct bench *bench, const char *target)
{
	int slot;

	start(bench, "market");
	slot = open_client(bench, target);
	run_for(bench, slot, 1);
	return slot;
}

static void ping_and_time_are_answered_with_their_id(void **state)
{
	struct bench *bench = *state;
	int slot = open_api(bench, "/ws-api/v3?returnRateLimits=false");

	assert_answer(bench, slot, "{\"id\":\"x\",\"method\":\"ping\"}",
		      "{\"id\":\"x\",\"status\":200,\"result\":{}}");
	bench->now_ns += 2 * NS_PER_MS;
	assert_answer(bench, slot, "{\"id\":7,\"method\":\"time\"}",
		      "{\"id\":7,\"status\":200,\"result\":{\"serverTime\":1790000000125}}");
	assert_answer(
		bench, slot,
		"{\"id\":null,\"method\":\"ping\",\"params\":{\"returnRateLimits\":true}}",
		"{\"id\":null,\"status\":200,\"result\":{},\"rateLimits\":[{\"rateLimitType\":"
		"\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":6000,"
		"\"count\":3}]}");
}

static void times_are_in_microseconds_where_asked_for(void **state)
{
	struct bench *bench = *state;
	int slot = open_api(bench, "/ws-api/v3?timeUnit=MICROSECOND&returnRateLimits=false");

	assert_answer(bench, slot, "{\"id\":7,\"method\":\"time\"}",
		      "{\"id\":7,\"status\":200,\"result\":{\"serverTime\":1790000000123456}}");
}

static void an_order_is_placed_and_a_test_is_not(void **state)
{
	struct bench *bench = *state;
	int slot = open_api(bench, "/ws-api/v3?returnRateLimits=false");

	assert_answer(bench, slot, "{\"id\":1,\"method\":\"order.test\",\"params\":{" GOOD "}}",
		      "{\"id\":1,\"status\":200,\"result\":{}}");
	assert_answer(
		bench, slot, "{\"id\":2,\"method\":\"order.place\",\"params\":{" GOOD "}}",
		"{\"id\":2,\"status\":200,\"result\":{\"symbol\":\"BTCUSDT\",\"orderId\":1,"
		"\"orderListId\":-1,\"clientOrderId\":\"0000000000000000000001\","
		"\"transactTime\":1790000000123,\"price\":\"0.10000000\","
		"\"origQty\":\"10.00000000\",\"executedQty\":\"0.00000000\","
		"\"origQuoteOrderQty\":\"0.00000000\",\"cummulativeQuoteQty\":\"0.00000000\","
		"\"status\":\"NEW\",\"timeInForce\":\"GTC\",\"type\":\"LIMIT\",\"side\":\"BUY\","
		"\"workingTime\":1790000000123,\"selfTradePreventionMode\":\"NONE\","
		"\"fills\":[]}}");
	assert_answer(bench, slot,
		      "{\"id\":3,\"method\":\"order.place\",\"params\":{" GOOD
		      ",\"newClientOrderId\":\"mine\",\"newOrderRespType\":\"ACK\"}}",
		      "{\"id\":3,\"status\":200,\"result\":{\"symbol\":\"BTCUSDT\",\"orderId\":2,"
		      "\"orderListId\":-1,\"clientOrderId\":\"mine\","
		      "\"transactTime\":1790000000123}}");
	assert_int_equal(exchange_counters(bench->exchange)->order_count, 2);
	assert_int_equal(exchange_counters(bench->exchange)->order_test_count, 1);
}

static void what_is_refused_is_told_with_its_id(void **state)
{
	struct bench *bench = *state;
	int slot = open_api(bench, "/ws-api/v3?returnRateLimits=false");

	assert_answer(bench, slot,
		      "{\"id\":\"q\",\"method\":\"order.place\",\"params\":{" SAFE "}}",
		      "{\"id\":\"q\",\"status\":400,\"error\":{\"code\":-1102,\"msg\":\"Mandatory "
		      "parameter 'symbol' was not sent, was empty/null, or malformed.\"}}");
	assert_answer(
		bench, slot, "hello",
		"{\"id\":null,\"status\":400,\"error\":{\"code\":-1135,\"msg\":\"Invalid JSON "
		"Request\"}}");
	assert_int_equal(exchange_counters(bench->exchange)->bad_request_count, 2);
}

/* 50 orders in 10 s; more messages a second than a stream's connection may send. */
static void too_many_orders_are_refused_with_a_time_to_come_back(void **state)
{
	struct bench *bench = *state;
	int slot = open_api(bench, "/ws-api/v3?returnRateLimits=false");

	for (int i = 0; i < 50; i++) {
		send_frame(bench, slot, FRAME_TEXT,
			   "{\"id\":2,\"method\":\"order.place\",\"params\":{" GOOD "}}");
		take(bench, slot);
		assert_true(client_next(&bench->client));
		assert_memory_equal(bench->client.message, "{\"id\":2,\"status\":200,", 21);
	}
	assert_answer(
		bench, slot, "{\"id\":2,\"method\":\"order.place\",\"params\":{" GOOD "}}",
		"{\"id\":2,\"status\":429,\"error\":{\"code\":-1015,\"msg\":\"Too many new "
		"orders; current limit is 50 orders per 10 SECOND.\",\"data\":{\"serverTime\":"
		"1790000000123,\"retryAfter\":1790000010000}}}");
	assert_int_equal(exchange_counters(bench->exchange)->order_count, 50);
}

static void other_venues_have_no_such_route(void **state)
{
	struct bench *bench = *state;
	int slot;

	bench->config.venue = VENUE_FUTURES;
	start(bench, "market");
	slot = connect_raw(bench, "/ws-api/v3");
	take(bench, slot);
	assert_memory_equal(bench->client.stream, "HTTP/1.1 404 ", 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(ping_and_time_are_answered_with_their_id),
		BENCH_TEST(times_are_in_microseconds_where_asked_for),
		BENCH_TEST(an_order_is_placed_and_a_test_is_not),
		BENCH_TEST(what_is_refused_is_told_with_its_id),
		BENCH_TEST(too_many_orders_are_refused_with_a_time_to_come_back),
		BENCH_TEST(other_venues_have_no_such_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
