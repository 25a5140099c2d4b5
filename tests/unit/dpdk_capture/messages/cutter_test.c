/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/messages/cutter.h"

#define HEAD "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

/* What was sent, and what came of it. */
struct fixture {
	struct cutter_rooms rooms;
	struct cutter cutter;
	uint8_t bytes[400000];
	size_t size_bytes;
	struct cut_message sent[300];
	size_t sent_count;
	struct cut_message cut[300];
	size_t cut_count;
	size_t read_count; /* whose content was there, and right */
};

static void take(void *context, const struct cut_message *message)
{
	struct fixture *fixture = context;

	assert_true(fixture->cut_count < 300);
	fixture->cut[fixture->cut_count++] = *message;
	if (message->payload && message->payload_bytes >= 2 && message->payload[0] == '{' &&
	    message->payload[message->payload_bytes - 1] == '}')
		fixture->read_count++;
}

static struct fixture *fixture_new(bool has_head)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_true(cutter_rooms_create(&fixture->rooms));
	fixture->rooms.give = take;
	fixture->cutter.context = fixture;
	if (has_head) {
		memcpy(fixture->bytes, HEAD, sizeof(HEAD) - 1);
		fixture->size_bytes = sizeof(HEAD) - 1;
	}
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	cutter_clear(&fixture->cutter, &fixture->rooms);
	cutter_rooms_destroy(&fixture->rooms);
	free(fixture);
}

static void add_frame(struct fixture *fixture, uint8_t first, const void *payload,
		      size_t payload_bytes)
{
	uint8_t *at = fixture->bytes + fixture->size_bytes;

	*at++ = first;
	if (payload_bytes < 126) {
		*at++ = (uint8_t)payload_bytes;
	} else {
		*at++ = 126;
		*at++ = (uint8_t)(payload_bytes >> 8);
		*at++ = (uint8_t)payload_bytes;
	}
	memcpy(at, payload, payload_bytes);
	fixture->size_bytes = (size_t)(at - fixture->bytes) + payload_bytes;
}

static void sent(struct fixture *fixture, size_t start_offset, size_t payload_bytes, uint8_t opcode)
{
	fixture->sent[fixture->sent_count++] = (struct cut_message){
		.start_offset = start_offset,
		.end_offset = fixture->size_bytes,
		.payload_bytes = payload_bytes,
		.opcode = opcode,
	};
}

/* Messages of JSON, some of them in three frames with a ping between, some binary. */
static void add_messages(struct fixture *fixture, size_t count, bool is_binary)
{
	for (size_t i = 0; i < count; i++) {
		size_t start = fixture->size_bytes;
		char text[600];
		int size = snprintf(text, sizeof(text), "{\"number\":%zu,\"text\":\"%0*d\"}", i,
				    (int)(i * 37 % 500), 1);

		if (is_binary) {
			memset(text, (int)(0x80 + i % 4), (size_t)size);
			add_frame(fixture, 0x82, text, (size_t)size);
		} else if (i % 5 == 3) {
			add_frame(fixture, 0x01, text, 5);
			add_frame(fixture, 0x89, "ping", 4);
			add_frame(fixture, 0x00, text + 5, 0);
			add_frame(fixture, 0x80, text + 5, (size_t)size - 5);
		} else {
			add_frame(fixture, 0x81, text, (size_t)size);
		}
		sent(fixture, start, (size_t)size, is_binary ? 2 : 1);
	}
}

static void feed(struct fixture *fixture, size_t from, size_t to)
{
	const struct chunk chunk = {
		.bytes = fixture->bytes + from,
		.size_bytes = to - from,
		.start_offset = from,
		.end_offset = to,
		.first = { from + 1, 0 },
		.last = { to, 0 },
		.is_plain = true,
	};

	cutter_feed(&fixture->cutter, &fixture->rooms, &chunk);
}

/* Each message that was cut is one that was sent, in order.  Returns how many were not cut. */
static size_t expect_no_wrong(const struct fixture *fixture)
{
	size_t at = 0;

	for (size_t i = 0; i < fixture->cut_count; i++) {
		const struct cut_message *cut = &fixture->cut[i];

		while (at < fixture->sent_count && fixture->sent[at].end_offset != cut->end_offset)
			at++;
		assert_true(at < fixture->sent_count);
		assert_int_equal(cut->start_offset, fixture->sent[at].start_offset);
		assert_int_equal(cut->payload_bytes, fixture->sent[at].payload_bytes);
		assert_int_equal(cut->opcode, fixture->sent[at].opcode);
		at++;
	}
	return fixture->sent_count - fixture->cut_count;
}

