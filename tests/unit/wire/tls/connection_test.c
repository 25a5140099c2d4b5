/* SPDX-License-Identifier: BSD-2-Clause */
#include "onlooker.h"

static void everything_said_is_understood_through_changes_of_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct onlooker *onlooker = onlooker_new(true);

		count_aloud(live, 0, 10);
		change_keys(live);
		count_aloud(live, 10, 20);
		change_keys(live);
		count_aloud(live, 20, 30);
		look_at(onlooker, live, 0, live->record_count);
		expect_count(onlooker, 0, 30);
		assert_int_equal(onlooker->verdict_count[TLS_BAD], 0);
		assert_int_equal(onlooker->verdict_count[TLS_KEYLESS], 0);
		assert_int_equal(onlooker->connection.server_index, LIVE_SERVER);
		onlooker_free(onlooker);
		live_free(live);
	}
}

/* What the client says, and no word of the server's. */
static void look_at_client(struct onlooker *onlooker, const struct key_log *log,
			   const struct live *live, size_t first)
{
	for (size_t i = first; i < live->record_count; i++) {
		size_t said_bytes = onlooker->said_bytes;

		(void)look(onlooker, log, &live->records[i]);
		if (live->records[i].from == LIVE_SERVER)
			onlooker->said_bytes = said_bytes;
	}
}

static void expect_client(const struct onlooker *onlooker, size_t count)
{
	assert_int_equal(onlooker->said_bytes, count * 3);
	for (size_t i = 0; i < count; i++)
		assert_memory_equal(onlooker->said + i * 3, "aha", 3);
	assert_int_equal(onlooker->verdict_count[TLS_BAD], 0);
}

static void what_the_client_says_is_understood_if_it_is_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct onlooker *onlooker = onlooker_new(true);

		onlooker->connection.opens_client = true;
		count_aloud(live, 0, 10);
		change_keys(live);
		count_aloud(live, 10, 20);
		change_keys(live);
		count_aloud(live, 20, 30);
		look_at_client(onlooker, live->log, live, 0);
		expect_client(onlooker, 4 + 3 + 3);
		assert_int_equal(onlooker->verdict_count[TLS_KEYLESS], 0);
		onlooker_free(onlooker);
		live_free(live);
	}
}

/* TLS 1.3, where the number of a record can be told: once the server's end is known. */
static void the_client_is_understood_from_the_middle_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct onlooker *onlooker = onlooker_new(false);
		size_t first;

		onlooker->connection.opens_client = true;
		onlooker->connection.server_index = LIVE_SERVER;
		count_aloud(live, 0, 100);
		change_keys(live);
		first = live->record_count;
		count_aloud(live, 100, 130);
		look_at_client(onlooker, live->log, live, first);
		expect_client(onlooker, 10);
		onlooker_free(onlooker);
		live_free(live);
	}
}

static void a_resumed_session_is_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct onlooker *onlooker = onlooker_new(true);

		assert_non_null(live->session);
		live_end(live);
		live_begin(live);
		assert_int_equal(SSL_session_reused(live->ends[LIVE_CLIENT]), 1);
		count_aloud(live, 0, 5);
		look_at(onlooker, live, 0, live->record_count);
		expect_count(onlooker, 0, 5);
		onlooker_free(onlooker);
		live_free(live);
	}
}

/* Go does not log it again: the master that was logged for the first one is tried. */
static void a_session_resumed_in_silence_is_understood_by_the_masters_known(void **state)
{
	struct live *live = live_new(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256");
	struct onlooker *onlooker = onlooker_new(true);

	(void)state;
	live_end(live);
	live->is_log_silent = true;
	live_begin(live);
	assert_int_equal(SSL_session_reused(live->ends[LIVE_CLIENT]), 1);
	count_aloud(live, 0, 5);
	look_at(onlooker, live, 0, live->record_count);
	expect_count(onlooker, 0, 5);
	onlooker_free(onlooker);
	live_free(live);
}

static void a_record_that_waits_for_its_key_can_be_given_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct key_log *empty = calloc(1, sizeof(*empty));
		struct onlooker *onlooker = onlooker_new(true);
		size_t at = 0;

		assert_non_null(empty);
		count_aloud(live, 0, 3);
		while (look(onlooker, empty, &live->records[at]) != TLS_KEYLESS)
			at++;
		assert_int_equal(look(onlooker, empty, &live->records[at]), TLS_KEYLESS);
		look_at(onlooker, live, at, live->record_count);
		expect_count(onlooker, 0, 3);
		onlooker_free(onlooker);
		live_free(live);
		free(empty);
	}
}

