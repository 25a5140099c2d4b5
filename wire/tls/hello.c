/* SPDX-License-Identifier: BSD-2-Clause */
#include "hello.h"

#include <string.h>

enum {
	EXTENSION_ALPN = 16,
	EXTENSION_SUPPORTED_VERSIONS = 43,
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static uint16_t read_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static size_t take_head(struct tls_handshake *handshake, const uint8_t *bytes, size_t size_bytes)
{
	const uint8_t *head = handshake->head;
	size_t taken = min_size(size_bytes, sizeof(handshake->head) - handshake->head_bytes);

	memcpy(handshake->head + handshake->head_bytes, bytes, taken);
	handshake->head_bytes = (uint8_t)(handshake->head_bytes + taken);
	if (handshake->head_bytes == sizeof(handshake->head)) {
		handshake->left_bytes = (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
		handshake->body_bytes = 0;
	}
	return taken;
}

static size_t take_body(struct tls_handshake *handshake, const uint8_t *bytes, size_t size_bytes)
{
	size_t taken = min_size(size_bytes, handshake->left_bytes);
	bool is_hello = handshake->head[0] == TLS_CLIENT_HELLO ||
			handshake->head[0] == TLS_SERVER_HELLO;

	if (is_hello) {
		size_t kept = min_size(taken, TLS_HELLO_BYTES_MAX - handshake->body_bytes);

		memcpy(handshake->body + handshake->body_bytes, bytes, kept);
		handshake->body_bytes += (uint32_t)kept;
	}
	handshake->left_bytes -= (uint32_t)taken;
	return taken;
}

bool tls_handshake_next(struct tls_handshake *handshake, const uint8_t **bytes, size_t *size_bytes)
{
	while (*size_bytes) {
		bool is_in_head = handshake->head_bytes < sizeof(handshake->head);
		size_t taken = is_in_head ? take_head(handshake, *bytes, *size_bytes)
					  : take_body(handshake, *bytes, *size_bytes);

		*bytes += taken;
		*size_bytes -= taken;
		/* Also right behind the head: a body may be empty. */
		if (handshake->head_bytes == sizeof(handshake->head) && !handshake->left_bytes) {
			handshake->head_bytes = 0;
			return true;
		}
	}
	return false;
}

bool tls_client_hello_read(const struct tls_handshake *handshake,
			   struct tls_client_hello *ret_hello)
{
	if (handshake->body_bytes < 2 + TLS_RANDOM_BYTES)
		return false;
	memcpy(ret_hello->random, handshake->body + 2, TLS_RANDOM_BYTES);
	return true;
}

static void take_extension(uint16_t kind, const uint8_t *body, size_t size_bytes,
			   struct tls_server_hello *hello)
{
	if (kind == EXTENSION_SUPPORTED_VERSIONS && size_bytes == 2)
		hello->version = read_u16(body);
	/* A list of one name: length of the list, length of the name, the name. */
	if (kind == EXTENSION_ALPN && size_bytes == 5)
		hello->has_h2 = memcmp(body + 2, "\2h2", 3) == 0;
}

static void take_extensions(const uint8_t *at, const uint8_t *end, struct tls_server_hello *hello)
{
	while (end - at >= 4) {
		size_t size_bytes = read_u16(at + 2);

		if (size_bytes > (size_t)(end - at) - 4)
			return;
		take_extension(read_u16(at), at + 4, size_bytes, hello);
		at += 4 + size_bytes;
	}
}

/* SHA-256 of "HelloRetryRequest" (RFC 8446, 4.1.3). */
static const uint8_t retry_random[TLS_RANDOM_BYTES] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
	0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
	0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

bool tls_server_hello_read(const struct tls_handshake *handshake,
			   struct tls_server_hello *ret_hello)
{
	const uint8_t *body = handshake->body;
	const uint8_t *end = body + handshake->body_bytes;
	const uint8_t *at = body + 2 + TLS_RANDOM_BYTES;

	/* Version, random, session id with its length, suite, compression, extensions. */
	if (handshake->body_bytes < 2 + TLS_RANDOM_BYTES + 1)
		return false;
	at += 1 + (size_t)*at;
	if (at > end || end - at < 3)
		return false;
	*ret_hello = (struct tls_server_hello){ .version = read_u16(body), .suite = read_u16(at) };
	memcpy(ret_hello->random, body + 2, TLS_RANDOM_BYTES);
	ret_hello->is_retry = memcmp(ret_hello->random, retry_random, TLS_RANDOM_BYTES) == 0;
	at += 3;
	if (end - at >= 2)
		take_extensions(at + 2, end, ret_hello);
	return true;
}
