/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets of which nobody says whose they are. */
#include "onlooker.h"

/* What a probe on OpenSSL's key derivation tells: every traffic secret, of nobody known. */
static struct key_log *anonymous_log(const struct live *live)
{
	struct key_log *log = calloc(1, sizeof(*log));
	struct key_log_line rest = { 0 };
	const char *at = live->lines;

	assert_non_null(log);
	while (*at) {
		const char *end = strchr(at, '\n');
		const char *secret = end;
		char line[KEY_LOG_LINE_BYTES_MAX];

		while (secret[-1] != ' ')
			secret--;
		if (strncmp(at, "EXPORTER", 8) != 0)
			key_log_feed(log, &rest, line,
				     (size_t)snprintf(line, sizeof(line),
						      "SERVER_TRAFFIC_SECRET_0 %064d %.*s\n", 0,
						      (int)(end - secret), secret));
		at = end + 1;
	}
	assert_int_equal(log->unbound_count, 4);
	return log;
}

static void handshakes_without_names_are_followed_record_by_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct key_log *log = anonymous_log(live);
		struct onlooker *onlooker = onlooker_new(true);

		count_aloud(live, 0, 5);
		change_keys(live);
		count_aloud(live, 5, 10);
		for (size_t k = 0; k < live->record_count; k++)
			(void)look(onlooker, log, &live->records[k]);
		expect_count(onlooker, 0, 10);
		/* None had to wait: whoever reads in order would wait for ever. */
		assert_int_equal(onlooker->verdict_count[TLS_KEYLESS], 0);
		assert_int_equal(onlooker->verdict_count[TLS_BAD], 0);
		onlooker_free(onlooker);
		live_free(live);
		free(log);
	}
}

/* Which end a secret is of nobody says: what the client says is never taken for the server's. */
static void without_a_beginning_only_the_end_that_seems_to_be_the_server_is_tried(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct live *live = live_new(all[i].version, all[i].suite);
		struct key_log *log = anonymous_log(live);
		struct onlooker *onlooker = onlooker_new(false);
		size_t first = live->record_count;

		onlooker->connection.server_index = LIVE_SERVER;
		count_aloud(live, 0, 7);
		/* The client speaks first in what is seen. */
		while (live->records[first].from != LIVE_CLIENT)
			first++;
		for (size_t k = first; k < live->record_count; k++)
			(void)look(onlooker, log, &live->records[k]);
		expect_count(onlooker, 1, 7);
		assert_int_equal(onlooker->connection.server_index, LIVE_SERVER);
		onlooker_free(onlooker);
		live_free(live);
		free(log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshakes_without_names_are_followed_record_by_record),
		cmocka_unit_test(
			without_a_beginning_only_the_end_that_seems_to_be_the_server_is_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
