/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "feed/feed.h"

static struct feed_message parse(const char *text)
{
	struct feed_message message;

	feed_parse(text, strlen(text), &message);
	return message;
}

static void nested_keys_do_not_count(void **state)
{
	struct feed_message kline = parse(
		"{\"e\":\"kline\",\"E\":1790000000250,\"s\":\"BTCUSDT\",\"k\":{\"t\":1, \"T\":2, "
		"\"s\":\"NO\", \"i\":\"1m\", \"E\":9, \"x\":false}}");
	struct feed_message force = parse(
		"{\"e\":\"forceOrder\",\"E\":5,\"o\":{\"s\":\"BTCUSDT\",\"S\":\"SELL\",\"T\":7}}");

	(void)state;
	assert_int_equal(kline.event, FEED_EVENT_KLINE);
	assert_string_equal(kline.symbol, "BTCUSDT");
	assert_int_equal(kline.event_time, 1790000000250);
	assert_int_equal(kline.has, FEED_HAS_EVENT_TIME);
	assert_int_equal(force.has, FEED_HAS_EVENT_TIME);
	assert_string_equal(force.symbol, "");
}

/* The first one has an escape, which leaves it to lejp. */
static void a_key_that_looks_like_a_path_does_not_deceive(void **state)
{
	static const char *const texts[] = {
		"{\"\":{\"e\":\"trade\",\"E\":5},\"x\":\"\\n\"}",
		"{\"data.E\":5,\"data.e\":\"trade\"}",
		"{\"\":{\"data\":{\"e\":\"trade\"}}}",
		"{\"[]\":{\"e\":\"trade\"}}",
		"{\"[].e\":\"trade\"}",
		"{\"data[].e\":\"trade\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct feed_message message = parse(texts[i]);

		assert_int_equal(message.event, FEED_EVENT_NONE);
		assert_int_equal(message.has, 0);
	}
}

static void a_time_that_is_due_later_is_no_origin(void **state)
{
	struct feed_message mark = parse(
		"{\"e\":\"markPriceUpdate\",\"E\":17,\"s\":\"X\",\"T\":1790006400000}");

	(void)state;
	assert_int_equal(mark.trade_time, 0);
	assert_int_equal(mark.has, FEED_HAS_EVENT_TIME);
	assert_int_equal(feed_exch_time_us(&mark, FEED_TIME_MS), 17000);
	assert_int_equal(feed_exch_time_us(&mark, FEED_TIME_US), 17);
}

static void spot_shapes_without_a_time_are_recognised(void **state)
{
	struct feed_message ticker = parse("{\"u\":400900217,\"s\":\"BNBUSDT\",\"b\":\"25.35\","
					   "\"B\":\"31.21\",\"a\":\"25.36\",\"A\":\"40.66\"}");
	struct feed_message depth = parse("{\"lastUpdateId\":160,\"bids\":[[\"0.0024\",\"10\"]],"
					  "\"asks\":[[\"0.0026\",\"100\"]]}");

	(void)state;
	assert_int_equal(ticker.event, FEED_EVENT_BOOK_TICKER);
	assert_int_equal(ticker.last_id, 400900217);
	assert_int_equal(feed_exch_time_us(&ticker, FEED_TIME_MS), 0);
	assert_int_equal(depth.event, FEED_EVENT_DEPTH_SNAPSHOT);
	assert_int_equal(depth.last_id, 160);
	assert_int_equal(feed_exch_time_us(&depth, FEED_TIME_MS), 0);
}

static void answers_are_told_from_events(void **state)
{
	struct feed_message ack = parse("{\"result\":null,\"id\":3}");
	struct feed_message list = parse("{\"result\":[\"a@b\"],\"id\":4}");
	struct feed_message error = parse("{\"code\":2,\"msg\":\"Invalid request\",\"id\":5}");
	struct feed_message bare = parse("{\"code\":-1,\"msg\":\"no\"}");

	(void)state;
	assert_int_equal(ack.kind, FEED_RESULT);
	assert_int_equal(ack.request_id, 3);
	assert_int_equal(list.kind, FEED_RESULT);
	assert_int_equal(error.kind, FEED_ERROR);
	assert_int_equal(error.code, 2);
	assert_string_equal(error.text, "Invalid request");
	assert_int_equal(error.request_id, 5);
	assert_int_equal(bare.kind, FEED_ERROR);
	assert_int_equal(bare.code, -1);
}

static void a_combined_stream_names_itself(void **state)
{
	struct feed_message message = parse("{\"data\":{\"T\":1,\"a\":8796093022209,\"E\":2,\"s\":"
					    "\"ETHUSDT\",\"e\":\"aggTrade\"},"
					    "\"stream\":\"ethusdt@aggTrade\"}");

	(void)state;
	assert_int_equal(message.kind, FEED_EVENT);
	assert_string_equal(message.stream, "ethusdt@aggTrade");
	assert_int_equal(message.agg_id, 8796093022209);
	assert_int_equal(message.trade_time, 1);
}

static void what_is_cut_short_is_malformed(void **state)
{
	static const char text[] = "{\"e\":\"depthUpdate\",\"E\":1,\"b\":[[\"1\",\"2\"]],\"a\":[]}";
	struct feed_message message;

	(void)state;
	for (size_t size_bytes = 0; size_bytes < sizeof(text) - 1; size_bytes++) {
		feed_parse(text, size_bytes, &message);
		assert_int_equal(message.kind, FEED_MALFORMED);
	}
	feed_parse(text, sizeof(text) - 1, &message);
	assert_int_equal(message.kind, FEED_EVENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_keys_do_not_count),
		cmocka_unit_test(a_key_that_looks_like_a_path_does_not_deceive),
		cmocka_unit_test(a_time_that_is_due_later_is_no_origin),
		cmocka_unit_test(spot_shapes_without_a_time_are_recognised),
		cmocka_unit_test(answers_are_told_from_events),
		cmocka_unit_test(a_combined_stream_names_itself),
		cmocka_unit_test(what_is_cut_short_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
