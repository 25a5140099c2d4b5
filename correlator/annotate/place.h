/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames in, in the order in which they came; out, in the order of the bytes,
 * those that whoever looks at the marked messages needs, with the comments of
 * the messages that each completes.
 *
 * Others can decrypt a message of TLS 1.3, which numbers its records without
 * saying so, only if they have all records before it; and any WebSocket message
 * only where they see the connection become one.  So a connection is written
 * from its beginning to its last mark, up to a bound of all frames together;
 * behind that only what brought marked messages is, and each says so.
 *
 * Pure.
 */
#ifndef CORR_ANNOTATE_PLACE_H
#define CORR_ANNOTATE_PLACE_H

#include "dpdk_capture/parse/packet.h"
#include "marks.h"
#include "order.h"
#include "wire/pcapng/blocks.h"

/* One frame's; further messages are counted in the last comment. */
#define PLACE_COMMENT_COUNT_MAX 512

#define PLACE_RANDOM_BYTES     32
#define PLACE_RANDOM_COUNT_MAX 4096

struct place_counters {
	uint64_t frame_count;	/* written */
	uint64_t mark_count;	/* written with their frames */
	uint64_t missing_count; /* marks whose frames were not among those given */
	uint64_t beyond_count;	/* of those written: behind the bound */
	uint64_t torn_count; /* of those written: the connection's beginning is not, or not whole */
	uint64_t odd_count;  /* of those written: another segment than the run's brought them */
	uint64_t cut_count;  /* frames written that were captured in part: nobody decrypts on */
	uint64_t copy_count; /* frames that brought nothing new, left out */
	uint64_t displaced_count; /* frames written behind ones that came later */
};

typedef void place_give(void *context, uint8_t link, const struct pcapng_packet *packet);

struct place_options {
	uint64_t bytes_max; /* of frames, all connections together */
	place_give *give;
	void *context;
};

struct place;

/*
 * marks, sorted, stay the caller's; who wants to know their frames is told the
 * number among those given, from 1.  NULL if there is no memory.
 */
struct place *place_create(const struct marks *marks, const struct place_options *options);

struct place_frame {
	uint64_t wall_time_ns;
	uint32_t captured_bytes;
	uint32_t wire_bytes;
	const uint8_t *bytes;
	enum packet_link link;
};

/*
 * The first pass: each frame once.  Learns the randoms of the marked
 * connections' hellos, by which their secrets are found.
 */
void place_look(struct place *place, const struct place_frame *frame);
bool place_knows_random(const struct place *place, const uint8_t random[PLACE_RANDOM_BYTES]);

/* The second pass: likewise.  place_finish() gives what is held still. */
void place_take(struct place *place, const struct place_frame *frame);
void place_finish(struct place *place, struct place_counters *ret_counters);

/* NULL is allowed.  Returns NULL. */
struct place *place_destroy(struct place *place);

#endif
