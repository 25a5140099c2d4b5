/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet.h"

#include "proto.h"

/* Numbers of protos/perfetto/trace/{trace,trace_packet}.proto and track_event/ there. */
enum { TRACE_PACKET = 1 };
enum {
	PACKET_CLOCKS = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10,
	PACKET_EVENT = 11,
	PACKET_INTERNED = 12,
	PACKET_FLAGS = 13,
	PACKET_DEFAULTS = 59,
	PACKET_DESCRIPTOR = 60,
	FLAGS_CLEARED = 1,
	FLAGS_NEEDED = 2,
	DEFAULTS_CLOCK = 58,
};
enum {
	CLOCKS_CLOCK = 1,
	CLOCKS_PRIMARY = 2,
	CLOCK_ID = 1,
	CLOCK_TIMESTAMP = 2,
	REALTIME = 1,
	MONOTONIC = 3,
	BOOTTIME = 6,
};
/* Of interned_data/interned_data.proto; what is in each has the same numbers. */
enum { INTERNED_EVENT = 2, INTERNED_ANNOTATION = 3, INTERNED_VALUE = 29 };
enum { INTERNED_ID = 1, INTERNED_WORDS = 2 };
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
	EVENT_NAME_ID = 10,
	EVENT_TRACK = 11,
	EVENT_NAME = 23,
	EVENT_FLOW = 47,
	EVENT_FLOW_END = 48,
};
enum { TYPE_SLICE_BEGIN = 1, TYPE_SLICE_END = 2, TYPE_INSTANT = 3 };
enum {
	ANNOTATION_NAME_ID = 1,
	ANNOTATION_UINT = 3,
	ANNOTATION_INT = 4,
	ANNOTATION_STRING = 6,
	ANNOTATION_NAME = 10,
	ANNOTATION_STRING_ID = 17,
};

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

void packet_start(const struct packet_out *out)
{
	struct open_packet open = { .packet = proto_begin(out->text, TRACE_PACKET) };

	proto_u64(out->text, PACKET_SEQUENCE, SEQUENCE_ID);
	proto_u64(out->text, PACKET_FLAGS, FLAGS_CLEARED);
	open.content = proto_begin(out->text, PACKET_DEFAULTS);
	proto_u64(out->text, DEFAULTS_CLOCK, MONOTONIC);
	end_packet(out->text, open);
}

static void add_clock(struct text *text, uint32_t clock_id, uint64_t time_ns)
{
	size_t clock;

	if (!time_ns)
		return;
	clock = proto_begin(text, CLOCKS_CLOCK);
	proto_u64(text, CLOCK_ID, clock_id);
	proto_u64(text, CLOCK_TIMESTAMP, time_ns);
	proto_end(text, clock);
}

