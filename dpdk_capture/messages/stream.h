/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of a TCP connection: segments as they come, retransmitted,
 * overlapping, out of order or not at all, become bytes in order; those become
 * TLS records or plain WebSocket, and what the server says goes to its cutter.
 *
 * A hole is waited for as long as the missing bytes may still come: until the
 * other end has acknowledged them for a while, or too much is held.  Behind
 * it, and where a connection is met in the middle, records begin where three
 * headers in a row can be some.  Pure; all memory is the caller's.
 */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cutter.h"
#include "pieces.h"
#include "wire/tls/connection.h"
#include "wire/tls_records.h"

#define STREAM_RECORD_BYTES_MAX (TLS_RECORD_HEADER_BYTES + TLS_RECORD_BODY_BYTES_MAX)

/* Of what is looked through for records at once; more than three of the longest. */
#define STREAM_SCRATCH_BYTES 65536

/* Held of one direction at most: 4 MB. */
#define STREAM_HELD_COUNT_MAX 2048

/* The missing bytes were acknowledged so long ago: they will not be captured any more. */
#define STREAM_ACKED_NS UINT64_C(200000000)

/* Nobody acknowledges where we see it: so long at most. */
#define STREAM_HOLE_NS UINT64_C(10000000000)

struct stream_counters {
	uint64_t segment_count; /* with payload */
	uint64_t copy_count;	/* that brought nothing new */
	uint64_t cut_count;	/* of which the capture has only the beginning */
	uint64_t record_count;	/* opened */
	uint64_t bad_count;	/* records that do not authenticate */
	uint64_t keyless_count; /* records that no secret is known for */
	uint64_t hole_count;
	uint64_t missing_bytes;	  /* in holes */
	uint64_t skipped_bytes;	  /* there, but before the next record that could be found */
	uint64_t held_drop_bytes; /* held for a key or a hole, and no longer */
	uint64_t resync_count;	  /* times that records were found again */
	uint64_t http2_count;	  /* connections */
	uint64_t other_count;	  /* connections that are no WebSocket */
	uint64_t unmade_count;	  /* connections met in the middle, of whatever kind */
	uint64_t foreign_count;	  /* connections with a cipher that is not followed */
	const char *foreign_name; /* the last one's */
};

/* What all directions share. */
struct stream_shared {
	const struct key_log *log;
	struct piece_pool pool;
	struct cutter_rooms rooms;
	struct stream_counters counters;
	uint8_t plain[STREAM_RECORD_BYTES_MAX];
	uint8_t scratch[STREAM_SCRATCH_BYTES];
};

enum stream_state {
	STREAM_OPENING, /* its first bytes will tell what it is */
	STREAM_SEEKING, /* the next record's beginning */
	STREAM_TLS,
	STREAM_PLAIN,	/* WebSocket without TLS, from the server */
	STREAM_IGNORED, /* nothing of it is needed */
};

/* Zeroed memory is a direction of which nothing was seen. */
struct stream {
	uint8_t state;	   /* enum stream_state */
	uint8_t index;	   /* of the half */
	bool is_placed;	   /* next_offset means something */
	bool has_base;	   /* its SYN was seen: offset 0 is the first byte */
	bool is_known;	   /* that it is TLS */
	bool is_waiting;   /* for the key of the record in `record` */
	bool is_told;	   /* counted as HTTP/2, foreign, other */
	uint32_t base_seq; /* of offset 0 */
	uint32_t seek_failure_count;
	uint32_t asked_count;	/* of secrets, when the log was last asked in vain */
	uint32_t starved_count; /* of secrets, when waiting for a key was given up, plus 1 */
	uint64_t next_offset;	/* of the next byte in order */
	uint64_t gap_offset;	/* of the hole at hand; UINT64_MAX: none */
	uint64_t hole_ns;	/* when it was first noticed */
	uint64_t acked_ns;	/* when what is missing was first seen acknowledged; 0: not */
	uint64_t acked_offset;
	uint64_t skipped_bytes; /* since records were last in order */
	struct pieces held;
	struct cutter cutter;
	struct arrival record_first;
	struct arrival record_last;
	uint32_t record_bytes; /* so far */
	uint8_t record[STREAM_RECORD_BYTES_MAX];
};

struct stream_pair {
	struct tls_connection tls;
	struct stream streams[2];
};

/* One segment, its payload as far as it was captured. */
struct stream_segment {
	uint64_t time_ns;
	uint32_t seq; /* of the first payload byte */
	uint32_t payload_bytes;
	uint32_t captured_bytes;
	const uint8_t *payload;
};

/* The SYN gave offset 0 of a direction. */
void stream_anchor(struct stream *stream, uint32_t base_seq);

/* Takes a segment with payload. */
void stream_take(struct stream_pair *pair, size_t index, struct stream_shared *shared,
		 const struct stream_segment *segment);

/* The other end has acknowledged everything before ack_seq. */
void stream_acknowledge(struct stream_pair *pair, size_t index, struct stream_shared *shared,
			uint32_t ack_seq, uint64_t time_ns);

/* The log has grown: a record that waits for its key is tried again. */
void stream_retry(struct stream_pair *pair, size_t index, struct stream_shared *shared);

/* Nothing will come any more: what is held is used as well as it can be. */
void stream_finish(struct stream_pair *pair, size_t index, struct stream_shared *shared);

/* Gives back what it holds. */
void stream_clear(struct stream *stream, struct stream_shared *shared);

#endif
