/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/bind/binder.h"

#include "tests/unit/unit.h"

#define SSL_ONE	 0x5000u
#define SSL_TWO	 0x6000u
#define PID	 77u
#define OVERHEAD 17u

/* A binder, and the clock of what is told it. */
struct scene {
	struct binder *binder;
	uint64_t now_ns;
};

static int set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .binder = binder_create(), .now_ns = 1000 };
	*state = &scene;
	return scene.binder ? 0 : -1;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	return binder_free(scene->binder) ? -1 : 0;
}

/* Returns where the record ends. */
static uint64_t tell_record(struct scene *scene, uint64_t cookie, uint64_t offset, uint32_t type,
			    uint32_t size_bytes)
{
	const struct probe_tls_record record = {
		.kind = PROBE_RECORD_TLS,
		.type = type,
		.cookie = cookie,
		.offset = offset,
		.size_bytes = size_bytes,
		.pid = PID,
	};

	binder_note_record(scene->binder, &record);
	return offset + size_bytes;
}

/* A record of application data with so many bytes of plain text; returns where it ends. */
static uint64_t tell_data(struct scene *scene, uint64_t cookie, uint64_t offset,
			  uint32_t plain_bytes)
{
	return tell_record(scene, cookie, offset, TLS_TYPE_DATA, 5 + plain_bytes + OVERHEAD);
}

/* A call in which the socket was read from .. to; to 0: it was not. */
static struct probe_ssl_call call_of(struct scene *scene, uint64_t ssl, uint64_t returned_bytes,
				     uint64_t cookie, uint64_t from, uint64_t to)
{
	struct probe_ssl_call call = {
		.kind = PROBE_RECORD_SSL_CALL,
		.pid = PID,
		.function = PROBE_SSL_READ,
		.ssl = ssl,
		.enter_ns = scene->now_ns,
		.return_ns = scene->now_ns + 20,
		.requested_bytes = 16384,
		.returned_bytes = returned_bytes,
	};

	if (to) {
		binder_note_read(scene->binder, cookie, to);
		call.read_cookie = cookie;
		call.read_start_offset = from;
		call.read_end_offset = to;
		call.read_ns = scene->now_ns + 10;
	}
	scene->now_ns += 100;
	return call;
}

static void expect_range(struct scene *scene, const struct probe_ssl_call *call, uint64_t cookie,
			 uint64_t start_offset, uint64_t end_offset)
{
	struct bind_range range = { 0 };

	assert_int_equal(binder_take_call(scene->binder, call, &range), BIND_RANGED);
	assert_int_equal(range.cookie, cookie);
	assert_int_equal(range.start_offset, start_offset);
	assert_int_equal(range.end_offset, end_offset);
}

static void expect_none(struct scene *scene, const struct probe_ssl_call *call,
			enum bind_verdict verdict)
{
	struct bind_range range = { 0 };

	assert_int_equal(binder_take_call(scene->binder, call, &range), verdict);
	assert_int_equal(range.cookie, 0);
}

/* One call that reads one record without read-ahead: its header, then its body. */
static uint64_t read_one(struct scene *scene, uint64_t ssl, uint64_t cookie, uint64_t offset,
			 uint32_t plain_bytes, uint64_t start_offset)
{
	uint64_t end = tell_data(scene, cookie, offset, plain_bytes);
	struct probe_ssl_call call = call_of(scene, ssl, plain_bytes, cookie, offset + 5, end);

	expect_range(scene, &call, cookie, start_offset, end);
	return end;
}

static void ranges_are_the_sockets_wherever_tls_begins(void **state)
{
	const uint64_t starts[] = { 0, 1, 12, 39, 300, UINT64_C(5000000000) };

	for (uint64_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		uint64_t at = tell_record(*state, 9 + i, starts[i], TLS_TYPE_HANDSHAKE, 127);
		uint64_t first = at;

		at = read_one(*state, SSL_ONE + i * 16, 9 + i, at, 200, at);
		assert_int_equal(at, first + 222);
		at = read_one(*state, SSL_ONE + i * 16, 9 + i, at, 50, first + 222);
		(void)read_one(*state, SSL_ONE + i * 16, 9 + i, at, 200, at);
	}
}

static void a_ticket_in_front_belongs_to_the_range(void **state)
{
	uint64_t first = read_one(*state, SSL_ONE, 9, 0, 100, 0);
	uint64_t at = tell_data(*state, 9, first, 233);
	uint64_t end = tell_data(*state, 9, at, 60);
	struct probe_ssl_call call = call_of(*state, SSL_ONE, 60, 9, at + 5, end);

	expect_range(*state, &call, 9, first, end);
}

static void parts_of_a_record_have_the_record_s_range(void **state)
{
	uint64_t end = tell_data(*state, 9, 0, 100);
	struct probe_ssl_call call = call_of(*state, SSL_ONE, 40, 9, 5, end);

	call.requested_bytes = 40;
	expect_range(*state, &call, 9, 0, end);
	call = call_of(*state, SSL_ONE, 40, 0, 0, 0);
	call.requested_bytes = 40;
	expect_range(*state, &call, 9, 0, end);
	call = call_of(*state, SSL_ONE, 20, 0, 0, 0);
	expect_range(*state, &call, 9, 0, end);
	(void)read_one(*state, SSL_ONE, 9, end, 70, end);
	/* The size of what is left is known now: more than that cannot be. */
	end = tell_data(*state, 9, end + 92, 100);
	call = call_of(*state, SSL_ONE, 60, 9, end - 117, end);
	call.requested_bytes = 60;
	expect_range(*state, &call, 9, end - 122, end);
	call = call_of(*state, SSL_ONE, 60, 0, 0, 0);
	expect_none(*state, &call, BIND_UNRANGED);
}

