/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/files/reader.h"

#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/files/formats.h"
#include "tests/unit/unit.h"

#define FRAME_BYTES 61 /* not a multiple of 4 */

/* A file in the making, in either byte order. */
struct maker {
	bool is_big_endian;
	size_t size_bytes;
	uint8_t bytes[4096];
};

static void put(struct maker *maker, uint64_t value, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++) {
		size_t shift = 8 * (maker->is_big_endian ? size_bytes - 1 - i : i);

		maker->bytes[maker->size_bytes++] = (uint8_t)(value >> shift);
	}
}

static void put_frame(struct maker *maker, size_t padded_bytes)
{
	memset(maker->bytes + maker->size_bytes, 0, padded_bytes);
	memset(maker->bytes + maker->size_bytes, 0x45, FRAME_BYTES);
	maker->size_bytes += padded_bytes;
}

static void put_section(struct maker *maker, bool is_big_endian)
{
	maker->is_big_endian = is_big_endian;
	put(maker, 0x0a0d0d0a, 4);
	put(maker, 28, 4);
	put(maker, 0x1a2b3c4d, 4);
	put(maker, 1, 2);
	put(maker, 0, 2);
	put(maker, UINT64_MAX, 8);
	put(maker, 28, 4);
}

static void put_interface(struct maker *maker, uint16_t type, uint32_t snap_bytes,
			  uint8_t resolution, int64_t offset_s)
{
	put(maker, 1, 4);
	put(maker, 20 + 8 + 12 + 4, 4);
	put(maker, type, 2);
	put(maker, 0, 2);
	put(maker, snap_bytes, 4);
	put(maker, 9, 2);
	put(maker, 1, 2);
	put(maker, resolution, 1);
	put(maker, 0, 3);
	put(maker, 14, 2);
	put(maker, 8, 2);
	put(maker, (uint64_t)offset_s, 8);
	put(maker, 0, 4); /* the end of the options */
	put(maker, 20 + 8 + 12 + 4, 4);
}

static void put_packet(struct maker *maker, uint32_t interface, uint64_t ticks)
{
	put(maker, 6, 4);
	put(maker, 32 + 64, 4);
	put(maker, interface, 4);
	put(maker, ticks >> 32, 4);
	put(maker, ticks & UINT32_MAX, 4);
	put(maker, FRAME_BYTES, 4);
	put(maker, 1500, 4);
	put_frame(maker, 64);
	put(maker, 32 + 64, 4);
}

static void put_obsolete(struct maker *maker, uint16_t interface, uint64_t ticks)
{
	put(maker, 2, 4);
	put(maker, 32 + 64, 4);
	put(maker, interface, 2);
	put(maker, 7, 2); /* drops */
	put(maker, ticks >> 32, 4);
	put(maker, ticks & UINT32_MAX, 4);
	put(maker, FRAME_BYTES, 4);
	put(maker, FRAME_BYTES, 4);
	put_frame(maker, 64);
	put(maker, 32 + 64, 4);
}

static void put_simple(struct maker *maker, uint32_t wire_bytes)
{
	put(maker, 3, 4);
	put(maker, 16 + 64, 4);
	put(maker, wire_bytes, 4);
	put_frame(maker, 64);
	put(maker, 16 + 64, 4);
}

static void put_other(struct maker *maker, uint32_t type, uint32_t body_bytes)
{
	put(maker, type, 4);
	put(maker, 12 + body_bytes, 4);
	put_frame(maker, body_bytes);
	put(maker, 12 + body_bytes, 4);
}

static void put_pcap(struct maker *maker, uint32_t magic, uint16_t minor, uint32_t type)
{
	put(maker, magic, 4);
	put(maker, 2, 2);
	put(maker, minor, 2);
	put(maker, 0, 8);
	put(maker, 262144, 4);
	put(maker, type, 4);
}

static void put_record(struct maker *maker, uint32_t seconds, uint32_t below, uint32_t captured,
		       uint32_t wire)
{
	put(maker, seconds, 4);
	put(maker, below, 4);
	put(maker, captured, 4);
	put(maker, wire, 4);
}

/* What is to be read of a file, in order. */
struct truth {
	enum reader_step step; /* READER_FRAME or READER_UNREAD */
	uint64_t time_ns;
	enum packet_link link;
	uint32_t wire_bytes;
};

/*
 * Reads it as if it came in pieces of piece_bytes, each from an allocation
 * that ends where the bytes do.  Returns what it ended with.
 */
