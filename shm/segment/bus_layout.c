/* SPDX-License-Identifier: BSD-2-Clause */
#include "bus_layout.h"

static bool is_power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

bool bus_shape_is_valid(const struct bus_shape *shape)
{
	return shape->lane_count >= 1 && shape->lane_count <= PROF_LANE_COUNT_MAX &&
	       is_power_of_two(shape->slot_count) && shape->slot_count >= BUS_SLOT_COUNT_MIN &&
	       shape->slot_count <= PROF_LANE_SLOT_COUNT_MAX && shape->socket_count >= 1 &&
	       shape->socket_count <= PROF_SOCKET_COUNT_MAX && shape->stream_count >= 1 &&
	       shape->stream_count <= PROF_STREAM_COUNT_MAX;
}

static size_t round_to_page(size_t size_bytes)
{
	return (size_bytes + BUS_PAGE_BYTES - 1) / BUS_PAGE_BYTES * BUS_PAGE_BYTES;
}

struct bus_offsets bus_shape_offsets(const struct bus_shape *shape)
{
	const size_t page_pair_bytes = 2 * (size_t)BUS_PAGE_BYTES;
	struct bus_offsets at;

	at.lanes = page_pair_bytes;
	at.consumers = at.lanes + shape->lane_count * page_pair_bytes;
	at.sockets = at.consumers + BUS_CONSUMER_COUNT * page_pair_bytes;
	at.streams = at.sockets + round_to_page(shape->socket_count * sizeof(struct bus_socket));
	at.slots = at.streams + round_to_page(shape->stream_count * sizeof(struct bus_stream));
	at.size_bytes = at.slots +
			(size_t)shape->lane_count * shape->slot_count * sizeof(struct prof_slot);
	return at;
}

uint32_t bus_layout_hash(void)
{
	/* FNV-1a over every number that two builds have to agree on. */
	const uint64_t numbers[] = {
		sizeof(struct prof_event),
		sizeof(struct prof_socket),
		sizeof(struct prof_slot),
		sizeof(struct bus_socket),
		sizeof(struct bus_stream),
		offsetof(struct prof_slot, turn),
		offsetof(struct bus_header, sleeping),
		offsetof(struct bus_header, socket_epoch),
		offsetof(struct bus_lane_control, head),
		offsetof(struct bus_lane_control, mark_ns),
		offsetof(struct bus_lane_control, loss_count),
		offsetof(struct bus_consumer_control, processed_count),
		offsetof(struct prof_event, segment),
		offsetof(struct prof_socket, base_seq),
		BUS_CONSUMER_COUNT,
		PROF_LANE_COUNT_MAX,
		PROF_LOSS_KIND_COUNT,
		PROF_LANE_NAME_BYTES,
		PROF_STREAM_NAME_BYTES,
	};
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		for (unsigned int shift = 0; shift < 64; shift += 8)
			hash = (hash ^ (uint32_t)(numbers[i] >> shift & 0xff)) * 16777619u;
	return hash;
}
