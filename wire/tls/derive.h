/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From secrets to keys: HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1 and 7.3)
 * and the PRF of TLS 1.2 (RFC 5246, 5 and 6.3).  Pure but for libcrypto.
 *
 * All return false only if libcrypto refuses; what they write must be wiped
 * by the caller.
 */
#ifndef WIRE_TLS_DERIVE_H
#define WIRE_TLS_DERIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "suite.h"

#define TLS_RANDOM_BYTES     32
#define TLS_MASTER_BYTES     48
#define TLS_SECRET_BYTES_MAX 48
#define TLS_KEY_BYTES_MAX    32
#define TLS_IV_BYTES	     12

/* One direction's key.  GCM of TLS 1.2 has only the first 4 bytes of the IV. */
struct tls_key {
	uint8_t aead;	  /* enum tls_aead */
	bool is_explicit; /* the rest of the nonce stands in each record */
	uint8_t bytes[TLS_KEY_BYTES_MAX];
	uint8_t iv[TLS_IV_BYTES];
};

size_t tls_key_bytes(uint8_t aead);

/* The next secret of a direction, after a KeyUpdate; in place. */
bool tls_update_secret(bool is_sha384, uint8_t secret[TLS_SECRET_BYTES_MAX]);

/* TLS 1.3: from a traffic secret of the hash's size. */
bool tls_key_of_secret(uint8_t aead, bool is_sha384, const uint8_t *secret,
		       struct tls_key *ret_key);

/* TLS 1.2: ret_keys[0] is the client's, ret_keys[1] the server's. */
bool tls_keys_of_master(const struct tls_suite *suite, const uint8_t master[TLS_MASTER_BYTES],
			const uint8_t client_random[TLS_RANDOM_BYTES],
			const uint8_t server_random[TLS_RANDOM_BYTES], struct tls_key ret_keys[2]);

#endif
