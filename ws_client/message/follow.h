/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message means to its stream: is something missing before it, and has
 * it been had already while two connections carried the same streams?
 */
#ifndef WS_CLIENT_FOLLOW_H
#define WS_CLIENT_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed/dedupe.h"
#include "feed/feed.h"
#include "feed/streams.h"
#include "ws_client/tell/counts.h"

/* Zeroed memory with the two pointers set has followed nothing; 2 MiB. */
struct follow {
	struct streams *streams;
	struct client_counts *counts;
	uint32_t overlap_count;	  /* links with two connections just now */
	uint64_t overlap_over_ns; /* CLOCK_MONOTONIC when the last one ended */
	struct dedupe dedupe;
};

/* One message and the connection it came on. */
struct follow_message {
	const char *text;
	size_t size_bytes;
	uint64_t now_ns; /* CLOCK_MONOTONIC when its last callback began */
	uint32_t side;	 /* which of the link's two connections */
	uint32_t conn_number;
};

/* Two connections carry the same streams from now on, or no longer. */
void follow_begin_overlap(struct follow *follow);
void follow_end_overlap(struct follow *follow, uint64_t now_ns);

/* Counts what is missing or repeated.  False if the message was had before.  Allocates nothing. */
bool follow_take(struct follow *follow, struct stream *stream, const struct feed_message *feed,
		 const struct follow_message *message);

#endif
