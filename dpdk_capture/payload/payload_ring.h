/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames with their whole payload, from a packet socket of our own beside the
 * one that stamps: TPACKET_V3, whose blocks take frames of any size one behind
 * the other, so that one of 64 KB costs 64 KB and one of 100 bytes no slot of
 * that size.  Its kernel memory is what PAYLOAD_RING_BYTES says, no more.
 *
 * Both sockets give a frame the same stamp: the kernel takes it once.
 */
#ifndef CAPTURE_PAYLOAD_RING_H
#define CAPTURE_PAYLOAD_RING_H

#include "dpdk_capture/fault/fault.h"
#include "payload_filter.h"

#define PAYLOAD_BLOCK_BYTES (1u << 19) /* several of the longest frames */
#define PAYLOAD_BLOCK_COUNT 64u
#define PAYLOAD_RING_BYTES  (PAYLOAD_BLOCK_BYTES * PAYLOAD_BLOCK_COUNT)

/*
 * A block is handed over when it is full or twice so long after its first frame,
 * in ticks of the kernel's timer, and later where processors are short: what is
 * still in it is known by payload_ring_is_empty() only.
 */
#define PAYLOAD_BLOCK_MS 5

struct payload_ring;

struct payload_frame {
	const uint8_t *bytes; /* good until the next one is asked for */
	uint32_t captured_bytes;
	uint32_t wire_bytes;
	uint64_t wall_time_ns;
};

/*
 * Listens on an interface of this thread's network namespace.  Returns 0 and
 * the ring, or a negative errno and *ret_fault.
 */
int payload_ring_open(const char *interface, const struct payload_wanted *wanted,
		      struct payload_ring **ret_ring, struct fault *ret_fault);

/* From here on these are wanted.  Returns 0 or a negative errno. */
int payload_ring_want(struct payload_ring *ring, const struct payload_wanted *wanted);

enum packet_link payload_ring_link(const struct payload_ring *ring);

/* The next frame; false if there is none for now.  Never waits. */
bool payload_ring_next(struct payload_ring *ring, struct payload_frame *ret_frame);

/* All frames have been given, and the kernel has not begun to fill the next block. */
bool payload_ring_is_empty(const struct payload_ring *ring);

/* Frames that found no room, so far. */
uint64_t payload_ring_drop_count(struct payload_ring *ring);

/* Wipes and releases.  NULL is allowed.  Always returns NULL. */
struct payload_ring *payload_ring_close(struct payload_ring *ring);

#endif
