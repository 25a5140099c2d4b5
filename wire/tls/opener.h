/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens the protected records of one direction: AES-GCM and ChaCha20-Poly1305
 * of TLS 1.3 (RFC 8446, 5.2) and 1.2 (RFC 5288, RFC 7905).  What does not
 * authenticate is never given out.  Pure but for libcrypto, whose context is
 * keyed once for each key: doing so for each record takes twice as long.
 */
#ifndef WIRE_TLS_OPENER_H
#define WIRE_TLS_OPENER_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "derive.h"

#define TLS_TAG_BYTES	   16
#define TLS_EXPLICIT_BYTES 8

/* A record, header and all, and room for what it says. */
struct tls_record {
	const uint8_t *bytes;
	size_t size_bytes;
	uint8_t *plain; /* room for TLS_RECORD_BODY_BYTES_MAX */
	size_t plain_bytes;
};

/* Zeroed memory has no key. */
struct tls_opener {
	EVP_CIPHER_CTX *context;
	bool is_tls13;
	bool has_fixed; /* libcrypto keeps what all nonces of the key begin with */
	struct tls_key key;
};

/* Takes a key instead of the one before.  False if libcrypto refuses. */
bool tls_opener_set(struct tls_opener *opener, const struct tls_key *key, bool is_tls13);

/* Wipes and frees. */
void tls_opener_clear(struct tls_opener *opener);

/*
 * Opens a record as number `number` of its key.  True if it authenticates:
 * plain_bytes is set; in TLS 1.3 content type and padding are still in it.
 */
bool tls_opener_open(struct tls_opener *opener, uint64_t number, struct tls_record *record);

/*
 * The number of a TLS 1.3 record by its tag, with AES-GCM: the tag is
 * GHASH(header, ciphertext) XOR E(counter block), so decrypting the XOR of tag
 * and GHASH gives the block that the nonce is in.  That it ends in a counter
 * of 1 and begins as the IV does are 64 bits of proof.  What is in
 * record->plain is overwritten.  False if this key did not seal it, or for
 * other ciphers.
 */
bool tls_opener_recover(const struct tls_opener *opener, const struct tls_record *record,
			uint64_t *ret_number);

/* The part of a TLS 1.2 GCM record's nonce that stands in it; senders count it up. */
uint64_t tls_explicit_nonce(const struct tls_record *record);

#endif
