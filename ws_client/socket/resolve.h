/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names to addresses without holding up the thread that serves connections:
 * glibc asks on a thread of its own, and we look now and then.
 */
#ifndef WS_CLIENT_RESOLVE_H
#define WS_CLIENT_RESOLVE_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#define RESOLVE_ADDRESS_BYTES 64

struct resolve {
	bool is_busy;
	uint32_t turn;	/* which of several addresses is next */
	uint32_t count; /* how many there were */
	struct addrinfo hints;
	struct gaicb request;
};

enum resolve_verdict { RESOLVE_WAIT, RESOLVE_DONE, RESOLVE_FAILED };

/* Begins; `host` must stay.  The struct must not move until it is done or cancelled. */
enum resolve_verdict resolve_start(struct resolve *resolve, const char *host);

/*
 * Is it there yet?  After RESOLVE_DONE *ret_address is an address as text, of
 * several the next one each time; after RESOLVE_FAILED *ret_why says why.
 */
enum resolve_verdict resolve_check(struct resolve *resolve, char ret_address[RESOLVE_ADDRESS_BYTES],
				   const char **ret_why);

/* Gives up.  False if it cannot be stopped: the struct must then be left in memory. */
bool resolve_cancel(struct resolve *resolve);

#endif
