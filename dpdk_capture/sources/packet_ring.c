/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet_ring.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <linux/if_packet.h>

#include "prof/clock.h"

#define VLAN_TAG_BYTES 4

/* Of a frame that was merged or is yet to be cut; since Linux 6.12, where headers have it. */
#define STATUS_GSO_TCP (1u << 8)

/* Where the frame's sockaddr_ll lies in its slot. */
#define ADDRESS_AT 32
static_assert(ADDRESS_AT >= sizeof(struct tpacket2_hdr) &&
		      ADDRESS_AT < sizeof(struct tpacket2_hdr) + TPACKET_ALIGNMENT,
	      "TPACKET_ALIGN() of the header, which is signed");

int packet_ring_find(int fd, uint32_t slot_bytes, uint32_t slot_count, struct packet_ring *ret_ring)
{
	uint64_t want_bytes = 2 * (uint64_t)slot_bytes * slot_count;
	struct stat stat;
	char line[512];
	FILE *maps;
	int err = -ENOENT;

	if (fstat(fd, &stat) < 0)
		return -errno;
	maps = fopen("/proc/self/maps", "re");
	if (!maps)
		return -errno;
	while (err && fgets(line, sizeof(line), maps)) {
		uint64_t begin;
		uint64_t end;
		uint64_t inode;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %" SCNu64, &begin, &end,
			   &inode) != 3 ||
		    inode != stat.st_ino || end - begin != want_bytes)
			continue;
		*ret_ring = (struct packet_ring){
			.slots = (const uint8_t *)(uintptr_t)begin,
			.slot_bytes = slot_bytes,
			.slot_count = slot_count,
		};
		err = 0;
	}
	(void)fclose(maps);
	return err;
}

/* The filter has captured less of it than would have fitted. */
static bool is_cut_by_filter(const struct tpacket2_hdr *header, uint32_t slot_bytes)
{
	uint32_t room_bytes = slot_bytes > header->tp_mac ? slot_bytes - header->tp_mac : 0;

	return header->tp_snaplen < (header->tp_len < room_bytes ? header->tp_len : room_bytes);
}

static bool read_slot(const uint8_t *slot, uint32_t slot_bytes, struct packet_slot *ret_slot)
{
	const struct tpacket2_hdr *header = (const void *)slot;
	const struct sockaddr_ll *address = (const void *)(slot + ADDRESS_AT);
	/* Pairs with the kernel's barrier before it hands the slot over: it is whole. */
	uint32_t status = atomic_load_explicit((const _Atomic uint32_t *)&header->tp_status,
					       memory_order_acquire);
	uint32_t tag_bytes = status & TP_STATUS_VLAN_VALID ? VLAN_TAG_BYTES : 0;

	if (!(status & TP_STATUS_USER))
		return false;
	*ret_slot = (struct packet_slot){
		.stamp_ns = (uint64_t)header->tp_sec * PROF_NS_PER_S + header->tp_nsec,
		.interface_index = (uint32_t)address->sll_ifindex,
		/* The driver puts the tag back that the kernel took out. */
		.wire_bytes = header->tp_len + tag_bytes,
		.captured_bytes = header->tp_snaplen + tag_bytes,
		/* Of this packet: an adapter may grant the wish and stamp nothing. */
		.is_adapter_stamp = status & TP_STATUS_TS_RAW_HARDWARE,
		.is_outgoing = address->sll_pkttype == PACKET_OUTGOING,
		.is_marked_merged = (status & STATUS_GSO_TCP) ||
				    is_cut_by_filter(header, slot_bytes),
	};
	return true;
}

size_t packet_ring_peek(const struct packet_ring *ring, struct packet_slot *ret_slots,
			size_t slot_count_max)
{
	uint32_t index = ring->next_index;
	size_t count = 0;

	while (count < slot_count_max && read_slot(ring->slots + (size_t)index * ring->slot_bytes,
						   ring->slot_bytes, &ret_slots[count])) {
		count++;
		index = index + 1 == ring->slot_count ? 0 : index + 1;
	}
	return count;
}

void packet_ring_advance(struct packet_ring *ring, size_t taken_count)
{
	ring->next_index = (uint32_t)((ring->next_index + taken_count) % ring->slot_count);
}
