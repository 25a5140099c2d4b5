/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "dpdk_capture/decode/message_event.h"
#include "dpdk_capture/decode/pending.h"

#include "tests/unit/unit.h"

static const struct message_stamp stamp = { .source = PROF_STAMP_PACKET, .uncertainty_log2_ns = 7 };

static struct message message_of(uint64_t start, uint64_t end)
{
	return (struct message){ .flow_id = 42,
				 .has_range = true,
				 .base_seq = 1000,
				 .start_offset = start,
				 .end_offset = end,
				 .last = { .time_ns = 77 },
				 .payload_bytes = 99,
				 .frame_count = 1,
				 .opcode = 2,
				 .stream = "",
				 .exch_time_us = 123456 };
}

static void an_event_says_what_the_message_is(void **state)
{
	const struct message message = message_of(100, 300);
	struct prof_event event;

	(void)state;
	assert_true(message_event(&message, &stamp, 5, &event));
	assert_int_equal(event.kind, PROF_EVENT_WIRE);
	assert_true(event.time_ns == 77 && event.conn_key == 42);
	assert_true(event.stream_index == 5 && event.conn_number == 0 && event.flags == 0);
	assert_true(event.stamp_source == PROF_STAMP_PACKET && event.uncertainty_log2_ns == 7);
	assert_true(event.wire.end_offset == 300 && event.wire.size_bytes == 200);
	assert_true(event.wire.base_seq == 1000 && event.wire.exch_time_us == 123456);
	assert_true(event.wire.payload_bytes == 99 && event.wire.fragment_count == 1);
	assert_true(event.wire.opcode == 2 && event.wire.bits == PROF_WIRE_ANCHORED);
}

static void numbers_saturate_and_flags_are_set(void **state)
{
	struct message message = message_of(0, 300);
	struct prof_event event;

	(void)state;
	message.payload_bytes = UINT64_C(1) << 40;
	message.frame_count = 1u << 20;
	message.is_compressed = true;
	message.is_plain = true;
	message.has_range = false;
	assert_true(message_event(&message, &stamp, 0, &event));
	assert_true(event.wire.payload_bytes == UINT32_MAX);
	assert_true(event.wire.fragment_count == UINT16_MAX);
	assert_int_equal(event.flags, PROF_FLAG_SPLIT | PROF_FLAG_PLAIN);
	assert_int_equal(event.wire.bits, PROF_WIRE_COMPRESSED);
}

static void no_place_is_no_event(void **state)
{
	const struct message empty = message_of(300, 300);
	const struct message huge = message_of(0, UINT64_C(1) << 33);
	struct prof_event event;

	(void)state;
	assert_false(message_event(&empty, &stamp, 0, &event));
	assert_false(message_event(&huge, &stamp, 0, &event));
}

/* The exchange's stamp goes along with the times of a file that were moved. */
static void moved_times_move_the_exchange_too(void **state)
{
	const struct message_stamp moved = { .shift_ns = 5000000 };
	const struct message_stamp back = { .shift_ns = -UINT64_C(5000000) };
	struct message message = message_of(0, 300);
	struct prof_event event;

	(void)state;
	assert_true(message_event(&message, &moved, 0, &event));
	assert_true(event.wire.exch_time_us == 123456 + 5000);
	assert_true(message_event(&message, &back, 0, &event));
	assert_true(event.wire.exch_time_us == 123456 - 5000);
	message.exch_time_us = 0;
	assert_true(message_event(&message, &moved, 0, &event));
	assert_true(event.wire.exch_time_us == 0);
}

/* ---- Those that wait for somebody to ask ------------------------------------- */

static uint64_t given[2 * PENDING_COUNT_MAX];
static uint32_t given_count;

static void give(void *context, const struct prof_event *event)
{
	(void)context;
	given[given_count++] = event->time_ns;
}

static void a_connection_gets_its_own_in_order(void **state)
{
	static struct pending pending;

	(void)state;
	given_count = 0;
	for (uint64_t i = 0; i < PENDING_COUNT_MAX + 100; i++)
		pending_keep(&pending, &(struct prof_event){ .time_ns = i, .conn_key = i % 2 + 1 });
	assert_int_equal(pending.count, PENDING_COUNT_MAX);
	assert_int_equal(pending.forgotten_count, 100);
	pending_release(&pending, 2, give, NULL);
	assert_int_equal(given_count, PENDING_COUNT_MAX / 2);
	for (uint32_t i = 0; i < given_count; i++)
		assert_true(given[i] == 101 + 2 * i);
	assert_int_equal(pending.count, PENDING_COUNT_MAX / 2);
	pending_release(&pending, 2, give, NULL);
	assert_int_equal(given_count, PENDING_COUNT_MAX / 2);
	given_count = 0;
	pending_release(&pending, 1, give, NULL);
	assert_int_equal(given_count, PENDING_COUNT_MAX / 2);
	assert_true(given[0] == 100 && pending.count == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_says_what_the_message_is),
		cmocka_unit_test(numbers_saturate_and_flags_are_set),
		cmocka_unit_test(no_place_is_no_event),
		cmocka_unit_test(moved_times_move_the_exchange_too),
		cmocka_unit_test(a_connection_gets_its_own_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
