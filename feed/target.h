/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A WebSocket URL taken apart (RFC 6455, 3; RFC 3986).  Ports are in host
 * order; texts are terminated and stay as they were written, escapes and all,
 * but that a path's bytes beyond ASCII are escaped.  Pure; knows nothing of
 * any exchange.
 */
#ifndef FEED_TARGET_H
#define FEED_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#define TARGET_HOST_BYTES 256	/* DNS names have at most 253 */
#define TARGET_PATH_BYTES 16384 /* the library builds the request in 32 KiB */

struct target {
	bool is_tls;
	bool is_default_port; /* the URL names none */
	uint16_t port;
	char host[TARGET_HOST_BYTES]; /* without the brackets of an IPv6 address */
	char path[TARGET_PATH_BYTES]; /* with the query; begins with '/' */
};

enum target_verdict {
	TARGET_OK,
	TARGET_BAD_SCHEME, /* neither ws:// nor wss:// */
	TARGET_BAD_HOST,   /* none, too long, or an unclosed '[' */
	TARGET_BAD_PORT,   /* not 1..65535 */
	TARGET_BAD_PATH,   /* too long, or with a space or control character */
	TARGET_HAS_USER,   /* user@host: would leak into a log, and no exchange wants it */
};

/* Takes a URL apart.  *ret_target is valid after TARGET_OK only, and the caller's. */
enum target_verdict target_parse(const char *url, struct target *ret_target);

/* True for a host that is an address: there is nothing to look up, and no name to verify. */
bool target_is_address(const char *host);

#define TARGET_HOST_HEADER_BYTES (TARGET_HOST_BYTES + 8)

/* What HTTP's Host says: an IPv6 address in brackets, and the port if it is not the usual one. */
void target_host_header(const struct target *target, char ret_text[TARGET_HOST_HEADER_BYTES]);

/* Words for a verdict. */
const char *target_verdict_text(enum target_verdict verdict);

#endif
