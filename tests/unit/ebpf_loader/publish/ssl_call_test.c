/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/publish/convert.h"

#include "tests/unit/unit.h"

static void an_ssl_read_becomes_a_message_with_its_range(void **state)
{
	struct probe_ssl_call call = {
		.kind = PROBE_RECORD_SSL_CALL,
		.ssl = 0x1000,
		.read_cookie = 5,
		.read_start_offset = UINT64_C(0x100000000),
		.read_end_offset = UINT64_C(0x100000200),
		.enter_ns = 950,
		.read_ns = 900,
		.return_ns = 1000,
		.returned_bytes = 30,
	};
	const struct bind_range range = {
		.cookie = 5,
		.start_offset = UINT64_C(0x100000000),
		.end_offset = UINT64_C(0x100000200),
	};
	struct prof_event event;

	(void)state;
	assert_int_equal(record_classify(&call, sizeof(call)), RECORD_SSL_CALL);
	ssl_call_to_event(&call, &range, 7, &event);
	assert_int_equal(event.kind, PROF_EVENT_MESSAGE);
	assert_int_equal(event.flags, PROF_FLAG_CALL);
	assert_int_equal(event.time_ns, 1000);
	assert_int_equal(event.conn_key, 5);
	assert_int_equal(event.message.end_offset, UINT64_C(0x100000200));
	assert_int_equal(event.message.size_bytes, 0x200);
	assert_int_equal(event.message.message_index, 7);
	assert_int_equal(event.message.recv_before_ns, 100);
	call.read_end_offset--; /* another thread's read brought its last byte */
	ssl_call_to_event(&call, &range, 7, &event);
	assert_int_equal(event.message.recv_before_ns, 0);
	call.enter_ns = 800; /* whatever it brought, it was within the call */
	ssl_call_to_event(&call, &range, 7, &event);
	assert_int_equal(event.message.recv_before_ns, 100);
	call.read_cookie = 6; /* the thread's latest read was another socket's */
	ssl_call_to_event(&call, &range, 7, &event);
	assert_int_equal(event.message.recv_before_ns, 0);
}

static void an_ssl_read_of_nothing_is_malformed(void **state)
{
	struct probe_ssl_call call = { .kind = PROBE_RECORD_SSL_CALL, .ssl = 0x1000 };

	(void)state;
	assert_int_equal(record_classify(&call, sizeof(call)), RECORD_MALFORMED);
	call.function = PROBE_SSL_RENEW;
	assert_int_equal(record_classify(&call, sizeof(call)), RECORD_SSL_CALL);
	for (size_t size_bytes = 0; size_bytes < sizeof(call); size_bytes++)
		assert_int_equal(record_classify(&call, size_bytes), RECORD_MALFORMED);
	call.function = PROBE_SSL_RENEW + 1;
	assert_int_equal(record_classify(&call, sizeof(call)), RECORD_MALFORMED);
}

static void a_tls_record_is_longer_than_its_header(void **state)
{
	struct probe_tls_record record = { .kind = PROBE_RECORD_TLS,
					   .type = PROBE_TLS_BLANK,
					   .cookie = 5 };

	(void)state;
	assert_int_equal(record_classify(&record, sizeof(record)), RECORD_TLS);
	record.type = 23;
	for (record.size_bytes = 0; record.size_bytes < 5; record.size_bytes++)
		assert_int_equal(record_classify(&record, sizeof(record)), RECORD_MALFORMED);
	assert_int_equal(record_classify(&record, sizeof(record)), RECORD_TLS);
	for (size_t size_bytes = 0; size_bytes < sizeof(record); size_bytes++)
		assert_int_equal(record_classify(&record, size_bytes), RECORD_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ssl_read_becomes_a_message_with_its_range),
		cmocka_unit_test(an_ssl_read_of_nothing_is_malformed),
		cmocka_unit_test(a_tls_record_is_longer_than_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
