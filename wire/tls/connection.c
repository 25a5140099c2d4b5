/* SPDX-License-Identifier: BSD-2-Clause */
#include "connection.h"

#include <openssl/crypto.h>
#include <string.h>

#include "half.h"

enum {
	TYPE_CHANGE_CIPHER_SPEC = 20,
	TYPE_HANDSHAKE = 22,
	TYPE_APPLICATION_DATA = 23,
	VERSION_TLS13 = 0x0304,
	RECORD_BYTES_MIN = 5 + 1 + TLS_TAG_BYTES,
};

/* Records in a row that no number fits, until no more is tried. */
#define FAILURE_COUNT_MAX 64

/* Records that a server may send under its handshake's keys: a chain of certificates, cut fine. */
#define HANDSHAKE_RECORD_COUNT_MAX 64

/* So many of the log's newest master secrets are tried on a handshake that none is logged for. */
#define MASTER_COUNT_MAX 4096

void tls_connection_begin(struct tls_connection *connection, bool is_begun)
{
	memset(connection, 0, sizeof(*connection));
	for (size_t i = 0; i < 2; i++) {
		struct tls_half *half = &connection->halves[i];

		half->phase = is_begun ? TLS_PHASE_CLEAR : TLS_PHASE_BLIND;
		half->trial_left = HALF_TRIAL_COUNT_MAX;
		half->search_left = HALF_SEARCH_COUNT_MAX;
		half->missing_max = is_begun ? 0 : UINT64_MAX;
	}
}

void tls_connection_clear(struct tls_connection *connection)
{
	for (size_t i = 0; i < 2; i++)
		tls_opener_clear(&connection->halves[i].opener);
	OPENSSL_cleanse(connection, sizeof(*connection));
}

/* Is it asked what this end's application says? */
static bool is_wanted(const struct tls_connection *connection, size_t half_index)
{
	return half_index == connection->server_index || connection->opens_client;
}

/* TLS 1.3: whose secret opens it. */
static enum key_label label_of(const struct tls_connection *connection, size_t half_index)
{
	return half_index == connection->server_index ? KEY_SERVER_TRAFFIC : KEY_CLIENT_TRAFFIC;
}

/* ---- Hellos ---------------------------------------------------------------- */

static void on_client_hello(struct tls_connection *connection, size_t half_index)
{
	struct tls_client_hello hello;

	if (!tls_client_hello_read(&connection->halves[half_index].handshake, &hello))
		return;
	memcpy(connection->client_random, hello.random, sizeof(hello.random));
	connection->has_client_random = true;
	connection->has_master = false;
	connection->server_index = (uint8_t)(1 - half_index);
}

static void on_server_hello(struct tls_connection *connection, size_t half_index)
{
	struct tls_half *half = &connection->halves[half_index];
	struct tls_server_hello hello;

	if (!tls_server_hello_read(&half->handshake, &hello) || hello.is_retry)
		return;
	memcpy(connection->server_random, hello.random, sizeof(hello.random));
	connection->has_server_hello = true;
	connection->is_tls13 = hello.version == VERSION_TLS13;
	connection->is_h2 = hello.has_h2;
	connection->suite = tls_suite_find(hello.suite);
	connection->server_index = (uint8_t)half_index;
	if (connection->is_tls13) {
		half->phase = TLS_PHASE_AWAITED;
		connection->halves[1 - half_index].phase = connection->opens_client
								   ? TLS_PHASE_AWAITED
								   : TLS_PHASE_IGNORED;
	}
}

/*
 * Handshake messages, in clear or opened.  Returns the type of the one that changes the
 * keys of its sender in TLS 1.3, 0 if none does.
 */
static uint8_t take_handshake(struct tls_connection *connection, size_t half_index,
			      const uint8_t *bytes, size_t size_bytes)
{
	struct tls_handshake *handshake = &connection->halves[half_index].handshake;
	uint8_t changing_type = 0;

	while (tls_handshake_next(handshake, &bytes, &size_bytes)) {
		uint8_t type = handshake->head[0];

		if (type == TLS_CLIENT_HELLO)
			on_client_hello(connection, half_index);
		else if (type == TLS_SERVER_HELLO)
			on_server_hello(connection, half_index);
		else if (type == TLS_KEY_UPDATE || type == TLS_FINISHED)
			changing_type = type;
	}
	return changing_type;
}

/* ---- What was opened ------------------------------------------------------- */

