/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader has seen and what it has not, and what follows from both.  Pure. */
#ifndef EBPF_LOADER_TOTALS_H
#define EBPF_LOADER_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/types.h>

#include "ebpf/probe.h"

/* What has been seen so far. */
struct publisher_totals {
	uint64_t read_count; /* events published */
	uint64_t read_bytes;
	uint64_t send_count; /* the same of sends */
	uint64_t send_bytes;
	uint64_t send_elsewhere_bytes; /* sent past the probes, or by calls that were not told */
	uint64_t ssl_read_count;     /* messages published for SSL_read() */
	uint64_t ssl_unbound_count;  /* calls of it whose socket is not known ... */
	uint64_t ssl_ktls_count;     /* ... because the kernel does its TLS ... */
	uint64_t ssl_unranged_count; /* ... or whose place in its stream */
	uint64_t bus_dropped_count;  /* the lane was full */
	uint64_t malformed_count;    /* records that make no sense: a bug */
	uint64_t unknown_count;	     /* reads of a socket that was never told: a bug */
	uint64_t socket_count;	     /* sockets ever wanted */
	uint64_t unregistered_count; /* sockets the registry or the probe had no room for */
	uint64_t skipped_count;	     /* places where bytes went without a read, and how many */
	uint64_t skipped_bytes;
	uint64_t reordered_count; /* reads told after later ones, by another thread ... */
	uint64_t filled_bytes;	  /* ... which fill as much of those places */
	uint64_t gap_bytes; /* what is left of them, without the bytes of calls counted as lost */
	uint64_t elsewhere_count; /* reads another way that were seen, and their bytes by the way */
	uint64_t elsewhere_bytes[PROBE_WAY_COUNT];
	uint64_t unseen_bytes[PROBE_WAY_COUNT]; /* only known to be gone: MPTCP, found at the close
						 */
	uint64_t late_count; /* connections older than the loader, read another way before a recv */
	uint64_t mptcp_socket_count;
	uint64_t ktls_socket_count;
	uint64_t base_wrong_count; /* the registry's base differs from the kernel's */
	struct probe_counts probe;
	uint64_t off_seconds;	     /* in which the kernel was told to skip the probes */
	uint64_t exhausted_count;    /* calls without a kretprobe instance */
	uint64_t skipped_call_count; /* of our programs, by the kernel */
};

/*
 * Adds what socket_note_read() said of a read of size_bytes: bytes that are gone without a
 * read, or a read of another thread that comes late and fills such a place.
 */
void totals_add_gap(struct publisher_totals *totals, int64_t gap_bytes, uint32_t size_bytes);

/* A missed return is seen again as unpaired when its thread makes the next call: not twice. */
uint64_t totals_unpaired_count(const struct publisher_totals *totals);

/* Bytes gone without a read, but for those of calls that were seen and counted as lost. */
uint64_t totals_gap_bytes(const struct publisher_totals *totals);

/*
 * Calls of which no read was published, for whatever reason: while there is none, bytes that
 * went between two reads went another way.
 */
uint64_t totals_lost_count(const struct publisher_totals *totals);

/* Does the kernel do the TLS of every socket there is: is a call without a socket one of those? */
bool totals_is_all_ktls(const struct publisher_totals *totals);

/* All bytes that nobody saw leave. */
uint64_t totals_unseen_bytes(const struct publisher_totals *totals);

#endif