/* After every loss of one record the next one is understood, except the one that changes keys. */
static void a_lost_record_costs_that_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		size_t first;

		count_aloud(live, 0, 2);
		first = live->record_count;
		count_aloud(live, 2, 12);
		for (size_t lost = first; lost < live->record_count; lost++) {
			struct onlooker *onlooker = onlooker_new(true);

			look_at(onlooker, live, 0, lost);
			tls_connection_skip(&onlooker->connection, live->records[lost].from,
					    live->records[lost].size_bytes);
			look_at(onlooker, live, lost + 1, live->record_count);
			assert_int_equal(onlooker->verdict_count[TLS_BAD], 0);
			assert_int_equal(onlooker->verdict_count[TLS_PLAIN],
					 live->records[lost].from == LIVE_SERVER ? 11 : 12);
			onlooker_free(onlooker);
		}
		live_free(live);
	}
}

/*
 * Also of a renegotiation: the log has the ClientHello's random, the newest
 * keys are tried where a change to them may be missing.
 */
static void a_lost_record_of_the_client_costs_nothing(void **state)
{
	(void)state;
	for (size_t i = 3; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		size_t first;
		size_t end;

		count_aloud(live, 0, 4);
		first = live->record_count;
		change_keys(live);
		end = live->record_count;
		count_aloud(live, 4, 8);
		change_keys(live);
		count_aloud(live, 8, 12);
		for (size_t lost = first; lost < end; lost++) {
			struct onlooker *onlooker = onlooker_new(true);

			if (live->records[lost].from == LIVE_SERVER) {
				onlooker_free(onlooker);
				continue;
			}
			look_at(onlooker, live, 0, lost);
			tls_connection_skip(&onlooker->connection, LIVE_CLIENT,
					    live->records[lost].size_bytes);
			look_at(onlooker, live, lost + 1, live->record_count);
			expect_count(onlooker, 0, 12);
			onlooker_free(onlooker);
		}
		live_free(live);
	}
}

/* TLS 1.3 alone tells its numbers. */
static void a_connection_met_in_the_middle_is_understood_through_nine_changes_of_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct onlooker *onlooker = onlooker_new(false);
		bool is_told = i != 2; /* ChaCha20-Poly1305 does not tell a generation */
		size_t first;

		count_aloud(live, 0, 100);
		for (int k = 0; is_told && k < 9; k++) {
			change_keys(live);
			count_aloud(live, 0, 2);
		}
		first = live->record_count;
		count_aloud(live, 100, 110);
		look_at(onlooker, live, first, live->record_count);
		expect_count(onlooker, 100, 110);
		assert_int_equal(onlooker->connection.server_index, LIVE_SERVER);
		onlooker_free(onlooker);
		live_free(live);
	}
}

static void a_secret_without_a_client_random_is_found_by_trial(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct key_log *unbound = calloc(1, sizeof(*unbound));
		struct key_log_line rest = { 0 };
		struct onlooker *onlooker = onlooker_new(true);

		assert_non_null(unbound);
		count_aloud(live, 0, 5);
		for (uint32_t k = 0; k < live->log->secret_count; k++) {
			const struct key_secret *secret = &live->log->secrets[k];
			char line[KEY_LOG_LINE_BYTES_MAX];
			int at = snprintf(line, sizeof(line), "CLIENT_TRAFFIC_SECRET_0 %064d ", 0);

			for (size_t b = 0; b < secret->size_bytes; b++)
				at += snprintf(line + at, sizeof(line) - (size_t)at, "%02x",
					       secret->bytes[b]);
			key_log_feed(unbound, &rest, line, (size_t)at);
			key_log_feed(unbound, &rest, "\n", 1);
		}
		assert_int_equal(unbound->unbound_count, live->log->secret_count);
		for (size_t k = 0; k < live->record_count; k++)
			(void)look(onlooker, unbound, &live->records[k]);
		/* What the client's secret seals is the client's: nothing of it is given out. */
		expect_count(onlooker, 0, 5);
		onlooker_free(onlooker);
		live_free(live);
		free(unbound);
	}
}

