/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>

#include "lanes.h"
#include "packet.h"
#include "prof/clock.h"
#include "trips.h"

/* So far apart the clocks are told again: one of them is set and trimmed. */
#define CLOCKS_INTERVAL_NS ((int64_t)10 * PROF_NS_PER_S)

int trace_open(struct trace **ret_trace)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return -ENOMEM;
	trace->boot_offset_ns = INT64_MAX;
	*ret_trace = trace;
	return 0;
}

void trace_set_boot_offset(struct trace *trace, int64_t boot_offset_ns)
{
	trace->boot_offset_ns = boot_offset_ns;
}

struct trace *trace_close(struct trace *trace)
{
	free(trace);
	return NULL;
}

/* ---- Slices ----------------------------------------------------------------- */

static const char *stream_of(const struct corr_message *message)
{
	return *message->stream ? message->stream : "message";
}

static uint64_t end_of(const struct corr_message *message)
{
	return message->parsed_ns ? message->parsed_ns : corr_message_time_ns(message);
}

/* The earliest stamp of its way; what came before its own bytes does not count. */
static uint64_t begin_of(const struct corr_message *message)
{
	const uint64_t stamps_ns[] = { message->nic_first_ns, message->nic_ns, message->kernel_ns,
				       message->recv_ns };
	uint64_t begin_ns = corr_message_time_ns(message);

	for (size_t i = 0; i < sizeof(stamps_ns) / sizeof(stamps_ns[0]); i++) {
		if (stamps_ns[i] && prof_delta_ns(stamps_ns[i], begin_ns) > 0)
			begin_ns = stamps_ns[i];
	}
	return begin_ns;
}

/* From the wire to the kernel, if that lies within what begins with it and takes so long. */
static void add_wire(const struct packet_out *out, uint64_t track,
		     const struct corr_message *message, int64_t within_ns)
{
	if (corr_stage_is_known(message, CORR_STAGE_WIRE_NIC) &&
	    message->stage_ns[CORR_STAGE_WIRE_NIC] > 0 &&
	    message->stage_ns[CORR_STAGE_WIRE_NIC] <= within_ns)
		packet_slice(out,
			     &(struct packet_slice){ .track = track,
						     .name = corr_stage_words(CORR_STAGE_WIRE_NIC),
						     .begin_ns = message->nic_ns,
						     .end_ns = message->handed_ns });
}

/* NIC->Kernel taken apart, as far as each begins where the one before it ends. */
static void add_kernel_stages(const struct packet_out *out, uint64_t track,
			      const struct corr_message *message)
{
	uint64_t at_ns = message->nic_ns;

	if (!corr_stage_is_known(message, CORR_STAGE_HOLE))
		add_wire(out, track, message, message->stage_ns[CORR_STAGE_NIC_KERNEL]);
	for (int stage = CORR_STAGE_HOLE; stage <= CORR_STAGE_RUNNING_READ; stage++) {
		uint64_t next_ns = at_ns + (uint64_t)message->stage_ns[stage];

		if (!corr_stage_is_known(message, stage) || message->stage_ns[stage] < 0)
			return;
		if (message->stage_ns[stage]) {
			packet_begin(out, &(struct packet_slice){ .track = track,
								  .name = corr_stage_words(stage),
								  .begin_ns = at_ns });
			if (at_ns == message->nic_ns)
				add_wire(out, track, message, message->stage_ns[stage]);
			packet_end(out, track, next_ns);
		}
		at_ns = next_ns;
	}
}

/* The stages one after the other; one that lies before the one before it, or after all, is not
 * shown. */
