/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlator/perfetto/names.h"
#include "correlator/perfetto/proto.h"
#include "correlator/perfetto/trace.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static char bytes[TRACE_MESSAGE_BYTES_MAX];

static struct text empty_text(void)
{
	return (struct text){ .bytes = bytes, .room_bytes = sizeof(bytes) };
}

static void assert_bytes(const struct text *text, const char *wanted, size_t size_bytes)
{
	assert_int_equal(text->size_bytes, size_bytes);
	assert_memory_equal(text->bytes, wanted, size_bytes);
}

/* The examples of Protocol Buffers' own description of its encoding. */
static void numbers_are_encoded_as_published(void **state)
{
	struct text text = empty_text();

	(void)state;
	proto_u64(&text, 1, 150);
	assert_bytes(&text, "\x08\x96\x01", 3);
	text = empty_text();
	proto_i64(&text, 1, -2);
	assert_bytes(&text, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
	text = empty_text();
	proto_u64(&text, 60, 0);
	assert_bytes(&text, "\xe0\x03\x00", 3);
	text = empty_text();
	proto_fixed64(&text, 47, 0x0102030405060708);
	assert_bytes(&text, "\xf9\x02\x08\x07\x06\x05\x04\x03\x02\x01", 10);
}

static void strings_are_made_utf8(void **state)
{
	struct text text = empty_text();

	(void)state;
	proto_string(&text, 2, "a\xff\n\xc3\xa9<");
	assert_bytes(&text,
		     "\x12\x06"
		     "a?\?\xc3\xa9<",
		     8);
}

static void a_nested_message_has_its_length_before_it(void **state)
{
	struct text text = empty_text();
	size_t begin;

	(void)state;
	begin = proto_begin(&text, 3);
	for (int i = 0; i < 200; i++)
		proto_u64(&text, 1, 1);
	proto_end(&text, begin);
	assert_int_equal(text.size_bytes, 3 + 400);
	assert_memory_equal(text.bytes, "\x1a\x90\x03\x08\x01", 5);
}

static struct corr_message message_of(uint64_t seq, uint64_t cookie)
{
	struct corr_message message = { .seq = seq,
					.cookie = cookie,
					.stream = "btcusdt@aggTrade",
					.has_nic = true,
					.has_kernel = true,
					.nic_first_ns = 1000,
					.nic_ns = 1100,
					.kernel_enter_ns = 1500,
					.kernel_ns = 1500,
					.kernel_return_ns = 1600,
					.recv_ns = 1700,
					.user_ns = 2000 + 10 * seq,
					.parsed_ns = 2005 + 10 * seq };

	for (int stage = 0; stage <= CORR_STAGE_FIRST_LAST; stage++)
		message.stage_mask |= 1u << stage;
	return message;
}

static uint32_t count_of(const struct text *text, const char *words)
{
	size_t size_bytes = strlen(words);
	uint32_t count = 0;

	for (size_t i = 0; i + size_bytes <= text->size_bytes; i++)
		count += memcmp(text->bytes + i, words, size_bytes) == 0;
	return count;
}

/* Its slice is written when it is known that no other message was in it. */
static void one_read_is_shown_once_with_an_arrow_of_each_message(void **state)
{
	struct text text = empty_text();
	struct trace *trace;

	(void)state;
	assert_int_equal(trace_open(&trace), 0);
	for (uint64_t seq = 1; seq <= 3; seq++) {
		struct corr_message message = message_of(seq, 7);

		text = empty_text();
		assert_true(trace_message(trace, &message, &text));
		assert_int_equal(count_of(&text, "tcp_recvmsg"), 0);
		assert_int_equal(count_of(&text, "connection "), seq == 1);
	}
	text = empty_text();
	assert_true(trace_end(trace, 0, &text));
	assert_int_equal(count_of(&text, "tcp_recvmsg"), 1);
	assert_int_equal(count_of(&text, "segment"), 1);
	assert_int_equal(count_of(&text, "\xf9\x02"), 6); /* TrackEvent.flow_ids */
	assert_false(trace_end(trace, 1, &text));
	(void)trace_close(trace);
}

/* Names are written once, whatever is called by them. */
static void names_are_written_once(void **state)
{
	struct corr_message message = message_of(1, 7);
	struct text text = empty_text();
	struct trace *trace;

	(void)state;
	assert_int_equal(trace_open(&trace), 0);
	assert_true(trace_message(trace, &message, &text));
	assert_int_equal(count_of(&text, "btcusdt@aggTrade"), 1);
	assert_int_equal(count_of(&text, "tcp_seq"), 1);
	text = empty_text();
	message = message_of(2, 7);
	assert_true(trace_message(trace, &message, &text));
	assert_int_equal(count_of(&text, "btcusdt@aggTrade"), 0);
	assert_int_equal(count_of(&text, "tcp_seq"), 0);
	(void)trace_close(trace);
}

/* As many as there are, each told by a number of its own; beyond them by words. */
static void numbers_of_names_are_their_own(void **state)
{
	static struct names names;
	char words[16];

	(void)state;
	for (uint32_t i = 1; i <= NAMES_COUNT_MAX + 3; i++) {
		(void)snprintf(words, sizeof(words), "name %u", i / 2);
		assert_int_equal(names_find(&names, i % 2 ? NAME_EVENT : NAME_VALUE, words),
				 i <= NAMES_COUNT_MAX ? i : 0);
	}
	assert_int_equal(names_find(&names, NAME_EVENT, "name 0"), 1);
	assert_int_equal(names_find(&names, NAME_VALUE, "name 1"), 2);
}

/* They overlap, so each needs a lane; there is an end to them. */
static void what_does_not_fit_is_said(void **state)
{
	struct text text;
	struct trace *trace;

	(void)state;
	assert_int_equal(trace_open(&trace), 0);
	for (uint64_t seq = 1; seq <= TRACE_LANE_COUNT_MAX + 5; seq++) {
		struct corr_message message = message_of(seq, 7);

		text = empty_text();
		assert_int_equal(trace_message(trace, &message, &text),
				 seq <= TRACE_LANE_COUNT_MAX);
		assert_false(text.is_cut);
	}
	(void)trace_close(trace);
	assert_int_equal(trace_open(&trace), 0);
	for (uint64_t cookie = 1; cookie <= TRACE_CONN_COUNT_MAX + 1; cookie++) {
		struct corr_message message = message_of(cookie, cookie);

		text = empty_text();
		assert_int_equal(trace_message(trace, &message, &text),
				 cookie <= TRACE_CONN_COUNT_MAX);
	}
	assert_int_equal(text.size_bytes, 0);
	(void)trace_close(trace);
}

static struct corr_trip trip_of(uint64_t read_ns)
{
	struct corr_trip trip = { .cookie = 7,
				  .write_ns = 1000,
				  .call_ns = 1100,
				  .left_ns = 1300,
				  .arrived_ns = 1900,
				  .read_ns = read_ns,
				  .answer_ns = 2000,
				  .answer_wall_ns = 500002000,
				  .purpose = PROF_PURPOSE_PING };

	corr_trip_split(&trip);
	return trip;
}

/* A part of the way in that begins before it is left out: slices nest. */
static void a_round_trip_has_its_parts_below_it(void **state)
{
	struct text text = empty_text();
	struct corr_trip trip = trip_of(1950);
	struct trace *trace;

	(void)state;
	assert_int_equal(trace_open(&trace), 0);
	assert_true(trace_trip(trace, &trip, &text));
	assert_int_equal(count_of(&text, "connection "), 1);
	assert_int_equal(count_of(&text, "trips"), 1);
	assert_int_equal(count_of(&text, "call -> left"), 1);
	assert_int_equal(count_of(&text, "\x48\x01"), 8); /* TrackEvent.type: begin ... */
	assert_int_equal(count_of(&text, "\x48\x02"), 8); /* ... and end */
	text = empty_text();
	trip = trip_of(1850);
	assert_true(trace_trip(trace, &trip, &text));
	assert_int_equal(count_of(&text, "\x48\x01"), 6);
	assert_int_equal(count_of(&text, "\x48\x02"), 6);
	(void)trace_close(trace);
}

/* Of somebody else's: its ends are the kernel's, and where it alone has a clock, it is none yet. */
static void a_round_trip_without_its_ends_is_what_is_known_of_it(void **state)
{
	struct text text = empty_text();
	struct corr_trip foreign = trip_of(1950);
	struct corr_trip trip = trip_of(1950);
	struct trace *trace;

	(void)state;
	foreign.write_ns = foreign.answer_ns = 0;
	corr_trip_split(&foreign);
	assert_int_equal(trace_open(&trace), 0);
	assert_false(trace_trip(trace, &foreign, &text));
	assert_true(trace_trip(trace, &trip, &text));
	text = empty_text();
	assert_true(trace_trip(trace, &foreign, &text));
	assert_int_equal(count_of(&text, "\x48\x01"),
			 4); /* ping, call -> left, wire, arrived -> read */
	assert_int_equal(count_of(&text, "\x48\x02"), 4);
	(void)trace_close(trace);
}

/* The message's arrow goes on to it: it is the last with that flow's id. */
static void an_order_has_an_arrow_from_its_message(void **state)
{
	struct corr_message message = message_of(3, 7);
	struct corr_order order = { .trip = trip_of(1950), .class_id = CORR_ORDER_ID };
	struct text text = empty_text();
	struct trace *trace;

	(void)state;
	assert_int_equal(trace_open(&trace), 0);
	assert_true(trace_message(trace, &message, &text));
	assert_int_equal(count_of(&text, "\xf9\x02\x03"), 1); /* flow_ids: the callback's */
	assert_int_equal(count_of(&text, "\x81\x03"), 0);     /* terminating_flow_ids */
	order.cause.seq = 3;
	text = empty_text();
	assert_true(trace_order(trace, &order, &text));
	assert_int_equal(count_of(&text, "order (id)"), 1);
	assert_int_equal(count_of(&text, "\x81\x03\x03"), 1);
	order.class_id = CORR_ORDER_AMBIGUOUS;
	order.cause.seq = 0;
	text = empty_text();
	assert_true(trace_order(trace, &order, &text));
	assert_int_equal(count_of(&text, "\x81\x03"), 0);
	(void)trace_close(trace);
}

/* Reads a varint at *at and steps over it. */
static uint64_t take_varint(const struct text *text, size_t *at)
{
	uint64_t value = 0;

	for (unsigned int shift = 0;; shift += 7) {
		unsigned char byte = (unsigned char)text->bytes[(*at)++];

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
}

/* The times of the packets with events, in the order in which they were written. */
static size_t times_of(const struct text *text, uint64_t *times_ns, size_t count_max)
{
	size_t count = 0;

	for (size_t at = 0; at < text->size_bytes;) {
		size_t end;

		assert_int_equal(take_varint(text, &at), 1 << 3 | 2); /* Trace.packet */
		end = take_varint(text, &at);
		end += at;
		if (take_varint(text, &at) == 8 << 3) { /* TracePacket.timestamp */
			assert_true(count < count_max);
			times_ns[count++] = take_varint(text, &at);
		}
		at = end;
	}
	return count;
}

static void assert_within(const struct corr_message *message)
{
	struct text text = empty_text();
	uint64_t times_ns[64];
	struct trace *trace;
	size_t count;

	assert_int_equal(trace_open(&trace), 0);
	assert_true(trace_message(trace, message, &text));
	assert_true(trace_end(trace, 0, &text));
	count = times_of(&text, times_ns, 64);
	assert_true(count >= 8);
	for (size_t i = 0; i < count; i++)
		assert_int_in_range(times_ns[i], 1000, 3000);
	(void)trace_close(trace);
}

/* A slice that began at 0, or after its end, would be as long as the host is up. */
static void no_slice_begins_before_the_first_stamp_or_after_its_end(void **state)
{
	struct corr_message message = message_of(1, 7);
	struct text text = empty_text();
	uint64_t times_ns[64];
	struct trace *trace;
	size_t count;

	(void)state;
	message.nic_first_ns = 0; /* not seen: class last-byte */
	message.stage_mask &= ~(1u << CORR_STAGE_FIRST_LAST);
	assert_within(&message);
	message.nic_first_ns = 1300; /* filled a hole after the last byte had come */
	assert_within(&message);
	assert_int_equal(trace_open(&trace), 0);
	message.has_kernel = false;
	message.stage_mask = 0; /* no slices but the message, its segments and its callback */
	assert_true(trace_message(trace, &message, &text));
	assert_true(trace_end(trace, 0, &text));
	count = times_of(&text, times_ns, 64);
	assert_int_equal(count, 6);
	assert_int_equal(times_ns[4], 1100);
	assert_int_equal(times_ns[5], 1300);
	(void)trace_close(trace);
}

/* What one message can need at most has room. */
static void the_longest_message_has_room(void **state)
{
	char name[56];
	struct corr_message message = message_of(UINT64_MAX, UINT64_MAX);
	struct text text = empty_text();
	struct trace *trace;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	message.stream = name;
	message.has_exchange = true;
	assert_int_equal(trace_open(&trace), 0);
	assert_true(trace_message(trace, &message, &text));
	assert_true(text.size_bytes < TRACE_MESSAGE_BYTES_MAX / 2);
	for (uint32_t i = 1; i < TRACE_FLOW_COUNT_MAX; i++) {
		text = empty_text();
		message.user_ns++;
		message.parsed_ns++;
		assert_true(trace_message(trace, &message, &text));
	}
	text = empty_text();
	assert_true(trace_end(trace, 0, &text)); /* all of them in one segment and one read */
	assert_true(text.size_bytes < TRACE_MESSAGE_BYTES_MAX / 2);
	assert_true(text.size_bytes > 2 * TRACE_FLOW_COUNT_MAX * sizeof(uint64_t));
	(void)trace_close(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_encoded_as_published),
		cmocka_unit_test(strings_are_made_utf8),
		cmocka_unit_test(a_nested_message_has_its_length_before_it),
		cmocka_unit_test(one_read_is_shown_once_with_an_arrow_of_each_message),
		cmocka_unit_test(names_are_written_once),
		cmocka_unit_test(numbers_of_names_are_their_own),
		cmocka_unit_test(what_does_not_fit_is_said),
		cmocka_unit_test(a_round_trip_has_its_parts_below_it),
		cmocka_unit_test(a_round_trip_without_its_ends_is_what_is_known_of_it),
		cmocka_unit_test(an_order_has_an_arrow_from_its_message),
		cmocka_unit_test(no_slice_begins_before_the_first_stamp_or_after_its_end),
		cmocka_unit_test(the_longest_message_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
