/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/protocol/target.h"

static struct target target; /* too large for the stack */

static enum target_verdict parse(const char *text)
{
	return target_parse(VENUE_SPOT, text, strlen(text), &target);
}

static void routes_and_forms_are_recognised(void **state)
{
	static const struct {
		const char *text;
		enum route route;
		bool is_combined;
		size_t stream_count;
	} cases[] = {
		{ "/market/ws", ROUTE_MARKET, false, 0 },
		{ "/market/ws/", ROUTE_MARKET, false, 0 },
		{ "/market/ws/btcusdt@aggTrade/ethusdt@aggTrade", ROUTE_MARKET, false, 2 },
		{ "/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade", ROUTE_MARKET, true,
		  2 },
		{ "/public/ws/btcusdt@bookTicker", ROUTE_PUBLIC, false, 1 },
		{ "/public/stream?streams=btcusdt@depth@100ms", ROUTE_PUBLIC, true, 1 },
		{ "/private/ws", ROUTE_PRIVATE, false, 0 },
		{ "/private/stream?listenKey=abc&events=ORDER_TRADE_UPDATE", ROUTE_PRIVATE, true,
		  0 },
		{ "/ws-api/v3", ROUTE_API, false, 0 },
		{ "/ws-api/v3?returnRateLimits=false", ROUTE_API, false, 0 },
		{ "/ws/bnbbtc@trade", ROUTE_SPOT, false, 1 },
		{ "/stream?streams=bnbbtc%40trade%2Fbnbbtc@aggTrade", ROUTE_SPOT, true, 2 },
		{ "/stream", ROUTE_SPOT, true, 0 },
		{ "/stream/?streams=!ticker@arr", ROUTE_SPOT, true, 1 },
		{ "/ws/%21miniTicker%40arr", ROUTE_SPOT, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text), TARGET_OK);
		assert_int_equal(target.route, cases[i].route);
		assert_int_equal(target.is_combined, cases[i].is_combined);
		assert_int_equal(target.stream_count, cases[i].stream_count);
	}
	assert_string_equal(target.streams[0], "!miniTicker@arr");
}

static void microseconds_are_for_spot_only(void **state)
{
	(void)state;
	assert_int_equal(parse("/ws/bnbbtc@trade?timeUnit=MICROSECOND"), TARGET_OK);
	assert_true(target.is_microseconds);
	assert_int_equal(parse("/stream?timeUnit=microsecond&streams=bnbbtc@trade"), TARGET_OK);
	assert_true(target.is_microseconds);
	assert_int_equal(target.stream_count, 1);
	assert_int_equal(parse("/ws/bnbbtc@trade?timeUnit=MILLISECOND"), TARGET_OK);
	assert_false(target.is_microseconds);
	assert_int_equal(parse("/market/ws/btcusdt@aggTrade?timeUnit=MICROSECOND"), TARGET_OK);
	assert_false(target.is_microseconds);
}

