/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP connection to a server through a proxy: connects to the proxy and
 * talks to it until the server is there.  Nothing blocks; one looks now and
 * then.  What comes out is a socket as if it had been connected to the server,
 * but that some bytes of its stream were the proxy's.
 */
#ifndef WS_CLIENT_PROXY_DIAL_H
#define WS_CLIENT_PROXY_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "talk.h"

struct dial_settings {
	uint32_t timeout_ms;	   /* for all of it */
	uint32_t keep_alive_ms;	   /* 0: no keep-alive */
	uint32_t keep_alive_tries; /* one a second */
};

/* Zeroed memory has dialled nothing; it must not move while is_busy. */
struct dial {
	bool is_busy;
	bool is_connected; /* to the proxy */
	int fd;
	uint64_t deadline_ns;
	struct talk talk;
	const char *why;
	const char *remedy;
};

enum dial_verdict { DIAL_WAIT, DIAL_THROUGH, DIAL_FAILED };

/*
 * Begins: connects to an address of the proxy, as text, for a server's host
 * and port.  What the pointers point to must stay.  Returns DIAL_WAIT, or
 * DIAL_FAILED with why and remedy.
 */
enum dial_verdict dial_start(struct dial *dial, const struct proxy *proxy, const char *address,
			     const char *host, uint16_t port, const struct dial_settings *settings);

/*
 * How far is it?  After DIAL_THROUGH dial->fd is the caller's to close, and
 * *ret_proxy_bytes of its stream have been the proxy's; after DIAL_FAILED it
 * is closed and why and remedy are there.
 */
enum dial_verdict dial_check(struct dial *dial, uint64_t *ret_proxy_bytes);

/* Gives up; may be called at any time. */
void dial_cancel(struct dial *dial);

#endif
