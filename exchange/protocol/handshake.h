/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The opening handshake (RFC 6455, section 4.2).
 */
#ifndef EXCHANGE_HANDSHAKE_H
#define EXCHANGE_HANDSHAKE_H

#include "text.h"

#define HANDSHAKE_BYTES_MAX    65536 /* 1024 stream names in the request line fit */
#define HANDSHAKE_KEY_BYTES    24
#define HANDSHAKE_DIGEST_BYTES 20

/* SHA-1 comes from outside, so that this library needs none of its own. */
typedef void handshake_sha1(const void *bytes, size_t size_bytes,
			    uint8_t ret_digest[static HANDSHAKE_DIGEST_BYTES]);

enum handshake_verdict {
	HANDSHAKE_OK,
	HANDSHAKE_MORE,	       /* the head has not ended yet */
	HANDSHAKE_BAD,	       /* not HTTP/1.1 GET, or no key: 400 */
	HANDSHAKE_NO_UPGRADE,  /* a plain HTTP request: 426 */
	HANDSHAKE_BAD_VERSION, /* another version of the protocol: 426 */
};

struct handshake {
	size_t head_bytes; /* with the empty line that ends it */
	const char *target;
	size_t target_bytes;
	const char *host; /* NULL where the header is missing, as below */
	size_t host_bytes;
	const char *api_key; /* X-MBX-APIKEY */
	size_t api_key_bytes;
	char key[HANDSHAKE_KEY_BYTES];
};

/* The result points into the head. */
enum handshake_verdict handshake_parse(const char *head, size_t size_bytes,
				       struct handshake *ret_handshake);

/* Does the key look like one of the exchange's: 64 letters and digits?  None of ours is real. */
bool handshake_has_api_key(const struct handshake *handshake);

/* The answer that accepts. */
void handshake_accept(struct text *text, const struct handshake *handshake, handshake_sha1 *sha1);

/* The answer that refuses; status is for example "404 Not Found". */
void handshake_refuse(struct text *text, const char *status, const char *body);

#endif
