/* SPDX-License-Identifier: BSD-2-Clause */
/* Which field is a time of origin: the fact sheet's table, a row each, and nothing besides. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "feed/feed.h"
#include "feed/message/feed_origin.h"

#define E     1790000000123
#define T     1790000000000
#define TIMES "\"E\":1790000000123,\"T\":1790000000000"

/* exch_time_us and trade_time: 0 where the sheet says "none" or "never an origin". */
static const struct {
	const char *event_name;
	const char *text;
	enum feed_event event;
	uint64_t event_ms;
	uint64_t trade_ms;
} rows[] = {
	{ "aggTrade", "{\"e\":\"aggTrade\"," TIMES "}", FEED_EVENT_AGG_TRADE, E, T },
	{ "trade", "{\"e\":\"trade\"," TIMES "}", FEED_EVENT_TRADE, E, T },
	{ "bookTicker", "{\"e\":\"bookTicker\"," TIMES "}", FEED_EVENT_BOOK_TICKER, E, T },
	{ "depthUpdate", "{\"e\":\"depthUpdate\"," TIMES "}", FEED_EVENT_DEPTH_UPDATE, E, T },
	/* T: the next funding */
	{ "markPriceUpdate", "{\"e\":\"markPriceUpdate\"," TIMES "}", FEED_EVENT_MARK_PRICE, E, 0 },
	/* T: the bar's close, inside k */
	{ "kline", "{\"e\":\"kline\",\"E\":1790000000123,\"k\":{\"T\":1790000000000}}",
	  FEED_EVENT_KLINE, E, 0 },
	{ "kline", "{\"e\":\"kline\"," TIMES "}", FEED_EVENT_KLINE, E, 0 },
	{ "continuous_kline", "{\"e\":\"continuous_kline\"," TIMES "}", FEED_EVENT_CONTINUOUS_KLINE,
	  E, 0 },
	{ "indexPrice_kline", "{\"e\":\"indexPrice_kline\"," TIMES "}", FEED_EVENT_INDEX_KLINE, E,
	  0 },
	{ "markPrice_kline", "{\"e\":\"markPrice_kline\"," TIMES "}", FEED_EVENT_MARK_KLINE, E, 0 },
	{ "24hrTicker", "{\"e\":\"24hrTicker\"," TIMES "}", FEED_EVENT_TICKER, E, 0 },
	{ "24hrMiniTicker", "{\"e\":\"24hrMiniTicker\"," TIMES "}", FEED_EVENT_MINI_TICKER, E, 0 },
	{ "1hTicker", "{\"e\":\"1hTicker\"," TIMES "}", FEED_EVENT_WINDOW_TICKER, E, 0 },
	{ "4hTicker", "{\"e\":\"4hTicker\"," TIMES "}", FEED_EVENT_WINDOW_TICKER, E, 0 },
	{ "1dTicker", "{\"e\":\"1dTicker\"," TIMES "}", FEED_EVENT_WINDOW_TICKER, E, 0 },
	/* T: inside o */
	{ "forceOrder", "{\"e\":\"forceOrder\",\"E\":1790000000123,\"o\":{\"T\":1790000000000}}",
	  FEED_EVENT_FORCE_ORDER, E, 0 },
	/* Spot's have neither */
	{ "", "{\"u\":1,\"s\":\"X\",\"B\":\"1\"}", FEED_EVENT_BOOK_TICKER, 0, 0 },
	{ "", "{\"lastUpdateId\":1,\"bids\":[],\"asks\":[]}", FEED_EVENT_DEPTH_SNAPSHOT, 0, 0 },
	{ "referencePrice", "{\"e\":\"referencePrice\",\"r\":null,\"t\":1790000000000}",
	  FEED_EVENT_REFERENCE_PRICE, 0, 0 },
	{ "referencePrice", "{\"e\":\"referencePrice\"," TIMES "}", FEED_EVENT_REFERENCE_PRICE, 0,
	  0 },
	{ "blockTrade", "{\"e\":\"blockTrade\"," TIMES "}", FEED_EVENT_BLOCK_TRADE, E, T },
	/* T: the last trade, whenever that was */
	{ "avgPrice", "{\"e\":\"avgPrice\"," TIMES "}", FEED_EVENT_AVG_PRICE, E, 0 },
	{ "contractInfo", "{\"e\":\"contractInfo\"," TIMES "}", FEED_EVENT_CONTRACT_INFO, E, 0 },
	{ "assetIndexUpdate", "{\"e\":\"assetIndexUpdate\"," TIMES "}", FEED_EVENT_ASSET_INDEX, E,
	  0 },
	{ "compositeIndex", "{\"e\":\"compositeIndex\"," TIMES "}", FEED_EVENT_COMPOSITE_INDEX, E,
	  0 },
	{ "indexPriceUpdate", "{\"e\":\"indexPriceUpdate\"," TIMES "}", FEED_EVENT_INDEX_PRICE, E,
	  0 },
	/* t and T: the session's bounds */
	{ "EquityUpdate", "{\"e\":\"EquityUpdate\"," TIMES "}", FEED_EVENT_TRADING_SESSION, E, 0 },
	{ "CommodityUpdate", "{\"e\":\"CommodityUpdate\"," TIMES "}", FEED_EVENT_TRADING_SESSION, E,
	  0 },
	{ "KR_EquityUpdate", "{\"e\":\"KR_EquityUpdate\"," TIMES "}", FEED_EVENT_TRADING_SESSION, E,
	  0 },
	{ "HK_EquityUpdate", "{\"e\":\"HK_EquityUpdate\"," TIMES "}", FEED_EVENT_TRADING_SESSION, E,
	  0 },
	{ "CN_EquityUpdate", "{\"e\":\"CN_EquityUpdate\"," TIMES "}", FEED_EVENT_TRADING_SESSION, E,
	  0 },
	{ "FXUpdate", "{\"e\":\"FXUpdate\"," TIMES "}", FEED_EVENT_TRADING_SESSION, E, 0 },
	{ "markPrice", "{\"e\":\"markPrice\"," TIMES "}", FEED_EVENT_OPTION_MARK_PRICE, E, 0 },
	{ "openInterest", "{\"e\":\"openInterest\"," TIMES "}", FEED_EVENT_OPTION_INTEREST, E, 0 },
	{ "indexPrice", "{\"e\":\"indexPrice\"," TIMES "}", FEED_EVENT_OPTION_INDEX, E, 0 },
	{ "optionSymbol", "{\"e\":\"optionSymbol\"," TIMES "}", FEED_EVENT_OPTION_SYMBOL, E, 0 },
	{ "serverShutdown", "{\"e\":\"serverShutdown\"," TIMES "}", FEED_EVENT_SERVER_SHUTDOWN, E,
	  0 },
	{ "unheardOf", "{\"e\":\"unheardOf\"," TIMES "}", FEED_EVENT_OTHER, 0, 0 },
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static void times_are_origins_where_the_sheet_says_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		struct feed_message message;

		feed_parse(rows[i].text, strlen(rows[i].text), &message);
		if (message.event != rows[i].event ||
		    feed_exch_time_us(&message, FEED_TIME_MS) != rows[i].event_ms * 1000 ||
		    feed_exch_time_us(&message, FEED_TIME_US) != rows[i].event_ms ||
		    message.trade_time != rows[i].trade_ms)
			fail_msg("%s", rows[i].text);
	}
}

static void every_row_of_the_table_is_tested(void **state)
{
	const struct feed_origin *row;

	(void)state;
	for (size_t i = 0; (row = feed_origin_at(i)); i++) {
		size_t k = 0;

		while (k < ROW_COUNT && strcmp(rows[k].event_name, row->event_name) != 0)
			k++;
		if (k == ROW_COUNT)
			fail_msg("no test for %s", row->event_name);
	}
}

static void rows_of_one_event_say_the_same(void **state)
{
	const struct feed_origin *row;

	(void)state;
	for (size_t i = 0; (row = feed_origin_at(i)); i++) {
		assert_int_equal(feed_has_event_origin(row->event), row->is_event_time_origin);
		assert_int_equal(feed_has_trade_origin(row->event), row->is_trade_time_origin);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_origins_where_the_sheet_says_so),
		cmocka_unit_test(every_row_of_the_table_is_tested),
		cmocka_unit_test(rows_of_one_event_say_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