static void add_stages(const struct packet_out *out, uint64_t track,
		       const struct corr_message *message, uint64_t begin_ns)
{
	const struct {
		enum corr_stage stage;
		uint64_t begin_ns;
		uint64_t end_ns;
	} parts[] = {
		{ CORR_STAGE_FIRST_LAST, message->nic_first_ns, message->nic_ns },
		{ CORR_STAGE_NIC_KERNEL, message->nic_ns, message->kernel_ns },
		{ CORR_STAGE_KERNEL_RETURN, message->kernel_ns, message->kernel_return_ns },
		{ CORR_STAGE_RETURN_RECV, message->kernel_return_ns, message->recv_ns },
		{ CORR_STAGE_RECV_USER, message->recv_ns, message->user_ns },
		{ CORR_STAGE_USER_PARSED, message->user_ns, message->parsed_ns },
	};
	uint64_t reached_ns = begin_ns;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!corr_stage_is_known(message, parts[i].stage) ||
		    prof_delta_ns(parts[i].begin_ns, parts[i].end_ns) <= 0 ||
		    prof_delta_ns(reached_ns, parts[i].begin_ns) < 0 ||
		    prof_delta_ns(parts[i].end_ns, end_of(message)) < 0)
			continue;
		packet_begin(out, &(struct packet_slice){
					  .track = track,
					  .name = corr_stage_words(parts[i].stage),
					  .begin_ns = parts[i].begin_ns,
				  });
		if (parts[i].stage == CORR_STAGE_NIC_KERNEL)
			add_kernel_stages(out, track, message);
		packet_end(out, track, parts[i].end_ns);
		reached_ns = parts[i].end_ns;
	}
}

static bool add_whole(struct trace *trace, uint32_t conn_index, const struct corr_message *message,
		      const struct packet_out *out)
{
	uint64_t begin_ns = begin_of(message);
	uint64_t end_ns = end_of(message);
	uint64_t track = trace_take_lane(trace, conn_index, TRACE_LAYER_MESSAGE, begin_ns, end_ns,
					 out);

	if (!track)
		return false;
	packet_begin(out, &(struct packet_slice){ .track = track,
						  .name = stream_of(message),
						  .begin_ns = begin_ns,
						  .message = message });
	add_stages(out, track, message, begin_ns);
	packet_end(out, track, end_ns);
	return true;
}

static void give_shared(const struct packet_out *out, struct shared_slice *shared)
{
	if (shared->track)
		packet_slice(out, &(struct packet_slice){ .track = shared->track,
							  .name = shared->name,
							  .begin_ns = shared->begin_ns,
							  .end_ns = shared->end_ns,
							  .flow_ids = shared->flow_ids,
							  .flow_count = shared->flow_count });
	shared->track = 0;
	shared->flow_count = 0;
}

/* What the message was in, of a layer: the slice there is, or another one from here on. */
static bool share(struct trace *trace, uint32_t conn_index, enum trace_layer layer,
		  struct shared_slice *shared, const struct shared_slice *wanted, uint64_t flow_id,
		  const struct packet_out *out)
{
	bool is_same = shared->track && shared->begin_ns == wanted->begin_ns &&
		       shared->end_ns == wanted->end_ns &&
		       shared->flow_count < TRACE_FLOW_COUNT_MAX;

	if (!is_same) {
		give_shared(out, shared);
		shared->name = wanted->name;
		shared->begin_ns = wanted->begin_ns;
		shared->end_ns = wanted->end_ns;
		shared->track = trace_take_lane(trace, conn_index, layer, wanted->begin_ns,
						wanted->end_ns, out);
	}
	if (!shared->track)
		return false;
	shared->flow_ids[shared->flow_count++] = flow_id;
	return true;
}

/* The first byte may have arrived after the last one, or not have been seen. */
static bool add_segments(struct trace *trace, uint32_t conn_index,
			 const struct corr_message *message, const struct packet_out *out)
{
	struct shared_slice wanted = {
		.name = message->segment_count > 1 ? "segments" : "segment",
		.begin_ns = message->nic_first_ns ? message->nic_first_ns : message->nic_ns,
		.end_ns = message->nic_ns,
	};

	if (!message->has_nic)
		return true;
	if (prof_delta_ns(wanted.begin_ns, wanted.end_ns) < 0) {
		wanted.end_ns = wanted.begin_ns;
		wanted.begin_ns = message->nic_ns;
	}
	return share(trace, conn_index, TRACE_LAYER_NIC, &trace->conns[conn_index].segment, &wanted,
		     message->seq, out);
}

