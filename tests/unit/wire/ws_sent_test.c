/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's stream - its request, then masked frames - in every cut; pongs in a server's. */
#include "wire/ws_sent.h"

#include <string.h>

#include "tests/unit/unit.h"

/* A ping of 8 bytes, a text of 126 with a long length, and an empty pong; all masked. */
static size_t make_stream(uint8_t stream[512])
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\rb\r\n\r\n";
	size_t at = sizeof(request) - 1;

	memcpy(stream, request, at);
	memset(stream + at, 0xaa, 512 - at);
	stream[at] = 0x89, stream[at + 1] = 0x88, at += 6 + 8;
	stream[at] = 0x81, stream[at + 1] = 0xfe, stream[at + 2] = 0, stream[at + 3] = 126;
	at += 8 + 126;
	stream[at] = 0x8a, stream[at + 1] = 0x80, at += 6;
	return at;
}

static void expect_frame(const struct ws_sent *sent, uint64_t number, uint8_t opcode,
			 uint64_t start, uint64_t end)
{
	const struct ws_sent_frame *frame = ws_sent_at(sent, number);

	assert_non_null(frame);
	assert_int_equal(frame->opcode, opcode);
	assert_int_equal(frame->start_offset, start);
	assert_int_equal(frame->end_offset, end);
}

static void each_frame_has_its_bytes_in_every_cut(void **state)
{
	uint8_t stream[512];
	size_t size_bytes = make_stream(stream);

	(void)state;
	for (size_t cut = 0; cut <= size_bytes; cut++) {
		struct ws_sent sent = { 0 };
		struct ws_chunk chunk = { .bytes = stream, .size_bytes = cut, .is_plain = true };

		ws_sent_feed(&sent, &chunk);
		chunk = (struct ws_chunk){ .bytes = stream + cut,
					   .size_bytes = size_bytes - cut,
					   .start_offset = cut,
					   .recv_ns = 5,
					   .is_plain = true };
		ws_sent_feed(&sent, &chunk);
		assert_int_equal(sent.begun_count, 3);
		assert_int_equal(sent.whole_count, 3);
		expect_frame(&sent, 0, WS_PING, size_bytes - 154, size_bytes - 140);
		expect_frame(&sent, 1, WS_TEXT, size_bytes - 140, size_bytes - 6);
		expect_frame(&sent, 2, WS_PONG, size_bytes - 6, size_bytes);
		assert_null(ws_sent_at(&sent, 3));
	}
}

/* Of a record only its bounds are known; a frame in two of them has the outer ones. */
static void under_tls_it_is_the_records(void **state)
{
	uint8_t stream[512];
	size_t size_bytes = make_stream(stream);
	struct ws_sent sent = { 0 };
	struct ws_chunk chunk = { .bytes = stream,
				  .size_bytes = size_bytes - 100,
				  .start_offset = 1000,
				  .end_offset = 1600 };

	(void)state;
	ws_sent_feed(&sent, &chunk);
	assert_int_equal(sent.begun_count, 2);
	assert_int_equal(sent.whole_count, 1);
	chunk = (struct ws_chunk){ .bytes = stream + size_bytes - 100,
				   .size_bytes = 100,
				   .start_offset = 1600,
				   .end_offset = 1722 };
	ws_sent_feed(&sent, &chunk);
	expect_frame(&sent, 0, WS_PING, 1000, 1600);
	expect_frame(&sent, 1, WS_TEXT, 1000, 1722);
	expect_frame(&sent, 2, WS_PONG, 1600, 1722);
}

static void only_the_last_ones_are_kept(void **state)
{
	static const uint8_t head[] = "\r\n\r\n";
	static const uint8_t empty[] = { 0x89, 0x80, 0, 0, 0, 0 };
	struct ws_sent sent = { 0 };

	(void)state;
	ws_sent_feed(&sent, &(struct ws_chunk){ .bytes = head, .size_bytes = 4 });
	for (int i = 0; i <= WS_SENT_FRAME_COUNT; i++)
		ws_sent_feed(&sent, &(struct ws_chunk){ .bytes = empty, .size_bytes = 6 });
	assert_null(ws_sent_at(&sent, 0));
	assert_non_null(ws_sent_at(&sent, 1));
}

static void a_pong_is_found_by_what_it_says(void **state)
{
	static const uint8_t stream[] = "HTTP/1.1 101 Switching\r\n\r\n"
					"\x8a\x04"
					"abcd"
					"\x81\x02hi"
					"\x8a\x04"
					"efgh";
	static struct ws_frames frames; /* large */
	struct ws_pong pong;

	(void)state;
	for (size_t i = 0; i < sizeof(stream) - 1; i++)
		ws_frames_feed(&frames, &(struct ws_chunk){ .bytes = stream + i,
							    .size_bytes = 1,
							    .start_offset = i,
							    .is_plain = true });
	assert_int_equal(frames.violation, WS_FINE);
	assert_true(ws_frames_find_pong(&frames, "abcd", 4, &pong));
	assert_int_equal(pong.start_offset, 26);
	assert_int_equal(pong.end_offset, 32);
	assert_true(ws_frames_find_pong(&frames, "efgh", 4, &pong));
	assert_int_equal(pong.end_offset, sizeof(stream) - 1);
	assert_false(ws_frames_find_pong(&frames, "abc", 3, &pong));
	assert_false(ws_frames_find_pong(&frames, "abcdefghi", 9, &pong));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_has_its_bytes_in_every_cut),
		cmocka_unit_test(under_tls_it_is_the_records),
		cmocka_unit_test(only_the_last_ones_are_kept),
		cmocka_unit_test(a_pong_is_found_by_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
