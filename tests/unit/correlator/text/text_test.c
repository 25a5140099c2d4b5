/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlator/text/text.h"

#include <stdio.h>
#include <string.h>

#include "correlator/start/cores.h"
#include "correlator/text/line.h"

#include "tests/unit/unit.h"

static const char *shown(const struct text *text)
{
	static char line[256];

	(void)snprintf(line, sizeof(line), "%.*s", (int)text->size_bytes, text->bytes);
	return line;
}

static void numbers_are_written_as_printf_writes_them(void **state)
{
	char bytes[64];
	char expected[64];

	(void)state;
	for (int64_t value = 1; value > 0 && value < INT64_MAX / 3; value *= 3) {
		struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) };

		text_add_i64(&text, value);
		text_add(&text, " ");
		text_add_i64(&text, -value);
		(void)snprintf(expected, sizeof(expected), "%lld %lld", (long long)value,
			       (long long)-value);
		assert_string_equal(shown(&text), expected);
	}
}

static void extremes_are_written_whole(void **state)
{
	char bytes[64];
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) };

	(void)state;
	text_add_u64(&text, UINT64_MAX);
	text_add_i64(&text, INT64_MIN);
	text_add_u64(&text, 0);
	assert_string_equal(shown(&text), "18446744073709551615-92233720368547758080");
}

static void put_one(uint64_t value)
{
	char bytes[LINE_NUMBER_BYTES + LINE_SLACK_BYTES];
	char expected[64];
	struct line line = { .at = bytes };

	line_put_u64(&line, value);
	(void)snprintf(expected, sizeof(expected), "%llu", (unsigned long long)value);
	assert_int_equal(line.at - bytes, strlen(expected));
	assert_memory_equal(bytes, expected, strlen(expected));
	line.at = bytes;
	line_put_i64(&line, (int64_t)value);
	(void)snprintf(expected, sizeof(expected), "%lld", (long long)value);
	assert_int_equal(line.at - bytes, strlen(expected));
	assert_memory_equal(bytes, expected, strlen(expected));
	line.at = line_hex(bytes, value);
	(void)snprintf(expected, sizeof(expected), "%016llx", (unsigned long long)value);
	assert_int_equal(line.at - bytes, 16);
	assert_memory_equal(bytes, expected, 16);
}

static void a_line_has_the_numbers_that_printf_has(void **state)
{
	uint64_t power = 1;
	uint64_t random = 88172645463325252;

	(void)state;
	for (int digits = 0; digits < 20; digits++, power *= 10) {
		for (uint64_t factor = 1; factor < 10; factor++) {
			put_one(power * factor - 1);
			put_one(power * factor);
			put_one(power * factor + 1);
		}
	}
	for (uint64_t value = 0; value < 110000; value++)
		put_one(value);
	for (int i = 0; i < 100000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		put_one(random >> i % 64);
	}
	put_one(UINT64_MAX);
	put_one((uint64_t)INT64_MIN);
}

static void a_line_has_the_words_that_a_text_has(void **state)
{
	static const char *const names[] = { "",	 "btcusdt@aggTrade", "a\"b",
					     "x<y>&z\\", "\x01\x7f\xff",     "\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char bytes[128];
		char expected[128];
		struct text text = { .bytes = expected, .room_bytes = sizeof(expected) };
		const char *end = line_json(bytes, names[i]);

		text_add_json(&text, names[i]);
		assert_int_equal(end - bytes, text.size_bytes);
		assert_memory_equal(bytes, expected, text.size_bytes);
	}
}

static void what_does_not_fit_is_cut_and_said(void **state)
{
	char bytes[4];
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) };

	(void)state;
	text_add(&text, "abcdef");
	assert_string_equal(shown(&text), "abcd");
	assert_true(text.is_cut);
}

static void hostile_names_stay_valid_json(void **state)
{
	char bytes[64];
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) };

	(void)state;
	text_add_json(&text, "a\"b\\c\n\x7f\xff</b>&\xe5\xb8\x81");
	assert_string_equal(shown(&text), "\"a\\\"b\\\\c\\u000a\\u007f\\u00ff\\u003c/b\\u003e"
					  "\\u0026\xe5\xb8\x81\"");
}

