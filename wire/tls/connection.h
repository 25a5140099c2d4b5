/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TLS connection looked at from outside: its records, taken in stream
 * order from both ends, become what the server's application said.
 *
 * Handshakes give randoms and suite, the key log the secrets; keys change
 * with ChangeCipherSpec, KeyUpdate and renegotiation.  TLS 1.3's handshake is
 * not read: the first record that SERVER_TRAFFIC_SECRET_0 opens as number 0
 * ends it.  The client's records are opened only where a renegotiation of TLS
 * 1.2 may stand in them, or where its owner wants to know what the client says.
 *
 * Where the beginning or a stretch was not captured, TLS 1.3 with AES-GCM tells
 * a record's number by its tag, TLS 1.2 by the part of the nonce that is sent
 * along, and for ChaCha20-Poly1305 the number is searched, within bounds.
 *
 * Pure but for libcrypto.  What did not authenticate is never given out.
 */
#ifndef WIRE_TLS_CONNECTION_H
#define WIRE_TLS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hello.h"
#include "key_log.h"
#include "opener.h"
#include "suite.h"

/* What one record came to. */
enum tls_verdict {
	TLS_SILENT,   /* nothing for the application: handshake, alert, the client's */
	TLS_PLAIN,    /* that end's application said record->plain_bytes bytes */
	TLS_KEYLESS,  /* its key is not in the log: ask again when that has grown */
	TLS_BAD,      /* does not authenticate; lost, whatever it was */
	TLS_FOREIGN,  /* protected in a way that is not followed: suite->name */
	TLS_UNPROVEN, /* no secret fits, or none can be told: TLS 1.2 without ServerHello */
};

/* Where one direction stands. */
enum tls_phase {
	TLS_PHASE_CLEAR,   /* nothing is protected yet */
	TLS_PHASE_AWAITED, /* 1.3: some handshake records on, record 0 of the secret will come */
	TLS_PHASE_CHANGED, /* 1.2: from the record at hand on there is a new key */
	TLS_PHASE_KEYED,   /* the next record's number is known */
	TLS_PHASE_LOST,	   /* it is not: a stretch is missing */
	TLS_PHASE_BLIND,   /* not even whose secret it is */
	TLS_PHASE_IGNORED, /* nothing of it is needed */
};

struct tls_half {
	uint8_t phase; /* enum tls_phase */
	bool has_secret;
	bool has_explicit_base; /* TLS 1.2 GCM: nonce sent along = base + number */
	uint32_t failure_count; /* in a row, while the number was not known */
	uint32_t passed_count;	/* 1.3: records that its secret did not open, up to the first */
	uint32_t seen_count;	/* of the log's secrets, when trial_left was last made more */
	uint32_t trial_left;	/* keys that may yet be tried on it */
	uint32_t search_left;	/* openings that searching for a number may yet cost */
	uint64_t number;	/* of the next record */
	uint64_t missing_max;	/* records that may have been lost, at most */
	uint64_t explicit_base;
	uint8_t secret[TLS_SECRET_BYTES_MAX]; /* TLS 1.3 */
	struct tls_opener opener;
	struct tls_handshake handshake;
};

struct tls_connection {
	bool opens_client; /* its owner's to set at the beginning: both ends' records are opened */
	bool has_client_random;
	bool has_server_hello;
	bool is_tls13;
	bool has_master;	       /* of the handshake at hand */
	bool is_h2;		       /* agreed upon in clear */
	uint8_t server_index;	       /* of its half; until a hello or a secret tells, a guess */
	const struct tls_suite *suite; /* NULL: not known */
	uint8_t client_random[TLS_RANDOM_BYTES];
	uint8_t server_random[TLS_RANDOM_BYTES];
	uint8_t master[TLS_MASTER_BYTES];
	struct tls_half halves[2];
};

/* is_begun: its first bytes will come; else it is met in mid connection. */
void tls_connection_begin(struct tls_connection *connection, bool is_begun);

/* Wipes and frees. */
void tls_connection_clear(struct tls_connection *connection);

/*
 * Takes the next record of a half.  After TLS_KEYLESS the same record may be
 * given again.
 */
enum tls_verdict tls_connection_take(struct tls_connection *connection, size_t half_index,
				     const struct key_log *log, struct tls_record *record);

/*
 * How many records of a half its secret should have opened and did not, which
 * were taken for the handshake's when they came.  Said once: then it is 0.
 */
uint32_t tls_connection_take_passed(struct tls_connection *connection, size_t half_index);

/* Bytes of a half were not captured: missing_bytes of them, UINT64_MAX if nobody knows. */
void tls_connection_skip(struct tls_connection *connection, size_t half_index,
			 uint64_t missing_bytes);

#endif
