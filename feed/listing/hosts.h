/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses of the exchange that are known, and what each allows.  Pure:
 * nothing is looked up.
 */
#ifndef FEED_HOSTS_H
#define FEED_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

enum venue_kind {
	VENUE_OTHER, /* taken as given, like all; its path tells whether it has routes */
	VENUE_SPOT,
	VENUE_SBE, /* spot, in binary */
	VENUE_FUTURES,
	VENUE_COIN,
};

struct venue_host {
	const char *name;
	enum venue_kind kind;
	bool is_routed; /* on /ws and /stream the streams of /market stay silent */
	bool wants_key; /* in the request's X-MBX-APIKEY */
};

/* The row of a host's name, in any case of letters; NULL if it is not known. */
const struct venue_host *venue_host_of(const char *host);

/* VENUE_OTHER for a name that is not known. */
enum venue_kind venue_kind_of(const char *host);

/* A kind in words: "spot". */
const char *venue_kind_name(enum venue_kind kind);

/* The shortest time between pings with which a connection is safe; 0: not known. */
uint32_t venue_ping_least_ms(enum venue_kind kind);

#endif