static void the_same_is_cut_however_the_bytes_come(void **state)
{
	(void)state;
	for (size_t step = 1; step < 1500; step = step * 3 / 2 + 1) {
		struct fixture *fixture = fixture_new(true);

		add_messages(fixture, 40, false);
		for (size_t from = 0; from < fixture->size_bytes; from += step)
			feed(fixture, from,
			     from + step < fixture->size_bytes ? from + step : fixture->size_bytes);
		assert_int_equal(expect_no_wrong(fixture), 0);
		assert_int_equal(fixture->read_count, 40);
		assert_int_equal(fixture->cut[0].start_offset, sizeof(HEAD) - 1);
		fixture_free(fixture);
	}
}

/* Chunks as records bring them: a message or two in each.  One is lost. */
static void lose_each_in_turn(bool is_binary, size_t lost_max)
{
	for (size_t lost = 0; lost < 20; lost++) {
		struct fixture *fixture = fixture_new(true);
		size_t from = sizeof(HEAD) - 1;

		add_messages(fixture, 60, is_binary);
		feed(fixture, 0, from);
		for (size_t i = 0; i < 60; i += 2) {
			size_t to = fixture->sent[i + 1].end_offset;

			if (i == 2 * lost)
				cutter_lose(&fixture->cutter, &fixture->rooms);
			else
				feed(fixture, from, to);
			from = to;
		}
		assert_int_in_range(expect_no_wrong(fixture), 2, lost_max);
		assert_int_equal(fixture->rooms.counters.found_count, 1);
		fixture_free(fixture);
	}
}

static void after_a_loss_text_is_found_at_once(void **state)
{
	(void)state;
	/* A message in several frames may stand first: it proves nothing by itself. */
	lose_each_in_turn(false, 3);
}

static void after_a_loss_binary_messages_cost_one_more(void **state)
{
	(void)state;
	lose_each_in_turn(true, 3);
}

/* From any byte on: nothing wrong comes out of the middle of a message. */
static void whatever_is_missing_in_front_no_wrong_message_is_cut(void **state)
{
	(void)state;
	for (size_t begin = 1; begin < 12000; begin += 13) {
		struct fixture *fixture = fixture_new(true);

		add_messages(fixture, 60, begin % 2);
		cutter_lose(&fixture->cutter, &fixture->rooms);
		for (size_t from = begin; from < fixture->size_bytes; from += 700)
			feed(fixture, from,
			     from + 700 < fixture->size_bytes ? from + 700 : fixture->size_bytes);
		(void)expect_no_wrong(fixture);
		fixture_free(fixture);
	}
}

static void what_is_no_websocket_is_left_alone(void **state)
{
	static const char refused[] = "HTTP/1.1 401 Unauthorized\r\n\r\nno";
	static const uint8_t settings[] = { 0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100 };
	struct fixture *fixture = fixture_new(false);

	(void)state;
	memcpy(fixture->bytes, refused, sizeof(refused) - 1);
	feed(fixture, 0, sizeof(refused) - 1);
	assert_int_equal(fixture->cutter.state, CUTTER_OTHER);
	/* The next request of the same connection may be let in. */
	memcpy(fixture->bytes, HEAD "\x81\x02{}", sizeof(HEAD) + 3);
	feed(fixture, 0, sizeof(HEAD) + 3);
	assert_int_equal(fixture->cut_count, 1);
	fixture_free(fixture);
	fixture = fixture_new(false);
	memcpy(fixture->bytes, settings, sizeof(settings));
	feed(fixture, 0, sizeof(settings));
	assert_int_equal(fixture->cutter.state, CUTTER_HTTP2);
	fixture_free(fixture);
}

static void mask_all(struct fixture *fixture, size_t from)
{
	static const uint8_t mask[] = { 1, 0x80, 3, 0xff };
	uint8_t copy[4000];
	size_t size_bytes = fixture->size_bytes - from;
	size_t at = 0;

	assert_true(size_bytes <= sizeof(copy));
	memcpy(copy, fixture->bytes + from, size_bytes);
	fixture->size_bytes = from;
	while (at < size_bytes) {
		size_t header_bytes = copy[at + 1] == 126 ? 4 : 2;
		size_t payload_bytes = header_bytes == 4 ? (size_t)copy[at + 2] << 8 | copy[at + 3]
							 : copy[at + 1];
		uint8_t *to = fixture->bytes + fixture->size_bytes;

		memcpy(to, copy + at, header_bytes);
		to[1] |= 0x80;
		memcpy(to + header_bytes, mask, sizeof(mask));
		memcpy(to + header_bytes + 4, copy + at + header_bytes, payload_bytes);
		ws_mask(to + header_bytes + 4, payload_bytes, mask, 0);
		fixture->size_bytes += header_bytes + 4 + payload_bytes;
		at += header_bytes + payload_bytes;
	}
}

