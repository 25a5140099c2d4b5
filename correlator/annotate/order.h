/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of one direction of a TCP connection, in the order of their bytes.
 *
 * Wireshark by itself neither decrypts nor cuts messages behind a segment that
 * came out of order ("reassemble out-of-order segments" is off unless somebody
 * sets it), and takes what was acknowledged before it sees it for a
 * retransmission.  So a frame that came too early, or acknowledges what has not
 * been given yet, waits here for what goes before it, and one that brings nothing
 * new is not given at all.  What never comes makes others wait in vain: beyond a
 * bound, and at the end, they are given as they are, behind a hole.
 *
 * Pure.
 */
#ifndef CORR_ANNOTATE_ORDER_H
#define CORR_ANNOTATE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of all directions together. */
#define ORDER_HELD_COUNT_MAX 1024

/* A longer frame does not wait. */
#define ORDER_FRAME_BYTES_MAX 66560

struct order_frame {
	uint64_t wall_time_ns;
	uint32_t captured_bytes;
	uint32_t wire_bytes;
	const uint8_t *bytes;
	uint32_t seq; /* of its first payload byte */
	uint32_t payload_bytes;
	uint32_t ack; /* if has_ack */
	bool has_ack;
	uint8_t link;	   /* enum packet_link */
	bool is_syn;	   /* seq is then that of the byte behind it */
	bool is_fin;	   /* has a number of its own, behind the payload */
	bool is_displaced; /* it waited: others that came later stand before it */
};

/* One direction.  Zeroed memory, but for `peer`, is its beginning. */
struct order_half {
	struct order_half *peer; /* the other direction; NULL: nothing is known of it */
	bool is_begun;
	bool is_whole; /* from its SYN on, and without a hole so far */
	uint32_t edge_seq;
	uint64_t edge_offset; /* in the TCP stream: what has been given ends here */
	uint32_t held_count;
	uint64_t copy_count; /* not given */
	uint64_t hole_count;
};

/*
 * Takes a frame of a half: its bytes from `begin` to `end` of the stream are
 * new.  Pointers are good for the call only.
 */
typedef void order_give(void *context, struct order_half *half, const struct order_frame *frame,
			uint64_t begin, uint64_t end);

struct order;

/* NULL if there is no memory. */
struct order *order_create(order_give *give, void *context);

/*
 * Where an unbegun half begins if not with its SYN: the stream's byte `offset`
 * has the number seq.  One that is begun is left alone.
 */
void order_begin(struct order_half *half, uint32_t seq, uint64_t offset);

/* Takes the next frame, in the order in which they came. */
void order_take(struct order *order, struct order_half *half, const struct order_frame *frame);

/* Gives what this half still holds. */
void order_finish(struct order *order, struct order_half *half);

/* NULL is allowed.  Returns NULL. */
struct order *order_destroy(struct order *order);

#endif
