/* SPDX-License-Identifier: BSD-2-Clause */
/* A client reads its sockets and feeds OpenSSL: which socket was it? */
#include "scene.h"

static void a_fed_connection_is_bound_by_where_records_end(void **state)
{
	const uint64_t shift = 39;
	struct scene *scene = *state;
	uint64_t hello = tell_record(scene, 9, shift, TLS_TYPE_HANDSHAKE, 127);
	uint64_t end = tell_data(scene, 9, hello, 200);
	struct probe_ssl_call call;

	binder_note_read(scene->binder, 9, end);
	call = fed_call(scene, SSL_ONE, 200, 127, 127 + 222);
	expect_range(scene, &call, 9, hello, end);
	/* A count that goes further than anything read is another connection's. */
	call = fed_call(scene, SSL_ONE, 200, 349, 349 + 222);
	expect_none(scene, &call, BIND_UNBOUND);
}

static void of_two_alike_neither_is_guessed_until_one_is_ahead(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call;
	uint64_t end = 127;

	(void)tell_record(scene, 9, 0, TLS_TYPE_HANDSHAKE, 127);
	(void)tell_record(scene, 10, 0, TLS_TYPE_HANDSHAKE, 127);
	(void)tell_data(scene, 9, end, 200);
	end = tell_data(scene, 10, end, 200);
	binder_note_read(scene->binder, 9, end);
	binder_note_read(scene->binder, 10, end);
	call = fed_call(scene, SSL_ONE, 200, 127, end);
	expect_none(scene, &call, BIND_UNBOUND);
	call = fed_call(scene, SSL_TWO, 200, 127, end);
	expect_none(scene, &call, BIND_UNBOUND);
	/* The other socket has not been read so far yet: it cannot have been that one. */
	(void)tell_data(scene, 10, end, 80);
	binder_note_read(scene->binder, 10, end + 102);
	call = fed_call(scene, SSL_TWO, 80, end, end + 102);
	expect_range(scene, &call, 10, end, end + 102);
	/* One socket, one connection: the other one is left for the other. */
	(void)tell_data(scene, 9, end, 80);
	binder_note_read(scene->binder, 9, end + 102);
	call = fed_call(scene, SSL_ONE, 80, end, end + 102);
	expect_range(scene, &call, 9, end, end + 102);
}

static void nothing_is_ruled_out_while_a_socket_s_records_are_not_known(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call;

	(void)tell_record(scene, 9, 0, TLS_TYPE_HANDSHAKE, 127);
	(void)tell_record(scene, 10, 0, TLS_TYPE_HANDSHAKE, 127);
	(void)tell_data(scene, 9, 127, 200);
	binder_note_read(scene->binder, 9, 349);
	binder_note_read(scene->binder, 10, 500);
	call = fed_call(scene, SSL_ONE, 200, 127, 349);
	expect_none(scene, &call, BIND_UNBOUND);
	binder_forget_socket(scene->binder, 10);
	expect_range(scene, &call, 9, 127, 349);
}

static void a_socket_of_which_no_record_was_seen_may_be_the_one(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call;

	(void)tell_record(scene, 9, 0, TLS_TYPE_HANDSHAKE, 127);
	(void)tell_data(scene, 9, 127, 200);
	binder_note_read(scene->binder, 9, 349);
	tell_no_record(scene, 10, PROBE_TLS_BLANK, 349);
	call = fed_call(scene, SSL_ONE, 200, 127, 349);
	expect_none(scene, &call, BIND_UNBOUND);
	/* It has not been read as far as OpenSSL has: it is not. */
	(void)tell_data(scene, 9, 349, 200);
	binder_note_read(scene->binder, 9, 571);
	call = fed_call(scene, SSL_ONE, 200, 349, 571);
	expect_range(scene, &call, 9, 349, 571);
}

static void a_socket_that_is_told_not_to_be_tls_is_none(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call;

	(void)tell_record(scene, 9, 0, TLS_TYPE_HANDSHAKE, 127);
	(void)tell_data(scene, 9, 127, 200);
	binder_note_read(scene->binder, 9, 349);
	binder_note_blank(scene->binder, 10, 900); /* of which process is not known */
	call = fed_call(scene, SSL_ONE, 200, 127, 349);
	expect_none(scene, &call, BIND_UNBOUND);
	tell_no_record(scene, 10, PROBE_TLS_NONE, 0);
	expect_range(scene, &call, 9, 127, 349);
}

static void a_socket_met_late_is_not_ruled_out_by_where_its_records_end(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call;
	uint64_t at = 5000;

	/* The same bytes through two sockets; behind a proxy's answer through the second. */
	tell_no_record(scene, 9, PROBE_TLS_BLANK, at);
	tell_no_record(scene, 10, PROBE_TLS_BLANK, at + 39);
	for (int i = 0; i < 8; i++, at += 222) {
		(void)tell_data(scene, 9, at, 200);
		binder_note_read(scene->binder, 9, at + 222);
		(void)tell_data(scene, 10, at + 39, 200);
		binder_note_read(scene->binder, 10, at + 39 + 222);
		call = fed_call(scene, SSL_TWO, 200, at, at + 222);
		expect_none(scene, &call, BIND_UNBOUND);
	}
}

