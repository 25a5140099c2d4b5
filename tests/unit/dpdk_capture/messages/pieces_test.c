/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/messages/pieces.h"

#define STREAM_BYTES 9000

/* A stream, who brought which byte first, and what is held of it. */
struct fixture {
	struct piece_pool pool;
	struct pieces pieces;
	uint8_t bytes[STREAM_BYTES];
	uint32_t brought_by[STREAM_BYTES]; /* 0: nobody */
	uint32_t segment_count;
};

static struct fixture *fixture_new(uint32_t piece_count)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_true(piece_pool_create(&fixture->pool, piece_count));
	for (size_t i = 0; i < STREAM_BYTES; i++)
		fixture->bytes[i] = (uint8_t)(i * 7 + i / 256);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	piece_pool_destroy(&fixture->pool);
	free(fixture);
}

static uint64_t add(struct fixture *fixture, size_t offset, size_t size_bytes)
{
	const struct arrival arrival = { .seq = ++fixture->segment_count };
	uint64_t new_bytes;
	uint64_t new_wanted = 0;
	uint64_t left_bytes = pieces_add(&fixture->pieces, &fixture->pool, offset,
					 fixture->bytes + offset, size_bytes, &arrival, &new_bytes);

	for (size_t i = offset; i < offset + size_bytes && !left_bytes; i++) {
		if (fixture->brought_by[i])
			continue;
		fixture->brought_by[i] = arrival.seq;
		new_wanted++;
	}
	if (!left_bytes)
		assert_int_equal(new_bytes, new_wanted);
	return left_bytes;
}

/* In order, without overlap, each byte what it was, brought by who brought it first. */
static void expect_whole(const struct fixture *fixture)
{
	uint64_t at = 0;
	uint64_t size_bytes = 0;
	uint32_t piece_count = 0;

	for (const struct piece *piece = fixture->pieces.first; piece; piece = piece->next) {
		assert_true(piece->offset >= at && piece->size_bytes);
		for (size_t i = 0; i < piece->size_bytes; i++) {
			assert_int_equal(piece->bytes[piece->begin + i],
					 fixture->bytes[piece->offset + i]);
			assert_int_equal(piece->arrival.seq,
					 fixture->brought_by[piece->offset + i]);
		}
		at = piece->offset + piece->size_bytes;
		size_bytes += piece->size_bytes;
		piece_count++;
		assert_true(piece->next || piece == fixture->pieces.last);
	}
	assert_int_equal(size_bytes, fixture->pieces.size_bytes);
	assert_int_equal(piece_count, fixture->pieces.piece_count);
}

static void segments_in_any_order_and_overlap_keep_who_was_first(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 200; seed++) {
		struct fixture *fixture = fixture_new(1024);
		uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);

		for (int i = 0; i < 30; i++) {
			size_t offset;
			size_t size_bytes;

			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			offset = (size_t)(random >> 33) % (STREAM_BYTES - 1);
			size_bytes = 1 + (size_t)(random >> 20) % 3000;
			if (size_bytes > STREAM_BYTES - offset)
				size_bytes = STREAM_BYTES - offset;
			assert_int_equal(add(fixture, offset, size_bytes), 0);
			expect_whole(fixture);
		}
		fixture_free(fixture);
	}
}

static void what_is_dropped_in_front_leaves_the_rest(void **state)
{
	struct fixture *fixture = fixture_new(16);
	uint8_t bytes[STREAM_BYTES];

	(void)state;
	assert_int_equal(add(fixture, 100, 5000), 0);
	assert_int_equal(add(fixture, 7000, 10), 0);
	assert_int_equal(pieces_gap_offset(&fixture->pieces), 5100);
	for (uint64_t at = 100; at < 5100; at += 700) {
		assert_int_equal(pieces_peek(&fixture->pieces, bytes, sizeof(bytes)), 5100 - at);
		assert_memory_equal(bytes, fixture->bytes + at, 5100 - at);
		assert_int_equal(pieces_peek(&fixture->pieces, bytes, 3), 3);
		pieces_drop(&fixture->pieces, &fixture->pool, at + 700 > 5100 ? 5100 - at : 700);
		expect_whole(fixture);
	}
	assert_int_equal(fixture->pieces.first->offset, 7000);
	pieces_drop(&fixture->pieces, &fixture->pool, UINT64_MAX);
	assert_null(fixture->pieces.first);
	assert_null(fixture->pieces.last);
	assert_int_equal(pieces_gap_offset(&fixture->pieces), 0);
	fixture_free(fixture);
}

/* What finds no room is told; dropped pieces are room again. */
static void a_full_pool_says_how_much_is_lost(void **state)
{
	struct fixture *fixture = fixture_new(2);

	(void)state;
	assert_int_equal(add(fixture, 0, 5000), 5000 - 2 * PIECE_BYTES_MAX);
	assert_int_equal(add(fixture, 6000, 10), 10);
	pieces_drop(&fixture->pieces, &fixture->pool, UINT64_MAX);
	memset(fixture->brought_by, 0, sizeof(fixture->brought_by));
	assert_int_equal(add(fixture, 0, 2 * PIECE_BYTES_MAX), 0);
	expect_whole(fixture);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_any_order_and_overlap_keep_who_was_first),
		cmocka_unit_test(what_is_dropped_in_front_leaves_the_rest),
		cmocka_unit_test(a_full_pool_says_how_much_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
