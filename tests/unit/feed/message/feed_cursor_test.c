/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read 16 or 8 bytes at a time, against reading it byte by byte. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/message/feed_cursor.h"

enum { TEXT_BYTES_MAX = 43 }; /* two blocks, a word and a rest */

/* A cursor over a copy of exactly that size, so that a sanitizer sees one byte too many. */
static struct cursor cursor_over(const char *text, size_t size_bytes)
{
	char *copy = malloc(size_bytes ? size_bytes : 1);

	assert_non_null(copy);
	memcpy(copy, text, size_bytes);
	return (struct cursor){ .at = copy, .end = copy + size_bytes };
}

static void a_text_ends_at_the_first_character_that_is_not_plain(void **state)
{
	char text[TEXT_BYTES_MAX];

	(void)state;
	for (size_t size_bytes = 0; size_bytes <= TEXT_BYTES_MAX; size_bytes++) {
		for (size_t place = 0; place < size_bytes; place++) {
			for (unsigned int value = 0; value < 256; value++) {
				struct cursor cursor;
				const char *begin;
				size_t expected = is_plain((char)value) ? size_bytes : place;

				/* What lies behind must not matter, nor what the bytes look like.
				 */
				memset(text, place % 2 ? '!' : '\xff', sizeof(text));
				memset(text + place, '\x01', sizeof(text) - place);
				if (expected == size_bytes)
					memset(text + place, '#', sizeof(text) - place);
				text[place] = (char)value;
				cursor = cursor_over(text, size_bytes);
				begin = cursor.at;
				assert_int_equal(end_of_plain(&cursor, begin) - begin, expected);
				free((char *)(uintptr_t)begin);
			}
		}
	}
}

static void eight_digits_are_told_from_anything_else(void **state)
{
	char text[WORD_BYTES + 1];

	(void)state;
	for (size_t place = 0; place < WORD_BYTES; place++) {
		for (unsigned int value = 0; value < 256; value++) {
			memcpy(text, "90817263", sizeof(text));
			text[place] = (char)value;
			assert_int_equal(other_than_digits(load_word(text)) == 0,
					 is_digit((char)value));
		}
	}
}

/* However many there are, and whatever follows them. */
static void the_digits_of_a_block_are_counted_and_mean_what_they_say(void **state)
{
	char text[BLOCK_BYTES];

	(void)state;
	for (size_t place = 0; place < BLOCK_BYTES; place++) {
		for (unsigned int value = 0; value < 256; value++) {
			size_t count = is_digit((char)value) ? BLOCK_BYTES : place;
			uint64_t expected = 0;

			memcpy(text, "9081726354546372", sizeof(text));
			text[place] = (char)value;
			assert_int_equal(count_digits(text), count);
			for (size_t i = 0; i < count; i++)
				expected = expected * 10 + (uint64_t)(text[i] - '0');
			if (count)
				assert_int_equal(value_of_block(text, count), expected);
		}
	}
}

/* All lengths, and the values around what fits into 64 bits. */
static void numbers_are_what_strtoull_says(void **state)
{
	static const char *const edges[] = { "18446744073709551615", "18446744073709551616",
					     "9999999999999999999",  "10000000000000000000",
					     "99999999999999999999", "184467440737095516150" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < 24 + sizeof(edges) / sizeof(edges[0]); i++) {
		struct cursor cursor;
		struct number number = { 0 };
		const char *begin;

		if (i < 24)
			(void)snprintf(text, sizeof(text), "%.*s", (int)i + 1,
				       "719283645546372819012345");
		else
			(void)snprintf(text, sizeof(text), "%s", edges[i - 24]);
		cursor = cursor_over(text, strlen(text));
		begin = cursor.at;
		assert_true(take_number(&cursor, &number));
		assert_ptr_equal(cursor.at, cursor.end);
		errno = 0;
		assert_true(strtoull(text, NULL, 10) == number.value || !number.is_whole);
		assert_int_equal(number.is_whole, errno == 0);
		free((char *)(uintptr_t)begin);
	}
}

/* The usual way and the other one, with what may follow a number and what may not. */
static void what_follows_a_number_is_left(void **state)
{
	static const char *const behind[] = { ",\"p\":\"61800.10\",\"q\":\"0\"}",
					      "}, {\"a\": [1, 2, 3]}",
					      "], [\"61800.10\", \"0.1\"]",
					      " , \"p\": \"61800.10\"",
					      ",",
					      "}",
					      "x" };
	static const char digits[] = "7192836455463728190";
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		for (int count = 1; count <= (int)sizeof(digits) - 1; count++) {
			struct cursor cursor;
			struct number number = { 0 };
			const char *begin;

			(void)snprintf(text, sizeof(text), "%.*s%s", count, digits, behind[i]);
			cursor = cursor_over(text, strlen(text));
			begin = cursor.at;
			assert_true(take_number(&cursor, &number));
			assert_int_equal(cursor.at - begin, count);
			assert_true(number.is_whole && !number.is_negative);
			assert_int_equal(number.value, strtoull(text, NULL, 10));
			free((char *)(uintptr_t)begin);
		}
	}
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   "-",
					   "01",
					   "0123456789",
					   "00000000",
					   ".5",
					   "12.",
					   "1e",
					   "1e+",
					   "-a",
					   "+1",
					   "01,\"p\":\"61800.10\"",
					   "12.,\"p\":\"61800.10\"" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cursor cursor = cursor_over(bad[i], strlen(bad[i]));
		struct number number = { 0 };
		const char *begin = cursor.at;

		assert_false(take_number(&cursor, &number));
		free((char *)(uintptr_t)begin);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_ends_at_the_first_character_that_is_not_plain),
		cmocka_unit_test(eight_digits_are_told_from_anything_else),
		cmocka_unit_test(the_digits_of_a_block_are_counted_and_mean_what_they_say),
		cmocka_unit_test(numbers_are_what_strtoull_says),
		cmocka_unit_test(what_follows_a_number_is_left),
		cmocka_unit_test(what_is_no_number_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