static void read_ahead_gives_each_call_its_own_record(void **state)
{
	uint64_t first = read_one(*state, SSL_ONE, 9, 0, 100, 0);
	uint64_t ends[4];
	struct probe_ssl_call call;

	ends[0] = tell_data(*state, 9, first, 50);
	ends[1] = tell_data(*state, 9, ends[0], 50);
	ends[2] = tell_data(*state, 9, ends[1], 233); /* a ticket */
	ends[3] = tell_data(*state, 9, ends[2], 60);
	call = call_of(*state, SSL_ONE, 50, 9, first, ends[3] + 3);
	expect_range(*state, &call, 9, first, ends[0]);
	call = call_of(*state, SSL_ONE, 50, 0, 0, 0);
	expect_range(*state, &call, 9, ends[0], ends[1]);
	call = call_of(*state, SSL_ONE, 60, 0, 0, 0);
	expect_range(*state, &call, 9, ends[1], ends[3]);
	call = call_of(*state, SSL_ONE, 60, 0, 0, 0);
	expect_none(*state, &call, BIND_UNRANGED);
}

static void what_a_record_adds_is_not_learnt_from_one_among_others(void **state)
{
	uint64_t at = tell_data(*state, 9, 0, 233); /* a ticket */
	uint64_t end = tell_data(*state, 9, at, 50);
	struct probe_ssl_call call = call_of(*state, SSL_ONE, 50, 9, 0, end);

	expect_none(*state, &call, BIND_UNRANGED);
	at = read_one(*state, SSL_ONE, 9, end, 50, end);
	end = tell_data(*state, 9, tell_data(*state, 9, at, 233), 50);
	call = call_of(*state, SSL_ONE, 50, 9, at, end);
	expect_range(*state, &call, 9, at, end);
}

static void a_record_that_was_not_told_is_not_passed_over(void **state)
{
	uint64_t at = read_one(*state, SSL_ONE, 9, 0, 100, 0);
	uint64_t end = tell_data(*state, 9, at, 60);
	struct probe_ssl_call call = call_of(*state, SSL_ONE, 60, 9, at, end + 82);

	expect_none(*state, &call, BIND_UNRANGED);
}

static void padded_records_are_ranged_alone_and_not_in_a_crowd(void **state)
{
	uint64_t at = read_one(*state, SSL_ONE, 9, 0, 100, 0);
	uint64_t end = tell_data(*state, 9, at, 60);
	struct probe_ssl_call call = call_of(*state, SSL_ONE, 50, 9, at + 5, end);

	expect_range(*state, &call, 9, at, end);
	at = tell_data(*state, 9, end, 60);
	call = call_of(*state, SSL_ONE, 60, 9, end, tell_data(*state, 9, at, 60));
	expect_none(*state, &call, BIND_UNRANGED);
}

static void a_peek_takes_nothing_and_what_it_saw_comes_again(void **state)
{
	uint64_t at = read_one(*state, SSL_ONE, 9, 0, 100, 0);
	uint64_t end = tell_data(*state, 9, at, 60);
	struct probe_ssl_call call = call_of(*state, SSL_ONE, 60, 9, at + 5, end);

	call.function = PROBE_SSL_PEEK;
	expect_none(*state, &call, BIND_NOTHING);
	expect_none(*state, &call, BIND_NOTHING);
	call = call_of(*state, SSL_ONE, 60, 0, 0, 0);
	expect_range(*state, &call, 9, at, end);
	(void)read_one(*state, SSL_ONE, 9, end, 10, end);
}

/* A call of a client that feeds OpenSSL: its BIO's count went from .. to. */
static struct probe_ssl_call fed_call(struct scene *scene, uint64_t ssl, uint64_t returned_bytes,
				      uint64_t from, uint64_t to)
{
	struct probe_ssl_call call = call_of(scene, ssl, returned_bytes, 0, 0, 0);

	call.enter_position = from;
	call.return_position = to;
	return call;
}

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

static void what_was_not_seen_is_not_ranged(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call = call_of(scene, SSL_ONE, 30, 0, 0, 0);

	expect_none(scene, &call, BIND_UNBOUND);
	call = call_of(scene, SSL_ONE, 30, 9, 5, 52); /* its socket, but no record of it */
	expect_none(scene, &call, BIND_UNRANGED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ranges_are_the_sockets_wherever_tls_begins),
		TEST(a_ticket_in_front_belongs_to_the_range),
		TEST(parts_of_a_record_have_the_record_s_range),
		TEST(read_ahead_gives_each_call_its_own_record),
		TEST(what_a_record_adds_is_not_learnt_from_one_among_others),
		TEST(a_record_that_was_not_told_is_not_passed_over),
		TEST(padded_records_are_ranged_alone_and_not_in_a_crowd),
		TEST(a_peek_takes_nothing_and_what_it_saw_comes_again),
		TEST(a_fed_connection_is_bound_by_where_records_end),
		TEST(of_two_alike_neither_is_guessed_until_one_is_ahead),
		TEST(nothing_is_ruled_out_while_a_socket_s_records_are_not_known),
		TEST(who_may_read_ahead_is_not_ruled_out_by_ending_within_a_record),
		TEST(an_address_used_again_is_another_connection),
		TEST(who_comes_late_is_believed_the_third_time),
		TEST(who_comes_late_behind_a_proxy_is_not_believed),
		TEST(what_was_not_seen_is_not_ranged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
