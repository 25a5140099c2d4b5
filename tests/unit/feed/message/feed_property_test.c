/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every shape of payload, its keys in any order, white space anywhere, keys
 * that nobody knows in between, bare or as `data`: always the same event,
 * symbol, times and ids.
 */
#include "tests/unit/unit.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed_same.h"

enum { MEMBER_COUNT_MAX = 24, ROUNDS = 400 };

struct shape {
	const char *json; /* one object, written densely */
	enum feed_event event;
	const char *symbol;
	uint64_t exch_time_us; /* with times in ms */
	uint64_t trade_time;
	uint64_t agg_id;
	uint64_t trade_id;
	uint64_t first_id;
	uint64_t last_id;
	uint64_t previous_id;
};

#define SHAPE(text, kind, symbol_, e, t, a, tr, U, u, pu)                                          \
	{                                                                                          \
		text, kind, symbol_, e, t, a, tr, U, u, pu                                         \
	}

/* clang-format off */
static const struct shape shapes[] = {
	/* USDS-M futures */
	SHAPE("{\"e\":\"aggTrade\",\"E\":1790000000123,\"s\":\"BTCUSDT\",\"a\":5933014,\"p\":\"61800.10\",\"q\":\"0.100\",\"nq\":\"0.100\",\"f\":100,\"l\":105,\"T\":1790000000000,\"m\":true}", FEED_EVENT_AGG_TRADE, "BTCUSDT", 1790000000123000, 1790000000000, 5933014, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":1,\"s\":\"X\",\"a\":17592186044416,\"T\":2,\"m\":false}", FEED_EVENT_AGG_TRADE, "X", 1000, 2, 17592186044416, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":18446744073709551615,\"s\":\"X\",\"a\":18446744073709551615,\"T\":0}", FEED_EVENT_AGG_TRADE, "X", 0, 0, UINT64_MAX, 0, 0, 0, 0),
	SHAPE("{\"e\":\"trade\",\"E\":1790000000123,\"T\":1790000000122,\"s\":\"BTCUSDT\",\"t\":5266583935,\"p\":\"61800.30\",\"q\":\"0.006\",\"X\":\"MARKET\",\"m\":false}", FEED_EVENT_TRADE, "BTCUSDT", 1790000000123000, 1790000000122, 0, 5266583935, 0, 0, 0),
	SHAPE("{\"e\":\"bookTicker\",\"u\":5123107839020,\"s\":\"BTCUSDT\",\"b\":\"61800.20\",\"B\":\"2.507\",\"a\":\"61800.30\",\"A\":\"2.510\",\"T\":1790000000313,\"E\":1790000000314}", FEED_EVENT_BOOK_TICKER, "BTCUSDT", 1790000000314000, 1790000000313, 0, 0, 0, 5123107839020, 0),
	SHAPE("{\"e\":\"bookTicker\",\"u\":9007199254740993,\"s\":\"ETHUSDT\",\"ps\":\"ETHUSDT\",\"st\":1,\"b\":\"1\",\"B\":\"2\",\"a\":\"3\",\"A\":\"4\",\"T\":5,\"E\":6}", FEED_EVENT_BOOK_TICKER, "ETHUSDT", 6000, 5, 0, 0, 0, 9007199254740993, 0),
	SHAPE("{\"e\":\"depthUpdate\",\"E\":1790000000509,\"T\":1790000000505,\"s\":\"BTCUSDT\",\"U\":5123107850310,\"u\":5123107853551,\"pu\":5123107850146,\"b\":[[\"61800.00\",\"2.301\"]],\"a\":[]}", FEED_EVENT_DEPTH_UPDATE, "BTCUSDT", 1790000000509000, 1790000000505, 0, 0, 5123107850310, 5123107853551, 5123107850146),
	SHAPE("{\"e\":\"depthUpdate\",\"E\":7,\"T\":6,\"s\":\"A\",\"U\":1,\"u\":2,\"pu\":0,\"b\":[],\"a\":[]}", FEED_EVENT_DEPTH_UPDATE, "A", 7000, 6, 0, 0, 1, 2, 0),
	SHAPE("{\"e\":\"depthUpdate\",\"E\":7,\"T\":6,\"s\":\"A\",\"U\":1,\"u\":2,\"pu\":9,\"b\":[],\"a\":[[\"1\",\"0\"],[\"2\",\"0\"],[\"3\",\"4.5\"]]}", FEED_EVENT_DEPTH_UPDATE, "A", 7000, 6, 0, 0, 1, 2, 9),
	SHAPE("{\"e\":\"markPriceUpdate\",\"E\":1790000000002,\"s\":\"BTCUSDT\",\"p\":\"61794.15\",\"ap\":\"61794.15\",\"i\":\"61784.62\",\"P\":\"61784.25\",\"r\":\"-0.00038167\",\"T\":1790006400000}", FEED_EVENT_MARK_PRICE, "BTCUSDT", 1790000000002000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"markPriceUpdate\",\"E\":3,\"s\":\"BTCUSDT\",\"r\":\"\",\"T\":0}", FEED_EVENT_MARK_PRICE, "BTCUSDT", 3000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"kline\",\"E\":1790000000250,\"s\":\"BTCUSDT\",\"k\":{\"t\":1790000000000, \"T\":1790000059999, \"s\":\"BTCUSDT\", \"i\":\"1m\", \"x\":false}}", FEED_EVENT_KLINE, "BTCUSDT", 1790000000250000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"kline\",\"E\":4,\"s\":\"BTCUSDT\",\"k\":{\"t\":1,\"T\":2,\"s\":\"NO\",\"i\":\"1m\",\"f\":100,\"L\":200,\"o\":\"1\",\"c\":\"1\",\"h\":\"1\",\"l\":\"1\",\"v\":\"1\",\"n\":100,\"x\":false,\"q\":\"1\",\"V\":\"5\",\"Q\":\"0.5\",\"B\":\"1\",\"E\":99,\"e\":\"no\",\"a\":1,\"u\":2,\"U\":3,\"pu\":4}}", FEED_EVENT_KLINE, "BTCUSDT", 4000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"continuous_kline\",\"E\":5,\"ps\":\"BTCUSDT\",\"ct\":\"PERPETUAL\",\"k\":{\"t\":1,\"T\":2,\"i\":\"1m\"}}", FEED_EVENT_CONTINUOUS_KLINE, "BTCUSDT", 5000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"24hrMiniTicker\",\"E\":6,\"s\":\"BTCUSDT\",\"c\":\"1\",\"o\":\"2\",\"h\":\"3\",\"l\":\"4\",\"v\":\"5\",\"q\":\"6\"}", FEED_EVENT_MINI_TICKER, "BTCUSDT", 6000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"24hrTicker\",\"E\":7,\"s\":\"BTCUSDT\",\"p\":\"1\",\"P\":\"2\",\"w\":\"3\",\"c\":\"4\",\"Q\":\"5\",\"O\":1,\"C\":2,\"F\":3,\"L\":4,\"n\":5}", FEED_EVENT_TICKER, "BTCUSDT", 7000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"forceOrder\",\"E\":1790000000250,\"o\":{\"s\":\"BTCUSDT\",\"S\":\"SELL\",\"o\":\"LIMIT\",\"T\":1790000000248}}", FEED_EVENT_FORCE_ORDER, "", 1790000000250000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"forceOrder\",\"E\":8,\"o\":{\"s\":\"A\",\"E\":1,\"e\":\"x\",\"o\":{\"o\":{\"E\":3}}}}", FEED_EVENT_FORCE_ORDER, "", 8000, 0, 0, 0, 0, 0, 0),
	/* Spot */
	SHAPE("{\"e\":\"aggTrade\",\"E\":1790000000136,\"s\":\"BNBBTC\",\"a\":12345,\"p\":\"0.001\",\"q\":\"100\",\"f\":100,\"l\":105,\"T\":1790000000136,\"m\":true,\"M\":true}", FEED_EVENT_AGG_TRADE, "BNBBTC", 1790000000136000, 1790000000136, 12345, 0, 0, 0, 0),
	SHAPE("{\"e\":\"trade\",\"E\":9,\"s\":\"BNBBTC\",\"t\":12345,\"p\":\"0.001\",\"q\":\"100\",\"T\":8,\"m\":true,\"M\":true}", FEED_EVENT_TRADE, "BNBBTC", 9000, 8, 0, 12345, 0, 0, 0),
	SHAPE("{\"u\":400900217,\"s\":\"BNBUSDT\",\"b\":\"25.35\",\"B\":\"31.21\",\"a\":\"25.36\",\"A\":\"40.66\"}", FEED_EVENT_BOOK_TICKER, "BNBUSDT", 0, 0, 0, 0, 0, 400900217, 0),
	SHAPE("{\"e\":\"depthUpdate\",\"E\":1790000000136,\"s\":\"BNBBTC\",\"U\":157,\"u\":160,\"b\":[[\"0.0024\",\"10\"]],\"a\":[]}", FEED_EVENT_DEPTH_UPDATE, "BNBBTC", 1790000000136000, 0, 0, 0, 157, 160, 0),
	SHAPE("{\"lastUpdateId\":160,\"bids\":[[\"0.0024\",\"10\"]],\"asks\":[[\"0.0026\",\"100\"]]}", FEED_EVENT_DEPTH_SNAPSHOT, "", 0, 0, 0, 0, 0, 160, 0),
	SHAPE("{\"lastUpdateId\":161,\"bids\":[],\"asks\":[]}", FEED_EVENT_DEPTH_SNAPSHOT, "", 0, 0, 0, 0, 0, 161, 0),
	SHAPE("{\"e\":\"kline\",\"E\":10,\"s\":\"BNBBTC\",\"k\":{\"t\":1,\"T\":2,\"s\":\"BNBBTC\",\"i\":\"1m\",\"x\":false,\"B\":\"123456\"}}", FEED_EVENT_KLINE, "BNBBTC", 10000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"24hrMiniTicker\",\"E\":11,\"s\":\"BNBBTC\",\"c\":\"1\"}", FEED_EVENT_MINI_TICKER, "BNBBTC", 11000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"24hrTicker\",\"E\":12,\"s\":\"BNBBTC\",\"b\":\"1\",\"B\":\"2\",\"a\":\"3\",\"A\":\"4\"}", FEED_EVENT_TICKER, "BNBBTC", 12000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"1hTicker\",\"E\":13,\"s\":\"BNBBTC\"}", FEED_EVENT_WINDOW_TICKER, "BNBBTC", 13000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"4hTicker\",\"E\":14,\"s\":\"BNBBTC\"}", FEED_EVENT_WINDOW_TICKER, "BNBBTC", 14000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"1dTicker\",\"E\":15,\"s\":\"BNBBTC\"}", FEED_EVENT_WINDOW_TICKER, "BNBBTC", 15000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"serverShutdown\",\"E\":1790000000136}", FEED_EVENT_SERVER_SHUTDOWN, "", 1790000000136000, 0, 0, 0, 0, 0, 0),
	/* COIN-M */
	SHAPE("{\"e\":\"aggTrade\",\"E\":16,\"a\":424951,\"s\":\"BTCUSD_200626\",\"p\":\"9643.5\",\"q\":\"2\",\"f\":606073,\"l\":606073,\"T\":15,\"m\":false}", FEED_EVENT_AGG_TRADE, "BTCUSD_200626", 16000, 15, 424951, 0, 0, 0, 0),
	SHAPE("{\"e\":\"bookTicker\",\"u\":17242169,\"s\":\"BTCUSD_PERP\",\"ps\":\"BTCUSD\",\"b\":\"9548.1\",\"B\":\"52\",\"a\":\"9548.5\",\"A\":\"11\",\"T\":1,\"E\":2}", FEED_EVENT_BOOK_TICKER, "BTCUSD_PERP", 2000, 1, 0, 0, 0, 17242169, 0),
	SHAPE("{\"e\":\"depthUpdate\",\"E\":17,\"T\":16,\"s\":\"BTCUSD_PERP\",\"ps\":\"BTCUSD\",\"U\":17276694,\"u\":17276701,\"pu\":17276678,\"b\":[],\"a\":[]}", FEED_EVENT_DEPTH_UPDATE, "BTCUSD_PERP", 17000, 16, 0, 0, 17276694, 17276701, 17276678),
	SHAPE("{\"e\":\"markPriceUpdate\",\"E\":18,\"s\":\"BTCUSD_PERP\",\"T\":99}", FEED_EVENT_MARK_PRICE, "BTCUSD_PERP", 18000, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"kline\",\"E\":19,\"s\":\"BTCUSD_PERP\",\"k\":{}}", FEED_EVENT_KLINE, "BTCUSD_PERP", 19000, 0, 0, 0, 0, 0, 0),
	/* Values that are not what their key promises */
	SHAPE("{\"e\":\"aggTrade\",\"E\":\"20\",\"s\":\"X\",\"a\":\"1\",\"T\":\"2\"}", FEED_EVENT_AGG_TRADE, "X", 0, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":-21,\"s\":\"X\",\"a\":-1,\"T\":-2}", FEED_EVENT_AGG_TRADE, "X", 0, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":1.5,\"s\":\"X\",\"a\":1e3,\"T\":2.0}", FEED_EVENT_AGG_TRADE, "X", 0, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":99999999999999999999,\"s\":\"X\",\"a\":18446744073709551616}", FEED_EVENT_AGG_TRADE, "X", 0, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":null,\"s\":null,\"a\":true,\"T\":false}", FEED_EVENT_AGG_TRADE, "", 0, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":[22],\"s\":[\"X\"],\"a\":{\"a\":1},\"T\":{}}", FEED_EVENT_AGG_TRADE, "", 0, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"depthUpdate\",\"E\":23,\"s\":\"X\",\"u\":\"5\",\"U\":null,\"b\":{},\"a\":{}}", FEED_EVENT_DEPTH_UPDATE, "X", 23000, 0, 0, 0, 0, 0, 0),
	/* Events and texts nobody knows */
	SHAPE("{\"e\":\"somethingNew\",\"E\":24,\"s\":\"X\",\"T\":5}", FEED_EVENT_OTHER, "X", 0, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"AGGTRADE\",\"E\":25,\"s\":\"X\",\"a\":6}", FEED_EVENT_OTHER, "X", 0, 0, 6, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade2\",\"E\":26,\"s\":\"X\"}", FEED_EVENT_OTHER, "X", 0, 0, 0, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":27,\"s\":\"\\u0041\\\"{},:[]\\\\\",\"a\":7}", FEED_EVENT_AGG_TRADE, "A\"{},:[]\\", 27000, 0, 7, 0, 0, 0, 0),
	SHAPE("{\"e\":\"aggTrade\",\"E\":28,\"s\":\"\",\"a\":8,\"x\":\"{\\\"E\\\":1,\\\"s\\\":\\\"NO\\\"}\"}", FEED_EVENT_AGG_TRADE, "", 28000, 0, 8, 0, 0, 0, 0),
	SHAPE("{\"e\":\"trade\",\"E\":29,\"T\":28,\"s\":\"X\",\"t\":3,\"nested\":{\"data\":{\"E\":1,\"s\":\"NO\"}}}", FEED_EVENT_TRADE, "X", 29000, 28, 0, 3, 0, 0, 0),
	SHAPE("{\"e\":\"trade\",\"E\":30,\"T\":29,\"s\":\"X\",\"t\":4,\"list\":[1,\"E\",{\"E\":1,\"s\":\"NO\",\"t\":9},[{\"T\":1}]]}", FEED_EVENT_TRADE, "X", 30000, 29, 0, 4, 0, 0, 0),
};
/* clang-format on */

