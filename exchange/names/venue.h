/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is behind the name that a client asked for.
 */
#ifndef EXCHANGE_VENUE_H
#define EXCHANGE_VENUE_H

#include <stdbool.h>
#include <stddef.h>

/* Whose /ws and /stream they are; /market, /public and /private are the same everywhere. */
enum venue {
	VENUE_SPOT,
	VENUE_FUTURES, /* USDS-M and COIN-M, one universe behind two names */
	VENUE_SBE,     /* spot, in binary */
};

/* Parses "spot", "futures" or "sbe". */
bool venue_parse(const char *name, enum venue *ret_venue);

/*
 * The venue of a Host header's value, with or without a port: fstream and
 * dstream names are futures, stream-sbe names are SBE, other names of the
 * exchange's are spot.  Any other name says nothing, and `otherwise` comes back.
 */
enum venue venue_of_host(const char *host, size_t size_bytes, enum venue otherwise);

#endif