/*
 * What was opened were handshake messages of TLS 1.3.  Up to the server's Finished they are
 * under a secret of their own, which is met only where secrets are found by trying: then the
 * one of the messages is yet to be found.
 */
static void take_handshake13(struct tls_connection *connection, size_t half_index,
			     const struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	uint8_t type = take_handshake(connection, half_index, record->plain, record->plain_bytes);

	if (type == TLS_KEY_UPDATE && !half_update(half, connection->suite))
		half->phase = TLS_PHASE_LOST;
	if (type == TLS_FINISHED) {
		half->phase = TLS_PHASE_AWAITED;
		half->has_secret = false;
	}
}

static enum tls_verdict take_content(struct tls_connection *connection, size_t half_index,
				     uint8_t type, const struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];

	if (type == TYPE_APPLICATION_DATA)
		return is_wanted(connection, half_index) ? TLS_PLAIN : TLS_SILENT;
	if (type == TYPE_HANDSHAKE && half->opener.is_tls13)
		take_handshake13(connection, half_index, record);
	else if (type == TYPE_HANDSHAKE)
		(void)take_handshake(connection, half_index, record->plain, record->plain_bytes);
	if (type == TYPE_CHANGE_CIPHER_SPEC && !half->opener.is_tls13)
		half->phase = TLS_PHASE_CHANGED;
	return TLS_SILENT;
}

/* The record has been opened; in TLS 1.3 its type stands behind the content, then zeroes. */
static enum tls_verdict take_opened(struct tls_connection *connection, size_t half_index,
				    struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	uint8_t type = record->bytes[0];

	half->phase = TLS_PHASE_KEYED;
	half->failure_count = 0;
	half->passed_count = 0;
	if (half->opener.is_tls13) {
		while (record->plain_bytes && !record->plain[record->plain_bytes - 1])
			record->plain_bytes--;
		if (!record->plain_bytes)
			return TLS_BAD;
		type = record->plain[--record->plain_bytes];
	}
	return take_content(connection, half_index, type, record);
}

/* ---- Phases ---------------------------------------------------------------- */

static enum tls_verdict take_clear(struct tls_connection *connection, size_t half_index,
				   const struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];

	if (record->bytes[0] == TYPE_HANDSHAKE)
		(void)take_handshake(connection, half_index, record->bytes + 5,
				     record->size_bytes - 5);
	else if (record->bytes[0] == TYPE_CHANGE_CIPHER_SPEC && connection->has_server_hello &&
		 !connection->is_tls13)
		half->phase = TLS_PHASE_CHANGED;
	return TLS_SILENT;
}

/* The secret that the connection's random names, or one without a name that opens the record. */
static enum tls_verdict take_awaited(struct tls_connection *connection, size_t half_index,
				     const struct key_log *log, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	const struct key_secret *secret = NULL;

	if (!half->has_secret && connection->has_client_random)
		secret = key_log_find(log, label_of(connection, half_index),
				      connection->client_random);
	if (secret && !half_take_secret(half, connection->suite, secret->bytes))
		return TLS_BAD;
	if (half->has_secret) {
		/* Until it fits, these are the handshake's, under keys that are not needed. */
		if (half_open(half, record))
			return take_opened(connection, half_index, record);
		if (++half->passed_count < HANDSHAKE_RECORD_COUNT_MAX)
			return TLS_SILENT;
		half->passed_count--; /* this one is told of */
		half->phase = TLS_PHASE_LOST;
		return TLS_BAD;
	}
	if (log->unbound_count && half_may_try(half, log) &&
	    half_find_secret(half, connection->suite, log, label_of(connection, half_index), true,
			     record, &connection->suite))
		return take_opened(connection, half_index, record);
	return TLS_KEYLESS;
}

/* Tries a master secret on a half's first protected record. */
static bool try_master(struct tls_connection *connection, size_t half_index, const uint8_t *master,
		       const uint8_t *client_random, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	struct tls_key keys[2];
	bool is_ok = tls_keys_of_master(connection->suite, master, client_random,
					connection->server_random, keys) &&
		     half_take_key(half, &keys[half_index == connection->server_index]) &&
		     half_open(half, record);

	if (is_ok) {
		memcpy(connection->master, master, TLS_MASTER_BYTES);
		memcpy(connection->client_random, client_random, TLS_RANDOM_BYTES);
		connection->has_client_random = true;
		connection->has_master = true;
	}
	OPENSSL_cleanse(keys, sizeof(keys));
	return is_ok;
}

