/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tls/key_log.h"

#define R32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define S16 "202122232425262728292A2B2C2D2E2F"
#define S32 S16 S16
#define S48 S16 S16 S16

static const uint8_t random_of_r32[TLS_RANDOM_BYTES] = {
	0,  1,	2,  3,	4,  5,	6,  7,	8,  9,	10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
};

static struct key_log *log_of(const char *text)
{
	struct key_log *log = calloc(1, sizeof(*log));
	struct key_log_line line = { 0 };

	assert_non_null(log);
	key_log_feed(log, &line, text, strlen(text));
	key_log_end(log, &line);
	return log;
}

static void each_line_is_counted_as_what_it_is(void **state)
{
	struct key_log *log = log_of("# a comment\n"
				     "\r\n\n"
				     "CLIENT_RANDOM " R32 " " S48 "\r\n"
				     "CLIENT_RANDOM " R32 " " S48 "\n"
				     "SERVER_TRAFFIC_SECRET_0 " R32 " " S32 "\n"
				     "CLIENT_TRAFFIC_SECRET_0 " R32 " " S48 "\n"
				     "SERVER_HANDSHAKE_TRAFFIC_SECRET " R32 " " S32 "\n"
				     "CLIENT_EARLY_TRAFFIC_SECRET " R32 " " S32 "\n"
				     "SOMETHING_NEW " R32 " " S32 "\n"
				     "CLIENT_RANDOM " R32 " " S32 "\n"
				     "CLIENT_RANDOM " R32 "\n"
				     "CLIENT_RANDOM " R32 " " S48 " x\n"
				     "CLIENT_RANDOM " R32 "00 " S48 "\n"
				     "SERVER_TRAFFIC_SECRET_0 " R32 " " S16 "\n"
				     "SERVER_TRAFFIC_SECRET_0 " R32 " " S16 S16 "zz\n"
				     "rubbish\n"
				     "SERVER_TRAFFIC_SECRET_0 " R32 " " S48);
	const struct key_secret *secret;

	(void)state;
	assert_int_equal(log->counters.kept_count, 4);
	assert_int_equal(log->counters.repeated_count, 1);
	assert_int_equal(log->counters.unneeded_count, 2);
	assert_int_equal(log->counters.unknown_count, 1);
	assert_int_equal(log->counters.malformed_count, 7);
	secret = key_log_find(log, KEY_MASTER, random_of_r32);
	assert_non_null(secret);
	assert_int_equal(secret->size_bytes, 48);
	assert_int_equal(secret->bytes[10], 0x2a);
	/* The latest. */
	assert_int_equal(key_log_find(log, KEY_SERVER_TRAFFIC, random_of_r32)->size_bytes, 48);
	assert_int_equal(key_log_find(log, KEY_CLIENT_TRAFFIC, random_of_r32)->size_bytes, 48);
	free(log);
}

static void every_way_to_cut_a_file_gives_the_same(void **state)
{
	static const char text[] = "CLIENT_RANDOM " R32 " " S48 "\n"
				   "SERVER_TRAFFIC_SECRET_0 " R32 " " S32 "\n";

	(void)state;
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct key_log *log = calloc(1, sizeof(*log));
		struct key_log_line line = { 0 };

		assert_non_null(log);
		key_log_feed(log, &line, text, cut);
		/* A file that is still being written ends in mid line. */
		assert_true(log->counters.malformed_count == 0);
		key_log_feed(log, &line, text + cut, sizeof(text) - 1 - cut);
		assert_int_equal(log->counters.kept_count, 2);
		free(log);
	}
}

static void a_line_too_long_for_any_secret_is_passed_over(void **state)
{
	static char text[100000];
	struct key_log *log;

	(void)state;
	memset(text, '0', sizeof(text));
	(void)snprintf(text + 99000, 1000, "\nCLIENT_RANDOM %s %s\n", R32, S48);
	log = log_of(text);
	assert_int_equal(log->counters.malformed_count, 1);
	assert_int_equal(log->counters.kept_count, 1);
	free(log);
}

static void a_random_of_zeroes_belongs_to_nobody(void **state)
{
	static const uint8_t nobody[TLS_RANDOM_BYTES];
	char text[KEY_LOG_LINE_BYTES_MAX];
	struct key_log *log;

	(void)state;
	(void)snprintf(text, sizeof(text), "SERVER_TRAFFIC_SECRET_0 %064d %s\n", 0, S32);
	log = log_of(text);
	assert_int_equal(log->unbound_count, 1);
	assert_true(log->secrets[0].is_unbound);
	assert_null(key_log_find(log, KEY_SERVER_TRAFFIC, nobody));
	free(log);
}

/* And more than there is room for: the rest is counted, what is there stays. */
static void a_hundred_thousand_lines_are_found_again(void **state)
{
	const uint32_t line_count = KEY_LOG_SECRET_COUNT_MAX + 1000;
	struct key_log *log = calloc(1, sizeof(*log));
	struct key_log_line line = { 0 };

	(void)state;
	assert_non_null(log);
	for (uint32_t i = 0; i < line_count; i++) {
		char text[KEY_LOG_LINE_BYTES_MAX];
		int size = snprintf(text, sizeof(text), "CLIENT_RANDOM %08x%056d %s\n", i, 7, S48);

		key_log_feed(log, &line, text, (size_t)size);
	}
	assert_int_equal(log->counters.kept_count, KEY_LOG_SECRET_COUNT_MAX);
	assert_int_equal(log->counters.full_count, 1000);
	for (uint32_t i = 0; i < line_count; i += 97) {
		uint8_t random[TLS_RANDOM_BYTES] = { (uint8_t)(i >> 24), (uint8_t)(i >> 16),
						     (uint8_t)(i >> 8), (uint8_t)i };

		random[31] = 0x07;
		assert_int_equal(key_log_find(log, KEY_MASTER, random) != NULL,
				 i < KEY_LOG_SECRET_COUNT_MAX);
	}
	free(log);
}

/* Wherever randoms differ: who looks for one passes few others. */
static void no_bucket_has_many_of_them(void **state)
{
	static const char zeroes[] = "00000000000000000000000000000000000000000000000000000000";
	struct key_log *log = calloc(1, sizeof(*log));

	(void)state;
	assert_non_null(log);
	for (int before = 0; before <= 56; before += 8) {
		struct key_log_line line = { 0 };

		memset(log, 0, sizeof(*log));
		for (unsigned int i = 1; i <= 4096; i++) {
			char text[KEY_LOG_LINE_BYTES_MAX];
			int size = snprintf(text, sizeof(text), "CLIENT_RANDOM %.*s%08x%.*s %s\n",
					    before, zeroes, i, 56 - before, zeroes, S48);

			key_log_feed(log, &line, text, (size_t)size);
		}
		assert_int_equal(log->secret_count, 4096);
		for (uint32_t i = 0; i < KEY_LOG_BUCKET_COUNT; i++) {
			uint32_t count = 0;

			for (uint32_t at = log->bucket_plus_one[i]; at;
			     at = log->secrets[at - 1].next_plus_one)
				count++;
			assert_int_in_range(count, 0, 8);
		}
	}
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_counted_as_what_it_is),
		cmocka_unit_test(every_way_to_cut_a_file_gives_the_same),
		cmocka_unit_test(a_line_too_long_for_any_secret_is_passed_over),
		cmocka_unit_test(a_random_of_zeroes_belongs_to_nobody),
		cmocka_unit_test(a_hundred_thousand_lines_are_found_again),
		cmocka_unit_test(no_bucket_has_many_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