#define SHAPE_COUNT (sizeof(shapes) / sizeof(shapes[0]))
static_assert(SHAPE_COUNT == 50, "as many as there were promised");

static const char *const strangers[] = {
	"\"zz\":{\"e\":\"no\",\"E\":1,\"s\":\"NO\",\"T\":2,\"a\":3,\"u\":4}",
	"\"st\":1",
	"\"longer_key_than_any_other_that_is_known\":\"value\"",
	"\"w\":[1,2,{\"E\":3}]",
	"\"\":\"\"",
	"\"g\":-0.5e-7",
	"\"E2\":5",
	"\"no\":null",
};

static uint32_t dice_state;

static uint32_t dice(uint32_t sides)
{
	dice_state = dice_state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)dice_state * sides >> 32);
}

struct text {
	char bytes[8192];
	size_t size_bytes;
};

static void add_bytes(struct text *text, const char *bytes, size_t size_bytes)
{
	assert_true(text->size_bytes + size_bytes < sizeof(text->bytes));
	memcpy(text->bytes + text->size_bytes, bytes, size_bytes);
	text->size_bytes += size_bytes;
}

static void add_space(struct text *text)
{
	static const char spaces[] = " \t\n\r";

	while (dice(4) == 0)
		add_bytes(text, &spaces[dice(4)], 1);
}