/* Of a client: one byte at a time, all at once, and after something was lost. */
static void masked_messages_are_cut_and_read(void **state)
{
	(void)state;
	for (size_t step = 1; step <= 4000; step = step == 1 ? 7 : step == 7 ? 4000 : 4001) {
		struct fixture *fixture = fixture_new(false);
		size_t edge;

		fixture->cutter.is_client = true;
		cutter_begin_frames(&fixture->cutter, false);
		add_messages(fixture, 5, false);
		mask_all(fixture, 0);
		edge = fixture->size_bytes;
		for (size_t at = 0; at < edge; at += step)
			feed(fixture, at, at + step < edge ? at + step : edge);
		assert_int_equal(fixture->cut_count, 5);
		assert_int_equal(fixture->read_count, 5);
		cutter_lose(&fixture->cutter, &fixture->rooms);
		add_frame(fixture, 0x81, "{\"id\":1}", 8);
		mask_all(fixture, edge);
		feed(fixture, edge + 1, edge + 9); /* no beginning */
		assert_int_equal(fixture->cut_count, 5);
		feed(fixture, edge, fixture->size_bytes);
		assert_int_equal(fixture->cut_count, 6);
		assert_int_equal(fixture->read_count, 6);
		assert_int_equal(fixture->rooms.counters.message_count, 0); /* of servers */
		fixture_free(fixture);
	}
}

/* Between the frames of messages, in pieces, empty, and with all that fits; also a client's. */
static void pings_and_pongs_are_given_if_they_are_wanted(void **state)
{
	static const char full[WS_CONTROL_BYTES_MAX + 1] =
		"{01234567890123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789012}";

	(void)state;
	for (size_t step = 1; step <= 4000; step = step == 1 ? 7 : step == 7 ? 4000 : 4001) {
		struct fixture *fixture = fixture_new(false);

		fixture->rooms.hears_control = true;
		fixture->cutter.is_client = step != 7;
		cutter_begin_frames(&fixture->cutter, false);
		add_frame(fixture, 0x89, full, WS_CONTROL_BYTES_MAX);
		add_frame(fixture, 0x01, "{\"a\"", 4);
		add_frame(fixture, 0x8a, "", 0);
		add_frame(fixture, 0x80, ":1}", 3);
		add_frame(fixture, 0x88, "\x03\xe8", 2); /* a close is neither */
		if (fixture->cutter.is_client)
			mask_all(fixture, 0);
		for (size_t at = 0; at < fixture->size_bytes; at += step)
			feed(fixture, at,
			     at + step < fixture->size_bytes ? at + step : fixture->size_bytes);
		assert_int_equal(fixture->cut_count, 3);
		assert_int_equal(fixture->read_count, 2); /* the full ping, the text */
		assert_int_equal(fixture->cut[0].opcode, WS_PING);
		assert_int_equal(fixture->cut[0].payload_bytes, WS_CONTROL_BYTES_MAX);
		assert_int_equal(fixture->cut[1].opcode, WS_PONG);
		assert_int_equal(fixture->cut[1].payload_bytes, 0);
		assert_int_equal(fixture->cut[2].opcode, WS_TEXT);
		fixture_free(fixture);
	}
}

static void a_client_that_does_not_mask_is_a_breach(void **state)
{
	struct fixture *fixture = fixture_new(false);

	(void)state;
	fixture->cutter.is_client = true;
	cutter_begin_frames(&fixture->cutter, false);
	add_frame(fixture, 0x81, "{}", 2);
	feed(fixture, 0, fixture->size_bytes);
	assert_int_equal(fixture->cut_count, 0);
	assert_int_equal(fixture->rooms.counters.breach_count, 1);
	fixture_free(fixture);
}

static void compression_is_told_and_not_read(void **state)
{
	static const char head[] = "HTTP/1.1 101 x\r\n"
				   "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
	struct fixture *fixture = fixture_new(false);

	(void)state;
	memcpy(fixture->bytes, head, sizeof(head) - 1);
	fixture->size_bytes = sizeof(head) - 1;
	add_frame(fixture, 0xc1, "\xaa\x56\x4a", 3);
	feed(fixture, 0, fixture->size_bytes);
	assert_int_equal(fixture->cut_count, 1);
	assert_true(fixture->cut[0].is_compressed);
	assert_int_equal(fixture->cut[0].opcode, 1);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_is_cut_however_the_bytes_come),
		cmocka_unit_test(after_a_loss_text_is_found_at_once),
		cmocka_unit_test(after_a_loss_binary_messages_cost_one_more),
		cmocka_unit_test(whatever_is_missing_in_front_no_wrong_message_is_cut),
		cmocka_unit_test(what_is_no_websocket_is_left_alone),
		cmocka_unit_test(compression_is_told_and_not_read),
		cmocka_unit_test(masked_messages_are_cut_and_read),
		cmocka_unit_test(pings_and_pongs_are_given_if_they_are_wanted),
		cmocka_unit_test(a_client_that_does_not_mask_is_a_breach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