/* One slice for each call. */
static bool add_read(struct trace *trace, uint32_t conn_index, const struct corr_message *message,
		     const struct packet_out *out)
{
	const struct shared_slice wanted = {
		.name = message->is_waited ? "tcp_recvmsg (waiting)" : "tcp_recvmsg",
		.begin_ns = message->kernel_enter_ns,
		.end_ns = message->kernel_return_ns,
	};

	if (!message->has_kernel)
		return true;
	return share(trace, conn_index, TRACE_LAYER_KERNEL, &trace->conns[conn_index].read, &wanted,
		     message->seq, out);
}

static bool add_callback(struct trace *trace, uint32_t conn_index,
			 const struct corr_message *message, const struct packet_out *out)
{
	uint64_t track;

	if (!message->user_ns)
		return true;
	track = trace_take_lane(trace, conn_index, TRACE_LAYER_USER, message->user_ns,
				end_of(message), out);
	if (!track)
		return false;
	packet_slice(out, &(struct packet_slice){ .track = track,
						  .name = stream_of(message),
						  .begin_ns = message->user_ns,
						  .end_ns = end_of(message),
						  .flow_ids = &message->seq,
						  .flow_count = 1 });
	return true;
}

static void tell_clocks(struct trace *trace, uint64_t now_ns, uint64_t wall_ns,
			const struct packet_out *out)
{
	struct packet_clocks clocks = { .monotonic_ns = now_ns, .realtime_ns = wall_ns };

	if (trace->is_begun && prof_delta_ns(trace->clocks_ns, now_ns) < CLOCKS_INTERVAL_NS)
		return;
	if (!trace->is_begun)
		packet_start(out);
	trace->is_begun = true;
	trace->clocks_ns = now_ns;
	if (trace->boot_offset_ns != INT64_MAX)
		clocks.boottime_ns = now_ns + (uint64_t)trace->boot_offset_ns;
	packet_clocks(out, &clocks);
}

bool trace_message(struct trace *trace, const struct corr_message *message, struct text *text)
{
	const struct packet_out out = { .text = text, .names = &trace->names };
	uint32_t conn_index;
	bool is_whole;

	tell_clocks(trace, corr_message_time_ns(message), message->user_wall_ns, &out);
	conn_index = trace_find_conn(trace, message->cookie, message->conn_number, &out);
	if (conn_index == TRACE_CONN_COUNT_MAX)
		return false;
	is_whole = add_whole(trace, conn_index, message, &out);
	is_whole = add_segments(trace, conn_index, message, &out) && is_whole;
	is_whole = add_read(trace, conn_index, message, &out) && is_whole;
	return add_callback(trace, conn_index, message, &out) && is_whole;
}

bool trace_trip(struct trace *trace, const struct corr_trip *trip, struct text *text)
{
	const struct packet_out out = { .text = text, .names = &trace->names };
	uint32_t conn_index;

	if (trip->answer_ns)
		tell_clocks(trace, trip->answer_ns, trip->answer_wall_ns, &out);
	if (!trace->is_begun)
		return false; /* nobody has told what time it is */
	conn_index = trace_find_conn(trace, trip->cookie, trip->conn_number, &out);
	return conn_index < TRACE_CONN_COUNT_MAX && trace_add_trip(trace, conn_index, trip, &out);
}

bool trace_order(struct trace *trace, const struct corr_order *order, struct text *text)
{
	const struct packet_out out = { .text = text, .names = &trace->names };
	const struct corr_trip *trip = &order->trip;
	uint32_t conn_index;

	if (!trace->is_begun)
		return false; /* nobody has told what time it is */
	conn_index = trace_find_conn(trace, trip->cookie, trip->conn_number, &out);
	return conn_index < TRACE_CONN_COUNT_MAX && trace_add_order(trace, conn_index, order, &out);
}

bool trace_end(struct trace *trace, uint32_t conn_index, struct text *text)
{
	const struct packet_out out = { .text = text, .names = &trace->names };

	if (conn_index >= trace->conn_count)
		return false;
	give_shared(&out, &trace->conns[conn_index].segment);
	give_shared(&out, &trace->conns[conn_index].read);
	return true;
}
