/* SPDX-License-Identifier: BSD-2-Clause */
#include "trip_line.h"

#include "field.h"

static void add_part(struct text *text, const char *key, const struct corr_trip *trip,
		     enum corr_part part)
{
	field_add_part(text, key, corr_part_is_known(trip, part), trip->part_ns[part]);
}

static void add_who(struct text *text, const struct corr_trip *trip)
{
	text_add(text, "{\"what\":\"");
	text_add(text, corr_purpose_name(trip->purpose));
	text_add(text, "\",\"conn\":");
	text_add_u64(text, trip->conn_number);
	text_add(text, ",\"cookie\":");
	text_add_u64(text, trip->cookie);
	text_add(text, ",\"request_id\":");
	text_add_u64(text, trip->request_id);
	field_add_u64(text, ",\"start\":", trip->end_offset, trip->start_offset, "null");
	field_add_u64(text, ",\"end\":", trip->end_offset, trip->end_offset, "null");
	field_add_u64(text, ",\"tcp_seq\":", trip->left_ns, trip->tcp_seq, "null");
	field_add_u64(text, ",\"retransmits\":", trip->left_ns, trip->retransmit_count, "null");
	field_add_u64(text, ",\"answer_tcp_seq\":", trip->arrived_ns && trip->answer_tcp_seq,
		      trip->answer_tcp_seq, "null");
	field_add_u64(text, ",\"tid\":", trip->tid, trip->tid, "null");
}

/* In the order in which they come. */
static void add_points(struct text *text, const struct corr_trip *trip)
{
	field_add_time(text, ",\"write_ns\":", trip->write_ns);
	field_add_time(text, ",\"call_ns\":", trip->call_ns);
	field_add_time(text, ",\"left_ns\":", trip->left_ns);
	field_add_time(text, ",\"acked_ns\":", trip->acked_ns);
	field_add_time(text, ",\"arrived_ns\":", trip->arrived_ns);
	field_add_time(text, ",\"read_ns\":", trip->read_ns);
	field_add_time(text, ",\"answer_ns\":", trip->answer_ns);
}

static void add_parts(struct text *text, const struct corr_trip *trip)
{
	add_part(text, ",\"rtt_ns\":", trip, CORR_PART_RTT);
	add_part(text, ",\"out_ns\":", trip, CORR_PART_OUT);
	add_part(text, ",\"wire_ns\":", trip, CORR_PART_WIRE);
	add_part(text, ",\"in_ns\":", trip, CORR_PART_IN);
	add_part(text, ",\"write_call_ns\":", trip, CORR_PART_CALL);
	add_part(text, ",\"call_left_ns\":", trip, CORR_PART_STACK);
	add_part(text, ",\"arrived_read_ns\":", trip, CORR_PART_READ);
	add_part(text, ",\"read_answer_ns\":", trip, CORR_PART_USER);
	add_part(text, ",\"left_acked_ns\":", trip, CORR_PART_ACK);
}

/* 64 bits are more than some readers of JSON numbers keep: the run is a text of 16 digits. */
void trip_add_origin(struct text *text, const struct corr_trip *trip,
		     const struct trip_origin *origin)
{
	field_add_time(text, ",\"answer_wall_ns\":", trip->answer_wall_ns);
	text_add(text, ",\"host\":");
	if (*origin->host)
		text_add_json(text, origin->host);
	else
		text_add(text, "null");
	text_add(text, ",\"run\":\"");
	for (int shift = 60; shift >= 0; shift -= 4)
		text_add_bytes(text, &"0123456789abcdef"[origin->run >> shift & 15], 1);
	text_add(text, "\"}\n");
}

void trip_add_json(struct text *text, const struct corr_trip *trip,
		   const struct trip_origin *origin)
{
	add_who(text, trip);
	add_points(text, trip);
	add_parts(text, trip);
	trip_add_origin(text, trip, origin);
}