/*
 * A resumed session's master was logged under another random, where its
 * program does not log it again; and where the ClientHello is missing, be it
 * that of a renegotiation, the log has its random.
 */
static bool try_masters(struct tls_connection *connection, size_t half_index,
			const struct key_log *log, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	uint32_t newest = log->secret_count;

	for (uint32_t age = 0; age < newest && age < MASTER_COUNT_MAX && half->trial_left; age++) {
		const struct key_secret *secret = &log->secrets[newest - 1 - age];

		if (secret->label != KEY_MASTER)
			continue;
		half->trial_left--;
		if (try_master(connection, half_index, secret->bytes, secret->client_random,
			       record) ||
		    (connection->has_client_random &&
		     try_master(connection, half_index, secret->bytes, connection->client_random,
				record)))
			return true;
	}
	return false;
}

static enum tls_verdict take_changed(struct tls_connection *connection, size_t half_index,
				     const struct key_log *log, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	const struct key_secret *secret = NULL;
	const uint8_t *master = connection->has_master ? connection->master : NULL;
	bool is_ok;

	if (!master && connection->has_client_random)
		secret = key_log_find(log, KEY_MASTER, connection->client_random);
	if (secret)
		master = secret->bytes;
	is_ok = master &&
		try_master(connection, half_index, master, connection->client_random, record);
	if (!is_ok)
		is_ok = half_may_try(half, log) && try_masters(connection, half_index, log, record);
	if (is_ok)
		return take_opened(connection, half_index, record);
	if (!master)
		return TLS_KEYLESS;
	half->phase = TLS_PHASE_LOST; /* its key does not open it: what came before is not whole */
	return TLS_BAD;
}

/* TLS 1.2: the key of the handshake that was seen last. */
static bool take_newest_key(struct tls_connection *connection, size_t half_index,
			    const struct key_log *log)
{
	struct tls_half *half = &connection->halves[half_index];
	const struct key_secret *secret = key_log_find(log, KEY_MASTER, connection->client_random);
	const uint8_t *master = secret ? secret->bytes : connection->master;
	struct tls_key keys[2];
	bool is_ok = (secret || connection->has_master) &&
		     tls_keys_of_master(connection->suite, master, connection->client_random,
					connection->server_random, keys) &&
		     half_take_key(half, &keys[half_index == connection->server_index]);

	OPENSSL_cleanse(keys, sizeof(keys));
	return is_ok;
}

/* A half that lost its place before it had a key. */
static bool has_key(struct tls_connection *connection, size_t half_index, const struct key_log *log)
{
	struct tls_half *half = &connection->halves[half_index];
	const struct key_secret *secret;

	if (half->opener.context)
		return true;
	if (!connection->is_tls13)
		return take_newest_key(connection, half_index, log);
	secret = key_log_find(log, label_of(connection, half_index), connection->client_random);
	return secret && half_take_secret(half, connection->suite, secret->bytes);
}

/* In TLS 1.2 what is missing may have held the change to the newest keys. */
static bool find_number(struct tls_connection *connection, size_t half_index,
			const struct key_log *log, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	struct tls_key old_key = half->opener.key;
	uint64_t old_number = half->number;
	uint64_t old_base = half->explicit_base;
	bool had_base = half->has_explicit_base;
	bool is_found = half_find_number(half, connection->suite, record);

	if (!is_found && !half->opener.is_tls13 && take_newest_key(connection, half_index, log)) {
		is_found = half_find_number(half, connection->suite, record);
		if (!is_found) {
			(void)half_take_key(half, &old_key);
			half->number = old_number;
			half->explicit_base = old_base;
			half->has_explicit_base = had_base;
		}
	}
	OPENSSL_cleanse(&old_key, sizeof(old_key));
	return is_found;
}

static enum tls_verdict take_lost(struct tls_connection *connection, size_t half_index,
				  const struct key_log *log, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];

	if (half->failure_count >= FAILURE_COUNT_MAX)
		return TLS_UNPROVEN;
	if (!has_key(connection, half_index, log))
		return TLS_KEYLESS;
	(void)half_may_try(half, log);
	if (find_number(connection, half_index, log, record))
		return take_opened(connection, half_index, record);
	half->failure_count++;
	half->phase = TLS_PHASE_LOST;
	return TLS_BAD;
}

