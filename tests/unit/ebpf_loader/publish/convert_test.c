/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/publish/convert.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct probe_read a_read(void)
{
	return (struct probe_read){
		.kind = PROBE_RECORD_READ,
		.tid = 77,
		.cookie = 0x1234,
		.enter_ns = 1000,
		.return_ns = 2000,
		.start_offset = UINT64_C(0x500000001),
		.base_seq = 0xfffffff0,
		.size_bytes = 100,
		.queued_bytes = 100,
	};
}

static void a_read_becomes_an_event_field_by_field(void **state)
{
	struct probe_read read = a_read();
	struct prof_event event;

	(void)state;
	memset(&event, 0xff, sizeof(event));
	read_to_event(&read, 99, &event);
	assert_int_equal(event.kind, PROF_EVENT_READ);
	assert_int_equal(event.stamp_source, PROF_STAMP_CLOCK);
	assert_int_equal(event.uncertainty_log2_ns, 10);
	assert_int_equal(event.flags, 0);
	assert_int_equal(event.time_ns, 1000);
	assert_int_equal(event.conn_key, 0x1234);
	assert_int_equal(event.base_seq, 0xfffffff0);
	assert_int_equal(event.read.return_ns, 2000);
	assert_int_equal(event.read.flow_id, 99);
	assert_int_equal(event.read.start_offset, UINT64_C(0x500000001));
	assert_int_equal(event.read.size_bytes, 100);
	assert_int_equal(event.read.tid, 77);
}

static void a_read_is_blocked_if_its_last_byte_was_not_queued_at_entry(void **state)
{
	struct probe_read read = a_read();
	struct prof_event event;

	(void)state;
	for (uint32_t queued_bytes = 0; queued_bytes < 200; queued_bytes++) {
		read.queued_bytes = queued_bytes;
		read_to_event(&read, 99, &event);
		assert_int_equal(event.flags, queued_bytes < 100 ? PROF_FLAG_BLOCKED : 0);
	}
}

static void every_cut_of_a_record_is_malformed(void **state)
{
	union {
		struct probe_read read;
		struct probe_socket socket;
		struct probe_close close;
	} record = { 0 };

	(void)state;
	record.read = a_read();
	for (size_t size_bytes = 0; size_bytes < sizeof(record.read); size_bytes++)
		assert_int_equal(record_classify(&record, size_bytes), RECORD_MALFORMED);
	assert_int_equal(record_classify(&record, sizeof(record.read)), RECORD_READ);

	record.socket = (struct probe_socket){ .kind = PROBE_RECORD_SOCKET };
	for (size_t size_bytes = 0; size_bytes < sizeof(record.socket); size_bytes++)
		assert_int_equal(record_classify(&record, size_bytes), RECORD_MALFORMED);
	assert_int_equal(record_classify(&record, sizeof(record.socket)), RECORD_SOCKET);

	record.close = (struct probe_close){ .kind = PROBE_RECORD_CLOSE };
	for (size_t size_bytes = 0; size_bytes < sizeof(record.close); size_bytes++)
		assert_int_equal(record_classify(&record, size_bytes), RECORD_MALFORMED);
	assert_int_equal(record_classify(&record, sizeof(record.close)), RECORD_CLOSE);
}

static void a_read_of_nothing_and_an_unknown_kind_are_malformed(void **state)
{
	struct probe_read read = a_read();

	(void)state;
	read.size_bytes = 0;
	assert_int_equal(record_classify(&read, sizeof(read)), RECORD_MALFORMED);
	read = a_read();
	for (uint32_t kind = PROBE_RECORD_TLS + 1; kind < 1000; kind++) {
		read.kind = kind;
		assert_int_equal(record_classify(&read, sizeof(read)), RECORD_MALFORMED);
	}
}

static void a_told_socket_has_the_flow_its_client_would_register(void **state)
{
	struct probe_socket told = {
		.kind = PROBE_RECORD_SOCKET,
		.local_port = 40000,
		.remote_port_be = htons(9443),
		.local_addr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 2 },
		.remote_addr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 },
	};
	struct prof_flow flow;
	struct prof_flow expected;

	(void)state;
	prof_endpoint_set_ipv4(&expected.local, (uint8_t[]){ 10, 0, 0, 2 }, 40000);
	prof_endpoint_set_ipv4(&expected.remote, (uint8_t[]){ 10, 0, 0, 1 }, 9443);
	socket_to_flow(&told, &flow);
	assert_memory_equal(&flow, &expected, sizeof(flow));
	assert_int_equal(prof_flow_id(&flow), prof_flow_id(&expected));
}

