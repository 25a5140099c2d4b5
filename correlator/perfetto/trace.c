/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>

#include "lanes.h"
#include "packet.h"
#include "prof/clock.h"

int trace_open(struct trace **ret_trace)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return -ENOMEM;
	*ret_trace = trace;
	return 0;
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

/* The stages one after the other; one that lies before the one before it, or after all, is not
 * shown. */
static void add_stages(struct text *text, uint64_t track, const struct corr_message *message,
		       uint64_t begin_ns)
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
		packet_slice(text, &(struct packet_slice){
					   .track = track,
					   .name = corr_stage_words(parts[i].stage),
					   .begin_ns = parts[i].begin_ns,
					   .end_ns = parts[i].end_ns,
				   });
		reached_ns = parts[i].end_ns;
	}
}

static bool add_whole(struct trace *trace, uint32_t conn_index, const struct corr_message *message,
		      struct text *text)
{
	uint64_t begin_ns = begin_of(message);
	uint64_t end_ns = end_of(message);
	uint64_t track = trace_take_lane(trace, conn_index, TRACE_LAYER_MESSAGE, begin_ns, end_ns,
					 text);

	if (!track)
		return false;
	packet_begin(text, &(struct packet_slice){ .track = track,
						   .name = stream_of(message),
						   .begin_ns = begin_ns,
						   .message = message });
	add_stages(text, track, message, begin_ns);
	packet_end(text, track, end_ns);
	return true;
}

/* The first byte may have arrived after the last one, or not have been seen. */
static bool add_segments(struct trace *trace, uint32_t conn_index,
			 const struct corr_message *message, struct text *text)
{
	uint64_t begin_ns = message->nic_first_ns ? message->nic_first_ns : message->nic_ns;
	uint64_t end_ns = message->nic_ns;
	uint64_t track;

	if (!message->has_nic)
		return true;
	if (prof_delta_ns(begin_ns, end_ns) < 0) {
		end_ns = begin_ns;
		begin_ns = message->nic_ns;
	}
	track = trace_take_lane(trace, conn_index, TRACE_LAYER_NIC, begin_ns, end_ns, text);
	if (!track)
		return false;
	packet_slice(text, &(struct packet_slice){ .track = track,
						   .name = message->segment_count > 1 ? "segments"
										      : "segment",
						   .begin_ns = begin_ns,
						   .end_ns = end_ns,
						   .flow_id = message->seq });
	return true;
}

static bool is_same_read(const struct trace_conn *conn, const struct corr_message *message)
{
	return conn->read_track && conn->read_enter_ns == message->kernel_enter_ns &&
	       conn->read_return_ns == message->kernel_return_ns;
}

/* One slice for each call, and in it a mark for each message it copied. */
static bool add_read(struct trace *trace, uint32_t conn_index, const struct corr_message *message,
		     struct text *text)
{
	struct trace_conn *conn = &trace->conns[conn_index];

	if (!message->has_kernel)
		return true;
	if (!is_same_read(conn, message)) {
		conn->read_enter_ns = message->kernel_enter_ns;
		conn->read_return_ns = message->kernel_return_ns;
		conn->read_track = trace_take_lane(trace, conn_index, TRACE_LAYER_KERNEL,
						   message->kernel_enter_ns,
						   message->kernel_return_ns, text);
		if (!conn->read_track)
			return false;
		packet_slice(text, &(struct packet_slice){ .track = conn->read_track,
							   .name = message->is_waited
									   ? "tcp_recvmsg (waiting)"
									   : "tcp_recvmsg",
							   .begin_ns = message->kernel_enter_ns,
							   .end_ns = message->kernel_return_ns });
	}
	packet_mark(text, conn->read_track, "copied", message->kernel_ns, message->seq);
	return true;
}

static bool add_callback(struct trace *trace, uint32_t conn_index,
			 const struct corr_message *message, struct text *text)
{
	uint64_t track;

	if (!message->user_ns)
		return true;
	track = trace_take_lane(trace, conn_index, TRACE_LAYER_USER, message->user_ns,
				end_of(message), text);
	if (!track)
		return false;
	packet_slice(text, &(struct packet_slice){ .track = track,
						   .name = stream_of(message),
						   .begin_ns = message->user_ns,
						   .end_ns = end_of(message),
						   .flow_id = message->seq,
						   .is_flow_end = true });
	return true;
}

bool trace_message(struct trace *trace, const struct corr_message *message, struct text *text)
{
	uint32_t conn_index = trace_find_conn(trace, message, text);
	bool is_whole;

	if (conn_index == TRACE_CONN_COUNT_MAX)
		return false;
	is_whole = add_whole(trace, conn_index, message, text);
	is_whole = add_segments(trace, conn_index, message, text) && is_whole;
	is_whole = add_read(trace, conn_index, message, text) && is_whole;
	return add_callback(trace, conn_index, message, text) && is_whole;
}
