/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/protocol/frame.h"

#define ROOM_BYTES (FRAME_MESSAGE_BYTES_MAX + 64)

static const uint8_t mask_key[4] = { 0x37, 0xfa, 0x21, 0x3d };

/* A client's frame: masked.  Returns its size. */
static size_t put_client_frame(uint8_t *to, unsigned int first_byte, const void *payload,
			       size_t size_bytes)
{
	const uint8_t *from = payload;
	uint8_t header[FRAME_HEADER_BYTES_MAX];
	size_t header_bytes = frame_put_header(header, first_byte, size_bytes);

	header[1] |= FRAME_MASK;
	memcpy(to, header, header_bytes);
	memcpy(to + header_bytes, mask_key, sizeof(mask_key));
	for (size_t i = 0; i < size_bytes; i++)
		to[header_bytes + sizeof(mask_key) + i] = from[i] ^ mask_key[i % 4];
	return header_bytes + sizeof(mask_key) + size_bytes;
}

static int make_reader(void **state)
{
	*state = calloc(1, sizeof(struct frame_reader));
	return *state ? 0 : -1;
}

static int free_reader(void **state)
{
	free(*state);
	return 0;
}

static enum frame_event read_all(struct frame_reader *reader, const uint8_t *bytes,
				 size_t size_bytes)
{
	enum frame_event event = frame_read(reader, &bytes, &size_bytes);

	assert_int_equal(size_bytes, 0);
	return event;
}

static void the_size_takes_the_shortest_form(void **state)
{
	static const struct {
		uint64_t payload_bytes;
		size_t header_bytes;
	} cases[] = { { 0, 2 },	    { 125, 2 },	   { 126, 4 },
		      { 65535, 4 }, { 65536, 10 }, { UINT64_C(1) << 40, 10 } };
	uint8_t header[FRAME_HEADER_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			frame_put_header(header, FRAME_FIN | FRAME_TEXT, cases[i].payload_bytes),
			cases[i].header_bytes);
	assert_int_equal(header[1], 127);
	assert_int_equal(header[4], 1); /* 2^40 */
}

static void a_message_is_read_however_it_is_cut(void **state)
{
	struct frame_reader *reader = *state;
	const char *message = "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":3}";
	uint8_t frame[128];
	size_t size_bytes = put_client_frame(frame, FRAME_FIN | FRAME_TEXT, message,
					     strlen(message));

	for (size_t cut = 0; cut < size_bytes; cut++) {
		frame_reader_reset(reader);
		assert_int_equal(read_all(reader, frame, cut), FRAME_MORE);
		assert_int_equal(read_all(reader, frame + cut, size_bytes - cut), FRAME_HAS_TEXT);
		assert_int_equal(reader->message_bytes, strlen(message));
		assert_memory_equal(reader->message, message, strlen(message));
	}
}

static void every_size_of_message_is_read_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 127, 65535, 65536 };
	struct frame_reader *reader = *state;
	uint8_t *payload = malloc(ROOM_BYTES);
	uint8_t *frame = malloc(ROOM_BYTES);

	assert_non_null(payload);
	assert_non_null(frame);
	for (size_t i = 0; i < ROOM_BYTES; i++)
		payload[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t bytes = put_client_frame(frame, FRAME_FIN | FRAME_TEXT, payload, sizes[i]);

		assert_int_equal(read_all(reader, frame, bytes), FRAME_HAS_TEXT);
		assert_int_equal(reader->message_bytes, sizes[i]);
		assert_memory_equal(reader->message, payload, sizes[i]);
	}
	free(frame);
	free(payload);
}

