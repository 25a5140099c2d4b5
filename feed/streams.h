/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of each stream: its index on the bus, whether it was asked
 * for, when it last spoke, and where its chain of ids stands.  A hash table
 * of fixed size by name (1.6 MB, the caller's): a stream once entered stays
 * where it is, so pointers to it are good as long as the table.  Times are ns
 * of CLOCK_MONOTONIC.  Pure; one thread at a time.
 */
#ifndef FEED_STREAMS_H
#define FEED_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "continuity.h"
#include "feed/message/feed_message.h"

#define STREAMS_COUNT_MAX  4096
#define STREAMS_SLOT_COUNT 8192 /* a power of two, at most half full */
#define STREAMS_SIDE_COUNT 2	/* connections that can carry it at the same time */

struct stream {
	char name[FEED_STREAM_BYTES]; /* empty: free */
	uint16_t bus_index;
	bool is_wanted;	      /* asked for, by the URL or by SUBSCRIBE */
	bool is_silence_told; /* the user knows that nothing comes */
	bool is_chainless;    /* its ids do not follow each other */
	bool is_of_many;      /* symbols, each with ids of its own */
	bool has_id;
	bool has_overlap_id;
	uint8_t link_index;
	uint32_t alias_slot; /* of the stream this name stands for, plus 1; 0: its own */
	uint64_t message_count;
	uint64_t last_ns;			  /* its last message; 0: none yet */
	uint64_t last_id;			  /* newest id that was passed on */
	uint64_t overlap_id;			  /* the same when the present overlap began */
	uint32_t chain_conns[STREAMS_SIDE_COUNT]; /* connection each chain belongs to */
	struct chain chains[STREAMS_SIDE_COUNT];
};

/* Zeroed memory is an empty table. */
struct streams {
	uint32_t count;
	struct stream slots[STREAMS_SLOT_COUNT];
};

/* The stream of that name, or NULL. */
struct stream *streams_find(struct streams *streams, const char *name);

/* The same, entered if it is new; NULL for an empty or too long name, or a full table. */
struct stream *streams_get(struct streams *streams, const char *name);

#endif
