/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet.h"

#include "proto.h"

/* Numbers of protos/perfetto/trace/{trace,trace_packet}.proto and track_event/ there. */
enum { TRACE_PACKET = 1 };
enum { PACKET_TIMESTAMP = 8, PACKET_SEQUENCE = 10, PACKET_EVENT = 11, PACKET_DESCRIPTOR = 60 };
enum {
	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PARENT = 5,
	TRACK_CHILD_ORDERING = 11,
	TRACK_RANK = 12,
	ORDERING_EXPLICIT = 3,
};
enum {
	EVENT_ANNOTATION = 4,
	EVENT_TYPE = 9,
	EVENT_TRACK = 11,
	EVENT_NAME = 23,
	EVENT_FLOW = 47,
	EVENT_FLOW_END = 48,
};
enum { TYPE_SLICE_BEGIN = 1, TYPE_SLICE_END = 2, TYPE_INSTANT = 3 };
enum { ANNOTATION_UINT = 3, ANNOTATION_INT = 4, ANNOTATION_STRING = 6, ANNOTATION_NAME = 10 };

/* We are the only writer. */
#define SEQUENCE_ID 1

/* A packet under way, and what it says. */
struct open_packet {
	size_t packet;
	size_t content;
};

static void end_packet(struct text *text, struct open_packet open)
{
	proto_end(text, open.content);
	proto_end(text, open.packet);
}

static struct open_packet begin_descriptor(struct text *text, uint64_t track, const char *name)
{
	struct open_packet open = { .packet = proto_begin(text, TRACE_PACKET) };

	proto_u64(text, PACKET_SEQUENCE, SEQUENCE_ID);
	open.content = proto_begin(text, PACKET_DESCRIPTOR);
	proto_u64(text, TRACK_UUID, track);
	proto_string(text, TRACK_NAME, name);
	return open;
}

void packet_group(struct text *text, uint64_t track, const char *name)
{
	struct open_packet open = begin_descriptor(text, track, name);

	proto_u64(text, TRACK_CHILD_ORDERING, ORDERING_EXPLICIT);
	end_packet(text, open);
}

void packet_track(struct text *text, uint64_t track, uint64_t group, const char *name,
		  uint32_t rank)
{
	struct open_packet open = begin_descriptor(text, track, name);

	proto_u64(text, TRACK_PARENT, group);
	proto_u64(text, TRACK_RANK, rank);
	end_packet(text, open);
}

/* ---- A message's facts ---------------------------------------------------- */

static void add_u64(struct text *text, const char *name, uint64_t value)
{
	size_t annotation = proto_begin(text, EVENT_ANNOTATION);

	proto_string(text, ANNOTATION_NAME, name);
	proto_u64(text, ANNOTATION_UINT, value);
	proto_end(text, annotation);
}

static void add_i64(struct text *text, const char *name, int64_t value)
{
	size_t annotation = proto_begin(text, EVENT_ANNOTATION);

	proto_string(text, ANNOTATION_NAME, name);
	proto_i64(text, ANNOTATION_INT, value);
	proto_end(text, annotation);
}

static void add_string(struct text *text, const char *name, const char *words)
{
	size_t annotation = proto_begin(text, EVENT_ANNOTATION);

	proto_string(text, ANNOTATION_NAME, name);
	proto_string(text, ANNOTATION_STRING, words);
	proto_end(text, annotation);
}

static void add_facts(struct text *text, const struct corr_message *message)
{
	add_u64(text, "seq", message->seq);
	add_string(text, "class", corr_class_name(message->class_id));
	if (message->is_ranged) {
		add_u64(text, "start", message->start_offset);
		add_u64(text, "end", message->end_offset);
	}
	add_u64(text, "messages_in_record", message->record_count);
	if (message->has_nic) {
		add_u64(text, "tcp_seq", message->tcp_seq);
		add_u64(text, "segments", message->segment_count);
	} else {
		add_string(text, "nic_reason", corr_reason_words(message->nic_reason));
	}
	if (message->has_kernel)
		add_u64(text, "reads", message->read_count);
	else
		add_string(text, "kernel_reason", corr_reason_words(message->kernel_reason));
	if (message->doubt_layer) {
		add_string(text, "doubt_layer", corr_layer_name(message->doubt_layer));
		add_string(text, "doubt_reason", corr_reason_words(message->doubt_reason));
	}
	if (corr_stage_is_known(message, CORR_STAGE_TOTAL))
		add_i64(text, "total_ns", message->stage_ns[CORR_STAGE_TOTAL]);
	if (message->has_exchange)
		add_i64(text, "exchange_ms", message->exchange_ms);
}

/* ---- Events ----------------------------------------------------------------- */

static struct open_packet begin_event(struct text *text, uint32_t type, uint64_t track,
				     uint64_t time_ns)
{
	struct open_packet open = { .packet = proto_begin(text, TRACE_PACKET) };

	proto_u64(text, PACKET_TIMESTAMP, time_ns);
	proto_u64(text, PACKET_SEQUENCE, SEQUENCE_ID);
	open.content = proto_begin(text, PACKET_EVENT);
	proto_u64(text, EVENT_TYPE, type);
	proto_u64(text, EVENT_TRACK, track);
	return open;
}

void packet_begin(struct text *text, const struct packet_slice *slice)
{
	struct open_packet open = begin_event(text, TYPE_SLICE_BEGIN, slice->track, slice->begin_ns);

	proto_string(text, EVENT_NAME, slice->name);
	if (slice->flow_id)
		proto_fixed64(text, slice->is_flow_end ? EVENT_FLOW_END : EVENT_FLOW,
			      slice->flow_id);
	if (slice->message)
		add_facts(text, slice->message);
	end_packet(text, open);
}

void packet_end(struct text *text, uint64_t track, uint64_t end_ns)
{
	end_packet(text, begin_event(text, TYPE_SLICE_END, track, end_ns));
}

void packet_slice(struct text *text, const struct packet_slice *slice)
{
	packet_begin(text, slice);
	packet_end(text, slice->track, slice->end_ns);
}

void packet_mark(struct text *text, uint64_t track, const char *name, uint64_t time_ns,
		 uint64_t flow_id)
{
	struct open_packet open = begin_event(text, TYPE_INSTANT, track, time_ns);

	proto_string(text, EVENT_NAME, name);
	proto_fixed64(text, EVENT_FLOW, flow_id);
	end_packet(text, open);
}