static void fragments_are_joined_around_a_ping(void **state)
{
	struct frame_reader *reader = *state;
	uint8_t bytes[128];
	const uint8_t *at = bytes;
	size_t size_bytes = put_client_frame(bytes, FRAME_TEXT, "one ", 4);

	size_bytes += put_client_frame(bytes + size_bytes, FRAME_FIN | FRAME_PING, "hello", 5);
	size_bytes += put_client_frame(bytes + size_bytes, FRAME_CONTINUATION, "", 0);
	size_bytes += put_client_frame(bytes + size_bytes, FRAME_FIN | FRAME_CONTINUATION, "two",
				       3);
	assert_int_equal(frame_read(reader, &at, &size_bytes), FRAME_HAS_PING);
	assert_int_equal(reader->control_bytes, 5);
	assert_memory_equal(reader->control, "hello", 5);
	assert_int_equal(frame_read(reader, &at, &size_bytes), FRAME_HAS_TEXT);
	assert_int_equal(reader->message_bytes, 7);
	assert_memory_equal(reader->message, "one two", 7);
	assert_int_equal(size_bytes, 0);
}

static void assert_refused(struct frame_reader *reader, const uint8_t *bytes, size_t size_bytes,
			   enum frame_close_code code)
{
	frame_reader_reset(reader);
	assert_int_equal(frame_read(reader, &bytes, &size_bytes), FRAME_HAS_ERROR);
	assert_int_equal(reader->close_code, code);
}

static void what_the_protocol_forbids_is_refused(void **state)
{
	static const uint8_t unmasked[] = { 0x81, 0x01, 'x', 0, 0, 0 };
	static const uint8_t reserved[] = { 0xc1, 0x81, 0, 0, 0, 0, 'x' };
	static const uint8_t unknown[] = { 0x83, 0x80, 0, 0, 0, 0 };
	static const uint8_t unknown_control[] = { 0x8b, 0x80, 0, 0, 0, 0 };
	static const uint8_t open_ping[] = { 0x09, 0x80, 0, 0, 0, 0 };
	static const uint8_t long_ping[] = { 0x89, 0xfe, 0, 126, 0, 0, 0, 0 };
	static const uint8_t continuation[] = { 0x80, 0x80, 0, 0, 0, 0 };
	static const uint8_t text_in_text[] = { 0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0 };
	static const uint8_t huge[] = { 0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	assert_refused(*state, unmasked, sizeof(unmasked), FRAME_CLOSE_PROTOCOL);
	assert_refused(*state, reserved, sizeof(reserved), FRAME_CLOSE_PROTOCOL);
	assert_refused(*state, unknown, sizeof(unknown), FRAME_CLOSE_PROTOCOL);
	assert_refused(*state, unknown_control, sizeof(unknown_control), FRAME_CLOSE_PROTOCOL);
	assert_refused(*state, open_ping, sizeof(open_ping), FRAME_CLOSE_PROTOCOL);
	assert_refused(*state, long_ping, sizeof(long_ping), FRAME_CLOSE_PROTOCOL);
	assert_refused(*state, continuation, sizeof(continuation), FRAME_CLOSE_PROTOCOL);
	assert_refused(*state, text_in_text, sizeof(text_in_text), FRAME_CLOSE_PROTOCOL);
	assert_refused(*state, huge, sizeof(huge), FRAME_CLOSE_TOO_BIG);
}

static void fragments_may_not_add_up_to_too_much(void **state)
{
	struct frame_reader *reader = *state;
	uint8_t *frame = malloc(ROOM_BYTES);
	uint8_t *payload = calloc(1, ROOM_BYTES);
	size_t size_bytes;

	assert_non_null(frame);
	assert_non_null(payload);
	size_bytes = put_client_frame(frame, FRAME_TEXT, payload, FRAME_MESSAGE_BYTES_MAX);
	assert_int_equal(read_all(reader, frame, size_bytes), FRAME_MORE);
	size_bytes = put_client_frame(frame, FRAME_FIN | FRAME_CONTINUATION, payload, 1);
	size_bytes -= 1;
	assert_int_equal(read_all(reader, frame, size_bytes), FRAME_HAS_ERROR);
	assert_int_equal(reader->close_code, FRAME_CLOSE_TOO_BIG);
	free(payload);
	free(frame);
}

#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, make_reader, free_reader)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_size_takes_the_shortest_form),
		READER_TEST(a_message_is_read_however_it_is_cut),
		READER_TEST(every_size_of_message_is_read_back),
		READER_TEST(fragments_are_joined_around_a_ping),
		READER_TEST(what_the_protocol_forbids_is_refused),
		READER_TEST(fragments_may_not_add_up_to_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