static enum reader_step read_all(const struct maker *maker, size_t piece_bytes,
				 const struct truth *truths, size_t truth_count)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	enum reader_step step = READER_MORE;
	size_t at = 0;
	size_t shown_bytes = 0;
	size_t seen_count = 0;

	assert_non_null(reader);
	for (;;) {
		uint8_t *copy = malloc(shown_bytes ? shown_bytes : 1);
		struct reader_frame frame;
		size_t used_bytes;

		assert_non_null(copy);
		memcpy(copy, maker->bytes + at, shown_bytes);
		step = reader_step(reader, copy, shown_bytes, &used_bytes, &frame);
		assert_true(used_bytes <= shown_bytes);
		if (step == READER_FRAME || step == READER_UNREAD) {
			assert_true(seen_count < truth_count);
			assert_int_equal(step, truths[seen_count].step);
			if (step == READER_FRAME) {
				assert_int_equal(frame.wall_time_ns, truths[seen_count].time_ns);
				assert_int_equal(frame.link, truths[seen_count].link);
				assert_int_equal(frame.wire_bytes, truths[seen_count].wire_bytes);
				assert_int_equal(frame.bytes[0], 0x45);
			}
			seen_count++;
		}
		free(copy);
		at += used_bytes;
		shown_bytes -= used_bytes;
		if (step == READER_BAD)
			break;
		if (step != READER_MORE)
			continue;
		assert_true(reader->want_bytes > shown_bytes);
		if (at + shown_bytes == maker->size_bytes)
			break;
		shown_bytes += piece_bytes;
		if (at + shown_bytes > maker->size_bytes)
			shown_bytes = maker->size_bytes - at;
	}
	if (step == READER_MORE && (shown_bytes || reader->skip_bytes))
		step = READER_BAD; /* it ends within something */
	free(reader);
	assert_int_equal(seen_count, truth_count);
	return step;
}

static void assert_read(const struct maker *maker, const struct truth *truths, size_t truth_count)
{
	for (size_t piece_bytes = 1; piece_bytes < 200; piece_bytes += 7)
		assert_int_equal(read_all(maker, piece_bytes, truths, truth_count), READER_MORE);
	assert_int_equal(read_all(maker, maker->size_bytes, truths, truth_count), READER_MORE);
}

static void pcap_is_read_in_both_orders_and_resolutions(void **state)
{
	static const struct {
		uint32_t magic;
		uint64_t time_ns;
	} kinds[] = {
		{ 0xa1b2c3d4, 1700000000123456000 },
		{ 0xa1b23c4d, 1700000000000123456 },
		{ 0xa1b2cd34, 1700000000123456000 }, /* Kuznetzov's, with more before each frame */
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct maker maker = { .is_big_endian = i % 2 };
		struct truth truths[2] = {
			{ READER_FRAME, kinds[i / 2].time_ns, PACKET_LINK_RAW, 1500 },
			{ READER_FRAME, kinds[i / 2].time_ns, PACKET_LINK_RAW, 1500 },
		};

		put_pcap(&maker, kinds[i / 2].magic, 4, 101);
		for (int j = 0; j < 2; j++) {
			put_record(&maker, 1700000000, 123456, FRAME_BYTES, 1500);
			if (kinds[i / 2].magic == 0xa1b2cd34)
				put(&maker, 0x0102030405060708, 8);
			put_frame(&maker, FRAME_BYTES);
		}
		assert_read(&maker, truths, 2);
	}
}

static void before_version_2_4_the_two_lengths_may_be_swapped(void **state)
{
	struct maker maker = { 0 };
	const struct truth truth = { READER_FRAME, 5000001000, PACKET_LINK_ETHERNET, 1500 };

	(void)state;
	put_pcap(&maker, 0xa1b2c3d4, 3, 1);
	put_record(&maker, 5, 1, 1500, FRAME_BYTES);
	put_frame(&maker, FRAME_BYTES);
	assert_read(&maker, &truth, 1);
}

