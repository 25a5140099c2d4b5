/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <string.h>

#include "exchange/payload/calendar.h"
#include "exchange/payload/payload.h"

#define WALL_US UINT64_C(1790000000123456)

/* Every number becomes 0, every false true and every BUY SELL: what remains is the shape. */
static void reduce(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		if (isdigit((unsigned char)*from) ||
		    (*from == '-' && isdigit((unsigned char)from[1]))) {
			from++;
			while (isdigit((unsigned char)*from) || *from == '.')
				from++;
			*to++ = '0';
		} else if (strncmp(from, "false", 5) == 0) {
			from += 5;
			memcpy(to, "true", 4);
			to += 4;
		} else if (strncmp(from, "BUY", 3) == 0) {
			from += 3;
			memcpy(to, "SELL", 4);
			to += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static void format(enum route route, const char *name, bool is_microseconds, char *buffer,
		   size_t room_bytes)
{
	struct stream_spec spec;
	struct message message = { .spec = &spec,
				   .symbol = spec.symbol,
				   .is_futures = route_is_futures(route),
				   .decimals = 2,
				   .id = 5933014,
				   .first_id = 100,
				   .prev_id = 99,
				   .price = 6180010,
				   .quantity_milli = 100,
				   .event_wall_us = WALL_US,
				   .lag_us = 123000,
				   .bid_count = 1 };
	struct text text = text_over(buffer, room_bytes);

	assert_true(stream_parse(route, name, &spec));
	payload_set_symbol(&message, spec.symbol);
	payload_format(&text, &message, is_microseconds);
	text_add_char(&text, '\0');
	assert_false(text.is_cut);
}

/* The examples of the documentation, byte for byte but for the numbers. */
static const struct {
	enum route route;
	const char *name;
	const char *shape;
} shapes[] = {
	{ ROUTE_MARKET, "btcusdt@aggTrade",
	  "{\"e\":\"aggTrade\",\"E\":1790000000123,\"s\":\"BTCUSDT\",\"a\":5933014,\"p\":"
	  "\"61800.10\",\"q\":\"0.100\",\"nq\":\"0.100\",\"f\":100,\"l\":105,\"T\":"
	  "1790000000000,\"m\":true,\"st\":1}" },
	{ ROUTE_PUBLIC, "btcusdt@trade",
	  "{\"e\":\"trade\",\"E\":1790000000123,\"T\":1790000000122,\"s\":\"BTCUSDT\","
	  "\"t\":"
	  "5266583935,\"p\":\"61800.30\",\"q\":\"0.006\",\"X\":\"MARKET\",\"m\":false}" },
	{ ROUTE_PUBLIC, "btcusdt@bookTicker",
	  "{\"e\":\"bookTicker\",\"u\":5123107839020,\"s\":\"BTCUSDT\",\"b\":\"61800.20\","
	  "\"B\":\"2.507\",\"a\":\"61800.30\",\"A\":\"2.510\",\"T\":1790000000313,\"E\":"
	  "1790000000314,\"ps\":\"BTCUSDT\",\"st\":1}" },
	{ ROUTE_PUBLIC, "btcusdt@depth@0ms",
	  "{\"e\":\"depthUpdate\",\"E\":1790000000509,\"T\":1790000000505,\"s\":"
	  "\"BTCUSDT\","
	  "\"U\":5123107850310,\"u\":5123107853551,\"pu\":5123107850146,\"b\":[["
	  "\"61800.00\",\"2.301\"]],\"a\":[],\"ps\":\"BTCUSDT\",\"st\":1}" },
	{ ROUTE_MARKET, "btcusdt@markPrice",
	  "{\"e\":\"markPriceUpdate\",\"E\":1790000000002,\"s\":\"BTCUSDT\",\"p\":"
	  "\"61794.15\",\"ap\":\"61794.15\",\"i\":\"61784.62\",\"P\":\"61784.25\",\"r\":"
	  "\"-0.00038167\",\"T\":1790006400000,\"st\":1}" },
	{ ROUTE_MARKET, "btcusdt@kline_1m",
	  "{\"e\":\"kline\",\"E\":1790000000250,\"s\":\"BTCUSDT\",\"k\":{\"t\":"
	  "1790000000000, \"T\":1790000059999, \"s\":\"BTCUSDT\", \"i\":\"1m\", \"f\":1, "
	  "\"L\":2, \"o\":\"1.0\", \"c\":\"1.0\", \"h\":\"1.0\", \"l\":\"1.0\", "
	  "\"v\":\"1.0\", "
	  "\"n\":5, \"x\":false, \"q\":\"1.0\", \"V\":\"1.0\", \"Q\":\"1.0\", "
	  "\"B\":\"0\"}}" },
	{ ROUTE_MARKET, "btcusdt@forceOrder",
	  "{\"e\":\"forceOrder\",\"E\":1790000000250,\"o\":{\"s\":\"BTCUSDT\",\"S\":"
	  "\"SELL\",\"o\":\"LIMIT\",\"f\":\"IOC\",\"q\":\"0.014\",\"p\":\"9910\",\"ap\":"
	  "\"9910\",\"X\":\"FILLED\",\"l\":\"0.014\",\"z\":\"0.014\",\"T\":1790000000248}"
	  "}" },
	{ ROUTE_MARKET, "!forceOrder@arr",
	  "{\"e\":\"forceOrder\",\"E\":1,\"o\":{\"s\":\"\",\"ps\":\"\",\"S\":\"SELL\","
	  "\"o\":\"LIMIT\","
	  "\"f\":\"IOC\",\"q\":\"1\",\"p\":\"1\",\"ap\":\"1\",\"X\":\"FILLED\",\"l\":\"1\","
	  "\"z\":\"1\","
	  "\"T\":1},\"ps\":\"\",\"st\":1}" },
	{ ROUTE_MARKET, "btcusd_perp@forceOrder",
	  "{\"e\":\"forceOrder\",\"E\":1,\"o\":{\"s\":\"BTCUSD_PERP\",\"ps\":\"BTCUSD\","
	  "\"S\":"
	  "\"SELL\",\"o\":\"LIMIT\",\"f\":\"IOC\",\"q\":\"1\",\"p\":\"1\",\"ap\":\"1\","
	  "\"X\":"
	  "\"FILLED\",\"l\":\"1\",\"z\":\"1\",\"T\":1}}" },
	{ ROUTE_MARKET, "btcusd_261225@markPrice",
	  "{\"e\":\"markPriceUpdate\",\"E\":1,\"s\":\"BTCUSD_261225\",\"p\":\"1\",\"ap\":"
	  "\"1\",\"i\":"
	  "\"1\",\"P\":\"1\",\"r\":\"\",\"T\":0,\"st\":1}" },
	{ ROUTE_MARKET, "btcusd@indexPrice",
	  "{\"e\":\"indexPriceUpdate\",\"E\":1,\"i\":\"BTCUSD\",\"p\":\"1\"}" },
	{ ROUTE_MARKET, "btcusdt_perpetual@continuousKline_1s",
	  "{\"e\":\"continuous_kline\",\"E\":1,\"ps\":\"BTCUSDT\",\"ct\":\"PERPETUAL\","
	  "\"k\":{\"t\":"
	  "1, \"T\":1, \"i\":\"1s\", \"f\":1, \"L\":2, \"o\":\"1.0\", \"c\":\"1.0\", "
	  "\"h\":\"1.0\", "
	  "\"l\":\"1.0\", \"v\":\"1.0\", \"n\":5, \"x\":false, \"q\":\"1.0\", "
	  "\"V\":\"1.0\", \"Q\":"
	  "\"1.0\", \"B\":\"0\"}}" },
	{ ROUTE_MARKET, "btcusdt@ticker",
	  "{\"e\":\"24hrTicker\",\"E\":1,\"s\":\"BTCUSDT\",\"p\":\"1\",\"P\":\"1\",\"w\":"
	  "\"1\",\"c\":\"1\","
	  "\"Q\":\"1\",\"o\":\"1\",\"h\":\"1\",\"l\":\"1\",\"v\":\"1\",\"q\":\"1\",\"O\":1,"
	  "\"C\":1,\"F\":1,"
	  "\"L\":1,\"n\":1,\"ps\":\"BTCUSDT\",\"st\":1}" },
	{ ROUTE_SPOT, "bnbbtc@ticker",
	  "{\"e\":\"24hrTicker\",\"E\":1,\"s\":\"BNBBTC\",\"p\":\"1\",\"P\":\"1\",\"w\":"
	  "\"1\",\"x\":\"1\","
	  "\"c\":\"1\",\"Q\":\"1\",\"b\":\"1\",\"B\":\"1\",\"a\":\"1\",\"A\":\"1\",\"o\":"
	  "\"1\",\"h\":\"1\","
	  "\"l\":\"1\",\"v\":\"1\",\"q\":\"1\",\"O\":1,\"C\":1,\"F\":1,\"L\":1,\"n\":1}" },
	{ ROUTE_SPOT, "bnbbtc@ticker_4h",
	  "{\"e\":\"4hTicker\",\"E\":1,\"s\":\"BNBBTC\",\"p\":\"1\",\"P\":\"1\",\"o\":"
	  "\"1\",\"h\":\"1\","
	  "\"l\":\"1\",\"c\":\"1\",\"w\":\"1\",\"v\":\"1\",\"q\":\"1\",\"O\":1,\"C\":1,"
	  "\"F\":1,\"L\":1,"
	  "\"n\":1}" },
	{ ROUTE_SPOT, "bnbbtc@blockTrade",
	  "{\"e\":\"blockTrade\",\"E\":1,\"s\":\"BNBBTC\",\"t\":1,\"p\":\"1\",\"q\":\"1\","
	  "\"T\":1,\"m\":"
	  "true}" },
	{ ROUTE_SPOT, "bnbbtc@avgPrice",
	  "{\"e\":\"avgPrice\",\"E\":1,\"s\":\"BNBBTC\",\"i\":\"5m\",\"w\":\"1\",\"T\":"
	  "1}" },
	{ ROUTE_SPOT, "bnbbtc@referencePrice",
	  "{\"e\":\"referencePrice\",\"s\":\"BNBBTC\",\"r\":\"1\",\"t\":1}" },
	{ ROUTE_MARKET, "tradingSession",
	  "{\"e\":\"EquityUpdate\",\"E\":1,\"t\":1,\"T\":1,\"S\":\"REGULAR\"}" },
	{ ROUTE_MARKET, "btcusd@assetIndex",
	  "{\"e\":\"assetIndexUpdate\",\"E\":1,\"s\":\"BTCUSD\",\"i\":\"1\",\"b\":\"1\","
	  "\"a\":\"1\","
	  "\"B\":\"1\",\"A\":\"1\",\"q\":\"1\",\"g\":\"1\",\"Q\":\"1\",\"G\":\"1\"}" },
	{ ROUTE_SPOT, "bnbbtc@aggTrade",
	  "{\"e\":\"aggTrade\",\"E\":1790000000136,\"s\":\"BNBBTC\",\"a\":12345,\"p\":"
	  "\"0.001\",\"q\":\"100\",\"f\":100,\"l\":105,\"T\":1790000000136,\"m\":true,"
	  "\"M\":true}" },
	{ ROUTE_SPOT, "bnbusdt@bookTicker",
	  "{\"u\":400900217,\"s\":\"BNBUSDT\",\"b\":\"25.35\",\"B\":\"31.21\",\"a\":"
	  "\"25.36\",\"A\":\"40.66\"}" },
	{ ROUTE_SPOT, "bnbbtc@depth",
	  "{\"e\":\"depthUpdate\",\"E\":1790000000136,\"s\":\"BNBBTC\",\"U\":157,\"u\":160,"
	  "\"b\":[[\"0.0024\",\"10\"]],\"a\":[]}" },
	{ ROUTE_SPOT, "bnbbtc@depth5",
	  "{\"lastUpdateId\":160,\"bids\":[[\"0.0024\",\"10\"]],\"asks\":[]}" },
};

static void payloads_have_the_documented_shape(void **state)
{
	char expected[1024];
	char actual[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		format(shapes[i].route, shapes[i].name, false, actual, sizeof(actual));
		(void)strcpy(expected, shapes[i].shape);
		reduce(expected);
		reduce(actual);
		assert_string_equal(actual, expected);
	}
}

static void times_are_in_the_unit_asked_for(void **state)
{
	char buffer[512];

	(void)state;
	format(ROUTE_SPOT, "bnbbtc@trade", true, buffer, sizeof(buffer));
	assert_non_null(strstr(buffer, "\"E\":1790000000123456,"));
	assert_non_null(strstr(buffer, "\"T\":1790000000000456,"));
	format(ROUTE_SPOT, "bnbbtc@trade", false, buffer, sizeof(buffer));
	assert_non_null(strstr(buffer, "\"E\":1790000000123,"));
	assert_non_null(strstr(buffer, "\"T\":1790000000000,"));
}

static void bars_follow_the_calendar(void **state)
{
	static const struct {
		const char *interval;
		unsigned int zone_h;
		uint64_t wall_s;
		uint64_t open_s;
		uint64_t next_s;
	} cases[] = {
		{ "1m", 0, 1790000000, 1789999980, 1790000040 }, /* 20 s into its minute */
		{ "1s", 0, 1790000000, 1790000000, 1790000001 },
		{ "15m", 0, 1790000000, 1789999200, 1790000100 },
		{ "1d", 0, 1790000000, 1789948800, 1790035200 }, /* 2026-09-21, a Monday */
		{ "1d", 8, 1790000000, 1789920000, 1790006400 },
		{ "1w", 0, 1790000000, 1789948800, 1790553600 },
		{ "1w", 0, 1790553599, 1789948800, 1790553600 },
		{ "1w", 8, 1790000000, 1789920000, 1790524800 },
		{ "1M", 0, 1790000000, 1788220800, 1790812800 }, /* September */
		{ "1M", 0, 1798761599, 1796083200, 1798761600 }, /* the last second of 2026 */
		{ "1M", 0, 1798761600, 1798761600, 1801440000 },
		{ "1M", 0, 1835395200, 1832976000, 1835481600 }, /* 2028-02-29 */
		{ "1M", 8, 1790812799, 1790784000, 1793462400 }, /* there it is October already */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct calendar_bar bar = calendar_bar(cases[i].interval, cases[i].zone_h,
						       cases[i].wall_s * 1000000 + 123);

		assert_int_equal(bar.open_us, cases[i].open_s * 1000000);
		assert_int_equal(bar.next_us, cases[i].next_s * 1000000);
	}
	assert_int_equal(calendar_delivery_us("261225"), UINT64_C(1798185600000000));
}

static void a_bar_closes_before_the_next_opens(void **state)
{
	char buffer[512];

	(void)state;
	format(ROUTE_MARKET, "btcusdt@kline_1m", false, buffer, sizeof(buffer));
	/* 1790000000 s is 20 s into its minute. */
	assert_non_null(strstr(buffer, "\"k\":{\"t\":1789999980000, \"T\":1790000039999, "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payloads_have_the_documented_shape),
		cmocka_unit_test(times_are_in_the_unit_asked_for),
		cmocka_unit_test(bars_follow_the_calendar),
		cmocka_unit_test(a_bar_closes_before_the_next_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