/* Which end is the server's is known once a record of its was opened, or its hello was seen. */
static enum tls_verdict take_blind(struct tls_connection *connection, size_t half_index,
				   const struct key_log *log, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	struct tls_half *other = &connection->halves[1 - half_index];
	const struct tls_suite *suite = connection->is_tls13 ? connection->suite : NULL;
	/* It may be the client's as well: only the end that seems to be the server may have it. */
	bool is_server = half_index == connection->server_index;
	enum key_label label = connection->is_tls13 ? label_of(connection, half_index)
						    : KEY_SERVER_TRAFFIC;

	if (!half_may_try(half, log) ||
	    !half_find_secret(half, suite, log, label, is_server || label == KEY_CLIENT_TRAFFIC,
			      record, &suite))
		return TLS_UNPROVEN;
	if (label == KEY_SERVER_TRAFFIC) {
		connection->server_index = (uint8_t)half_index;
		other->phase = connection->opens_client ? TLS_PHASE_BLIND : TLS_PHASE_IGNORED;
	}
	connection->suite = suite;
	connection->is_tls13 = true;
	return take_opened(connection, half_index, record);
}

/*
 * In clear, and of a length that fits: the beginning of a connection whose SYN
 * is missing, because what is protected begins like this once in 2^40.
 */
static bool is_hello(const struct tls_record *record)
{
	const uint8_t *bytes = record->bytes;

	return bytes[0] == TYPE_HANDSHAKE && record->size_bytes >= 5 + 4 + 2 + TLS_RANDOM_BYTES &&
	       (bytes[5] == TLS_CLIENT_HELLO || bytes[5] == TLS_SERVER_HELLO) && bytes[6] == 0 &&
	       4 + ((size_t)bytes[7] << 8 | bytes[8]) <= record->size_bytes - 5 && bytes[9] == 3 &&
	       bytes[10] <= 3;
}

/* Of the client's records only a handshake's matter, and that only in TLS 1.2. */
static enum tls_verdict take_keyed(struct tls_connection *connection, size_t half_index,
				   const struct key_log *log, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];

	if (!is_wanted(connection, half_index) && record->bytes[0] == TYPE_APPLICATION_DATA) {
		half->number++;
		return TLS_SILENT;
	}
	if (half_open(half, record))
		return take_opened(connection, half_index, record);
	half->missing_max++;
	return take_lost(connection, half_index, log, record);
}

enum tls_verdict tls_connection_take(struct tls_connection *connection, size_t half_index,
				     const struct key_log *log, struct tls_record *record)
{
	struct tls_half *half = &connection->halves[half_index];
	bool is_protected = half->phase != TLS_PHASE_CLEAR && half->phase != TLS_PHASE_IGNORED;
	bool is_data = record->bytes[0] == TYPE_APPLICATION_DATA;

	record->plain_bytes = 0;
	if (half->phase == TLS_PHASE_BLIND && is_hello(record)) {
		half->phase = TLS_PHASE_CLEAR;
		half->missing_max = 0;
		is_protected = false;
	}
	if (is_protected && connection->suite && connection->suite->aead == TLS_AEAD_NONE)
		return TLS_FOREIGN;
	/* In TLS 1.3 all that is protected looks like application data. */
	if (is_protected && !is_data && (connection->is_tls13 || half->phase == TLS_PHASE_BLIND))
		return TLS_SILENT;
	switch ((enum tls_phase)half->phase) {
	case TLS_PHASE_CLEAR:
		return take_clear(connection, half_index, record);
	case TLS_PHASE_AWAITED:
		return take_awaited(connection, half_index, log, record);
	case TLS_PHASE_CHANGED:
		return take_changed(connection, half_index, log, record);
	case TLS_PHASE_KEYED:
		return take_keyed(connection, half_index, log, record);
	case TLS_PHASE_LOST:
		return take_lost(connection, half_index, log, record);
	case TLS_PHASE_BLIND:
		return take_blind(connection, half_index, log, record);
	case TLS_PHASE_IGNORED:
		break;
	}
	return TLS_SILENT;
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void tls_connection_skip(struct tls_connection *connection, size_t half_index,
			 uint64_t missing_bytes)
{
	struct tls_half *half = &connection->halves[half_index];
	bool is_known = connection->has_server_hello && connection->has_client_random;

	memset(&half->handshake, 0, sizeof(half->handshake));
	half->missing_max = add_saturated(half->missing_max, missing_bytes / RECORD_BYTES_MIN + 1);
	if (half->phase == TLS_PHASE_IGNORED || half->phase == TLS_PHASE_BLIND)
		return;
	half->phase = is_known || half->opener.context ? TLS_PHASE_LOST : TLS_PHASE_BLIND;
}
