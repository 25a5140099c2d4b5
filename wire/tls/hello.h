/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handshake messages cut out of records (RFC 8446, 4), and what the two hellos
 * say.  Pure: no keys, no I/O.
 */
#ifndef WIRE_TLS_HELLO_H
#define WIRE_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "derive.h"

/* Of a message's body; a ServerHello with a post-quantum share has 1,200 bytes. */
#define TLS_HELLO_BYTES_MAX 2048

enum tls_handshake_type {
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_NEW_SESSION_TICKET = 4,
	TLS_FINISHED = 20,
	TLS_KEY_UPDATE = 24,
};

/* One direction's messages.  Zeroed memory is their beginning. */
struct tls_handshake {
	uint8_t head[4]; /* type, 3 bytes of length */
	uint8_t head_bytes;
	uint32_t left_bytes; /* of the body */
	uint32_t body_bytes; /* kept, at most TLS_HELLO_BYTES_MAX: of hellos only */
	uint8_t body[TLS_HELLO_BYTES_MAX];
};

/*
 * Takes bytes from *bytes on, until a message is whole: then true, and
 * head[0] is its type.  False when all is taken and none is.
 */
bool tls_handshake_next(struct tls_handshake *handshake, const uint8_t **bytes, size_t *size_bytes);

struct tls_client_hello {
	uint8_t random[TLS_RANDOM_BYTES];
};

struct tls_server_hello {
	uint8_t random[TLS_RANDOM_BYTES];
	uint16_t version; /* 0x0304: TLS 1.3 */
	uint16_t suite;
	bool is_retry; /* HelloRetryRequest: there will be another one */
	bool has_h2;   /* HTTP/2 was agreed upon; in TLS 1.3 that is encrypted */
};

/* False if the body is too short for what is asked of it. */
bool tls_client_hello_read(const struct tls_handshake *handshake,
			   struct tls_client_hello *ret_hello);
bool tls_server_hello_read(const struct tls_handshake *handshake,
			   struct tls_server_hello *ret_hello);

#endif