/* Only the SYNs are missing: the hellos themselves tell that it is a beginning. */
static void a_connection_met_before_its_hellos_is_one_from_the_beginning(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct onlooker *onlooker = onlooker_new(false);

		count_aloud(live, 0, 10);
		look_at(onlooker, live, 0, live->record_count);
		expect_count(onlooker, 0, 10);
		assert_int_equal(onlooker->verdict_count[TLS_UNPROVEN], 0);
		onlooker_free(onlooker);
		live_free(live);
	}
}

static void tls12_without_its_hello_is_unproven_and_silent(void **state)
{
	struct live *live = live_new(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256");
	struct onlooker *onlooker = onlooker_new(false);
	size_t first = live->record_count;

	(void)state;
	count_aloud(live, 0, 10);
	look_at(onlooker, live, first, live->record_count);
	assert_int_equal(onlooker->said_bytes, 0);
	assert_int_equal(onlooker->verdict_count[TLS_UNPROVEN], live->record_count - first);
	onlooker_free(onlooker);
	live_free(live);
}

static void what_is_not_an_aead_is_named(void **state)
{
	struct live *live = live_new(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0");
	struct onlooker *onlooker = onlooker_new(true);

	(void)state;
	count_aloud(live, 0, 3);
	look_at(onlooker, live, 0, live->record_count);
	assert_int_equal(onlooker->said_bytes, 0);
	assert_true(onlooker->verdict_count[TLS_FOREIGN] >= 3);
	assert_string_equal(onlooker->connection.suite->name,
			    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA");
	onlooker_free(onlooker);
	live_free(live);
}

/* One bit anywhere in a record: it is not given out, and the next one is understood. */
static void a_forged_record_is_never_given_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct live_record *forged;
		size_t at;

		count_aloud(live, 1, 3);
		at = live->record_count - 1;
		forged = &live->records[at];
		count_aloud(live, 4, 6);
		for (size_t byte = 5; byte < forged->size_bytes; byte++) {
			struct onlooker *onlooker = onlooker_new(true);

			forged->bytes[byte] ^= 0x10;
			look_at(onlooker, live, 0, live->record_count);
			assert_int_equal(onlooker->verdict_count[TLS_BAD], 1);
			assert_int_equal(onlooker->said_bytes, 6);
			assert_memory_equal(onlooker->said, "1 4 5 ", 6);
			forged->bytes[byte] ^= 0x10;
			onlooker_free(onlooker);
		}
		live_free(live);
	}
}

static void wrong_keys_give_no_plaintext(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct onlooker *onlooker = onlooker_new(true);

		count_aloud(live, 0, 100);
		for (uint32_t k = 0; k < live->log->secret_count; k++)
			live->log->secrets[k].bytes[7] ^= 1;
		look_at(onlooker, live, 0, live->record_count);
		assert_int_equal(onlooker->said_bytes, 0);
		assert_true(onlooker->verdict_count[TLS_BAD] > 0);
		onlooker_free(onlooker);
		live_free(live);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_said_is_understood_through_changes_of_keys),
		cmocka_unit_test(what_the_client_says_is_understood_if_it_is_asked_for),
		cmocka_unit_test(the_client_is_understood_from_the_middle_on),
		cmocka_unit_test(a_resumed_session_is_understood),
		cmocka_unit_test(a_session_resumed_in_silence_is_understood_by_the_masters_known),
		cmocka_unit_test(a_record_that_waits_for_its_key_can_be_given_again),
		cmocka_unit_test(a_lost_record_costs_that_record),
		cmocka_unit_test(a_lost_record_of_the_client_costs_nothing),
		cmocka_unit_test(
			a_connection_met_in_the_middle_is_understood_through_nine_changes_of_keys),
		cmocka_unit_test(a_secret_without_a_client_random_is_found_by_trial),
		cmocka_unit_test(a_connection_met_before_its_hellos_is_one_from_the_beginning),
		cmocka_unit_test(tls12_without_its_hello_is_unproven_and_silent),
		cmocka_unit_test(what_is_not_an_aead_is_named),
		cmocka_unit_test(a_forged_record_is_never_given_out),
		cmocka_unit_test(wrong_keys_give_no_plaintext),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
