/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "wire/ws_frames.h"

#define HTTP "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

/* A stream under construction, and the messages it holds. */
struct stream {
	uint8_t bytes[300000];
	size_t size_bytes;
	struct ws_span messages[64];
	size_t message_count;
	struct ws_frames frames;
};

static struct stream *stream_new(void)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	assert_non_null(stream);
	memcpy(stream->bytes, HTTP, sizeof(HTTP) - 1);
	stream->size_bytes = sizeof(HTTP) - 1;
	return stream;
}

/* Appends a frame; lengths are written in the shortest form, as they must be. */
static void add_frame(struct stream *stream, uint8_t first, uint64_t payload_bytes)
{
	uint8_t *at = stream->bytes + stream->size_bytes;

	*at++ = first;
	if (payload_bytes < 126) {
		*at++ = (uint8_t)payload_bytes;
	} else if (payload_bytes < 65536) {
		*at++ = 126;
		*at++ = (uint8_t)(payload_bytes >> 8);
		*at++ = (uint8_t)payload_bytes;
	} else {
		*at++ = 127;
		for (int shift = 56; shift >= 0; shift -= 8)
			*at++ = (uint8_t)(payload_bytes >> shift);
	}
	memset(at, 0x81, payload_bytes); /* looks like headers, to be stepped over */
	stream->size_bytes = (size_t)(at - stream->bytes) + payload_bytes;
}

static void begin_message(struct stream *stream)
{
	stream->messages[stream->message_count].start_offset = stream->size_bytes;
}

static void end_message(struct stream *stream, uint64_t payload_bytes, uint32_t frame_count)
{
	struct ws_span *message = &stream->messages[stream->message_count++];

	message->end_offset = stream->size_bytes;
	message->payload_bytes = payload_bytes;
	message->frame_count = frame_count;
}

static void add_message(struct stream *stream, uint64_t payload_bytes)
{
	begin_message(stream);
	add_frame(stream, 0x81, payload_bytes);
	end_message(stream, payload_bytes, 1);
}

/* Every form of frame there is. */
static struct stream *stream_of_everything(void)
{
	struct stream *stream = stream_new();

	add_frame(stream, 0x89, 4); /* a ping before anything */
	add_message(stream, 5);
	add_message(stream, 0);
	add_message(stream, 125);
	add_message(stream, 126);
	begin_message(stream); /* three fragments with a ping and an empty pong between */
	add_frame(stream, 0x01, 10);
	add_frame(stream, 0x89, 3);
	add_frame(stream, 0x00, 0);
	add_frame(stream, 0x8a, 0);
	add_frame(stream, 0x80, 130);
	end_message(stream, 140, 3);
	add_message(stream, 1);
	return stream;
}

static void expect_messages(struct stream *stream)
{
	struct ws_span span;

	for (size_t i = 0; i < stream->message_count; i++) {
		const struct ws_span *expected = &stream->messages[i];

		assert_true(ws_frames_pop(&stream->frames, &span));
		assert_int_equal(span.start_offset, expected->start_offset);
		assert_int_equal(span.end_offset, expected->end_offset);
		assert_int_equal(span.payload_bytes, expected->payload_bytes);
		assert_int_equal(span.frame_count, expected->frame_count);
	}
	assert_false(ws_frames_pop(&stream->frames, &span));
}

static void feed_plain(struct stream *stream, size_t from, size_t to)
{
	const struct ws_chunk chunk = {
		.bytes = stream->bytes + from,
		.size_bytes = to - from,
		.start_offset = from,
		.end_offset = to,
		.is_plain = true,
	};

	ws_frames_feed(&stream->frames, &chunk);
}

static void plain_ranges_are_the_frames_own_however_the_stream_is_cut(void **state)
{
	struct stream *stream = stream_of_everything();

	(void)state;
	for (size_t cut = 0; cut <= stream->size_bytes; cut++) {
		memset(&stream->frames, 0, sizeof(stream->frames));
		feed_plain(stream, 0, cut);
		feed_plain(stream, cut, stream->size_bytes);
		expect_messages(stream);
	}
	memset(&stream->frames, 0, sizeof(stream->frames));
	for (size_t i = 0; i < stream->size_bytes; i++)
		feed_plain(stream, i, i + 1);
	expect_messages(stream);
	free(stream);
}

/* Records of every size: a message has the bounds of the records it touches. */
static void tls_ranges_are_the_bounds_of_the_records(void **state)
{
	struct stream *stream = stream_of_everything();

	(void)state;
	for (size_t record_bytes = 1; record_bytes < stream->size_bytes; record_bytes++) {
		memset(&stream->frames, 0, sizeof(stream->frames));
		for (size_t from = 0; from < stream->size_bytes; from += record_bytes) {
			size_t left = stream->size_bytes - from;
			const struct ws_chunk chunk = {
				.bytes = stream->bytes + from,
				.size_bytes = left < record_bytes ? left : record_bytes,
				.start_offset = 1000 * (from / record_bytes),
				.end_offset = 1000 * (from / record_bytes) + 900,
				.recv_ns = from / record_bytes,
			};

			ws_frames_feed(&stream->frames, &chunk);
		}
		for (size_t i = 0; i < stream->message_count; i++) {
			const struct ws_span *expected = &stream->messages[i];
			size_t last = (expected->end_offset - 1) / record_bytes;
			struct ws_span span;

			assert_true(ws_frames_pop(&stream->frames, &span));
			assert_int_equal(span.start_offset,
					 1000 * (expected->start_offset / record_bytes));
			assert_int_equal(span.end_offset, 1000 * last + 900);
			assert_int_equal(span.recv_ns, last);
		}
	}
	free(stream);
}

