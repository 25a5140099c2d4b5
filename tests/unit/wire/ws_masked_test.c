/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "wire/ws_masked.h"

static const uint8_t mask[] = { 0x12, 0x34, 0xab, 0xcd };

/* Appends a masked frame.  Returns the bytes there are then. */
static size_t add(uint8_t *bytes, size_t at, uint8_t first, const char *text)
{
	size_t size_bytes = strlen(text);

	bytes[at++] = first;
	if (size_bytes < 126) {
		bytes[at++] = (uint8_t)(0x80 | size_bytes);
	} else {
		bytes[at++] = 0x80 | 126;
		bytes[at++] = (uint8_t)(size_bytes >> 8);
		bytes[at++] = (uint8_t)size_bytes;
	}
	memcpy(bytes + at, mask, sizeof(mask));
	at += sizeof(mask);
	memcpy(bytes + at, text, size_bytes);
	ws_mask(bytes + at, size_bytes, mask, 0);
	return at + size_bytes;
}

static void a_mask_is_taken_off_from_any_byte_on(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= 11; cut++) {
		uint8_t bytes[] = "hello world";

		ws_mask(bytes, 11, mask, 0);
		ws_mask(bytes, cut, mask, 0);
		ws_mask(bytes + cut, 11 - cut, mask, cut);
		assert_string_equal((const char *)bytes, "hello world");
	}
}

static void whole_frames_of_a_client_are_known_and_no_part_of_them(void **state)
{
	char lengthy[300] = "[";
	uint8_t bytes[1000];
	size_t edges[4];
	size_t size_bytes;

	(void)state;
	memset(lengthy + 1, '1', 297);
	lengthy[298] = ']';
	edges[0] = add(bytes, 0, 0x81, "{\"id\":1}");
	edges[1] = add(bytes, edges[0], 0x89, "ping");
	edges[2] = add(bytes, edges[1], 0x81, lengthy);
	edges[3] = size_bytes = add(bytes, edges[2], 0x8a, "");
	for (size_t end = 0; end <= size_bytes; end++) {
		bool is_edge = end == edges[0] || end == edges[1] || end == edges[2] ||
			       end == edges[3];

		assert_int_equal(ws_masked_are_whole(bytes, end), is_edge);
	}
}

static void other_bytes_are_none(void **state)
{
	static const char *const others[] = { "GET /ws HTTP/1.1\r\n\r\n", "\x81\x02{}", "\x81\x80",
					      "" };
	uint8_t bytes[100];

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(ws_masked_are_whole((const uint8_t *)others[i], strlen(others[i])));
	assert_false(ws_masked_are_whole(bytes, add(bytes, 0, 0x81, "no JSON")));
	assert_false(ws_masked_are_whole(bytes, add(bytes, 0, 0x83, "{}")));
	assert_true(ws_masked_are_whole(bytes, add(bytes, 0, 0x82, "anything")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mask_is_taken_off_from_any_byte_on),
		cmocka_unit_test(whole_frames_of_a_client_are_known_and_no_part_of_them),
		cmocka_unit_test(other_bytes_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
