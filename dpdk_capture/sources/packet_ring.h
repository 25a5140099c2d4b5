/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look into net_af_packet's receive ring, past the driver.
 *
 * The kernel writes into each slot when it saw the frame, how long it was and
 * on which interface; the driver of DPDK 22.11 passes on none of this.  The
 * ring is mapped into this process, so the slots that the next burst will
 * return are read just before it.  That is trusted only as long as every
 * frame has the length its slot says.
 *
 * For the thread that polls the port.
 */
#ifndef CAPTURE_PACKET_RING_H
#define CAPTURE_PACKET_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet_ring {
	const uint8_t *slots;
	uint32_t slot_bytes;
	uint32_t slot_count;
	uint32_t next_index;
};

/* What the kernel says about a frame. */
struct packet_slot {
	uint64_t stamp_ns; /* CLOCK_REALTIME, or the adapter's own clock */
	uint32_t interface_index;
	uint32_t wire_bytes;	 /* as the driver will return it, had it been captured whole */
	uint32_t captured_bytes; /* what the driver will return */
	bool is_adapter_stamp;	 /* stamp_ns is the adapter's */
	bool is_outgoing;	 /* seen on its way out */
	bool is_marked_merged;	 /* by the kernel's status (6.12), or by packet_filter.h's */
};

/*
 * Finds the mapping of the socket fd, which must hold a receive and a transmit
 * ring of slot_count slots each.  Returns 0, -ENOENT, or a negative errno.
 */
int packet_ring_find(int fd, uint32_t slot_bytes, uint32_t slot_count,
		     struct packet_ring *ret_ring);

/* The next frames there are, without taking them.  Returns how many. */
size_t packet_ring_peek(const struct packet_ring *ring, struct packet_slot *ret_slots,
			size_t slot_count_max);

/* The driver has taken so many. */
void packet_ring_advance(struct packet_ring *ring, size_t taken_count);

#endif
