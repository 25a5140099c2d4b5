/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/protocol/target.h"

static struct target target; /* too large for the stack */

static enum target_verdict parse(const char *text)
{
	return target_parse(text, strlen(text), &target);
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
		"/",	       "/api/v3/ping", "/wss/a", "/market", "/market/wsx",
		"/private/ws", "/stream/a@b",  "/WS/a",	 "",	    "/marketws/abc"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(parse(paths[i]), TARGET_NO_ROUTE);
}

static void names_that_cannot_be_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("/ws/a%4"), TARGET_BAD);
	assert_int_equal(parse("/ws/a%zz"), TARGET_BAD);
	assert_int_equal(parse("/ws/a%00b"), TARGET_BAD);
	assert_int_equal(parse("/ws/a%22b"), TARGET_BAD);
	assert_int_equal(parse("/ws/"
			       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
			 TARGET_BAD);
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
	assert_int_equal(target_parse(text, used_bytes, &target), TARGET_OK);
	assert_int_equal(target.stream_count, TARGET_STREAM_COUNT_MAX);
	text[used_bytes++] = 'b';
	assert_int_equal(target_parse(text, used_bytes, &target), TARGET_TOO_MANY);
	free(text);
}

static void assert_served(const char *name, bool on_spot, bool on_market, bool on_public)
{
	struct stream_spec spec;

	assert_int_equal(stream_parse(ROUTE_SPOT, name, &spec), on_spot);
	assert_int_equal(stream_parse(ROUTE_MARKET, name, &spec), on_market);
	assert_int_equal(stream_parse(ROUTE_PUBLIC, name, &spec), on_public);
}

static void each_route_serves_its_own_streams(void **state)
{
	(void)state;
	assert_served("btcusdt@aggTrade", true, true, false);
	assert_served("btcusdt@trade", true, false, true);
	assert_served("btcusdt@bookTicker", true, false, true);
	assert_served("btcusdt@depth", true, false, true);
	assert_served("btcusdt@depth@0ms", false, false, true);
	assert_served("btcusdt@depth20@100ms", true, false, true);
	assert_served("btcusdt@markPrice@1s", false, true, false);
	assert_served("btcusdt@kline_1m", true, true, false);
	assert_served("btcusdt_perpetual@continuousKline_1m", false, true, false);
	assert_served("btcusdt@forceOrder", false, true, false);
	assert_served("!ticker@arr", true, true, false);
	assert_served("!bookTicker", false, false, true);
	assert_served("btcusd_perp@aggTrade", true, true, false);
}

static void unknown_names_are_served_nowhere(void **state)
{
	static const char *const names[] = { "",
					     "@",
					     "btcusdt",
					     "btcusdt@",
					     "btcusdt@AggTrade",
					     "BTCUSDT@aggTrade",
					     "nosuchsym@trade",
					     "usdt@trade",
					     "!nosuch@arr",
					     "btcusdt@kline_2m",
					     "btcusdt@depth7",
					     "@aggTrade" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_served(names[i], false, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_and_forms_are_recognised),
		cmocka_unit_test(microseconds_are_for_spot_only),
		cmocka_unit_test(other_paths_have_no_route),
		cmocka_unit_test(names_that_cannot_be_are_refused),
		cmocka_unit_test(at_most_1024_streams_are_taken),
		cmocka_unit_test(each_route_serves_its_own_streams),
		cmocka_unit_test(unknown_names_are_served_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