static void a_position_becomes_the_read_that_was_not_seen_entering(void **state)
{
	const struct probe_elsewhere told = {
		.kind = PROBE_RECORD_ELSEWHERE,
		.tid = 7,
		.cookie = 9,
		.time_ns = 1234,
		.end_offset = UINT64_C(0x500000100),
		.base_seq = 77,
		.way = PROBE_WAY_TLS,
	};
	struct socket_entry entry = { .cookie = 9,
				      .has_read = true,
				      .next_offset = UINT64_C(0x4fffffff0) };
	struct prof_event event;
	struct probe_read read;

	(void)state;
	assert_int_equal(record_classify(&told, sizeof(told)), RECORD_ELSEWHERE);
	assert_true(elsewhere_to_read(&told, &entry, &read));
	assert_int_equal(read.start_offset, UINT64_C(0x4fffffff0));
	assert_int_equal(read.size_bytes, 0x110);
	assert_int_equal(read.base_seq, 77);
	read_to_event(&read, 5, &event);
	assert_int_equal(event.time_ns, 1234);
	assert_int_equal(event.read.return_ns, 1234);
	assert_true(event.flags & PROF_FLAG_BLOCKED);
	entry.next_offset = told.end_offset;
	assert_false(elsewhere_to_read(&told, &entry, &read));
	entry.next_offset++;
	assert_false(elsewhere_to_read(&told, &entry, &read));
	entry = (struct socket_entry){ .cookie = 9 };
	assert_false(elsewhere_to_read(&told, &entry, &read));
}

static void bytes_that_are_gone_become_an_event_without_a_thread(void **state)
{
	const struct socket_entry entry = { .cookie = 9,
					    .flow_id = 5,
					    .base_seq = 77,
					    .has_read = true,
					    .last_return_ns = 1000,
					    .next_offset = 400 };
	struct prof_event event;

	(void)state;
	unseen_to_event(&entry, UINT64_C(0x100000400), UINT32_MAX, 3000, &event);
	assert_int_equal(event.kind, PROF_EVENT_UNSEEN);
	assert_int_equal(event.conn_key, 9);
	assert_int_equal(event.time_ns, 1000);
	assert_int_equal(event.base_seq, 77);
	assert_int_equal(event.read.return_ns, 3000);
	assert_int_equal(event.read.flow_id, 5);
	assert_int_equal(event.read.start_offset, UINT64_C(0x100000400));
	assert_int_equal(event.read.size_bytes, UINT32_MAX);
	assert_int_equal(event.read.tid, 0);
}

static void a_position_that_makes_no_sense_is_malformed(void **state)
{
	struct probe_elsewhere told = { .kind = PROBE_RECORD_WITNESS, .way = PROBE_WAY_COUNT };

	(void)state;
	assert_int_equal(record_classify(&told, sizeof(told)), RECORD_MALFORMED);
	told.way--;
	assert_int_equal(record_classify(&told, sizeof(told)), RECORD_ELSEWHERE);
	told.kind = PROBE_RECORD_SWEPT;
	assert_int_equal(record_classify(&told, sizeof(told)), RECORD_ELSEWHERE);
	for (size_t size_bytes = 0; size_bytes < sizeof(told); size_bytes++)
		assert_int_equal(record_classify(&told, size_bytes), RECORD_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_becomes_an_event_field_by_field),
		cmocka_unit_test(a_read_is_blocked_if_its_last_byte_was_not_queued_at_entry),
		cmocka_unit_test(every_cut_of_a_record_is_malformed),
		cmocka_unit_test(a_read_of_nothing_and_an_unknown_kind_are_malformed),
		cmocka_unit_test(a_told_socket_has_the_flow_its_client_would_register),
		cmocka_unit_test(a_position_becomes_the_read_that_was_not_seen_entering),
		cmocka_unit_test(bytes_that_are_gone_become_an_event_without_a_thread),
		cmocka_unit_test(a_position_that_makes_no_sense_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
