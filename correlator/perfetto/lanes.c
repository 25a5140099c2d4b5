/* SPDX-License-Identifier: BSD-2-Clause */
#include "lanes.h"

#include "packet.h"
#include "prof/clock.h"

static const char *const layer_names[TRACE_LAYER_COUNT] = { "message", "NIC", "kernel", "user",
							    "trips" };

static uint64_t conn_track(uint32_t conn_index)
{
	return ((uint64_t)conn_index + 1) << 32;
}

static uint64_t lane_track(uint32_t conn_index, enum trace_layer layer, uint32_t lane)
{
	return conn_track(conn_index) + ((uint64_t)layer << 16) + lane + 1;
}

static void name_conn(char *name, size_t size_bytes, uint64_t cookie, uint32_t conn_number)
{
	struct text text = { .bytes = name, .room_bytes = size_bytes - 1 };

	text_add(&text, "connection ");
	text_add_u64(&text, conn_number);
	text_add(&text, " (socket ");
	text_add_u64(&text, cookie);
	text_add(&text, ")");
	name[text.size_bytes] = '\0';
}

uint32_t trace_find_conn(struct trace *trace, uint64_t cookie, uint32_t conn_number,
			 const struct packet_out *out)
{
	char name[64];
	uint32_t index = trace->conn_last;

	if (index < trace->conn_count && trace->conns[index].cookie == cookie)
		return index;
	for (index = 0; index < trace->conn_count; index++)
		if (trace->conns[index].cookie == cookie)
			break;
	if (index == TRACE_CONN_COUNT_MAX)
		return index;
	trace->conn_last = index;
	if (index < trace->conn_count)
		return index;
	trace->conn_count++;
	trace->conns[index].cookie = cookie;
	name_conn(name, sizeof(name), cookie, conn_number);
	packet_group(out, conn_track(index), name);
	return index;
}

uint64_t trace_take_lane(struct trace *trace, uint32_t conn_index, enum trace_layer layer,
			 uint64_t begin_ns, uint64_t end_ns, const struct packet_out *out)
{
	struct layer_lanes *lanes = &trace->conns[conn_index].layers[layer];
	uint32_t lane = 0;

	while (lane < lanes->lane_count && prof_delta_ns(lanes->end_ns[lane], begin_ns) < 0)
		lane++;
	if (lane == TRACE_LANE_COUNT_MAX)
		return 0;
	if (lane == lanes->lane_count) {
		lanes->lane_count++;
		packet_track(out, lane_track(conn_index, layer, lane), conn_track(conn_index),
			     layer_names[layer], (uint32_t)layer);
	}
	lanes->end_ns[lane] = end_ns + (begin_ns == end_ns);
	return lane_track(conn_index, layer, lane);
}