/* Each with its own link type, clock and offset; a later section begins with none of them. */
static void each_interface_of_a_pcapng_has_its_own_link_and_clock(void **state)
{
	static const struct truth truths[] = {
		{ READER_FRAME, 1700000000123456000, PACKET_LINK_ETHERNET, 1500 },
		{ READER_FRAME, 1700000000123456789, PACKET_LINK_RAW, 1500 },
		{ READER_FRAME, 1700000000500000000, PACKET_LINK_SLL2, 1500 },
		{ READER_UNREAD, 0, 0, 0 }, /* 802.11 */
		{ READER_FRAME, 1700000000000000001, PACKET_LINK_RAW, FRAME_BYTES },
		{ READER_UNREAD, 0, 0, 0 }, /* of an interface that there is not */
		{ READER_FRAME, 2000000000, PACKET_LINK_NULL, 1500 },
		{ READER_UNREAD, 0, 0, 0 }, /* nor here: that was the other section's */
	};

	(void)state;
	for (int order = 0; order < 2; order++) {
		struct maker maker = { 0 };

		put_section(&maker, order);
		put_interface(&maker, 1, 96, 6, 0);
		put_other(&maker, 4, 20); /* names */
		put_interface(&maker, 101, 0, 9, 0);
		put_interface(&maker, 276, 0, 0x80 | 10, 1700000000);
		put_interface(&maker, 105, 0, 6, 0);
		put_other(&maker, 0x40000bad, 4);
		put_packet(&maker, 0, 1700000000123456);
		put_packet(&maker, 1, 1700000000123456789);
		put_packet(&maker, 2, 512);
		put_packet(&maker, 3, 1);
		put_obsolete(&maker, 1, 1700000000000000001);
		put_packet(&maker, 4, 1);
		put_section(&maker, !order);
		put_interface(&maker, 0, 0, 0, 1);
		put_packet(&maker, 0, 1);
		put_packet(&maker, 1, 1);
		assert_read(&maker, truths, sizeof(truths) / sizeof(truths[0]));
	}
}

static void a_frame_of_too_many_interfaces_is_told_from_one_of_none(void **state)
{
	struct reader reader = { .format = READER_PCAPNG,
				 .interface_count = READER_INTERFACE_COUNT_MAX + 2 };

	(void)state;
	for (uint32_t i = 1; i <= 2; i++) {
		struct maker maker = { 0 };
		struct reader_frame frame;
		size_t used_bytes;

		put_packet(&maker, READER_INTERFACE_COUNT_MAX + i, 1);
		assert_int_equal(
			reader_step(&reader, maker.bytes, maker.size_bytes, &used_bytes, &frame),
			READER_UNREAD);
		assert_int_equal(reader.unread_type,
				 i == 1 ? READER_UNREAD_TABLE : READER_UNREAD_INTERFACE);
	}
}

static void a_simple_packet_is_cut_to_the_snap_length_and_has_no_stamp(void **state)
{
	struct maker maker = { 0 };
	struct reader *reader = calloc(1, sizeof(*reader));
	struct reader_frame frame = { 0 };
	size_t at = 0;
	size_t used_bytes;

	(void)state;
	assert_non_null(reader);
	put_section(&maker, false);
	put_interface(&maker, 1, 50, 6, 0);
	put_simple(&maker, 1500);
	while (reader_step(reader, maker.bytes + at, maker.size_bytes - at, &used_bytes, &frame) !=
	       READER_FRAME)
		at += used_bytes;
	assert_false(frame.is_stamped);
	assert_int_equal(frame.captured_bytes, 50);
	assert_int_equal(frame.wire_bytes, 1500);
	free(reader);
}

/* Every cut is noticed, but for those between blocks, and all before it is read. */
static void every_cut_is_noticed(void **state)
{
	static const struct truth truths[] = {
		{ READER_FRAME, 1000, PACKET_LINK_ETHERNET, 1500 },
		{ READER_FRAME, 2000, PACKET_LINK_ETHERNET, 1500 },
	};
	struct maker maker = { 0 };
	size_t whole[3];

	(void)state;
	put_section(&maker, false);
	put_interface(&maker, 1, 0, 6, 0);
	for (int i = 0; i < 2; i++) {
		whole[i] = maker.size_bytes;
		put_packet(&maker, 0, (uint64_t)i + 1);
	}
	whole[2] = maker.size_bytes;
	for (size_t size_bytes = whole[0]; size_bytes <= whole[2]; size_bytes++) {
		struct maker cut = maker;
		size_t count = size_bytes == whole[2] ? 2 : size_bytes >= whole[1];
		bool is_whole = size_bytes == whole[0] || size_bytes == whole[1] ||
				size_bytes == whole[2];

		cut.size_bytes = size_bytes;
		assert_int_equal(read_all(&cut, 64, truths, count),
				 is_whole ? READER_MORE : READER_BAD);
	}
}

