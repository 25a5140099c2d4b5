/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --write: the frames of the connections that are published, kept in files of
 * bounded size and number (pcapng, stamps in ns, their owner's alone).
 *
 * Written by the thread that polls, into the page cache: a disk that cannot
 * keep up holds the poll up, which the counters of the source then show.
 */
#ifndef CAPTURE_KEEP_H
#define CAPTURE_KEEP_H

#include "dpdk_capture/fault/fault.h"
#include "young.h"

struct keep_options {
	const char *path; /* its later parts are called PATH.1, PATH.2, ... */
	uint64_t part_bytes_max;
	uint32_t part_count_max; /* older ones are removed */
};

struct keep_counters {
	uint64_t written_count; /* frames */
	uint64_t cut_count;	/* of those: not whole, as the source had no more of them */
	uint64_t lost_count;	/* not written: the file could not be */
};

struct keep;

/* Returns 0, or a negative errno and *ret_fault. */
int keep_open(const struct keep_options *options, struct keep **ret_keep, struct fault *ret_fault);

/* A frame of a connection that is published. */
void keep_frame(struct keep *keep, const struct kept_frame *frame);

/* One of a connection that may yet be; is_opening: it is the SYN that begins it. */
void keep_young(struct keep *keep, uint64_t flow_id, bool is_opening,
		const struct kept_frame *frame);

/* The connection has been registered. */
void keep_recall(struct keep *keep, uint64_t flow_id);

/* Writes out.  Returns 0, or once the negative errno for which nothing is written any more. */
int keep_flush(struct keep *keep);

void keep_count(const struct keep *keep, struct keep_counters *ret_counters);

/* NULL is allowed.  Returns the first error of all writes. */
int keep_close(struct keep *keep);

#endif
