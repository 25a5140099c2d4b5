/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "wire/utf8.h"

/* Encodes any number up to 2^21 as if it were a character, in the given length. */
static size_t encode(uint32_t code, size_t size_bytes, char *text)
{
	static const uint8_t firsts[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	if (size_bytes == 1) {
		text[0] = (char)code;
		return 1;
	}
	for (size_t i = size_bytes - 1; i > 0; i--) {
		text[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	text[0] = (char)(firsts[size_bytes] | code);
	return size_bytes;
}

static void every_number_is_valid_in_its_shortest_form_only(void **state)
{
	char text[20];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (uint32_t code = 0; code < 1u << 21; code++) {
		size_t shortest = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		bool is_character = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

		for (size_t size_bytes = shortest; size_bytes <= 4; size_bytes++) {
			(void)encode(code, size_bytes, text + 9);
			assert_int_equal(utf8_is_valid(text, 9 + size_bytes),
					 is_character && size_bytes == shortest);
			text[10] = text[11] = text[12] = 'a';
		}
	}
}

static void a_character_cut_short_is_invalid(void **state)
{
	static const char text[] = "abcdefg\xf0\x9f\x98\x80";

	(void)state;
	for (size_t size_bytes = 0; size_bytes <= 11; size_bytes++)
		assert_int_equal(utf8_is_valid(text, size_bytes),
				 size_bytes <= 7 || size_bytes == 11);
	for (int byte = 0x80; byte < 0x100; byte++) {
		char lone[2] = { (char)byte, 'x' };

		assert_false(utf8_is_valid(lone, 1));
		assert_false(utf8_is_valid(lone, 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_is_valid_in_its_shortest_form_only),
		cmocka_unit_test(a_character_cut_short_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
