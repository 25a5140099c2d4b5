/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real TLS connections, both ends in this process, for tests of what is read
 * off the wire: each record that one end sends is kept, and the key log is
 * what libssl writes.
 */
#ifndef TESTS_TLS_LIVE_H
#define TESTS_TLS_LIVE_H

#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tls/connection.h"

enum { LIVE_CLIENT, LIVE_SERVER };

#define LIVE_RECORD_COUNT_MAX 512

struct live_record {
	size_t from; /* LIVE_CLIENT, LIVE_SERVER */
	size_t size_bytes;
	uint8_t *bytes;
};

struct live {
	SSL_CTX *contexts[2];
	SSL *ends[2];
	SSL_SESSION *session; /* to resume */
	size_t record_count;
	struct live_record records[LIVE_RECORD_COUNT_MAX];
	struct key_log *log;
	bool is_log_silent; /* nothing is logged */
	char lines[4096];   /* all that libssl has logged, handshake secrets too */
};

static inline void live_log(const SSL *ssl, const char *line)
{
	struct live *live = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct key_log_line rest = { 0 };

	if (live->is_log_silent)
		return;
	(void)snprintf(live->lines + strlen(live->lines), sizeof(live->lines) - strlen(live->lines),
		       "%s\n", line);
	key_log_feed(live->log, &rest, line, strlen(line));
	key_log_end(live->log, &rest);
}

static inline void live_certify(SSL_CTX *context)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();

	assert_non_null(key);
	assert_non_null(cert);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(context, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static inline int live_keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct live *live = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	SSL_SESSION_free(live->session);
	live->session = session;
	return 1;
}

/* What `from` has to say is cut into records, kept, and given to the other. */
static inline bool live_pump(struct live *live, size_t from)
{
	BIO *out = SSL_get_wbio(live->ends[from]);
	uint8_t *bytes;
	long left = BIO_get_mem_data(out, &bytes);
	bool is_any = left > 0;

	while (left > 0) {
		struct live_record *record = &live->records[live->record_count++];

		assert_true(live->record_count < LIVE_RECORD_COUNT_MAX);
		record->from = from;
		record->size_bytes = 5 + ((size_t)bytes[3] << 8 | bytes[4]);
		assert_true((long)record->size_bytes <= left);
		record->bytes = malloc(record->size_bytes);
		assert_non_null(record->bytes);
		memcpy(record->bytes, bytes, record->size_bytes);
		(void)BIO_write(SSL_get_rbio(live->ends[1 - from]), bytes, (int)record->size_bytes);
		bytes += record->size_bytes;
		left -= (long)record->size_bytes;
	}
	(void)BIO_reset(out);
	return is_any;
}

/* Lets both ends read and answer until nothing more comes. */
static inline void live_settle(struct live *live)
{
	bool is_any = true;

	while (is_any) {
		uint8_t bytes[16384];

		is_any = false;
		for (size_t end = 0; end < 2; end++) {
			if (!SSL_is_init_finished(live->ends[end]))
				(void)SSL_do_handshake(live->ends[end]);
			while (SSL_read(live->ends[end], bytes, sizeof(bytes)) > 0)
				;
			is_any |= live_pump(live, end);
		}
	}
}

static inline void live_end(struct live *live)
{
	for (size_t end = 0; end < 2; end++) {
		/* Else libssl takes the session for a bad one. */
		SSL_set_shutdown(live->ends[end], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		SSL_free(live->ends[end]);
		live->ends[end] = NULL;
	}
	for (size_t i = 0; i < live->record_count; i++)
		free(live->records[i].bytes);
	live->record_count = 0;
}

/* Connects, resuming the session of the connection before if there is one. */
static inline void live_begin(struct live *live)
{
	for (size_t end = 0; end < 2; end++) {
		live->ends[end] = SSL_new(live->contexts[end]);
		assert_non_null(live->ends[end]);
		SSL_set_bio(live->ends[end], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
		BIO_set_mem_eof_return(SSL_get_rbio(live->ends[end]), -1);
	}
	SSL_set_connect_state(live->ends[LIVE_CLIENT]);
	SSL_set_accept_state(live->ends[LIVE_SERVER]);
	if (live->session)
		assert_int_equal(SSL_set_session(live->ends[LIVE_CLIENT], live->session), 1);
	live_settle(live);
	assert_true(SSL_is_init_finished(live->ends[LIVE_SERVER]));
}

/* `suite` as libssl names it; version 0x0303 or 0x0304. */
static inline struct live *live_new(int version, const char *suite)
{
	struct live *live = calloc(1, sizeof(*live));

	assert_non_null(live);
	live->log = calloc(1, sizeof(*live->log));
	assert_non_null(live->log);
	live->contexts[LIVE_CLIENT] = SSL_CTX_new(TLS_client_method());
	live->contexts[LIVE_SERVER] = SSL_CTX_new(TLS_server_method());
	for (size_t end = 0; end < 2; end++) {
		SSL_CTX *context = live->contexts[end];

		assert_int_equal(SSL_CTX_set_min_proto_version(context, version), 1);
		assert_int_equal(SSL_CTX_set_max_proto_version(context, version), 1);
		assert_int_equal(version == TLS1_3_VERSION
					 ? SSL_CTX_set_ciphersuites(context, suite)
					 : SSL_CTX_set_cipher_list(context, suite),
				 1);
		(void)SSL_CTX_set_app_data(context, live);
		(void)SSL_CTX_clear_options(context, SSL_OP_NO_RENEGOTIATION);
		(void)SSL_CTX_set_options(context, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
	}
	live_certify(live->contexts[LIVE_SERVER]);
	(void)SSL_CTX_set_session_id_context(live->contexts[LIVE_SERVER],
					     (const unsigned char *)"live", 4);
	SSL_CTX_set_keylog_callback(live->contexts[LIVE_SERVER], live_log);
	(void)SSL_CTX_set_session_cache_mode(live->contexts[LIVE_CLIENT], SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(live->contexts[LIVE_CLIENT], live_keep_session);
	live_begin(live);
	return live;
}

static inline void live_free(struct live *live)
{
	live_end(live);
	SSL_SESSION_free(live->session);
	for (size_t end = 0; end < 2; end++)
		SSL_CTX_free(live->contexts[end]);
	free(live->log);
	free(live);
}

static inline void live_say(struct live *live, size_t from, const void *bytes, size_t size_bytes)
{
	assert_int_equal(SSL_write(live->ends[from], bytes, (int)size_bytes), (int)size_bytes);
	live_settle(live);
}

#endif