static void what_contradicts_itself_is_refused(void **state)
{
	static const struct {
		size_t at; /* of a 32-bit word behind the section's header */
		uint32_t value;
	} lies[] = {
		{ 4, 8 },
		{ 4, 46 },
		{ 40, 0 }, /* of the interface */
		{ 44 + 4, 0xfffffffc },
		{ 44 + 20, 65 },
		{ 44 + 92, 12 },
		{ 44 + 4, 16 },
		{ 44 + 4, 17 << 20 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct maker maker = { 0 };
		size_t size_bytes;

		put_section(&maker, false);
		put_interface(&maker, 1, 0, 6, 0);
		put_packet(&maker, 0, 1);
		size_bytes = maker.size_bytes;
		maker.size_bytes = 28 + lies[i].at;
		put(&maker, lies[i].value, 4);
		maker.size_bytes = size_bytes;
		assert_int_equal(read_all(&maker, size_bytes, NULL, 0), READER_BAD);
	}
}

static void what_is_no_capture_file_is_refused(void **state)
{
	struct maker text = { .size_bytes = 10, .bytes = "no capture" };
	struct maker later = { 0 };

	(void)state;
	assert_int_equal(read_all(&text, 1, NULL, 0), READER_BAD);
	put_section(&later, false);
	later.bytes[12] = 2; /* version 2 */
	assert_int_equal(read_all(&later, 1, NULL, 0), READER_BAD);
}

static void ticks_of_any_size_become_ns(void **state)
{
	static const struct {
		uint8_t resolution;
		int64_t offset_s;
		uint64_t ticks;
		uint64_t ns;
	} cases[] = {
		{ 0, 0, 3, 3000000000 },
		{ 6, 0, 1700000000123456, 1700000000123456000 },
		{ 9, 0, 1700000000123456789, 1700000000123456789 },
		{ 9, -1, 1700000000123456789, 1699999999123456789 },
		{ 12, 0, 1700000000123999, 1700000000123 },
		{ 28, 0, UINT64_MAX, 1 },
		{ 29, 0, UINT64_MAX, 0 },
		{ 127, 5, UINT64_MAX, 5000000000 },
		{ 0x80, 0, 7, 7000000000 },
		{ 0x80 | 1, 0, 3, 1500000000 },
		{ 0x80 | 30, 0, (UINT64_C(1700000000) << 30) | ((1 << 30) - 1),
		  1700000000999999999 },
		{ 0x80 | 32, 0, UINT64_MAX, 4294967295999999999 },
		{ 0x80 | 34, 0, UINT64_C(1) << 33, 500000000 },
		{ 0x80 | 63, 0, UINT64_MAX, 1999999999 },
		{ 0x80 | 64, 0, UINT64_C(1) << 63, 500000000 },
		{ 0x80 | 95, 0, UINT64_MAX, 0 },
		{ 0x80 | 127, 0, UINT64_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct reader_interface interface = { .resolution = cases[i].resolution,
							    .offset_s = cases[i].offset_s };
		uint64_t ns;

		assert_true(ticks_to_ns(&interface, cases[i].ticks, &ns));
		assert_int_equal(ns, cases[i].ns);
	}
}

static void a_time_beyond_64_bits_is_none(void **state)
{
	const struct reader_interface whole_seconds = { .resolution = 0 };
	const struct reader_interface before_1970 = { .resolution = 9, .offset_s = -2 };
	const struct reader_interface far_ahead = { .resolution = 9, .offset_s = INT64_MAX };
	uint64_t ns;

	(void)state;
	assert_false(ticks_to_ns(&whole_seconds, UINT64_MAX / 1000, &ns));
	assert_false(ticks_to_ns(&before_1970, 1, &ns));
	assert_false(ticks_to_ns(&far_ahead, 1, &ns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_is_read_in_both_orders_and_resolutions),
		cmocka_unit_test(before_version_2_4_the_two_lengths_may_be_swapped),
		cmocka_unit_test(each_interface_of_a_pcapng_has_its_own_link_and_clock),
		cmocka_unit_test(a_frame_of_too_many_interfaces_is_told_from_one_of_none),
		cmocka_unit_test(a_simple_packet_is_cut_to_the_snap_length_and_has_no_stamp),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(what_is_no_capture_file_is_refused),
		cmocka_unit_test(ticks_of_any_size_become_ns),
		cmocka_unit_test(a_time_beyond_64_bits_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
