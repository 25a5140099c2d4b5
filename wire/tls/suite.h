/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cipher suites: which are followed, and the names of those that are not
 * (IANA, "TLS Cipher Suites").  Pure.
 */
#ifndef WIRE_TLS_SUITE_H
#define WIRE_TLS_SUITE_H

#include <stdbool.h>
#include <stdint.h>

enum tls_aead {
	TLS_AEAD_NONE, /* not followed: CBC, CCM, stream ciphers, what is unknown */
	TLS_AEAD_AES_128_GCM,
	TLS_AEAD_AES_256_GCM,
	TLS_AEAD_CHACHA20_POLY1305,
};

struct tls_suite {
	uint16_t code;
	uint8_t aead;	/* enum tls_aead */
	bool is_sha384; /* the hash that keys are derived with; else SHA-256 */
	bool is_tls13;
	const char *name;
};

/* Never NULL: what is not in the table has the name "unknown". */
const struct tls_suite *tls_suite_find(uint16_t code);

#endif
