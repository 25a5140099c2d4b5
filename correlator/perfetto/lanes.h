/* SPDX-License-Identifier: BSD-2-Clause */
/* The tracks of a trace: for each connection one of each layer, with as many lanes as it needs. */
#ifndef CORR_PERFETTO_LANES_H
#define CORR_PERFETTO_LANES_H

#include "packet.h"
#include "trace.h"

/* In the order in which they are shown. */
enum trace_layer {
	TRACE_LAYER_MESSAGE,
	TRACE_LAYER_NIC,
	TRACE_LAYER_KERNEL,
	TRACE_LAYER_USER,
	TRACE_LAYER_TRIP,
	TRACE_LAYER_COUNT
};

struct layer_lanes {
	uint32_t lane_count;
	uint64_t end_ns[TRACE_LANE_COUNT_MAX]; /* of the last slice */
};

/*
 * The last segment or read of a connection, which is shown once it is known that
 * no further message shares it: with an arrow of each that does.
 */
struct shared_slice {
	uint64_t track; /* 0: none */
	const char *name;
	uint64_t begin_ns;
	uint64_t end_ns;
	size_t flow_count;
	uint64_t flow_ids[TRACE_FLOW_COUNT_MAX];
};

struct trace_conn {
	uint64_t cookie;
	struct layer_lanes layers[TRACE_LAYER_COUNT];
	struct shared_slice segment;
	struct shared_slice read;
};

struct trace {
	uint32_t conn_count;
	bool is_begun;
	int64_t boot_offset_ns; /* INT64_MAX: unknown */
	uint64_t clocks_ns;	/* when the clocks were last told */
	struct names names;
	uint32_t conn_last; /* most messages follow one of the same connection */
	struct trace_conn conns[TRACE_CONN_COUNT_MAX];
};

/*
 * The connection's place in conns, described in the text if it is new;
 * TRACE_CONN_COUNT_MAX if there is no room for it.
 */
uint32_t trace_find_conn(struct trace *trace, uint64_t cookie, uint32_t conn_number,
			 const struct packet_out *out);

/*
 * A lane of the layer that is free from begin_ns on, taken until end_ns; 0 if there
 * is none.  What takes no time has its moment to itself: else readers would take
 * one of two marks for a part of the other.
 */
uint64_t trace_take_lane(struct trace *trace, uint32_t conn_index, enum trace_layer layer,
			 uint64_t begin_ns, uint64_t end_ns, const struct packet_out *out);

#endif