/* A value or member, with white space at each place where it may be. */
static void add_spaced(struct text *text, const char *json, size_t size_bytes)
{
	bool is_in_string = false;

	for (size_t i = 0; i < size_bytes; i++) {
		bool is_structure = !is_in_string && strchr("{}[]:,", json[i]);

		if (is_structure)
			add_space(text);
		add_bytes(text, &json[i], 1);
		if (is_structure)
			add_space(text);
		if (is_in_string && json[i] == '\\')
			add_bytes(text, &json[++i], 1);
		else if (json[i] == '"')
			is_in_string = !is_in_string;
	}
}

/* Cuts an object into its members; returns how many. */
static size_t cut_members(const char *json, const char **ret_members, size_t *ret_sizes)
{
	size_t count = 0;
	size_t depth = 0;
	bool is_in_string = false;
	const char *begin = json + 1;

	for (const char *at = json; *at; at++) {
		if (is_in_string && *at == '\\') {
			at++;
			continue;
		}
		if (*at == '"')
			is_in_string = !is_in_string;
		if (is_in_string)
			continue;
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		if ((*at == ',' && depth == 1) || depth == 0) {
			ret_members[count] = begin;
			ret_sizes[count++] = (size_t)(at - begin);
			begin = at + 1;
		}
	}
	return count;
}