static void only_a_hello_begins_a_stream(void **state)
{
	struct scene *scene = *state;
	const struct probe_tls_record renewed = {
		.kind = PROBE_RECORD_TLS,
		.type = TLS_TYPE_HANDSHAKE,
		.handshake_type = 16, /* client_key_exchange */
		.cookie = 9,
		.offset = 500,
		.size_bytes = 127,
		.pid = PID,
	};
	struct probe_ssl_call call;

	binder_note_record(scene->binder, &renewed);
	(void)tell_data(scene, 9, tell_data(scene, 9, 627, 200), 200);
	binder_note_read(scene->binder, 9, 1071);
	/* It began before, where nobody knows: not 349 bytes before this record's end. */
	call = fed_call(scene, SSL_ONE, 200, 127, 349);
	expect_none(scene, &call, BIND_UNBOUND);
}

static void who_may_read_ahead_is_not_ruled_out_by_ending_within_a_record(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call;

	(void)tell_record(scene, 9, 0, TLS_TYPE_HANDSHAKE, 127);
	(void)tell_record(scene, 10, 0, TLS_TYPE_HANDSHAKE, 127);
	(void)tell_data(scene, 9, 127, 200);
	(void)tell_data(scene, 10, tell_data(scene, 10, 127, 100), 300);
	binder_note_read(scene->binder, 9, 349);
	binder_note_read(scene->binder, 10, 349); /* a record, and some of the next */
	call = fed_call(scene, SSL_ONE, 100, 127, 349);
	expect_none(scene, &call, BIND_UNBOUND);
}

static void an_address_used_again_is_another_connection(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call;
	uint64_t end = 127;

	for (uint64_t cookie = 9; cookie < 11; cookie++) {
		(void)tell_record(scene, cookie, 0, TLS_TYPE_HANDSHAKE, 127);
		end = tell_data(scene, cookie, 127, 200);
		binder_note_read(scene->binder, cookie, end);
		call = fed_call(scene, SSL_ONE, 200, 127, end);
		/* The first one's socket is still there, and as far: but it is taken up to there.
		 */
		expect_range(scene, &call, cookie, 127, end);
		binder_forget_socket(scene->binder, cookie);
		call.function = PROBE_SSL_RENEW;
		expect_none(scene, &call, BIND_NOTHING);
	}
	(void)tell_data(scene, 11, 0, 30);
	call = call_of(scene, SSL_ONE, 30, 11, 5, 52);
	expect_range(scene, &call, 11, 0, 52);
	call = call_of(scene, SSL_ONE, 30, 12, 5, tell_data(scene, 12, 0, 30));
	expect_range(scene, &call, 12, 0, 52);
}

static void who_comes_late_is_believed_the_third_time(void **state)
{
	struct scene *scene = *state;
	uint64_t at = 1000;

	for (uint32_t i = 0; i < 5; i++) {
		uint64_t end = tell_data(scene, 9, at, 200 + i);
		struct probe_ssl_call call = fed_call(scene, SSL_ONE, 200 + i, at, end);

		binder_note_read(scene->binder, 9, end);
		if (i < 2)
			expect_none(scene, &call, BIND_UNBOUND);
		else
			expect_range(scene, &call, 9, at, end);
		at = end;
	}
}

static void who_comes_late_behind_a_proxy_is_not_believed(void **state)
{
	const uint64_t shift = 222; /* just a record's size, of which all are */
	struct scene *scene = *state;
	uint64_t at = 1000;

	for (uint32_t i = 0; i < 9; i++) {
		struct probe_ssl_call call;
		uint64_t end = tell_data(scene, 9, at, 200);

		binder_note_read(scene->binder, 9, end);
		call = fed_call(scene, SSL_ONE, 200, at - shift, end - shift);
		expect_none(scene, &call, BIND_UNBOUND);
		at = end;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fed_connection_is_bound_by_where_records_end),
		TEST(of_two_alike_neither_is_guessed_until_one_is_ahead),
		TEST(nothing_is_ruled_out_while_a_socket_s_records_are_not_known),
		TEST(a_socket_of_which_no_record_was_seen_may_be_the_one),
		TEST(a_socket_that_is_told_not_to_be_tls_is_none),
		TEST(a_socket_met_late_is_not_ruled_out_by_where_its_records_end),
		TEST(only_a_hello_begins_a_stream),
		TEST(who_may_read_ahead_is_not_ruled_out_by_ending_within_a_record),
		TEST(an_address_used_again_is_another_connection),
		TEST(who_comes_late_is_believed_the_third_time),
		TEST(who_comes_late_behind_a_proxy_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
