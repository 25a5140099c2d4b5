/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose time NIC->Kernel is, at its median and in its tail.  Messages are gathered by the
 * size of NIC->Kernel, each power of two in four parts: a percentile's message is one of
 * its part's, and what its parts say is their mean.
 */
#ifndef CORR_BLAME_H
#define CORR_BLAME_H

#include "correlator/message/message.h"
#include "hist.h"

/* Who a part of NIC->Kernel belongs to. */
enum blame_party {
	BLAME_APPLICATION, /* Running->Read */
	BLAME_SCHEDULER,   /* Ready->Running */
	BLAME_KERNEL,	   /* NIC->Queue, Queue->Ready */
	BLAME_NETWORK,	   /* Hole */
	BLAME_UNTOLD,	   /* what could not be told */
	BLAME_PARTY_COUNT,
};

#define BLAME_CELL_COUNT (4 * 43)

struct blame_cell {
	uint64_t count;
	uint64_t wait_count[CORR_WAIT_COUNT];
	uint64_t party_ns[BLAME_PARTY_COUNT];	  /* sums */
	uint64_t guilty_count[BLAME_PARTY_COUNT]; /* messages of which it has the largest part */
};

/* Zeroed memory is an empty one. */
struct blame {
	uint64_t count;
	struct blame_cell cells[BLAME_CELL_COUNT];
};

/* A message whose NIC->Kernel is known and not negative, and whose stages were looked at. */
void blame_add(struct blame *blame, const struct corr_message *message);

struct blame_answer {
	uint64_t count;			     /* messages it is said of */
	int64_t party_ns[BLAME_PARTY_COUNT]; /* their means */
	uint64_t tail_count;		     /* messages that took as long or longer ... */
	uint64_t guilty_count[BLAME_PARTY_COUNT];
	uint64_t wait_count[CORR_WAIT_COUNT]; /* ... and what their readers did */
};

/* What is so of the messages whose NIC->Kernel is about value_ns, a percentile of it. */
void blame_ask(const struct blame *blame, int64_t value_ns, struct blame_answer *ret_answer);

/* "your reader", "the scheduler", ... */
const char *blame_party_words(enum blame_party party);

#endif
