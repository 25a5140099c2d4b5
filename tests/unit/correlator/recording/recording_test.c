/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlator/recording/recording.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct recording_header header = {
	.run = 99, .wall_ns = 5, .part = 3, .unit = 1, .interval_s = 7, .is_quiet = true
};

static struct recording_record event_record(void)
{
	return (struct recording_record){
		.kind = RECORDING_EVENT,
		.lane_index = 9,
		.event = { .time_ns = 1,
			   .conn_key = 2,
			   .kind = PROF_EVENT_SEGMENT,
			   .seq = 3,
			   .segment = { .size_bytes = 4 } },
	};
}

static void a_header_comes_back_as_it_was(void **state)
{
	uint8_t bytes[RECORDING_HEADER_BYTES];
	struct recording_header back;

	(void)state;
	recording_encode_header(&header, bytes);
	assert_int_equal(recording_decode_header(bytes, sizeof(bytes), &back), RECORDING_OK);
	assert_true(back.run == 99 && back.wall_ns == 5 && back.part == 3 && back.unit == 1 &&
		    back.interval_s == 7 && back.is_quiet);
}

static void every_cut_of_the_header_is_short_and_every_flip_is_noticed(void **state)
{
	uint8_t bytes[RECORDING_HEADER_BYTES];
	struct recording_header back;

	(void)state;
	recording_encode_header(&header, bytes);
	for (size_t size_bytes = 1; size_bytes < sizeof(bytes); size_bytes++)
		assert_int_equal(recording_decode_header(bytes, size_bytes, &back),
				 RECORDING_SHORT);
	for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(recording_decode_header(bytes, sizeof(bytes), &back),
				     RECORDING_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void a_fact_comes_back_and_one_too_long_is_damage(void **state)
{
	struct recording_record record = { .kind = RECORDING_FACT,
					   .fact = { .which = RECORDING_FACT_KERNEL,
						     .words = "Linux 6.1" } };
	struct recording_record back;
	uint8_t bytes[RECORDING_RECORD_BYTES_MAX] = { 0 };
	size_t size_bytes = recording_encode(&record, bytes);

	(void)state;
	assert_int_equal(size_bytes, RECORDING_HEAD_BYTES + 10);
	assert_int_equal(recording_decode(bytes, sizeof(bytes), &back, &size_bytes), RECORDING_OK);
	assert_int_equal(back.fact.which, RECORDING_FACT_KERNEL);
	assert_string_equal(back.fact.words, "Linux 6.1");
	for (size_t payload_bytes = 0; payload_bytes <= 320; payload_bytes++) {
		bytes[2] = (uint8_t)payload_bytes;
		bytes[3] = (uint8_t)(payload_bytes >> 8);
		recording_seal(bytes);
		assert_int_equal(recording_decode(bytes, sizeof(bytes), &back, &size_bytes),
				 payload_bytes && payload_bytes <= RECORDING_FACT_BYTES
					 ? RECORDING_OK
					 : RECORDING_DAMAGED);
	}
}

static void a_host_comes_back_and_one_too_long_is_damage(void **state)
{
	struct recording_record record = { .kind = RECORDING_HOST, .host = "trading-7" };
	struct recording_record back;
	uint8_t bytes[RECORDING_RECORD_BYTES_MAX] = { 0 };
	size_t size_bytes = recording_encode(&record, bytes);
	size_t used_bytes;

	(void)state;
	assert_int_equal(size_bytes, RECORDING_HEAD_BYTES + 9);
	memset(&back, 'x', sizeof(back));
	assert_int_equal(recording_decode(bytes, size_bytes, &back, &used_bytes), RECORDING_OK);
	assert_string_equal(back.host, "trading-7");
	memset(bytes + RECORDING_HEAD_BYTES, 'x', RECORDING_HOST_BYTES);
	bytes[2] = RECORDING_HOST_BYTES;
	recording_seal(bytes);
	assert_int_equal(recording_decode(bytes, sizeof(bytes), &back, &used_bytes),
			 RECORDING_DAMAGED);
}

static void another_file_and_another_version_are_told_apart(void **state)
{
	uint8_t bytes[RECORDING_HEADER_BYTES];
	struct recording_header back;

	(void)state;
	recording_encode_header(&header, bytes);
	bytes[8] = 2;
	assert_int_equal(recording_decode_header(bytes, sizeof(bytes), &back),
			 RECORDING_VERSION_UNKNOWN);
	bytes[6] = '\n'; /* as a transfer in text mode would do */
	assert_int_equal(recording_decode_header(bytes, sizeof(bytes), &back), RECORDING_FOREIGN);
}

static void every_kind_comes_back_as_it_was(void **state)
{
	struct recording_record records[] = {
		event_record(),
		{ .kind = RECORDING_LANE,
		  .lane_index = 5,
		  .lane = { { .generation = 2,
			      .is_owned = true,
			      .layer = PROF_LAYER_KERNEL,
			      .pid = 1,
			      .tid = 2,
			      .name = "loader",
			      .since_ns = 3,
			      .mark_ns = 4,
			      .dropped_count = 5,
			      .loss_count = { 6, 7 } },
			    8 } },
		{ .kind = RECORDING_MARK, .lane = { { .mark_ns = 11 }, 12 } },
		{ .kind = RECORDING_SOCKET, .socket = { .cookie = 13, .base_seq = 14 } },
		{ .kind = RECORDING_STREAM, .stream = { 15, "btcusdt@depth" } },
		{ .kind = RECORDING_ROUND, .round = { 16, -17 } },
		{ .kind = RECORDING_END, .round = { 18, 0 } },
		{ .kind = RECORDING_NEXT },
	};
	uint8_t bytes[RECORDING_RECORD_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct recording_record back;
		size_t size_bytes = recording_encode(&records[i], bytes);
		size_t used_bytes;

		memset(&back, 0, sizeof(back));
		assert_true(size_bytes <= sizeof(bytes));
		assert_int_equal(recording_decode(bytes, size_bytes, &back, &used_bytes),
				 RECORDING_OK);
		assert_int_equal(used_bytes, size_bytes);
		assert_memory_equal(&back, &records[i], sizeof(back));
	}
}

static void every_cut_of_a_record_is_short_and_every_flip_is_noticed(void **state)
{
	struct recording_record record = event_record();
	uint8_t bytes[RECORDING_RECORD_BYTES_MAX];
	size_t size_bytes = recording_encode(&record, bytes);
	size_t used_bytes;

	(void)state;
	for (size_t cut_bytes = 0; cut_bytes < size_bytes; cut_bytes++)
		assert_int_equal(recording_decode(bytes, cut_bytes, &record, &used_bytes),
				 RECORDING_SHORT);
	for (size_t bit = 0; bit < 8 * size_bytes; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(recording_decode(bytes, size_bytes, &record, &used_bytes),
				     RECORDING_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_comes_back_as_it_was),
		cmocka_unit_test(every_cut_of_the_header_is_short_and_every_flip_is_noticed),
		cmocka_unit_test(a_fact_comes_back_and_one_too_long_is_damage),
		cmocka_unit_test(a_host_comes_back_and_one_too_long_is_damage),
		cmocka_unit_test(another_file_and_another_version_are_told_apart),
		cmocka_unit_test(every_kind_comes_back_as_it_was),
		cmocka_unit_test(every_cut_of_a_record_is_short_and_every_flip_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
