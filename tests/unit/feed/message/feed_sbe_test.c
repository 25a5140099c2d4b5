/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "feed/continuity.h"
#include "feed/feed.h"
#include "feed/message/feed_sbe.h"

#define TIME_US UINT64_C(1790000000123456)

/* A message being written. */
struct writer {
	size_t size_bytes;
	uint8_t bytes[512];
};

static void put(struct writer *writer, uint64_t value, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		writer->bytes[writer->size_bytes++] = (uint8_t)(value >> 8 * i);
}

static void put_header(struct writer *writer, uint16_t block_bytes, uint16_t template_id,
		       uint16_t schema_id, uint16_t version)
{
	writer->size_bytes = 0;
	put(writer, block_bytes, 2);
	put(writer, template_id, 2);
	put(writer, schema_id, 2);
	put(writer, version, 2);
}

static void put_symbol(struct writer *writer, const char *symbol)
{
	put(writer, strlen(symbol), 1);
	for (; *symbol; symbol++)
		put(writer, (uint8_t)*symbol, 1);
}

static void put_levels(struct writer *writer, uint16_t count)
{
	put(writer, 16, 2);
	put(writer, count, 2);
	for (uint16_t i = 0; i < count; i++) {
		put(writer, 61800 + i, 8);
		put(writer, 5, 8);
	}
}

/* extra_bytes: what a later version has behind the fixed fields. */
static void put_diff(struct writer *writer, uint64_t first, uint64_t last, uint16_t extra_bytes,
		     uint16_t version)
{
	put_header(writer, (uint16_t)(26 + extra_bytes), 10003, 1, version);
	put(writer, TIME_US, 8);
	put(writer, first, 8);
	put(writer, last, 8);
	put(writer, 0xfe, 1);
	put(writer, 0xfd, 1);
	for (uint16_t i = 0; i < extra_bytes; i++)
		put(writer, 0xee, 1);
	put_levels(writer, 2);
	put_levels(writer, 3);
	put_symbol(writer, "BTCUSDT");
}

static struct feed_message parse(const struct writer *writer)
{
	struct feed_message message;

	feed_parse_binary(writer->bytes, writer->size_bytes, &message);
	return message;
}

static void trades_have_both_times_and_their_ids(void **state)
{
	struct writer writer;
	struct feed_message message;

	(void)state;
	put_header(&writer, 18, 10000, 1, 0);
	put(&writer, TIME_US, 8);
	put(&writer, TIME_US - 1001, 8);
	put(&writer, 0xfe, 1);
	put(&writer, 0xfd, 1);
	put(&writer, 25, 2);
	put(&writer, 3, 4);
	for (uint64_t id = 71; id <= 73; id++) {
		put(&writer, id, 8);
		put(&writer, 1, 8);
		put(&writer, 2, 8);
		put(&writer, 1, 1);
	}
	put_symbol(&writer, "\u5e01\u5b89USDT");
	message = parse(&writer);
	assert_int_equal(message.kind, FEED_EVENT);
	assert_int_equal(message.event, FEED_EVENT_TRADE);
	assert_int_equal(message.template_id, 10000);
	assert_string_equal(message.symbol, "\u5e01\u5b89USDT");
	assert_int_equal(message.trade_time, TIME_US - 1001);
	assert_int_equal(message.first_id, 71);
	assert_int_equal(message.trade_id, 73);
	/* us, whatever the URL asked for */
	assert_int_equal(feed_exch_time_us(&message, FEED_TIME_MS), TIME_US);
	assert_int_equal(feed_exch_time_us(&message, FEED_TIME_US), TIME_US);
}

static void quotes_and_snapshots_have_the_books_id(void **state)
{
	struct writer writer;
	struct feed_message message;

	(void)state;
	put_header(&writer, 50, 10001, 1, 0);
	put(&writer, TIME_US, 8);
	put(&writer, INT64_MAX, 8);
	for (int i = 0; i < 34; i++)
		put(&writer, 0xff, 1);
	put_symbol(&writer, "A");
	message = parse(&writer);
	assert_int_equal(message.event, FEED_EVENT_BOOK_TICKER);
	assert_int_equal(message.last_id, INT64_MAX);
	assert_false(message.has & (FEED_HAS_FIRST_ID | FEED_HAS_TRADE_TIME));
	put_header(&writer, 18, 10002, 1, 0);
	put(&writer, TIME_US, 8);
	put(&writer, 160, 8);
	put(&writer, 0, 2);
	put_levels(&writer, 0);
	put_levels(&writer, 20);
	put_symbol(&writer, "BTCUSDT");
	message = parse(&writer);
	assert_int_equal(message.event, FEED_EVENT_DEPTH_SNAPSHOT);
	assert_int_equal(message.last_id, 160);
	assert_string_equal(message.symbol, "BTCUSDT");
}