static void add_shuffled_object(struct text *text, const char *json)
{
	const char *members[MEMBER_COUNT_MAX];
	size_t sizes[MEMBER_COUNT_MAX];
	size_t count = cut_members(json, members, sizes);

	for (uint32_t i = dice(3); i > 0; i--) {
		members[count] = strangers[dice(sizeof(strangers) / sizeof(strangers[0]))];
		sizes[count] = strlen(members[count]);
		count++;
	}
	add_bytes(text, "{", 1);
	while (count) {
		size_t pick = dice((uint32_t)count);

		add_space(text);
		add_spaced(text, members[pick], sizes[pick]);
		add_space(text);
		members[pick] = members[--count];
		sizes[pick] = sizes[count];
		if (count)
			add_bytes(text, ",", 1);
	}
	add_bytes(text, "}", 1);
}

/* Bare, or inside a combined stream's wrapper, in either order. */
static bool add_message(struct text *text, const char *json)
{
	static const char stream[] = "\"stream\":\"btcusdt@x\"";
	uint32_t form = dice(3);

	add_space(text);
	if (form == 0) {
		add_shuffled_object(text, json);
		add_space(text);
		return false;
	}
	add_bytes(text, "{", 1);
	if (form == 1) {
		add_spaced(text, stream, sizeof(stream) - 1);
		add_bytes(text, ",", 1);
	}
	add_spaced(text, "\"data\":", 7);
	add_shuffled_object(text, json);
	add_space(text);
	if (form == 2) {
		add_bytes(text, ",", 1);
		add_spaced(text, stream, sizeof(stream) - 1);
	}
	add_bytes(text, "}", 1);
	add_space(text);
	return true;
}

