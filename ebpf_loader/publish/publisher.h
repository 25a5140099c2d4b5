/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the probe to the bus: the sockets of the registry go down into the
 * probe, records come up as events, marks and losses follow.  One thread.
 */
#ifndef EBPF_LOADER_PUBLISHER_H
#define EBPF_LOADER_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>

#include "ebpf_loader/attach/session.h"
#include "prof/bus.h"

/* What has been seen so far. */
struct publisher_totals {
	uint64_t read_count; /* events published */
	uint64_t read_bytes;
	uint64_t ssl_read_count;     /* messages published for SSL_read() */
	uint64_t ssl_unbound_count;  /* calls of it whose socket is not known ... */
	uint64_t ssl_unranged_count; /* ... or whose place in its stream */
	uint64_t bus_dropped_count;  /* the lane was full */
	uint64_t malformed_count;    /* records that make no sense: a bug */
	uint64_t unknown_count;	     /* reads of a socket that was never told: a bug */
	uint64_t socket_count;	     /* sockets ever wanted */
	uint64_t unregistered_count; /* sockets the registry or the probe had no room for */
	uint64_t skipped_count;	     /* places where bytes went without a read, and how many */
	uint64_t skipped_bytes;
	uint64_t reordered_count;  /* reads told after later ones, by another thread */
	uint64_t base_wrong_count; /* the registry's base differs from the kernel's */
	struct probe_counts probe;
	uint64_t missed_count;
	uint64_t off_seconds; /* in which the kernel was told to skip the probes */
};

struct publisher;

/*
 * Returns 0 and the publisher, to be released with publisher_close(), which
 * leaves bus and session alone; or a negative errno.  Complete from now on.
 */
int publisher_open(struct prof_bus *bus, struct session *session,
		   const struct session_options *options, struct publisher **ret_publisher);

/* NULL is allowed.  Always returns NULL. */
struct publisher *publisher_close(struct publisher *publisher);

/*
 * One round: follows the registry, publishes what waits in the ring, then the
 * mark that has become true.  Returns how many records there were.
 */
size_t publisher_turn(struct publisher *publisher);

/* A second has passed in which the kernel was told to skip the probes. */
void publisher_note_off_second(struct publisher *publisher);

/* Reads the probe's counters and publishes the losses.  0 or a negative errno. */
int publisher_count_losses(struct publisher *publisher);

const struct publisher_totals *publisher_totals(const struct publisher *publisher);

#endif
