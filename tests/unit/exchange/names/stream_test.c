/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "exchange/names/stream.h"

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
	assert_served("!ticker@arr", false, true, false);
	assert_served("!bookTicker", false, false, true);
	assert_served("btcusd_perp@aggTrade", false, true, false);
}

/* Every stream of the venue of November 2026, and which routes know it. */
static const struct {
	const char *name;
	const char *routes; /* s: spot, b: SBE, m: /market, p: /public and unrouted */
} served[] = {
	{ "币安人生usdt@aggTrade", "sm" },
	{ "btcjpy@trade", "sb" },
	{ "btcusd1@bookTicker", "sp" }, /* USD1 */
	{ "btcusdt@blockTrade", "s" },
	{ "btcusdt@avgPrice", "s" },
	{ "btcusdt@referencePrice", "s" },
	{ "btcusdt@ticker_1h", "s" },
	{ "btcusdt@ticker_4h", "s" },
	{ "btcusdt@ticker_1d", "s" },
	{ "btcusdt@ticker_2h", "" },
	{ "!ticker_1h@arr", "s" },
	{ "!ticker_4h@arr", "s" },
	{ "!ticker_1d@arr", "s" },
	{ "!ticker@arr", "m" },
	{ "!miniTicker@arr", "sm" },
	{ "btcusdt@kline_1s", "s" },
	{ "btcusdt@kline_1M", "sm" },
	{ "btcusdt@kline_1d@+08:00", "s" },
	{ "btcusdt@kline_1d@+09:00", "" },
	{ "btcusdt@bestBidAsk", "b" },
	{ "btcusdt@depth20", "sbp" },
	{ "btcusdt@depth", "sbp" },
	{ "btcusdt@depth5", "sp" },
	{ "btcusdt@depth@1000ms", "s" },
	{ "btcusdt@rpiDepth@500ms", "p" },
	{ "btcusdt@rpiDepth", "" },
	{ "btcusdt_261225@depth@0ms", "p" },
	{ "btcusd_perp@bookTicker", "p" },
	{ "btcusd_261225@trade", "p" },
	{ "btcusd@trade", "" },
	{ "btcusdt_perp@trade", "" },
	{ "btcusdt_2612@trade", "" },
	{ "btcusdt_perpetual@continuousKline_1s", "m" },
	{ "btcusdt_current_quarter@continuousKline_1d", "m" },
	{ "btcusd_next_quarter@continuousKline_1w", "m" },
	{ "tslausdt_tradifi_perpetual@continuousKline_1m", "m" },
	{ "btcusdt@continuousKline_1m", "" },
	{ "btcusd@markPrice@1s", "m" },
	{ "btcusd_perp@markPrice", "m" },
	{ "btcusd@indexPrice", "m" },
	{ "btcusd@indexPrice@1s", "m" },
	{ "btcusd@indexPriceKline_1m", "m" },
	{ "btcusd_perp@markPriceKline_1m", "m" },
	{ "btcusd_perp@markPriceKline_1s", "" },
	{ "btcusd_perp@forceOrder", "m" },
	{ "!forceOrder@arr", "m" },
	{ "!contractInfo", "m" },
	{ "!assetIndex@arr", "m" },
	{ "btcusd@assetIndex", "m" },
	{ "defiusdt@compositeIndex", "m" },
	{ "tradingSession", "m" },
	{ "!bookTicker", "p" },
	{ "btc-261225-60000-c@optionTrade", "p" },
	{ "btcusdt@optionTrade", "p" },
	{ "btc-261225-60000-p@optionTicker", "p" },
	{ "btcusdt@optionTicker261225", "p" },
	{ "btcusdt@optionTicker@261225", "p" },
	{ "btcusdt@optionMarkPrice", "m" },
	{ "btcusdt@openInterest@261225", "m" },
	{ "btcusdt@openInterest@26122", "" },
	{ "!index@arr", "m" },
	{ "!optionSymbol", "m" },
};

static void every_stream_is_served_where_it_should_be(void **state)
{
	struct stream_spec spec;

	(void)state;
	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
		const char *name = served[i].name;
		const char *routes = served[i].routes;

		if (stream_parse(ROUTE_SPOT, name, &spec) != !!strchr(routes, 's') ||
		    stream_parse(ROUTE_SBE, name, &spec) != !!strchr(routes, 'b') ||
		    stream_parse(ROUTE_MARKET, name, &spec) != !!strchr(routes, 'm') ||
		    stream_parse(ROUTE_PUBLIC, name, &spec) != !!strchr(routes, 'p') ||
		    stream_parse(ROUTE_UNROUTED, name, &spec) != !!strchr(routes, 'p') ||
		    stream_parse(ROUTE_PRIVATE, name, &spec))
			fail_msg("%s", name);
	}
}

static void paces_are_the_venues(void **state)
{
	static const struct {
		enum route route;
		const char *name;
		uint32_t period_ms;
	} cases[] = {
		{ ROUTE_PUBLIC, "!bookTicker", 5000 },
		{ ROUTE_SPOT, "btcusdt@kline_1m", 2000 },
		{ ROUTE_SPOT, "btcusdt@kline_1s", 1000 },
		{ ROUTE_MARKET, "btcusdt@kline_1m", 250 },
		{ ROUTE_SBE, "btcusdt@depth", 20 },
		{ ROUTE_SBE, "btcusdt@depth20", 50 },
		{ ROUTE_PUBLIC, "btcusdt@rpiDepth@500ms", 500 },
		{ ROUTE_PUBLIC, "btcusdt@depth", 250 },
		{ ROUTE_SPOT, "btcusdt@depth", 1000 },
		{ ROUTE_MARKET, "btcusdt@miniTicker", 2000 },
		{ ROUTE_MARKET, "!markPrice@arr", 3000 },
		{ ROUTE_SPOT, "btcusdt@trade", 0 },
	};
	struct stream_spec spec;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(stream_parse(cases[i].route, cases[i].name, &spec));
		assert_int_equal(spec.period_ms, cases[i].period_ms);
	}
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
		cmocka_unit_test(each_route_serves_its_own_streams),
		cmocka_unit_test(every_stream_is_served_where_it_should_be),
		cmocka_unit_test(paces_are_the_venues),
		cmocka_unit_test(unknown_names_are_served_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
