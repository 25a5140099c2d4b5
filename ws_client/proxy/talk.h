/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said to a proxy and heard from it until it lets through: HTTP's
 * CONNECT (RFC 9110, 9.3.6; Basic, RFC 7617) or SOCKS 5 (RFC 1928, RFC 1929).
 *
 * It never takes a byte more than the proxy's answer has, however the answer
 * comes in pieces: what follows is the first byte of the connection proper,
 * and how many bytes lay before it is what makes its place in the TCP stream
 * known.  Pure.
 */
#ifndef WS_CLIENT_PROXY_TALK_H
#define WS_CLIENT_PROXY_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "url.h"

#define TALK_SAY_BYTES	      1536
#define TALK_WHY_BYTES	      160
#define TALK_ANSWER_BYTES_MAX 65536 /* a longer answer is none */

enum talk_state {
	TALK_SAY,     /* `say` is to be sent, then talk_said() */
	TALK_HEAR,    /* an answer is awaited: talk_hear() */
	TALK_THROUGH, /* from here on it is the server that speaks */
	TALK_REFUSED, /* see why, remedy */
};

struct talk {
	enum talk_state state;
	uint32_t step; /* how far it has come; the protocol's own */
	const struct proxy *proxy;
	const char *host; /* where to be let through to */
	uint16_t port;
	size_t say_bytes;
	uint8_t say[TALK_SAY_BYTES];
	uint64_t heard_bytes; /* of all its answers */
	size_t line_bytes;    /* of HTTP's line at hand, without its end */
	size_t need_bytes;    /* of SOCKS' answer at hand */
	size_t answer_bytes;
	uint8_t answer[TALK_WHY_BYTES]; /* HTTP's first line, SOCKS' answer */
	char why[TALK_WHY_BYTES];
	const char *remedy;
};

/* Begins; what the pointers point to must stay. */
void talk_begin(struct talk *talk, const struct proxy *proxy, const char *host, uint16_t port);

/* All of `say` has been sent. */
void talk_said(struct talk *talk);

/*
 * Takes what has come, as far as it is the proxy's; returns how many bytes
 * that were.  All of them, while the state stays TALK_HEAR.
 */
size_t talk_hear(struct talk *talk, const uint8_t *bytes, size_t size_bytes);

#endif