static void depth_follows_by_its_update_ids(void **state)
{
	struct writer writer;
	struct feed_message message;
	struct chain chain = { 0 };
	uint64_t missing;

	(void)state;
	put_diff(&writer, 11, 15, 0, 0);
	message = parse(&writer);
	assert_int_equal(chain_step(&chain, &message, &missing), CHAIN_START);
	put_diff(&writer, 16, 16, 0, 0);
	message = parse(&writer);
	assert_int_equal(chain_step(&chain, &message, &missing), CHAIN_OK);
	put_diff(&writer, 20, 22, 0, 0);
	message = parse(&writer);
	assert_int_equal(chain_step(&chain, &message, &missing), CHAIN_GAP);
	assert_int_equal(missing, 3);
	assert_int_equal(chain_step(&chain, &message, &missing), CHAIN_REPEAT);
}

static void every_cut_is_malformed(void **state)
{
	struct writer writer;
	struct feed_message message;

	(void)state;
	put_diff(&writer, 1, 2, 0, 0);
	for (size_t size_bytes = 0; size_bytes < writer.size_bytes; size_bytes++) {
		feed_parse_binary(writer.bytes, size_bytes, &message);
		assert_int_equal(message.kind, FEED_MALFORMED);
		assert_int_equal(message.has, 0);
	}
	assert_int_equal(parse(&writer).kind, FEED_EVENT);
}

static void a_later_version_is_read_by_its_block_length(void **state)
{
	struct writer writer;
	struct feed_message message;

	(void)state;
	for (uint16_t extra_bytes = 0; extra_bytes < 40; extra_bytes++) {
		put_diff(&writer, 7, 9, extra_bytes, 1);
		put(&writer, 0, 5); /* and something behind the symbol */
		message = parse(&writer);
		assert_int_equal(message.kind, FEED_EVENT);
		assert_int_equal(message.first_id, 7);
		assert_int_equal(message.last_id, 9);
		assert_string_equal(message.symbol, "BTCUSDT");
	}
	/* A shorter one has fewer fields, and what is not there is not read from elsewhere. */
	put_header(&writer, 16, 10003, 1, 1);
	put(&writer, TIME_US, 8);
	put(&writer, 7, 8);
	put_levels(&writer, 1);
	put_levels(&writer, 1);
	put_symbol(&writer, "X");
	message = parse(&writer);
	assert_int_equal(message.has, FEED_HAS_TEMPLATE | FEED_HAS_EVENT_TIME | FEED_HAS_FIRST_ID);
	assert_string_equal(message.symbol, "X");
}

static void unknown_templates_and_schemas_are_told(void **state)
{
	static const uint16_t ids[][2] = { { 10004, 1 }, { 10000, 2 }, { 0, 1 }, { 65535, 65535 } };
	struct writer writer;
	struct feed_message message;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		put_header(&writer, 8, ids[i][0], ids[i][1], 0);
		put(&writer, TIME_US, 8);
		message = parse(&writer);
		assert_int_equal(message.kind, FEED_UNKNOWN);
		assert_int_equal(message.has, FEED_HAS_TEMPLATE);
		assert_int_equal(message.template_id, ids[i][0]);
		assert_int_equal(message.schema_id, ids[i][1]);
		assert_int_equal(feed_exch_time_us(&message, FEED_TIME_MS), 0);
	}
}

static void null_is_no_time(void **state)
{
	struct writer writer;
	struct feed_message message;

	(void)state;
	put_diff(&writer, 1, 2, 0, 0);
	memset(writer.bytes + 8, 0, 7);
	writer.bytes[15] = 0x80; /* INT64_MIN: SBE's null */
	message = parse(&writer);
	assert_int_equal(message.kind, FEED_EVENT);
	assert_int_equal(feed_exch_time_us(&message, FEED_TIME_MS), 0);
}

static void json_in_a_binary_frame_is_json(void **state)
{
	static const char text[] = "{\"result\":null,\"id\":3}";
	struct feed_message message;

	(void)state;
	feed_parse_binary(text, sizeof(text) - 1, &message);
	assert_int_equal(message.kind, FEED_RESULT);
	assert_int_equal(message.request_id, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trades_have_both_times_and_their_ids),
		cmocka_unit_test(quotes_and_snapshots_have_the_books_id),
		cmocka_unit_test(depth_follows_by_its_update_ids),
		cmocka_unit_test(every_cut_is_malformed),
		cmocka_unit_test(a_later_version_is_read_by_its_block_length),
		cmocka_unit_test(unknown_templates_and_schemas_are_told),
		cmocka_unit_test(null_is_no_time),
		cmocka_unit_test(json_in_a_binary_frame_is_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
