/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/market/market.h"
#include "exchange/protocol/text.h"

#define NS_PER_MS UINT64_C(1000000)
#define WALL_US	  UINT64_C(1790000000123456)

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
	payload_format(&text, &message, is_microseconds);
	text_add_char(&text, '\0');
	assert_false(text.is_cut);
}

/* The examples of the documentation, byte for byte but for the numbers. */
static void payloads_have_the_documented_shape(void **state)
{
	static const struct {
		enum route route;
		const char *name;
		const char *shape;
	} cases[] = {
		{ ROUTE_MARKET, "btcusdt@aggTrade",
		  "{\"e\":\"aggTrade\",\"E\":1790000000123,\"s\":\"BTCUSDT\",\"a\":5933014,\"p\":"
		  "\"61800.10\",\"q\":\"0.100\",\"nq\":\"0.100\",\"f\":100,\"l\":105,\"T\":"
		  "1790000000000,\"m\":true}" },
		{ ROUTE_PUBLIC, "btcusdt@trade",
		  "{\"e\":\"trade\",\"E\":1790000000123,\"T\":1790000000122,\"s\":\"BTCUSDT\","
		  "\"t\":"
		  "5266583935,\"p\":\"61800.30\",\"q\":\"0.006\",\"X\":\"MARKET\",\"m\":false}" },
		{ ROUTE_PUBLIC, "btcusdt@bookTicker",
		  "{\"e\":\"bookTicker\",\"u\":5123107839020,\"s\":\"BTCUSDT\",\"b\":\"61800.20\","
		  "\"B\":\"2.507\",\"a\":\"61800.30\",\"A\":\"2.510\",\"T\":1790000000313,\"E\":"
		  "1790000000314}" },
		{ ROUTE_PUBLIC, "btcusdt@depth@0ms",
		  "{\"e\":\"depthUpdate\",\"E\":1790000000509,\"T\":1790000000505,\"s\":"
		  "\"BTCUSDT\","
		  "\"U\":5123107850310,\"u\":5123107853551,\"pu\":5123107850146,\"b\":[["
		  "\"61800.00\",\"2.301\"]],\"a\":[]}" },
		{ ROUTE_MARKET, "btcusdt@markPrice",
		  "{\"e\":\"markPriceUpdate\",\"E\":1790000000002,\"s\":\"BTCUSDT\",\"p\":"
		  "\"61794.15\",\"ap\":\"61794.15\",\"i\":\"61784.62\",\"P\":\"61784.25\",\"r\":"
		  "\"-0.00038167\",\"T\":1790006400000}" },
		{ ROUTE_MARKET, "btcusdt@kline_1m",
		  "{\"e\":\"kline\",\"E\":1790000000250,\"s\":\"BTCUSDT\",\"k\":{\"t\":"
		  "1790000000000, \"T\":1790000059999, \"s\":\"BTCUSDT\", \"i\":\"1m\", \"x\":"
		  "false}}" },
		{ ROUTE_MARKET, "btcusdt@forceOrder",
		  "{\"e\":\"forceOrder\",\"E\":1790000000250,\"o\":{\"s\":\"BTCUSDT\",\"S\":"
		  "\"SELL\",\"o\":\"LIMIT\",\"T\":1790000000248}}" },
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
	char expected[1024];
	char actual[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		format(cases[i].route, cases[i].name, false, actual, sizeof(actual));
		(void)strcpy(expected, cases[i].shape);
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

static void a_bar_closes_before_the_next_opens(void **state)
{
	char buffer[512];

	(void)state;
	format(ROUTE_MARKET, "btcusdt@kline_1m", false, buffer, sizeof(buffer));
	/* 1790000000 s is 20 s into its minute. */
	assert_non_null(strstr(buffer, "\"k\":{\"t\":1789999980000, \"T\":1790000039999, "));
}

/* Everything one stream said, with what its ids promised. */
struct record {
	size_t count;
	uint64_t last_id;
	bool is_broken;
	size_t payload_bytes_max;
	size_t used_bytes;
	char *payloads;
	char scratch[PAYLOAD_BYTES_MAX];
	uint32_t stream_index;
};

#define PAYLOADS_BYTES_MAX (1u << 20)

static void remember(void *context, uint32_t stream_index, const struct message *message)
{
	struct record *record = context;
	struct text text = text_over(record->scratch, sizeof(record->scratch));
	struct message timeless = *message;

	if (stream_index != record->stream_index)
		return;
	if (record->count > 0)
		switch (message->spec->kind) {
		case STREAM_AGG_TRADE:
		case STREAM_TRADE:
			record->is_broken |= message->id != record->last_id + 1;
			break;
		case STREAM_DEPTH_DIFF:
			record->is_broken |= message->is_futures
						     ? message->prev_id != record->last_id
						     : message->first_id != record->last_id + 1;
			record->is_broken |= message->first_id > message->id;
			break;
		default:
			record->is_broken |= message->id <= record->last_id && message->id > 0;
		}
	record->count++;
	record->last_id = message->id;
	timeless.event_wall_us = WALL_US;
	timeless.lag_us = 0;
	payload_format(&text, &timeless, false);
	assert_false(text.is_cut);
	if (text.used_bytes > record->payload_bytes_max)
		record->payload_bytes_max = text.used_bytes;
	if (record->payloads && record->used_bytes + text.used_bytes <= PAYLOADS_BYTES_MAX) {
		memcpy(record->payloads + record->used_bytes, text.at, text.used_bytes);
		record->used_bytes += text.used_bytes;
	}
}

struct run {
	struct market_config config;
	enum route route;
	const char *name;
	const char *other; /* subscribed, too; NULL: none */
	uint64_t step_ns;
	uint64_t end_ns;
};

static void play(const struct run *run, struct record *record)
{
	struct market *market = market_create(&run->config);
	int index;

	assert_non_null(market);
	record->count = 0;
	record->used_bytes = 0;
	record->is_broken = false;
	record->payload_bytes_max = 0;
	if (run->other)
		assert_true(market_open_stream(market, run->route, run->other, 1) >= 0);
	index = market_open_stream(market, run->route, run->name, 1);
	assert_true(index >= 0);
	record->stream_index = (uint32_t)index;
	for (uint64_t now_ns = 1; now_ns < run->end_ns; now_ns += run->step_ns) {
		uint64_t next_ns = market_advance(market, now_ns, WALL_US, remember, record);

		assert_true(next_ns > now_ns);
	}
	assert_int_equal(market_skip_count(market), 0);
	(void)market_destroy(market);
}

static void ids_never_break(void **state)
{
	static const struct {
		enum route route;
		const char *name;
	} streams[] = {
		{ ROUTE_MARKET, "btcusdt@aggTrade" },	{ ROUTE_PUBLIC, "btcusdt@trade" },
		{ ROUTE_PUBLIC, "btcusdt@bookTicker" }, { ROUTE_PUBLIC, "btcusdt@depth@0ms" },
		{ ROUTE_PUBLIC, "btcusdt@depth" },	{ ROUTE_SPOT, "bnbbtc@depth@100ms" },
		{ ROUTE_SPOT, "bnbbtc@depth20@100ms" }, { ROUTE_MARKET, "!ticker@arr" },
		{ ROUTE_PUBLIC, "!bookTicker" },	{ ROUTE_MARKET, "!forceOrder@arr" },
	};
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(record);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
			struct run run = { .config = { .seed = seed, .rate_hz = 200 },
					   .route = streams[i].route,
					   .name = streams[i].name,
					   .step_ns = NS_PER_MS,
					   .end_ns = 20000 * NS_PER_MS };

			play(&run, record);
			assert_true(record->count >= 18);
			assert_false(record->is_broken);
		}
	}
	free(record);
}

static void a_stream_repeats_whoever_else_listens_and_whenever_it_is_called(void **state)
{
	struct run run = { .config = { .seed = 7, .rate_hz = 100 },
			   .route = ROUTE_PUBLIC,
			   .name = "btcusdt@depth@0ms",
			   .step_ns = NS_PER_MS,
			   .end_ns = 5000 * NS_PER_MS };
	struct record *first = calloc(1, sizeof(*first));
	struct record *second = calloc(1, sizeof(*second));
	size_t common_bytes;

	(void)state;
	assert_non_null(first);
	assert_non_null(second);
	first->payloads = malloc(PAYLOADS_BYTES_MAX);
	second->payloads = malloc(PAYLOADS_BYTES_MAX);
	play(&run, first);
	run.other = "btcusdt@bookTicker";
	run.step_ns = 7 * NS_PER_MS / 3;
	play(&run, second);
	common_bytes = first->used_bytes < second->used_bytes ? first->used_bytes
							      : second->used_bytes;
	assert_true(common_bytes > 50000);
	assert_memory_equal(first->payloads, second->payloads, common_bytes);
	run.config.seed = 8;
	play(&run, second);
	assert_int_not_equal(memcmp(first->payloads, second->payloads, 1000), 0);
	free(first->payloads);
	free(second->payloads);
	free(first);
	free(second);
}

static void the_mean_rate_is_the_one_asked_for(void **state)
{
	static const enum market_pace paces[] = { PACE_NATURAL, PACE_STEADY, PACE_BURSTS };
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(record);
	for (size_t i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
		struct run run = { .config = { .seed = 1, .rate_hz = 1000, .pace = paces[i] },
				   .route = ROUTE_MARKET,
				   .name = "btcusdt@aggTrade",
				   .step_ns = NS_PER_MS / 2,
				   .end_ns = 100000 * NS_PER_MS };

		play(&run, record);
		assert_in_range(record->count, 95000, 105000);
	}
	free(record);
}

static void large_depth_frames_are_large_and_none_is_too_large(void **state)
{
	struct run run = { .config = { .seed = 1, .rate_hz = 100, .depth = DEPTH_LARGE },
			   .route = ROUTE_PUBLIC,
			   .name = "btcusdt@depth@0ms",
			   .step_ns = NS_PER_MS,
			   .end_ns = 10000 * NS_PER_MS };
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(record);
	play(&run, record);
	assert_in_range(record->payload_bytes_max, 33000, 37000);
	free(record);
}

static void a_long_pause_is_left_out_and_counted(void **state)
{
	struct market_config config = { .seed = 1, .rate_hz = 1000 };
	struct market *market = market_create(&config);
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(market);
	assert_non_null(record);
	assert_int_equal(market_open_stream(market, ROUTE_MARKET, "btcusdt@aggTrade", 1), 0);
	(void)market_advance(market, 10 * NS_PER_MS, WALL_US, remember, record);
	(void)market_advance(market, 60000 * NS_PER_MS, WALL_US, remember, record);
	assert_true(record->count < 2000);
	assert_int_equal(market_skip_count(market), 1);
	free(record);
	(void)market_destroy(market);
}

static void the_tables_are_bounded(void **state)
{
	struct market_config config = { .seed = 1, .rate_hz = 1 };
	struct market *market = market_create(&config);
	char name[] = "aaaabtc@aggTrade";
	int index = 0;

	(void)state;
	assert_non_null(market);
	for (int i = 0; i < 26 * 26 * 26 && index >= 0; i++) {
		name[0] = (char)('a' + i % 26);
		name[1] = (char)('a' + i / 26 % 26);
		name[2] = (char)('a' + i / 676);
		index = market_open_stream(market, ROUTE_MARKET, name, 1);
		if (index >= 0)
			assert_string_equal(market_stream(market, (uint32_t)index)->name, name);
	}
	assert_int_equal(index, -ENOSPC);
	/* What was there is still found, and unknown names are still told. */
	assert_int_equal(market_open_stream(market, ROUTE_MARKET, "aaaabtc@aggTrade", 1), 0);
	assert_int_equal(market_open_stream(market, ROUTE_MARKET, "btcusdt@bookTicker", 1),
			 -ENOENT);
	(void)market_destroy(market);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payloads_have_the_documented_shape),
		cmocka_unit_test(times_are_in_the_unit_asked_for),
		cmocka_unit_test(a_bar_closes_before_the_next_opens),
		cmocka_unit_test(ids_never_break),
		cmocka_unit_test(a_stream_repeats_whoever_else_listens_and_whenever_it_is_called),
		cmocka_unit_test(the_mean_rate_is_the_one_asked_for),
		cmocka_unit_test(large_depth_frames_are_large_and_none_is_too_large),
		cmocka_unit_test(a_long_pause_is_left_out_and_counted),
		cmocka_unit_test(the_tables_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
