/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header fields that a user adds to the WebSocket's request, such as a key.
 * They may be secrets: nothing here prints one, and whoever holds them wipes
 * them in the end.  Pure.
 */
#ifndef WS_CLIENT_HEADERS_H
#define WS_CLIENT_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#define HEADERS_BYTES 8192 /* the library builds the request in 32 KiB, the path has 16 of them */

/* Zeroed memory is none. */
struct headers {
	size_t size_bytes;
	char text[HEADERS_BYTES]; /* lines as in the request, each with its CR LF; not terminated */
};

enum headers_verdict {
	HEADERS_OK,
	HEADERS_NO_COLON,
	HEADERS_BAD_NAME,  /* not a token (RFC 9110, 5.6.2) */
	HEADERS_OWN_NAME,  /* the handshake's own, or one that would change what it is */
	HEADERS_BAD_VALUE, /* empty, or with a byte that is not printable ASCII */
	HEADERS_TOO_LARGE,
};

/* Adds "NAME:VALUE"; space around the value is left out.  Nothing is added unless HEADERS_OK. */
enum headers_verdict headers_add(struct headers *headers, const char *line);

/* Words for a verdict. */
const char *headers_verdict_text(enum headers_verdict verdict);

/* True if there is a field of that name, in any case of letters. */
bool headers_has(const struct headers *headers, const char *name);

#endif