static void other_paths_have_no_route(void **state)
{
	static const char *const paths[] = {
		"/",	    "/api/v3/ping", "/wss/a", "/market", "/market/wsx",
		"/private", "/stream/a@b",  "/WS/a",  "",	 "/marketws/abc"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(parse(paths[i]), TARGET_NO_ROUTE);
}

static void names_that_cannot_be_are_refused(void **state)
{
	char name[4 + STREAM_NAME_BYTES];

	(void)state;
	assert_int_equal(parse("/ws/%ff%fe"), TARGET_BAD);
	assert_int_equal(parse("/ws/%E5%B8/b"), TARGET_BAD);
	assert_int_equal(parse("/ws/a%4"), TARGET_BAD);
	assert_int_equal(parse("/ws/a%zz"), TARGET_BAD);
	assert_int_equal(parse("/ws/a%00b"), TARGET_BAD);
	assert_int_equal(parse("/ws/a%22b"), TARGET_BAD);
	(void)memcpy(name, "/ws/", 4);
	(void)memset(name + 4, 'a', STREAM_NAME_BYTES);
	assert_int_equal(target_parse(VENUE_SPOT, name, 4 + STREAM_NAME_BYTES, &target),
			 TARGET_BAD);
	assert_int_equal(target_parse(VENUE_SPOT, name, 4 + STREAM_NAME_BYTES - 1, &target),
			 TARGET_OK);
}

static void at_most_1024_streams_are_taken(void **state)
{
	char *text = malloc(16 + (size_t)2 * (TARGET_STREAM_COUNT_MAX + 1));
	size_t used_bytes = 4;

	(void)state;
	assert_non_null(text);
	memcpy(text, "/ws/", 4);
	for (int i = 0; i < TARGET_STREAM_COUNT_MAX; i++) {
		text[used_bytes++] = 'a';
		text[used_bytes++] = '/';
	}
	assert_int_equal(target_parse(VENUE_SPOT, text, used_bytes, &target), TARGET_OK);
	assert_int_equal(target.stream_count, TARGET_STREAM_COUNT_MAX);
	text[used_bytes++] = 'b';
	assert_int_equal(target_parse(VENUE_SPOT, text, used_bytes, &target), TARGET_TOO_MANY);
	free(text);
}

static void the_venue_says_what_the_bare_routes_are(void **state)
{
	static const struct {
		const char *host;
		enum route route;
	} hosts[] = {
		{ "stream.binance.com:9443", ROUTE_SPOT },
		{ "data-stream.binance.vision", ROUTE_SPOT },
		{ "demo-stream.binance.com:9443", ROUTE_SPOT },
		{ "stream.testnet.binance.vision", ROUTE_SPOT },
		{ "fstream.binance.com", ROUTE_UNROUTED },
		{ "FSTREAM.binance.com:443", ROUTE_UNROUTED },
		{ "fstream-mm.binance.com", ROUTE_UNROUTED },
		{ "fstream.binancefuture.com", ROUTE_UNROUTED },
		{ "stream.binancefuture.com", ROUTE_UNROUTED },
		{ "dstream.binance.com:443", ROUTE_UNROUTED },
		{ "dstream-mm.binance.com", ROUTE_UNROUTED },
		{ "dstream.binancefuture.com", ROUTE_UNROUTED },
		{ "stream-sbe.binance.com:9443", ROUTE_SBE },
		{ "stream-sbe.testnet.binance.vision", ROUTE_SBE },
		{ "127.0.0.1:9443", ROUTE_SPOT },
		{ "", ROUTE_SPOT },
	};
	enum venue venue;

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		static const char bare[] = "/ws/btcusdt@trade";
		static const char routed[] = "/market/ws/btcusdt@aggTrade";

		venue = venue_of_host(hosts[i].host, strlen(hosts[i].host), VENUE_SPOT);
		assert_int_equal(target_parse(venue, bare, strlen(bare), &target), TARGET_OK);
		assert_int_equal(target.route, hosts[i].route);
		assert_int_equal(target_parse(venue, routed, strlen(routed), &target), TARGET_OK);
		assert_int_equal(target.route, ROUTE_MARKET);
	}
	assert_int_equal(venue_of_host("localhost", 9, VENUE_SBE), VENUE_SBE);
	assert_true(venue_parse("futures", &venue));
	assert_int_equal(venue, VENUE_FUTURES);
	assert_false(venue_parse("margin", &venue));
}

static void names_in_any_script_come_back_decoded(void **state)
{
	(void)state;
	assert_int_equal(parse("/ws/币安人生usdt@aggTrade"), TARGET_OK);
	assert_string_equal(target.streams[0], "币安人生usdt@aggTrade");
	assert_int_equal(parse("/stream?streams=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9Fusdt%40trade"
			       "%2Fbnbbtc%40kline_1d%40%2B08:00"),
			 TARGET_OK);
	assert_string_equal(target.streams[0], "币安人生usdt@trade");
	assert_string_equal(target.streams[1], "bnbbtc@kline_1d@+08:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_and_forms_are_recognised),
		cmocka_unit_test(microseconds_are_for_spot_only),
		cmocka_unit_test(other_paths_have_no_route),
		cmocka_unit_test(names_that_cannot_be_are_refused),
		cmocka_unit_test(at_most_1024_streams_are_taken),
		cmocka_unit_test(the_venue_says_what_the_bare_routes_are),
		cmocka_unit_test(names_in_any_script_come_back_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