static size_t scanned_count;

/* The quick way, where it reads a text at all, reads what lejp reads. */
static void expect_both_ways_agree(const struct text *text, const struct feed_message *message)
{
	struct feed_parser parser = { 0 };
	struct feed_message other;

	assert_true(feed_lejp(text->bytes, text->size_bytes, &parser));
	feed_finish(&parser, &other);
	assert_true(feed_is_same(message, &other));
	parser = (struct feed_parser){ 0 };
	scanned_count += feed_scan(text->bytes, text->size_bytes, &parser);
}

static void expect(const struct shape *shape, const struct text *text, bool is_combined)
{
	struct feed_message message;
	bool is_right;

	feed_parse(text->bytes, text->size_bytes, &message);
	is_right = message.kind == FEED_EVENT && message.event == (uint32_t)shape->event &&
		   strcmp(message.symbol, shape->symbol) == 0 &&
		   feed_exch_time_us(&message, FEED_TIME_MS) == shape->exch_time_us &&
		   message.trade_time == shape->trade_time && message.agg_id == shape->agg_id &&
		   message.trade_id == shape->trade_id && message.first_id == shape->first_id &&
		   message.last_id == shape->last_id && message.previous_id == shape->previous_id &&
		   strcmp(message.stream, is_combined ? "btcusdt@x" : "") == 0;
	if (!is_right)
		print_error("%.*s\n", (int)text->size_bytes, text->bytes);
	assert_true(is_right);
	expect_both_ways_agree(text, &message);
}

