/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_capture/messages/line.h"

/* The column of the stream's name. */
static void expect_shown(const char *name, const char *shown)
{
	struct prof_endpoint ends[2] = { 0 };
	struct message message = { .src = &ends[0], .dst = &ends[1], .stream = name };
	struct line_ends texts = { 0 };
	char line[LINE_BYTES_MAX + 1];
	char expected[128];
	size_t size_bytes = line_format(&message, &texts, line);

	line[size_bytes] = '\0';
	(void)snprintf(expected, sizeof(expected), "\t%s\t-\n", shown);
	assert_true(size_bytes > strlen(expected));
	assert_string_equal(line + size_bytes - strlen(expected), expected);
}

static void a_stream_is_called_what_it_is_called(void **state)
{
	(void)state;
	expect_shown("", "-");
	expect_shown("btcusdt@aggTrade", "btcusdt@aggTrade");
	expect_shown("\u5e01\u5b89\u4eba\u751fusdt@aggTrade",
		     "\u5e01\u5b89\u4eba\u751fusdt@aggTrade");
	expect_shown("\u00e9\u20ac\U0001f680@x", "\u00e9\u20ac\U0001f680@x");
}

static void what_would_break_the_line_is_not_shown(void **state)
{
	(void)state;
	expect_shown("a\tb c\nd\x1b[2Je\x7f", "a?b?c?d?[2Je?");
	expect_shown("a\xc2\x85z\xc2\x9b\xc2\xa0", "a?z?\xc2\xa0");
	expect_shown("\u2027\u2028\u202e\u202f\u2065\u2066\u2069\u206a",
		     "\u2027??\u202f\u2065??\u206a");
	expect_shown("\u5e01\xff", "????"); /* no UTF-8, so no letters */
	expect_shown("\u5e01\xe5\xb8", "?????");
}

static void expect_numbers(uint64_t value)
{
	struct prof_endpoint ends[2] = { { .addr = { 0x20, 1 }, .port = (uint16_t)value },
					 { .addr = { 0x20, 2 }, .port = 1 } };
	struct message message = {
		.src = &ends[0],
		.dst = &ends[1],
		.last = { .time_ns = value, .seq = (uint32_t)value },
		.first = { .time_ns = value ^ 1 },
		.has_range = true,
		.start_offset = value / 3,
		.end_offset = value,
		.payload_bytes = value / 7,
		.opcode = (uint8_t)value,
		.stream = "",
		.exch_time_us = 1000000,
	};
	struct line_ends texts = { 0 };
	char line[LINE_BYTES_MAX + 1];
	char expected[LINE_BYTES_MAX];

	line[line_format(&message, &texts, line)] = '\0';
	(void)snprintf(expected, sizeof(expected),
		       "%" PRIu64 "\t%" PRIu64 "\t2001::\t%u\t2002::\t1\t%" PRIu64 "\t%" PRIu64
		       "\t%u\t%u\t%" PRIu64 "\t-\t%" PRId64 "\n",
		       value, value ^ 1, (unsigned int)(uint16_t)value, value / 3, value,
		       (unsigned int)(uint32_t)value, (unsigned int)(uint8_t)value, value / 7,
		       (int64_t)(value / 1000 - 1000000) / 1000);
	assert_string_equal(line, expected);
}

/* Of every length, with nines, ones and noughts around the places where it is cut into eights. */
static void numbers_are_what_printf_says(void **state)
{
	uint64_t power = 1;

	(void)state;
	for (size_t digit_count = 1; digit_count <= 20; digit_count++, power *= 10) {
		for (uint64_t first = 1; first <= (digit_count == 20 ? 1 : 9); first++) {
			expect_numbers(first * power - 1);
			expect_numbers(first * power);
			expect_numbers(first * power + 1);
			expect_numbers(first * power + power / 7);
		}
	}
	expect_numbers(UINT64_MAX);
	for (uint64_t value = 0; value < 100000; value++)
		expect_numbers(value * value * 31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_is_called_what_it_is_called),
		cmocka_unit_test(numbers_are_what_printf_says),
		cmocka_unit_test(what_would_break_the_line_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
