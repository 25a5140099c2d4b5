/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the stages' ring to the bus.  Of the publisher, whose producer it uses; one thread.
 * A feed of NULL is one of which nothing ever comes.
 */
#ifndef EBPF_LOADER_STAGE_FEED_H
#define EBPF_LOADER_STAGE_FEED_H

#include "ebpf_loader/stages/stage_probes.h"
#include "prof/bus.h"

struct stage_totals {
	uint64_t ready_count;	      /* tellings published, ... */
	uint64_t ready_dropped_count; /* ... or not: the lane was full */
	uint64_t other_count;	      /* the same of all other events */
	uint64_t other_dropped_count;
	uint64_t malformed_count; /* records that make no sense: a bug */
	uint64_t skipped_count;	  /* of our programs, by the kernel */
	struct stage_counts counts;
};

struct stage_feed;

/*
 * 0 and the feed, to be released with stage_feed_close(), which leaves the probes alone;
 * or a negative errno.  Probes of NULL leave *ret_feed alone.
 */
int stage_feed_open(struct stage_probes *probes, struct stage_feed **ret_feed);

/* Always returns NULL. */
struct stage_feed *stage_feed_close(struct stage_feed *feed);

/* Where the ring ends now; to be asked after the time that a mark will promise. */
uint64_t stage_feed_end(const struct stage_feed *feed);

/*
 * Publishes what waits below `end`, and the losses that belong to it: before the mark.
 * Returns how many records there were.
 */
size_t stage_feed_turn(struct stage_feed *feed, uint64_t end, struct prof_producer *producer);

/* Is nothing left below `end`? */
bool stage_feed_is_past(const struct stage_feed *feed, uint64_t end);

/* With what takes a system call to ask. */
void stage_feed_count_losses(struct stage_feed *feed, struct prof_producer *producer);

/* NULL of NULL. */
const struct stage_totals *stage_feed_totals(const struct stage_feed *feed);

#endif
