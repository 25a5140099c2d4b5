/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "feed/feed.h"
#include "feed/listing/kinds.h"

static void every_stream_has_its_route(void **state)
{
	static const struct {
		const char *stream;
		enum venue_route route;
	} cases[] = {
		{ "btcusdt@aggTrade", VENUE_ROUTE_MARKET },
		{ "btcusdt@markPrice", VENUE_ROUTE_MARKET },
		{ "btcusdt@markPrice@1s", VENUE_ROUTE_MARKET },
		{ "btcusdt@kline_1m", VENUE_ROUTE_MARKET },
		{ "btcusdt_perpetual@continuousKline_1m", VENUE_ROUTE_MARKET },
		{ "btcusdt@miniTicker", VENUE_ROUTE_MARKET },
		{ "btcusdt@ticker", VENUE_ROUTE_MARKET },
		{ "btcusdt@forceOrder", VENUE_ROUTE_MARKET },
		{ "!ticker@arr", VENUE_ROUTE_MARKET },
		{ "!miniTicker@arr", VENUE_ROUTE_MARKET },
		{ "!markPrice@arr@1s", VENUE_ROUTE_MARKET },
		{ "!forceOrder@arr", VENUE_ROUTE_MARKET },
		{ "btcusdt@bookTicker", VENUE_ROUTE_PUBLIC },
		{ "!bookTicker", VENUE_ROUTE_PUBLIC },
		{ "btcusdt@depth", VENUE_ROUTE_PUBLIC },
		{ "btcusdt@depth5", VENUE_ROUTE_PUBLIC },
		{ "btcusdt@depth20@100ms", VENUE_ROUTE_PUBLIC },
		{ "btcusdt@trade", VENUE_ROUTE_PUBLIC },
		{ "btcusdt@rpiDepth@500ms", VENUE_ROUTE_PUBLIC },
		{ "defiusdt@compositeIndex", VENUE_ROUTE_MARKET },
		{ "btcusd@assetIndex", VENUE_ROUTE_MARKET },
		{ "!assetIndex@arr", VENUE_ROUTE_MARKET },
		{ "!contractInfo", VENUE_ROUTE_MARKET },
		{ "tradingSession", VENUE_ROUTE_MARKET },
		{ "\u5e01\u5b89usdt@aggTrade", VENUE_ROUTE_MARKET },
		{ "btcusd_perp@bookTicker", VENUE_ROUTE_PUBLIC },
		{ "btcusdt@nonsense", VENUE_ROUTE_NONE },
		/* What begins as a known one is not one. */
		{ "btcusdt@tradeLite", VENUE_ROUTE_NONE },
		{ "btcusdt@aggTradeNew", VENUE_ROUTE_NONE },
		{ "btcusdt@tradingSession", VENUE_ROUTE_NONE },
		{ "aggTrade", VENUE_ROUTE_NONE },
		{ "tradingSessionNew", VENUE_ROUTE_NONE },
		{ "stream", VENUE_ROUTE_NONE },
		{ "btcusdt@depthly", VENUE_ROUTE_NONE },
		{ "btcusdt@kline", VENUE_ROUTE_NONE },
		/* Bars of a second: spot's, and continuous ones. */
		{ "btcusdt@kline_1m", VENUE_ROUTE_MARKET },
		{ "btcusdt@kline_1s", VENUE_ROUTE_NONE },
		{ "btcusdt_perpetual@continuousKline_1s", VENUE_ROUTE_MARKET },
		{ "btcusd@indexPriceKline_1s", VENUE_ROUTE_NONE },
		{ "btcusd_perp@markPriceKline_1s", VENUE_ROUTE_NONE },
		{ "btcusd_perp@markPriceKline_1m", VENUE_ROUTE_MARKET },
		{ "", VENUE_ROUTE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(venue_route_of(cases[i].stream), cases[i].route);
}

/* Which messages there are, as short as they can be. */
#define AGG	  "{\"e\":\"aggTrade\",\"s\":\"BTCUSDT\"}"
#define TRADE	  "{\"e\":\"trade\",\"s\":\"BTCUSDT\"}"
#define BOOK	  "{\"u\":1,\"s\":\"BTCUSDT\",\"b\":\"1\",\"B\":\"1\"}"
#define DIFF	  "{\"e\":\"depthUpdate\",\"s\":\"BTCUSDT\",\"U\":1,\"u\":2}"
#define FDIFF	  "{\"e\":\"depthUpdate\",\"s\":\"BTCUSDT\",\"U\":1,\"u\":2,\"pu\":0}"
#define SNAP	  "{\"lastUpdateId\":1,\"bids\":[],\"asks\":[]}"
#define TICKERS	  "[{\"e\":\"24hrTicker\",\"s\":\"ETHUSDT\"}]"
#define TICKER	  "{\"e\":\"24hrTicker\",\"s\":\"BTCUSDT\"}"
#define HOUR	  "{\"e\":\"1hTicker\",\"s\":\"BTCUSDT\"}"
#define BAR	  "{\"e\":\"continuous_kline\",\"ps\":\"BTCUSDT\",\"ct\":\"PERPETUAL\"}"
#define MARKS	  "[{\"e\":\"markPriceUpdate\",\"s\":\"BTCUSD_PERP\"}]"
#define FORCE	  "{\"e\":\"forceOrder\",\"o\":{\"s\":\"BTCUSDT\"}}"
#define SESSION	  "{\"e\":\"KR_EquityUpdate\"}"
#define OPTION	  "{\"e\":\"trade\",\"s\":\"BTC-261225-60000-C\"}"
#define OPTIONS_P "[{\"e\":\"markPrice\",\"s\":\"BTC-261225-60000-C\"}]"

static void messages_come_on_their_streams_only(void **state)
{
	static const struct {
		const char *stream;
		const char *text;
		bool is_carried;
	} cases[] = {
		{ "btcusdt@aggTrade", AGG, true },
		{ "btcusdt@aggTrade", TRADE, false },
		{ "btcusd@aggTrade", AGG, false },
		{ "btcusdtx@aggTrade", AGG, false },
		{ "!aggTrade", AGG, false },
		{ "btcusdt@bookTicker", BOOK, true },
		{ "!bookTicker", BOOK, true },
		{ "btcusdt@depth", DIFF, true },
		{ "btcusdt@depth@100ms", FDIFF, true },
		/* Spot's are told apart by their shapes, futures' are not. */
		{ "btcusdt@depth20", DIFF, false },
		{ "btcusdt@depth20@100ms", SNAP, true },
		{ "btcusdt@depth", SNAP, false },
		{ "btcusdt@depth20", FDIFF, true },
		{ "btcusdt@rpiDepth@500ms", FDIFF, true },
		{ "btcusdt@rpiDepth@500ms", DIFF, false },
		{ "!ticker@arr", TICKERS, true },
		{ "!ticker@arr", TICKER, false },
		{ "btcusdt@ticker", TICKER, true },
		{ "btcusdt@ticker", HOUR, false },
		{ "btcusdt@ticker_1h", HOUR, true },
		{ "btcusdt@ticker_4h", HOUR, false },
		{ "btcusdt_perpetual@continuousKline_1m", BAR, true },
		{ "btcusdtx_perpetual@continuousKline_1m", BAR, false },
		{ "btcusd@markPrice", MARKS, true },
		{ "ethusd@markPrice", MARKS, false },
		{ "btcusdt@markPrice@1s", "[{\"e\":\"markPriceUpdate\",\"s\":\"BTCUSDT_261225\"}]",
		  false },
		{ "btcusd_perp@markPriceKline_1m", "{\"e\":\"markPrice_kline\",\"ps\":\"BTCUSD\"}",
		  true },
		{ "!markPrice@arr@1s", MARKS, true },
		{ "btcusdt@forceOrder", FORCE, true },
		{ "!forceOrder@arr", FORCE, true },
		{ "tradingSession", SESSION, true },
		{ "btcusdt@optionTrade", OPTION, true },
		{ "ethusdt@optionTrade", OPTION, false },
		{ "btc-261225-60000-c@optionTrade", OPTION, true },
		{ "btcusdt@trade", OPTION, false },
		{ "btcusdt@optionMarkPrice", OPTIONS_P, true },
		{ "\u5e01\u5b89usdt@trade", "{\"e\":\"trade\",\"s\":\"\u5e01\u5b89USDT\"}", true },
		{ "\u5e01usdt@trade", "{\"e\":\"trade\",\"s\":\"\u5e01\u5b89USDT\"}", false },
		{ "btcusdt@new", "{\"e\":\"new\",\"s\":\"BTCUSDT\"}", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed_message message;

		feed_parse(cases[i].text, strlen(cases[i].text), &message);
		if (venue_stream_carries(cases[i].stream, &message) != cases[i].is_carried)
			fail_msg("%s and %s", cases[i].stream, cases[i].text);
	}
}

static void binary_messages_come_where_sbe_is_served(void **state)
{
	struct feed_message book = { .kind = FEED_EVENT,
				     .event = FEED_EVENT_BOOK_TICKER,
				     .has = FEED_HAS_TEMPLATE,
				     .symbol = "BTCUSDT" };
	struct feed_message snapshot = book;
	struct feed_message diff = book;

	(void)state;
	snapshot.event = FEED_EVENT_DEPTH_SNAPSHOT;
	diff.event = FEED_EVENT_DEPTH_UPDATE;
	assert_true(venue_stream_carries("btcusdt@bestBidAsk", &book));
	assert_false(venue_stream_carries("btcusdt@bookTicker", &book));
	assert_true(venue_stream_carries("btcusdt@depth20", &snapshot));
	assert_false(venue_stream_carries("ethusdt@depth20", &snapshot));
	assert_false(venue_stream_carries("btcusdt@depth", &snapshot));
	assert_true(venue_stream_carries("btcusdt@depth", &diff));
	assert_false(venue_stream_carries("btcusdt@depth20", &diff));
}

static void ids_are_expected_to_follow_where_they_do(void **state)
{
	(void)state;
	assert_false(venue_stream_is_chainless("btcusdt@depth"));
	assert_false(venue_stream_is_chainless("btcusdt@depth@100ms"));
	assert_false(venue_stream_is_chainless("btcusdt@rpiDepth@500ms"));
	assert_false(venue_stream_is_chainless("btcusdt@aggTrade"));
	assert_true(venue_stream_is_chainless("btcusdt@depth5"));
	assert_true(venue_stream_is_chainless("btcusdt@depth20@100ms"));
	assert_false(venue_stream_is_of_many("btcusdt@depth"));
	assert_true(venue_stream_is_of_many("!bookTicker"));
	assert_true(venue_stream_is_of_many("tradingSession"));
	assert_true(venue_stream_is_of_many("btcusdt@optionTrade"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stream_has_its_route),
		cmocka_unit_test(messages_come_on_their_streams_only),
		cmocka_unit_test(binary_messages_come_where_sbe_is_served),
		cmocka_unit_test(ids_are_expected_to_follow_where_they_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
