/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client: its links, its way onto the bus, and what it has counted.
 */
#ifndef WS_CLIENT_CLIENT_H
#define WS_CLIENT_CLIENT_H

#include <signal.h>
#include <stdbool.h>

#include "feed/venue.h"
#include "prof/bus.h"
#include "ws_client/connection/options.h"
#include "ws_client/tell/counts.h"

struct client;

/* How it went. */
struct client_outcome {
	const struct client_counts *counts; /* the client's; gone with it */
	int bus_err;			    /* why the bus can no longer be used; 0: it can */
	int output_err;			    /* the same of standard output */
	bool is_any_failed;		    /* an address could not be connected at all */
};

/*
 * Makes a client for a plan; both arguments stay the caller's and must outlive
 * it.  NULL after it has been complained about.  Release it with client_close().
 */
struct client *client_open(const struct client_options *options, const struct venue_plan *plan);

/*
 * Joins the bus `name` (bus_options: should it have to be made); without that
 * nothing is published.  Returns 0 or what prof_bus_join() or
 * prof_producer_attach() does.
 */
int client_join_bus(struct client *client, const char *name,
		    const struct prof_bus_options *bus_options);

/*
 * Connects and serves until it is told to stop, or cannot go on.  The counts
 * are told at the end.
 */
struct client_outcome client_run(struct client *client, const volatile sig_atomic_t *stop_flag);

/*
 * Frees it; NULL is allowed.  False if a name server's answer is still
 * awaited: its memory and the plan's must then stay until the process ends.
 */
bool client_close(struct client *client);

#endif
