/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stood still when: messages that waited at the same time are one stall,
 * told by the slowest of them.  A run of any length is cut into slices of time
 * of which each keeps its worst stalls, so that one bad moment does not hide
 * all others.  Bounded and deterministic.  Pure.
 *
 * A message belongs to a stall if it had arrived before the stall's slowest
 * message was handed over, or if the read that completed it is that of the
 * stall's last one.  So those of one read, of one segment, and of one gap in
 * time are together, whatever the connection.
 */
#ifndef CORR_PAGE_STALLS_H
#define CORR_PAGE_STALLS_H

#include "correlator/message/message.h"

/* A slice begins with 1/1024 of a minute and doubles when the run outgrows them: 17 h of minutes.
 */
#define STALLS_SLICE_COUNT_MAX 1024
#define STALLS_MINUTE_NS       UINT64_C(60000000000)
#define STALLS_SLICE_NS	       (STALLS_MINUTE_NS / STALLS_SLICE_COUNT_MAX)
/* Enough for every one above the 99.99 % of a slice of 240,000 messages. */
#define STALLS_KEPT_COUNT_MAX 24
/* Stalls that may still grow: another connection's messages come in between. */
#define STALLS_OPEN_COUNT 8
/* A message that waited so many times as long as all others of a stall begins it anew. */
#define STALLS_LIKENESS 4
/* What the page has room for, and how many are shown beyond those that have to be. */
#define STALLS_ROW_COUNT_MAX  1024
#define STALLS_ROW_COUNT_MORE 256
/* One message in so many is above the 99.99 %. */
#define STALLS_MESSAGES_PER_ROW 10000

struct stall {
	int64_t latency_ns;	     /* of the slowest */
	uint64_t message_count;	     /* that waited in it */
	uint64_t first_ns;	     /* when the first of them arrived */
	uint64_t last_ns;	     /* when the last of them was handed over */
	struct corr_message slowest; /* its stream points to the name below */
	char stream[64];
	uint64_t read_ns; /* of the last one's read, and its connection */
	uint32_t conn_number;
	uint64_t frame_number; /* of its slowest message in the file of --annotate; 0: none */
	bool is_on_more_conns;
	bool is_due; /* above the 99.99 % of its minute; set by stalls_finish() */
	uint32_t minute_index;
};

struct stalls_slice {
	uint64_t message_count;
	int64_t latency_ns_max;
	uint32_t kept_count;
	struct stall kept[STALLS_KEPT_COUNT_MAX]; /* a heap, the mildest first */
};

struct stalls {
	uint64_t message_count;
	uint64_t stall_count; /* those not kept included, after stalls_finish() */
	uint64_t first_ns;    /* when the first message was handed over */
	uint64_t slice_ns;
	uint32_t slice_count; /* used */
	uint32_t open_count;
	struct stall open[STALLS_OPEN_COUNT];
	struct stalls_slice slices[STALLS_SLICE_COUNT_MAX];
	uint32_t row_count;
	uint32_t due_count; /* rows that are above the 99.99 % of their minute, or would be */
	struct stall *rows[STALLS_SLICE_COUNT_MAX * STALLS_KEPT_COUNT_MAX];
};

/* Zeroed memory is a run without a stall.  latency_ns >= 0: up to message->user_ns. */
void stalls_add(struct stalls *stalls, const struct corr_message *message, int64_t latency_ns);

/*
 * Chooses rows[0 .. row_count - 1], the slowest first: of each minute the one
 * in STALLS_MESSAGES_PER_ROW of its messages, at least one, and the slowest
 * STALLS_ROW_COUNT_MORE of the others as far as there is room.  Nothing may be added after it.
 */
void stalls_finish(struct stalls *stalls);

#endif
