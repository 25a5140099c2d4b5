/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/attach/ssl_target.h"

#include <string.h>

#include "ebpf_loader/publish/convert.h"
#include "tests/unit/unit.h"

static void versions_have_the_layout_measured_for_them(void **state)
{
	(void)state;
	assert_int_equal(ssl_layout_of(3, 0).ssl_bio_offset, 16);
	assert_int_equal(ssl_layout_of(3, 0).bio_count_offset, 96);
	assert_int_equal(ssl_layout_of(1, 1).bio_count_offset, 88);
	for (unsigned int minor = 2; minor < 10; minor++)
		assert_int_equal(ssl_layout_of(3, minor).bio_count_offset, 0);
	assert_int_equal(ssl_layout_of(0, 0).bio_count_offset, 0);
}

static void only_a_libssl_is_taken_from_the_maps(void **state)
{
	char path[SSL_PATH_BYTES];
	char small[8];

	(void)state;
	assert_true(ssl_parse_maps_line("7f0-7f1 r-xp 00000000 08:01 123  "
					"/usr/lib/x86_64-linux-gnu/libssl.so.3\n",
					path, sizeof(path)));
	assert_string_equal(path, "/usr/lib/x86_64-linux-gnu/libssl.so.3");
	assert_false(ssl_parse_maps_line("7f0-7f1 r-xp 0 08:01 1 /usr/lib/libssl.so.3\n", small,
					 sizeof(small)));
	assert_false(ssl_parse_maps_line("7f0-7f1 r-xp 0 08:01 1 /usr/lib/libcrypto.so.3\n", path,
					 sizeof(path)));
	assert_false(ssl_parse_maps_line("7f0-7f1 r-xp 0 00:00 0 [stack]\n", path, sizeof(path)));
	assert_false(ssl_parse_maps_line("", path, sizeof(path)));
}

static void a_version_is_found_wherever_it_is_and_never_beyond_the_end(void **state)
{
	static const char text[] = "OpenSSL \0padding OpenSSL 3.x OpenSSL 3.0.16 11 Feb 2025";
	unsigned int major = 9;
	unsigned int minor = 9;
	size_t needed = sizeof(text) - 1 - strlen("16 11 Feb 2025");

	(void)state;
	for (size_t size_bytes = 0; size_bytes < needed; size_bytes++)
		assert_false(ssl_parse_version(text, size_bytes, &major, &minor));
	assert_int_equal(major, 9);
	assert_true(ssl_parse_version(text, needed, &major, &minor));
	assert_int_equal(major, 3);
	assert_int_equal(minor, 0);
}

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
	struct probe_tls_record record = { .kind = PROBE_RECORD_TLS, .cookie = 5 };

	(void)state;
	for (record.size_bytes = 0; record.size_bytes < 5; record.size_bytes++)
		assert_int_equal(record_classify(&record, sizeof(record)), RECORD_MALFORMED);
	assert_int_equal(record_classify(&record, sizeof(record)), RECORD_TLS);
	for (size_t size_bytes = 0; size_bytes < sizeof(record); size_bytes++)
		assert_int_equal(record_classify(&record, size_bytes), RECORD_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_the_layout_measured_for_them),
		cmocka_unit_test(only_a_libssl_is_taken_from_the_maps),
		cmocka_unit_test(a_version_is_found_wherever_it_is_and_never_beyond_the_end),
		cmocka_unit_test(an_ssl_read_becomes_a_message_with_its_range),
		cmocka_unit_test(an_ssl_read_of_nothing_is_malformed),
		cmocka_unit_test(a_tls_record_is_longer_than_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
