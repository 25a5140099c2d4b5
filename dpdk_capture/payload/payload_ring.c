/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload_ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "prof/clock.h"

struct payload_ring {
	int fd;
	uint8_t *blocks;
	uint32_t block_index;
	uint32_t frame_left_count; /* in the block at hand; 0: it is the kernel's, or used up */
	bool is_held;		   /* the block at hand is ours */
	const struct tpacket3_hdr *frame;
	uint64_t drop_count;
	enum packet_link link;
	bool is_loopback;
};

/* ---- Opening --------------------------------------------------------------- */

static int look_at_interface(struct payload_ring *ring, const char *interface)
{
	struct ifreq request = { 0 };

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(ring->fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	ring->is_loopback = request.ifr_flags & IFF_LOOPBACK;
	if (ioctl(ring->fd, SIOCGIFHWADDR, &request) < 0)
		return -errno;
	ring->link = link_of_hardware(request.ifr_hwaddr.sa_family);
	return ring->link == PACKET_LINK_UNKNOWN ? -EPROTONOSUPPORT : 0;
}

static int make_ring(struct payload_ring *ring)
{
	const int version = TPACKET_V3;
	const int on = 1;
	const struct tpacket_req3 request = {
		.tp_block_size = PAYLOAD_BLOCK_BYTES,
		.tp_block_nr = PAYLOAD_BLOCK_COUNT,
		/* Of no meaning to this version, but that it must divide the block. */
		.tp_frame_size = 2048,
		.tp_frame_nr = PAYLOAD_RING_BYTES / 2048,
		.tp_retire_blk_tov = PAYLOAD_BLOCK_MS,
	};
	void *blocks;

	if (setsockopt(ring->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(ring->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		return -errno;
	/* Without this stamps are a little late. */
	(void)setsockopt(ring->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	blocks = mmap(NULL, PAYLOAD_RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (blocks == MAP_FAILED)
		return -errno;
	ring->blocks = blocks;
	return 0;
}

/* Only now, as what came before the filter was set would be anybody's. */
static int listen_to(const struct payload_ring *ring, const char *interface)
{
	const struct sockaddr_ll address = { .sll_family = AF_PACKET,
					     .sll_protocol = htons(ETH_P_ALL),
					     .sll_ifindex = (int)if_nametoindex(interface) };

	if (address.sll_ifindex == 0)
		return -ENODEV;
	return bind(ring->fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

int payload_ring_want(struct payload_ring *ring, const struct payload_wanted *wanted)
{
	struct sock_filter code[PAYLOAD_CODE_COUNT_MAX];
	const struct sock_fprog program = {
		.len = (unsigned short)payload_filter_write(wanted, ring->link, ring->is_loopback,
							    code),
		.filter = code,
	};

	return setsockopt(ring->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0
		       ? -errno
		       : 0;
}

int payload_ring_open(const char *interface, const struct payload_wanted *wanted,
		      struct payload_ring **ret_ring, struct fault *ret_fault)
{
	struct payload_ring *ring = calloc(1, sizeof(*ring));
	int err = -ENOMEM;

	if (ring) {
		/* Protocol 0: nothing comes yet. */
		ring->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		err = ring->fd < 0 ? -errno : look_at_interface(ring, interface);
	}
	if (err == 0)
		err = make_ring(ring);
	if (err == 0)
		err = payload_ring_want(ring, wanted);
	if (err == 0)
		err = listen_to(ring, interface);
	if (err) {
		(void)payload_ring_close(ring);
		return fault_set(ret_fault, err, "a ring for whole frames", strerror(-err), "");
	}
	*ret_ring = ring;
	return 0;
}

struct payload_ring *payload_ring_close(struct payload_ring *ring)
{
	if (!ring)
		return NULL;
	if (ring->blocks)
		(void)munmap(ring->blocks, PAYLOAD_RING_BYTES);
	if (ring->fd >= 0)
		(void)close(ring->fd);
	free(ring);
	return NULL;
}

/* ---- Frames ----------------------------------------------------------------- */

static struct tpacket_hdr_v1 *block_at_hand(const struct payload_ring *ring)
{
	uint8_t *block = ring->blocks + (size_t)ring->block_index * PAYLOAD_BLOCK_BYTES;

	return &((struct tpacket_block_desc *)(void *)block)->hdr.bh1;
}

static void give_back(struct payload_ring *ring)
{
	struct tpacket_hdr_v1 *block = block_at_hand(ring);

	/* Pairs with the kernel's look at it before it writes. */
	atomic_store_explicit((_Atomic uint32_t *)&block->block_status, TP_STATUS_KERNEL,
			      memory_order_release);
	ring->block_index = (ring->block_index + 1) % PAYLOAD_BLOCK_COUNT;
	ring->is_held = false;
}

static bool take_block(struct payload_ring *ring)
{
	struct tpacket_hdr_v1 *block = block_at_hand(ring);
	uint32_t status;

	/* Pairs with the kernel's barrier before it hands the block over: it is whole. */
	status = atomic_load_explicit((_Atomic uint32_t *)&block->block_status,
				      memory_order_acquire);
	if (!(status & TP_STATUS_USER))
		return false;
	ring->is_held = true;
	ring->frame_left_count = block->num_pkts;
	ring->frame = (const void *)((const uint8_t *)block -
				     offsetof(struct tpacket_block_desc, hdr) +
				     block->offset_to_first_pkt);
	return true;
}

bool payload_ring_next(struct payload_ring *ring, struct payload_frame *ret_frame)
{
	const struct tpacket3_hdr *frame;

	while (ring->frame_left_count == 0) {
		if (ring->is_held)
			give_back(ring);
		if (!take_block(ring))
			return false;
	}
	frame = ring->frame;
	*ret_frame = (struct payload_frame){
		.bytes = (const uint8_t *)frame + frame->tp_mac,
		.captured_bytes = frame->tp_snaplen,
		.wire_bytes = frame->tp_len,
		.wall_time_ns = (uint64_t)frame->tp_sec * PROF_NS_PER_S + frame->tp_nsec,
	};
	ring->frame_left_count--;
	ring->frame = (const void *)((const uint8_t *)frame + frame->tp_next_offset);
	return true;
}

bool payload_ring_is_empty(const struct payload_ring *ring)
{
	struct tpacket_hdr_v1 *block = block_at_hand(ring);

	/* The kernel counts frames as it puts them in, and has opened the block it will fill. */
	return !ring->is_held &&
	       !(atomic_load_explicit((_Atomic uint32_t *)&block->block_status,
				      memory_order_acquire) &
		 TP_STATUS_USER) &&
	       atomic_load_explicit((_Atomic uint32_t *)&block->num_pkts, memory_order_relaxed) ==
		       0;
}

enum packet_link payload_ring_link(const struct payload_ring *ring)
{
	return ring->link;
}

uint64_t payload_ring_drop_count(struct payload_ring *ring)
{
	struct tpacket_stats_v3 stats = { 0 };
	socklen_t size = sizeof(stats);

	/* The kernel begins at 0 again after each look. */
	if (getsockopt(ring->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
		ring->drop_count += stats.tp_drops;
	return ring->drop_count;
}
