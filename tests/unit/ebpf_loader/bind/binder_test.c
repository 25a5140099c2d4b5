/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSL reads the socket itself. */
#include "scene.h"

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

static void what_was_not_seen_is_not_ranged(void **state)
{
	struct scene *scene = *state;
	struct probe_ssl_call call = call_of(scene, SSL_ONE, 30, 0, 0, 0);

	expect_none(scene, &call, BIND_UNBOUND);
	call = call_of(scene, SSL_ONE, 30, 9, 5, 52); /* its socket, but no record of it */
	expect_none(scene, &call, BIND_UNRANGED);
}

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
		TEST(what_was_not_seen_is_not_ranged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
