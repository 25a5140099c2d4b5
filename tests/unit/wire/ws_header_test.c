/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "wire/ws_header.h"

static void what_no_server_sends_is_not_plausible(void **state)
{
	static const uint8_t bad[][10] = {
		{ 0xa1, 0x01 }, /* a reserved bit that nothing uses */
		{ 0xc9, 0x00 }, /* a compressed ping */
		{ 0xc0, 0x00 }, /* a compressed continuation */
		{ 0x83, 0x00 }, /* unknown opcodes */
		{ 0x8b, 0x00 },
		{ 0x09, 0x00 },		    /* a fragmented ping */
		{ 0x89, 126, 0, 126 },	    /* a long one */
		{ 0x81, 0x81, 0, 0, 0, 0 }, /* masked */
		{ 0x81, 126, 0, 125 },	    /* a length longer than it need be */
		{ 0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255 },
		{ 0x82, 127, 0, 0, 0, 0, 4, 0, 0, 1 }, /* more than anybody means */
	};
	size_t header_bytes;
	uint64_t payload_bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ws_header_is_plausible(bad[i], sizeof(bad[i]), &header_bytes,
						    &payload_bytes));
}

static void what_servers_send_is_plausible_and_measured(void **state)
{
	static const struct {
		uint8_t bytes[10];
		size_t header_bytes;
		uint64_t payload_bytes;
	} good[] = {
		{ { 0x81, 125 }, 2, 125 },
		{ { 0x01, 0 }, 2, 0 },
		{ { 0x80, 7 }, 2, 7 },
		{ { 0xc1, 126, 0, 126 }, 4, 126 },
		{ { 0x42, 126, 255, 255 }, 4, 65535 },
		{ { 0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0 }, 10, 65536 },
		{ { 0x88, 2 }, 2, 2 },
		{ { 0x8a, 125 }, 2, 125 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t header_bytes;
		uint64_t payload_bytes;

		assert_true(ws_header_is_plausible(good[i].bytes, sizeof(good[i].bytes),
						   &header_bytes, &payload_bytes));
		assert_int_equal(header_bytes, good[i].header_bytes);
		assert_int_equal(payload_bytes, good[i].payload_bytes);
		/* And each beginning of it, as far as it tells. */
		for (size_t cut = 0; cut < good[i].header_bytes; cut++) {
			assert_true(ws_header_is_plausible(good[i].bytes, cut, &header_bytes,
							   &payload_bytes));
			assert_true(header_bytes > cut);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_server_sends_is_not_plausible),
		cmocka_unit_test(what_servers_send_is_plausible_and_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