/* Of every code point in its UTF-8, whole and cut short; against a list of what is not shown. */
static void characters_are_told_from_what_is_none(void **state)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = { { 0, 0x1f },	      { 0x7f, 0x9f },	  { 0x2028, 0x202e },
		       { 0x2066, 0x2069 },    { 0xd800, 0xdfff }, { 0xfeff, 0xfeff },
		       { 0x110000, 0x1fffff } };
	size_t next = 0;

	(void)state;
	for (uint32_t code = 0; code <= 0x1fffff; code++) {
		size_t size_bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		char bytes[5] = { (char)code };

		while (code > hidden[next].last)
			next++;
		for (size_t i = size_bytes; size_bytes > 1 && i-- > 0;)
			bytes[i] = (char)(0x80 | (code >> 6 * (size_bytes - 1 - i) & 0x3f));
		if (size_bytes > 1)
			bytes[0] = (char)(0xf00 >> size_bytes | code >> 6 * (size_bytes - 1));
		assert_int_equal(text_character_bytes(bytes),
				 code >= hidden[next].first ? 0 : size_bytes);
		bytes[size_bytes - 1] = '\0';
		assert_int_equal(text_character_bytes(bytes), 0);
	}
}

static void longer_forms_and_odd_bytes_are_no_characters(void **state)
{
	static const char *const bad[] = { "\x80",
					   "\xbf",
					   "\xc0\xaf",
					   "\xc1\xbf",
					   "\xe0\x80\xaf",
					   "\xe0\x9f\xbf",
					   "\xf0\x80\x80\xaf",
					   "\xf0\x8f\xbf\xbf",
					   "\xf8\x88\x80\x80",
					   "\xfe",
					   "\xff",
					   "\xc3(" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(text_character_bytes(bad[i]), 0);
}

static void names_are_made_printable_in_place(void **state)
{
	char name[] = "\033[2J\xe5\xb8\x81\xe5\xae<b>\xc2\x9b\n\"\xe2\x80\xaex\xe5";

	(void)state;
	text_make_printable(name);
	assert_string_equal(name, "?[2J\xe5\xb8\x81?\x3f<b>??"
				  "?\"???x?");
}

static void columns_are_counted_in_characters(void **state)
{
	char bytes[64];
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) };

	(void)state;
	text_add_wide(&text, "\xe5\xb8\x81x", 4);
	text_add(&text, "|");
	assert_string_equal(shown(&text), "\xe5\xb8\x81x  |");
}

static void microseconds_are_nearest_and_no_negative_becomes_zero(void **state)
{
	(void)state;
	assert_true(corr_in_unit(499, CORR_UNIT_US) == 0);
	assert_true(corr_in_unit(500, CORR_UNIT_US) == 1);
	assert_true(corr_in_unit(-1, CORR_UNIT_US) == -1);
	assert_true(corr_in_unit(-1000, CORR_UNIT_US) == -1);
	assert_true(corr_in_unit(-1001, CORR_UNIT_US) == -2);
	assert_true(corr_in_unit(-1, CORR_UNIT_NS) == -1);
}

static void lists_of_cores_are_parsed_or_refused(void **state)
{
	static const char *const bad[] = { "", "-", "1-", "-1", "2-1", "0,", "a", "0-1x", "0 1" };
	struct cores cores;

	(void)state;
	assert_int_equal(cores_parse("0-1,4", &cores), 0);
	assert_true(cores.is_member[0] && cores.is_member[1] && !cores.is_member[2] &&
		    cores.is_member[4]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cores_parse(bad[i], &cores), -22);
	assert_int_equal(cores_parse("1024", &cores), -34);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_as_printf_writes_them),
		cmocka_unit_test(extremes_are_written_whole),
		cmocka_unit_test(a_line_has_the_numbers_that_printf_has),
		cmocka_unit_test(a_line_has_the_words_that_a_text_has),
		cmocka_unit_test(what_does_not_fit_is_cut_and_said),
		cmocka_unit_test(hostile_names_stay_valid_json),
		cmocka_unit_test(characters_are_told_from_what_is_none),
		cmocka_unit_test(longer_forms_and_odd_bytes_are_no_characters),
		cmocka_unit_test(names_are_made_printable_in_place),
		cmocka_unit_test(columns_are_counted_in_characters),
		cmocka_unit_test(microseconds_are_nearest_and_no_negative_becomes_zero),
		cmocka_unit_test(lists_of_cores_are_parsed_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
