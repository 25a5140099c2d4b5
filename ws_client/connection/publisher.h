/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's way onto the bus, or nowhere with --no-bus.
 */
#ifndef WS_CLIENT_PUBLISHER_H
#define WS_CLIENT_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>

#include "prof/bus.h"

/* Zeroed memory is a publisher without a bus: everything below is then a no-op. */
struct publisher {
	struct prof_bus *bus;
	struct prof_producer *producer;
	uint64_t published_count;
	uint64_t dropped_count;	     /* events that found the lane full */
	uint64_t unregistered_count; /* sockets for which the registry had no place */
};

/* A socket's place in the registry. */
struct publisher_socket {
	bool is_registered;
	uint32_t index;
	uint32_t generation;
};

/*
 * Joins the bus `name` (bus_options: should it have to be made) and claims a
 * lane for the calling thread.  Returns 0 or what prof_bus_join() or
 * prof_producer_attach() does.
 */
int publisher_open(struct publisher *publisher, const char *name,
		   const struct prof_bus_options *bus_options);
void publisher_close(struct publisher *publisher);

/* Publishes one event. */
void publisher_event(struct publisher *publisher, const struct prof_event *event);

/* Everything up to now has been published. */
void publisher_mark(struct publisher *publisher);

/* What prof_bus_check() says of the bus; 0 without one. */
int publisher_check(const struct publisher *publisher);

/*
 * Enters the connected TCP socket fd into the registry.  Writes what it found
 * out about it to *ret_socket, also without a bus.  Returns 0, -ENOSPC if the
 * registry is full, or the negative errno of a failed question to the kernel.
 */
int publisher_register(struct publisher *publisher, int fd, uint32_t conn_number, bool is_tls,
		       struct prof_socket *ret_socket, struct publisher_socket *ret_place);
void publisher_unregister(struct publisher *publisher, struct publisher_socket *place);

/* The stream's index on the bus, 0 if it has none.  Not for the hot path. */
uint16_t publisher_stream(struct publisher *publisher, const char *name);

#endif
