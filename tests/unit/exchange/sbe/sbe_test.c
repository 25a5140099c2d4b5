/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "exchange/names/stream.h"
#include "exchange/sbe/encode.h"
#include "exchange/sbe/layout.h"

#define WALL_US UINT64_C(1790000000123456)

struct encoded {
	uint8_t bytes[PAYLOAD_BYTES_MAX];
	size_t size_bytes;
};

static struct encoded encoded; /* too large for the stack */

static struct message encode(const char *name, struct stream_spec *spec, uint32_t level_count)
{
	struct message message = { .spec = spec,
				   .decimals = 2,
				   .first_id = 100,
				   .id = 102,
				   .prev_id = 99,
				   .price = 6180010,
				   .quantity_milli = 123,
				   .event_wall_us = WALL_US,
				   .lag_us = 456,
				   .bid_count = level_count,
				   .ask_count = level_count };
	struct text bytes = text_over((char *)encoded.bytes, sizeof(encoded.bytes));

	assert_true(stream_parse(ROUTE_SBE, name, spec));
	payload_set_symbol(&message, spec->symbol);
	sbe_encode(&bytes, &message);
	assert_false(bytes.is_cut);
	encoded.size_bytes = bytes.used_bytes;
	return message;
}

static int64_t number_at(size_t offset, size_t size_bytes)
{
	uint64_t value = 0;

	assert_true(offset + size_bytes <= encoded.size_bytes);
	for (size_t i = 0; i < size_bytes; i++)
		value |= (uint64_t)encoded.bytes[offset + i] << 8 * i;
	return (int64_t)(value << (64 - 8 * size_bytes)) >> (64 - 8 * size_bytes);
}

static void assert_header(unsigned int template_id, unsigned int block_bytes)
{
	assert_int_equal(number_at(0, 2), block_bytes);
	assert_int_equal(number_at(2, 2), template_id);
	assert_int_equal(number_at(4, 2), 1);
	assert_int_equal(number_at(6, 2), 0);
	assert_int_equal(number_at(8, 8), WALL_US);
}

static void assert_symbol_at(size_t offset, const char *symbol)
{
	assert_int_equal(number_at(offset, 1), strlen(symbol));
	assert_memory_equal(encoded.bytes + offset + 1, symbol, strlen(symbol));
	assert_int_equal(encoded.size_bytes, offset + 1 + strlen(symbol));
}

static void trades_are_a_group_under_one_time(void **state)
{
	struct stream_spec spec;

	(void)state;
	(void)encode("btcusdt@trade", &spec, 0);
	assert_header(10000, 18);
	assert_int_equal(number_at(16, 8), WALL_US - 456);
	assert_int_equal(number_at(24, 1), -2);
	assert_int_equal(number_at(25, 1), -3);
	assert_int_equal(number_at(26, 2), 25);
	assert_int_equal(number_at(28, 4), 3);
	for (size_t i = 0; i < 3; i++) {
		size_t at = 32 + 25 * i;

		assert_int_equal(number_at(at, 8), 100 + i);
		assert_int_equal(number_at(at + 8, 8), 6180010 + i);
		assert_true(number_at(at + 16, 8) > 0);
		assert_int_in_range(number_at(at + 24, 1), 0, 1);
	}
	assert_symbol_at(32 + 3 * 25, "BTCUSDT");
}

static void the_best_bid_and_ask_are_fixed_fields(void **state)
{
	struct stream_spec spec;

	(void)state;
	(void)encode("币安人生usdt@bestBidAsk", &spec, 0);
	assert_header(10001, 50);
	assert_int_equal(number_at(16, 8), 102);
	assert_int_equal(number_at(24, 1), -2);
	assert_int_equal(number_at(25, 1), -3);
	assert_int_equal(number_at(26, 8), 6180010);
	assert_int_equal(number_at(34, 8), 123);
	assert_int_equal(number_at(42, 8), 6180011);
	assert_int_in_range(number_at(50, 8), 1, 20000);
	assert_symbol_at(58, "币安人生USDT");
}

/* Two groups from there on; returns where they end. */
static size_t check_sides(size_t at, uint32_t level_count, bool has_gone)
{
	uint32_t gone_count = 0;

	for (int side = 0; side < 2; side++) {
		int64_t price = side == 0 ? 6180010 : 6180011;

		assert_int_equal(number_at(at, 2), 16);
		assert_int_equal(number_at(at + 2, 2), level_count);
		at += 4;
		for (uint32_t i = 0; i < level_count; i++, at += 16) {
			if (i == 0)
				assert_int_equal(number_at(at, 8), price);
			else
				assert_int_in_range((number_at(at, 8) - price) * (side ? 1 : -1), 1,
						    3);
			price = number_at(at, 8);
			gone_count += number_at(at + 8, 8) == 0;
		}
	}
	assert_int_equal(gone_count > 0, has_gone);
	return at;
}

static void a_snapshot_has_two_sides_of_what_is_there(void **state)
{
	struct stream_spec spec;

	(void)state;
	(void)encode("btcusdt@depth20", &spec, 20);
	assert_header(10002, 18);
	assert_int_equal(number_at(16, 8), 102);
	assert_symbol_at(check_sides(26, 20, false), "BTCUSDT");
}

static void a_difference_has_both_ids_and_what_is_gone(void **state)
{
	struct stream_spec spec;

	(void)state;
	(void)encode("btcusdt@depth", &spec, 800);
	assert_header(10003, 26);
	assert_int_equal(number_at(16, 8), 100);
	assert_int_equal(number_at(24, 8), 102);
	assert_int_equal(number_at(32, 1), -2);
	assert_symbol_at(check_sides(34, 800, true), "BTCUSDT");
}

/* The same detail is the same book, whichever way it is written. */
static void binary_and_json_say_the_same(void **state)
{
	static char json[PAYLOAD_BYTES_MAX];
	struct text text = text_over(json, sizeof(json));
	struct stream_spec spec;
	struct message message = encode("btcusdt@depth", &spec, 3);
	char level[64];

	(void)state;
	payload_format(&text, &message, true);
	text_add_char(&text, '\0');
	for (size_t i = 0; i < 3; i++) {
		long long price = number_at(38 + 16 * i, 8);
		long long quantity = number_at(46 + 16 * i, 8);

		(void)snprintf(level, sizeof(level), "[\"%lld.%02lld\",\"%lld.%03lld\"]",
			       price / 100, price % 100, quantity / 1000, quantity % 1000);
		assert_non_null(strstr(json, level));
	}
}

static void other_kinds_have_no_template(void **state)
{
	(void)state;
	assert_null(sbe_template_of(STREAM_AGG_TRADE));
	assert_null(sbe_template_of(STREAM_KLINE));
	for (int kind = STREAM_AGG_TRADE; kind <= STREAM_OPTION_SYMBOL; kind++) {
		const struct sbe_template *layout = sbe_template_of((uint8_t)kind);

		/* The time comes first: whoever knows only the header finds it. */
		if (layout)
			assert_int_equal(layout->fields[0], SBE_EVENT_TIME);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trades_are_a_group_under_one_time),
		cmocka_unit_test(the_best_bid_and_ask_are_fixed_fields),
		cmocka_unit_test(a_snapshot_has_two_sides_of_what_is_there),
		cmocka_unit_test(a_difference_has_both_ids_and_what_is_gone),
		cmocka_unit_test(binary_and_json_say_the_same),
		cmocka_unit_test(other_kinds_have_no_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