static void every_shape_in_every_disguise_is_the_same_message(void **state)
{
	static struct text text;

	(void)state;
	dice_state = 20261122;
	for (size_t i = 0; i < SHAPE_COUNT; i++) {
		for (int round = 0; round < ROUNDS; round++) {
			text.size_bytes = 0;
			expect(&shapes[i], &text, add_message(&text, shapes[i].json));
		}
	}
	/* All but the two shapes with escapes: or the test would be of lejp alone. */
	assert_int_equal(scanned_count, (SHAPE_COUNT - 2) * ROUNDS);
}

/* The first element speaks for the array; nothing of a later one is mixed in. */
static void an_array_is_known_by_its_first_element(void **state)
{
	static struct text text;
	struct feed_message message;

	(void)state;
	dice_state = 1;
	for (int round = 0; round < ROUNDS; round++) {
		text.size_bytes = 0;
		add_bytes(&text, "[", 1);
		add_shuffled_object(&text, "{\"e\":\"24hrTicker\",\"E\":5,\"s\":\"A\"}");
		add_bytes(&text, ",", 1);
		add_shuffled_object(&text, "{\"e\":\"trade\",\"E\":6,\"s\":\"B\",\"t\":1,\"T\":7}");
		add_bytes(&text, "]", 1);
		feed_parse(text.bytes, text.size_bytes, &message);
		assert_int_equal(message.kind, FEED_ARRAY);
		assert_int_equal(message.event, FEED_EVENT_TICKER);
		assert_string_equal(message.symbol, "A");
		assert_int_equal(message.event_time, 5);
		assert_int_equal(message.has, FEED_HAS_EVENT_TIME);
	}
}

static void every_cut_and_every_appendix_is_malformed(void **state)
{
	static const char *const appendices[] = { "x", "{}", ",", "}", "]", "0", "\"", " {" };
	static struct text text;
	struct feed_message message;

	(void)state;
	dice_state = 2;
	for (size_t i = 0; i < SHAPE_COUNT; i++) {
		text.size_bytes = 0;
		add_bytes(&text, shapes[i].json, strlen(shapes[i].json));
		for (size_t size_bytes = 0; size_bytes < text.size_bytes; size_bytes++) {
			feed_parse(text.bytes, size_bytes, &message);
			assert_int_equal(message.kind, FEED_MALFORMED);
		}
		for (size_t k = 0; k < sizeof(appendices) / sizeof(appendices[0]); k++) {
			size_t added = strlen(appendices[k]);

			memcpy(text.bytes + text.size_bytes, appendices[k], added);
			feed_parse(text.bytes, text.size_bytes + added, &message);
			assert_int_equal(message.kind, FEED_MALFORMED);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_in_every_disguise_is_the_same_message),
		cmocka_unit_test(an_array_is_known_by_its_first_element),
		cmocka_unit_test(every_cut_and_every_appendix_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
