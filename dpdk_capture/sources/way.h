/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of frames that are taken from a port, and handed on to another. */
#ifndef CAPTURE_WAY_H
#define CAPTURE_WAY_H

#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "packet_ring.h"
#include "port.h"

#define WAY_FRAME_BYTES_MAX (1500 + 14 + 2 * 4) /* MTU, header, two tags */

struct way {
	struct port *from;
	struct port *to;	  /* NULL: they are only looked at */
	struct packet_ring *ring; /* of net_af_packet, says more of them than buffers; or NULL */
	uint16_t buffer_count;
	uint64_t empty_ns; /* before the last poll that left nothing behind */
	struct rte_mbuf *buffers[BURST_FRAME_COUNT_MAX];
	/* As the ring says: */
	uint32_t wire_bytes[BURST_FRAME_COUNT_MAX]; /* more than the buffer has: cut short */
	bool is_merged[BURST_FRAME_COUNT_MAX];	    /* by the kernel, which handed them over */
};

/*
 * net_af_packet cuts frames to its slots without a word, and half a frame must
 * not be handed on: the slots are looked at first.
 */
static inline bool way_receive_cut(struct way *way)
{
	struct packet_slot slots[BURST_FRAME_COUNT_MAX];
	size_t count_max = packet_ring_peek(way->ring, slots, BURST_FRAME_COUNT_MAX);

	way->buffer_count = port_receive(way->from, way->buffers, (uint16_t)count_max);
	for (size_t i = 0; i < way->buffer_count; i++) {
		uint32_t size_bytes = rte_pktmbuf_pkt_len(way->buffers[i]);

		way->wire_bytes[i] = slots[i].captured_bytes == size_bytes ? slots[i].wire_bytes
									   : size_bytes;
		way->is_merged[i] = slots[i].is_marked_merged;
	}
	packet_ring_advance(way->ring, way->buffer_count);
	return way->buffer_count == count_max && count_max < BURST_FRAME_COUNT_MAX;
}

/* Takes what has arrived.  Returns whether nothing was left behind. */
static inline bool way_receive(struct way *way)
{
	if (way->ring)
		return way_receive_cut(way);
	way->buffer_count = port_receive(way->from, way->buffers, BURST_FRAME_COUNT_MAX);
	return way->buffer_count < BURST_FRAME_COUNT_MAX;
}

static inline void way_tell_apart(const struct way *way, struct burst *burst)
{
	for (size_t i = 0; i < way->buffer_count; i++) {
		struct sighting *sighting = &burst->sightings[i];

		if (i)
			*sighting = burst->sightings[0];
		burst->frames[i].sighting = sighting;
	}
	for (size_t i = 0; way->ring && i < way->buffer_count; i++) {
		burst->frames[i].wire_bytes = way->wire_bytes[i];
		burst->sightings[i].flags |= way->is_merged[i] ? PROF_FLAG_MERGED : 0;
	}
}

/*
 * Fills in the burst's frames, seen as its first sighting, which the caller has set, says: they
 * share it, unless is_apart, or the ring, wants a copy of it for each.
 */
static inline void way_fill_frames(const struct way *way, bool is_apart, struct burst *burst)
{
	for (size_t i = 0; i < way->buffer_count; i++) {
		const struct rte_mbuf *buffer = way->buffers[i];
		const uint8_t *bytes = rte_pktmbuf_mtod(buffer, const uint8_t *);

		rte_prefetch0(bytes); /* an adapter leaves it in memory, or in the last cache */
		burst->frames[i].bytes = bytes;
		burst->frames[i].sighting = &burst->sightings[0];
		burst->frames[i].captured_bytes = rte_pktmbuf_data_len(buffer);
		burst->frames[i].link = PACKET_LINK_ETHERNET;
		burst->frames[i].wire_bytes = rte_pktmbuf_pkt_len(buffer);
	}
	if (is_apart || way->ring)
		way_tell_apart(way, burst);
}

/* Leaves out, and counts, what is cut short or too long for the other side; returns how many stay.
 */
static inline uint16_t way_drop_oversized(struct way *way, uint64_t *oversized_count)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < way->buffer_count; i++) {
		uint32_t wire_bytes = way->ring ? way->wire_bytes[i]
						: rte_pktmbuf_pkt_len(way->buffers[i]);

		if (wire_bytes <= WAY_FRAME_BYTES_MAX) {
			way->buffers[kept++] = way->buffers[i];
			continue;
		}
		rte_pktmbuf_free(way->buffers[i]);
		(*oversized_count)++;
	}
	return kept;
}

#endif