static void a_length_of_64_bits_is_stepped_over(void **state)
{
	struct stream *stream = stream_new();

	(void)state;
	add_message(stream, 65536);
	add_message(stream, 100000);
	add_message(stream, 3);
	for (size_t from = 0; from < stream->size_bytes; from += 1000)
		feed_plain(stream, from,
			   from + 1000 < stream->size_bytes ? from + 1000 : stream->size_bytes);
	expect_messages(stream);
	free(stream);
}

static void the_status_line_is_kept_for_an_explanation(void **state)
{
	static const char answer[] = "HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\n";
	struct ws_frames *frames = calloc(1, sizeof(*frames));
	const struct ws_chunk chunk = {
		(const uint8_t *)answer, sizeof(answer) - 1, 0, 0, 0, true
	};

	(void)state;
	assert_non_null(frames);
	ws_frames_feed(frames, &chunk);
	assert_string_equal(frames->head.status_line, "HTTP/1.1 404 Not Found");
	free(frames);
}

/* What one chunk can hold fits; more is counted and nothing is overwritten. */
static void a_full_queue_loses_the_newest_and_counts_them(void **state)
{
	static uint8_t empty_frames[2 * (WS_SPAN_COUNT + 3)];
	struct ws_frames *frames = calloc(1, sizeof(*frames));
	const struct ws_chunk chunk = {
		.bytes = empty_frames,
		.size_bytes = sizeof(empty_frames),
		.is_plain = true,
	};
	struct ws_span span;

	(void)state;
	assert_non_null(frames);
	frames->state = WS_FRAMES_HEADER;
	for (size_t i = 0; i < sizeof(empty_frames); i += 2)
		empty_frames[i] = 0x81;
	ws_frames_feed(frames, &chunk);
	assert_int_equal(frames->lost_count, 3);
	for (uint64_t i = 0; i < WS_SPAN_COUNT; i++) {
		assert_true(ws_frames_pop(frames, &span));
		assert_int_equal(span.start_offset, 2 * i);
	}
	assert_false(ws_frames_pop(frames, &span));
	free(frames);
}

/* At its first byte that says so, and nothing behind it is followed. */
static void a_breach_is_seen_at_once_and_ends_it(void **state)
{
	static const struct {
		enum ws_violation violation;
		size_t seen_at_bytes;
		uint8_t bytes[10];
	} cases[] = {
		{ WS_RESERVED_BITS, 1, { 0xc1, 0x00 } },
		{ WS_RESERVED_BITS, 1, { 0x91, 0x00 } },
		{ WS_UNKNOWN_OPCODE, 1, { 0x83, 0x00 } },
		{ WS_UNKNOWN_OPCODE, 1, { 0x8b, 0x00 } },
		{ WS_BAD_CONTROL, 1, { 0x09, 0x00 } },
		{ WS_BAD_CONTROL, 2, { 0x89, 126, 0, 126 } },
		{ WS_BAD_CONTROL, 2, { 0x88, 127 } },
		{ WS_NOTHING_TO_CONTINUE, 1, { 0x80, 0x00 } },
		{ WS_UNFINISHED, 3, { 0x01, 0x00, 0x81, 0x00 } },
		{ WS_MASKED, 2, { 0x81, 0x80, 1, 2, 3, 4 } },
		{ WS_LENGTH_OUT_OF_RANGE, 3, { 0x81, 127, 0x80 } },
		{ WS_TOO_LARGE, 10, { 0x82, 127, 0, 0, 0, 0, 4, 0, 0, 1 } },
		{ WS_FINE, 10, { 0x82, 127, 0, 0, 0, 0, 4, 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stream *stream = stream_new();
		size_t begin_bytes;

		add_message(stream, 7);
		begin_bytes = stream->size_bytes;
		memcpy(stream->bytes + begin_bytes, cases[i].bytes, sizeof(cases[i].bytes));
		stream->size_bytes += sizeof(cases[i].bytes);
		feed_plain(stream, 0, begin_bytes + cases[i].seen_at_bytes - 1);
		assert_int_equal(stream->frames.violation, WS_FINE);
		feed_plain(stream, begin_bytes + cases[i].seen_at_bytes - 1,
			   begin_bytes + cases[i].seen_at_bytes);
		assert_int_equal(stream->frames.violation, cases[i].violation);
		add_message(stream, 5);
		feed_plain(stream, begin_bytes + cases[i].seen_at_bytes, stream->size_bytes);
		assert_int_equal(stream->frames.violation, cases[i].violation);
		assert_false(ws_frames_is_empty(&stream->frames));
		stream->message_count = 1;
		expect_messages(stream);
		assert_true(ws_frames_is_empty(&stream->frames));
		free(stream);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_ranges_are_the_frames_own_however_the_stream_is_cut),
		cmocka_unit_test(tls_ranges_are_the_bounds_of_the_records),
		cmocka_unit_test(a_length_of_64_bits_is_stepped_over),
		cmocka_unit_test(the_status_line_is_kept_for_an_explanation),
		cmocka_unit_test(a_breach_is_seen_at_once_and_ends_it),
		cmocka_unit_test(a_full_queue_loses_the_newest_and_counts_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
