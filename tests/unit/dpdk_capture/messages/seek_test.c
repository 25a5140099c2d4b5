/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "dpdk_capture/messages/seek.h"
#include "wire/tls_records.h"

static size_t add_record(uint8_t *at, size_t body_bytes)
{
	at[0] = 23;
	at[1] = 3;
	at[2] = 3;
	at[3] = (uint8_t)(body_bytes >> 8);
	at[4] = (uint8_t)body_bytes;
	memset(at + 5, 0x17, body_bytes); /* looks like the first byte of headers */
	return 5 + body_bytes;
}

/* However many bytes of a torn record stand before them. */
static void three_headers_in_a_row_are_a_beginning(void **state)
{
	static uint8_t bytes[60000];

	(void)state;
	for (size_t torn = 0; torn < 3000; torn += 7) {
		size_t size_bytes = torn;
		size_t at;

		memset(bytes, 0x17, torn);
		size_bytes += add_record(bytes + size_bytes, 200);
		size_bytes += add_record(bytes + size_bytes, 16384 + 256);
		assert_int_equal(seek_records(bytes, size_bytes, false, &at), SEEK_PENDING);
		assert_int_equal(at, torn);
		size_bytes += add_record(bytes + size_bytes, 17);
		assert_int_equal(seek_records(bytes, size_bytes, false, &at), SEEK_FOUND);
		assert_int_equal(at, torn);
	}
}

static void at_the_end_of_all_a_chain_up_to_there_is_enough(void **state)
{
	static uint8_t bytes[1000];
	size_t size_bytes = 30;
	size_t at;

	(void)state;
	memset(bytes, 0x17, 30);
	size_bytes += add_record(bytes + size_bytes, 200);
	assert_int_equal(seek_records(bytes, size_bytes, true, &at), SEEK_FOUND);
	assert_int_equal(at, 30);
	assert_int_equal(seek_records(bytes, size_bytes - 1, true, &at), SEEK_NOTHING);
}

static void what_is_no_record_is_passed_over_but_for_its_last_bytes(void **state)
{
	uint8_t bytes[100];
	size_t at;

	(void)state;
	memset(bytes, 23, sizeof(bytes));
	assert_int_equal(seek_records(bytes, sizeof(bytes), false, &at), SEEK_NOTHING);
	assert_int_equal(at, sizeof(bytes) - 4);
	assert_int_equal(seek_records(bytes, 3, false, &at), SEEK_NOTHING);
	assert_int_equal(at, 0);
	memcpy(bytes + 50, "\27\3\3\0\0", 5); /* no record is empty */
	assert_int_equal(seek_records(bytes, sizeof(bytes), false, &at), SEEK_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_headers_in_a_row_are_a_beginning),
		cmocka_unit_test(at_the_end_of_all_a_chain_up_to_there_is_enough),
		cmocka_unit_test(what_is_no_record_is_passed_over_but_for_its_last_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