void packet_clocks(const struct packet_out *out, const struct packet_clocks *clocks)
{
	struct text *text = out->text;
	struct open_packet open = { .packet = proto_begin(text, TRACE_PACKET) };

	proto_u64(text, PACKET_SEQUENCE, SEQUENCE_ID);
	open.content = proto_begin(text, PACKET_CLOCKS);
	add_clock(text, MONOTONIC, clocks->monotonic_ns);
	add_clock(text, REALTIME, clocks->realtime_ns);
	add_clock(text, BOOTTIME, clocks->boottime_ns);
	proto_u64(text, CLOCKS_PRIMARY, clocks->boottime_ns ? BOOTTIME : MONOTONIC);
	end_packet(text, open);
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

void packet_group(const struct packet_out *out, uint64_t track, const char *name)
{
	struct open_packet open = begin_descriptor(out->text, track, name);

	proto_u64(out->text, TRACK_CHILD_ORDERING, ORDERING_EXPLICIT);
	end_packet(out->text, open);
}

void packet_track(const struct packet_out *out, uint64_t track, uint64_t group, const char *name,
		  uint32_t rank)
{
	struct open_packet open = begin_descriptor(out->text, track, name);

	proto_u64(out->text, TRACK_PARENT, group);
	proto_u64(out->text, TRACK_RANK, rank);
	end_packet(out->text, open);
}

/* ---- A message's facts ---------------------------------------------------- */

/* By number if it has one, else as it is. */
static void add_name(const struct packet_out *out, enum name_kind kind, const char *words,
		     uint32_t number_field, uint32_t words_field)
{
	uint32_t number = names_find(out->names, kind, words);

	if (number)
		proto_u64(out->text, number_field, number);
	else
		proto_string(out->text, words_field, words);
}

static size_t begin_annotation(const struct packet_out *out, const char *name)
{
	size_t annotation = proto_begin(out->text, EVENT_ANNOTATION);

	add_name(out, NAME_ANNOTATION, name, ANNOTATION_NAME_ID, ANNOTATION_NAME);
	return annotation;
}

static void add_u64(const struct packet_out *out, const char *name, uint64_t value)
{
	size_t annotation = begin_annotation(out, name);

	proto_u64(out->text, ANNOTATION_UINT, value);
	proto_end(out->text, annotation);
}

static void add_i64(const struct packet_out *out, const char *name, int64_t value)
{
	size_t annotation = begin_annotation(out, name);

	proto_i64(out->text, ANNOTATION_INT, value);
	proto_end(out->text, annotation);
}

static void add_string(const struct packet_out *out, const char *name, const char *words)
{
	size_t annotation = begin_annotation(out, name);

	add_name(out, NAME_VALUE, words, ANNOTATION_STRING_ID, ANNOTATION_STRING);
	proto_end(out->text, annotation);
}

static void add_facts(const struct packet_out *out, const struct corr_message *message)
{
	add_u64(out, "seq", message->seq);
	add_string(out, "class", corr_class_name(message->class_id));
	if (message->is_ranged) {
		add_u64(out, "start", message->start_offset);
		add_u64(out, "end", message->end_offset);
	}
	add_u64(out, "messages_in_record", message->record_count);
	if (message->has_nic) {
		add_u64(out, "tcp_seq", message->tcp_seq);
		add_u64(out, "segments", message->segment_count);
	} else {
		add_string(out, "nic_reason", corr_reason_words(message->nic_reason));
	}
	if (message->has_kernel)
		add_u64(out, "reads", message->read_count);
	else
		add_string(out, "kernel_reason", corr_reason_words(message->kernel_reason));
	if (message->doubt_layer) {
		add_string(out, "doubt_layer", corr_layer_name(message->doubt_layer));
		add_string(out, "doubt_reason", corr_reason_words(message->doubt_reason));
	}
	if (corr_stage_is_known(message, CORR_STAGE_TOTAL))
		add_i64(out, "total_ns", message->stage_ns[CORR_STAGE_TOTAL]);
	if (corr_stage_is_known(message, CORR_STAGE_WIRE_NIC)) {
		add_i64(out, "wire_nic_ns", message->stage_ns[CORR_STAGE_WIRE_NIC]);
		add_u64(out, "wire_nic_uncertainty_ns", message->wire_nic_uncertainty_ns);
	}
	if (message->has_exchange)
		add_i64(out, "exchange_ms", message->exchange_ms);
	if (message->has_exchange_us)
		add_i64(out, "exchange_us", message->exchange_us);
}

static void add_trip_facts(const struct packet_out *out, const struct corr_trip *trip)
{
	static const struct {
		enum corr_part part;
		const char *name;
	} parts[] = {
		{ CORR_PART_RTT, "rtt_ns" },	    { CORR_PART_OUT, "out_ns" },
		{ CORR_PART_WIRE, "wire_ns" },	    { CORR_PART_IN, "in_ns" },
		{ CORR_PART_ACK, "left_acked_ns" },
	};

	add_u64(out, "request_id", trip->request_id);
	if (trip->left_ns) {
		add_u64(out, "tcp_seq", trip->tcp_seq);
		add_u64(out, "retransmits", trip->retransmit_count);
	}
	if (trip->arrived_ns)
		add_u64(out, "answer_tcp_seq", trip->answer_tcp_seq);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (corr_part_is_known(trip, parts[i].part))
			add_i64(out, parts[i].name, trip->part_ns[parts[i].part]);
}

/* ---- Events ----------------------------------------------------------------- */

static struct open_packet begin_event(struct text *text, uint32_t type, uint64_t track,
				      uint64_t time_ns)
{
	struct open_packet open = { .packet = proto_begin(text, TRACE_PACKET) };

	proto_u64(text, PACKET_TIMESTAMP, time_ns);
	proto_u64(text, PACKET_SEQUENCE, SEQUENCE_ID);
	proto_u64(text, PACKET_FLAGS, FLAGS_NEEDED);
	open.content = proto_begin(text, PACKET_EVENT);
	proto_u64(text, EVENT_TYPE, type);
	proto_u64(text, EVENT_TRACK, track);
	return open;
}

/* Names that this packet is the first to use: readers take them in before the event. */
static void tell_names(const struct packet_out *out)
{
	static const uint32_t fields[] = {
		[NAME_EVENT] = INTERNED_EVENT,
		[NAME_ANNOTATION] = INTERNED_ANNOTATION,
		[NAME_VALUE] = INTERNED_VALUE,
	};
	struct names *names = out->names;
	size_t interned;

	if (names->told_count == names->count)
		return;
	interned = proto_begin(out->text, PACKET_INTERNED);
	while (names->told_count < names->count) {
		const struct name *name = &names->names[names->told_count++];
		size_t entry = proto_begin(out->text, fields[name->kind]);

		proto_u64(out->text, INTERNED_ID, names->told_count);
		proto_string(out->text, INTERNED_WORDS, name->words);
		proto_end(out->text, entry);
	}
	proto_end(out->text, interned);
}

static void add_event(const struct packet_out *out, const struct packet_slice *slice, uint32_t type)
{
	struct open_packet open = begin_event(out->text, type, slice->track, slice->begin_ns);

	add_name(out, NAME_EVENT, slice->name, EVENT_NAME_ID, EVENT_NAME);
	for (size_t i = 0; i < slice->flow_count; i++)
		proto_fixed64(out->text, slice->is_flow_end ? EVENT_FLOW_END : EVENT_FLOW,
			      slice->flow_ids[i]);
	if (slice->message)
		add_facts(out, slice->message);
	if (slice->trip)
		add_trip_facts(out, slice->trip);
	proto_end(out->text, open.content);
	tell_names(out);
	proto_end(out->text, open.packet);
}

void packet_begin(const struct packet_out *out, const struct packet_slice *slice)
{
	add_event(out, slice, TYPE_SLICE_BEGIN);
}

void packet_end(const struct packet_out *out, uint64_t track, uint64_t end_ns)
{
	end_packet(out->text, begin_event(out->text, TYPE_SLICE_END, track, end_ns));
}

void packet_slice(const struct packet_out *out, const struct packet_slice *slice)
{
	if (slice->begin_ns == slice->end_ns) {
		add_event(out, slice, TYPE_INSTANT);
		return;
	}
	add_event(out, slice, TYPE_SLICE_BEGIN);
	packet_end(out, slice->track, slice->end_ns);
}
