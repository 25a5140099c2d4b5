/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "wire/tls_records.h"

/* Three records: 7 bytes of handshake, an empty one, 300 bytes of data. */
enum { FIRST_BYTES = 5 + 7, SECOND_BYTES = 5, THIRD_BYTES = 5 + 300 };
enum { STREAM_BYTES = FIRST_BYTES + SECOND_BYTES + THIRD_BYTES };

static void build_stream(uint8_t stream[STREAM_BYTES])
{
	static const uint8_t headers[3][5] = {
		{ 22, 3, 1, 0, 7 },
		{ 23, 3, 3, 0, 0 },
		{ 23, 3, 3, 300 / 256, 300 % 256 },
	};

	memset(stream, 0x5a, STREAM_BYTES);
	memcpy(stream, headers[0], 5);
	memcpy(stream + FIRST_BYTES, headers[1], 5);
	memcpy(stream + FIRST_BYTES + SECOND_BYTES, headers[2], 5);
}

static void every_way_to_cut_the_stream_gives_the_same_records(void **state)
{
	uint8_t stream[STREAM_BYTES];

	(void)state;
	build_stream(stream);
	for (size_t a = 0; a <= STREAM_BYTES; a++) {
		for (size_t b = a; b <= STREAM_BYTES; b++) {
			struct tls_records records = { 0 };
			size_t completed = tls_records_feed(&records, stream, a);

			completed += tls_records_feed(&records, stream + a, b - a);
			completed += tls_records_feed(&records, stream + b, STREAM_BYTES - b);
			assert_int_equal(completed, 3);
			assert_int_equal(records.record_count, 3);
			assert_int_equal(records.start_offset, FIRST_BYTES + SECOND_BYTES);
			assert_int_equal(records.end_offset, STREAM_BYTES);
			assert_int_equal(records.offset, STREAM_BYTES);
			assert_false(records.is_broken);
		}
	}
}

static void a_record_counts_when_its_last_byte_is_there(void **state)
{
	uint8_t stream[STREAM_BYTES];
	struct tls_records records = { 0 };

	(void)state;
	build_stream(stream);
	for (size_t i = 0; i < STREAM_BYTES; i++) {
		size_t completed = tls_records_feed(&records, stream + i, 1);
		size_t end = i + 1;

		assert_int_equal(completed, end == FIRST_BYTES ||
						    end == FIRST_BYTES + SECOND_BYTES ||
						    end == STREAM_BYTES);
		if (completed)
			assert_int_equal(records.end_offset, end);
	}
}

static void nothing_received_is_no_record(void **state)
{
	struct tls_records records = { 0 };

	(void)state;
	assert_int_equal(tls_records_feed(&records, (const uint8_t *)"", 0), 0);
	assert_int_equal(records.record_count, 0);
	assert_int_equal(records.end_offset, 0);
}

static void what_is_not_tls_is_latched_and_still_counted(void **state)
{
	static const uint8_t bad[][5] = {
		{ 'H', 'T', 'T', 'P', '/' }, /* not a content type */
		{ 19, 3, 3, 0, 1 },	     { 25, 3, 3, 0, 1 }, { 23, 2, 3, 0, 1 }, /* SSL 2 */
		{ 23, 3, 3, 0x48, 0x01 }, /* longer than any record */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tls_records records = { 0 };

		assert_int_equal(tls_records_feed(&records, bad[i], 5), 0);
		assert_true(records.is_broken);
		assert_int_equal(tls_records_feed(&records, bad[i], 5), 0);
		assert_int_equal(records.offset, 10);
		assert_int_equal(records.record_count, 0);
	}
}

static void the_largest_record_is_accepted(void **state)
{
	static const uint8_t header[5] = { 23, 3, 3, 0x48, 0x00 };
	static uint8_t body[TLS_RECORD_BODY_BYTES_MAX];
	struct tls_records records = { 0 };

	(void)state;
	assert_int_equal(tls_records_feed(&records, header, 5), 0);
	assert_int_equal(tls_records_feed(&records, body, sizeof(body)), 1);
	assert_int_equal(records.end_offset, 5 + TLS_RECORD_BODY_BYTES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_cut_the_stream_gives_the_same_records),
		cmocka_unit_test(a_record_counts_when_its_last_byte_is_there),
		cmocka_unit_test(nothing_received_is_no_record),
		cmocka_unit_test(what_is_not_tls_is_latched_and_still_counted),
		cmocka_unit_test(the_largest_record_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
