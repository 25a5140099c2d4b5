/* SPDX-License-Identifier: BSD-2-Clause */
/* Somebody who looks at a real connection from outside, and what is said on it. */
#ifndef TESTS_TLS_ONLOOKER_H
#define TESTS_TLS_ONLOOKER_H

#include "live.h"

#include "wire/tls_records.h"

/* What somebody who only looks on has understood. */
struct onlooker {
	struct tls_connection connection;
	char said[65536];
	size_t said_bytes;
	size_t verdict_count[TLS_UNPROVEN + 1];
};

static inline struct onlooker *onlooker_new(bool is_begun)
{
	struct onlooker *onlooker = calloc(1, sizeof(*onlooker));

	assert_non_null(onlooker);
	tls_connection_begin(&onlooker->connection, is_begun);
	return onlooker;
}

static inline void onlooker_free(struct onlooker *onlooker)
{
	tls_connection_clear(&onlooker->connection);
	free(onlooker);
}

static inline enum tls_verdict look(struct onlooker *onlooker, const struct key_log *log,
				    const struct live_record *sent)
{
	static uint8_t plain[TLS_RECORD_BODY_BYTES_MAX];
	struct tls_record record = { .bytes = sent->bytes,
				     .size_bytes = sent->size_bytes,
				     .plain = plain };
	enum tls_verdict verdict = tls_connection_take(&onlooker->connection, sent->from, log,
						       &record);

	onlooker->verdict_count[verdict]++;
	if (verdict == TLS_PLAIN) {
		assert_true(onlooker->said_bytes + record.plain_bytes <= sizeof(onlooker->said));
		memcpy(onlooker->said + onlooker->said_bytes, plain, record.plain_bytes);
		onlooker->said_bytes += record.plain_bytes;
	}
	return verdict;
}

static inline void look_at(struct onlooker *onlooker, const struct live *live, size_t first,
			   size_t end)
{
	for (size_t i = first; i < end; i++)
		(void)look(onlooker, live->log, &live->records[i]);
}

/* Says "0 " "1 " ... from the server, and now and then something from the client. */
static inline void count_aloud(struct live *live, int first, int end)
{
	for (int i = first; i < end; i++) {
		char text[16];

		live_say(live, LIVE_SERVER, text, (size_t)snprintf(text, sizeof(text), "%d ", i));
		if (i % 3 == 0)
			live_say(live, LIVE_CLIENT, "aha", 3);
	}
}

static inline void expect_count(const struct onlooker *onlooker, int first, int end)
{
	char wanted[4096] = "";
	size_t at = 0;

	for (int i = first; i < end; i++)
		at += (size_t)snprintf(wanted + at, sizeof(wanted) - at, "%d ", i);
	assert_int_equal(onlooker->said_bytes, at);
	assert_memory_equal(onlooker->said, wanted, at);
}

static const struct {
	int version;
	const char *suite;
} all[] = {
	{ TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256" },
	{ TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384" },
	{ TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256" },
	{ TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305" },
};

#define SUITE_COUNT (sizeof(all) / sizeof(all[0]))

/* Under new keys from then on: KeyUpdate, or a renegotiation. */
static inline void change_keys(struct live *live)
{
	SSL *server = live->ends[LIVE_SERVER];

	if (SSL_version(server) == TLS1_3_VERSION)
		assert_int_equal(SSL_key_update(server, SSL_KEY_UPDATE_REQUESTED), 1);
	else
		assert_int_equal(SSL_renegotiate(live->ends[LIVE_CLIENT]), 1);
	if (SSL_version(server) != TLS1_3_VERSION)
		(void)SSL_do_handshake(live->ends[LIVE_CLIENT]);
	live_settle(live);
}

#endif
