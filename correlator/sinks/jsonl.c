/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One JSON object a line.  The order and names of the fields up to
 * exchange_ms are a contract; new ones are appended.
 */
#include "sink.h"

#define LINE_BYTES_MAX 4096

static void add_key(struct text *text, const char *key)
{
	text_add(text, key); /* with its comma, quotes and colon: one copy instead of three */
}

static void add_number(struct text *text, const char *key, uint64_t value)
{
	add_key(text, key);
	text_add_u64(text, value);
}

static void add_time(struct text *text, const char *key, uint64_t time_ns)
{
	add_key(text, key);
	if (time_ns)
		text_add_u64(text, time_ns);
	else
		text_add(text, "null");
}

static void add_stage(struct text *text, const char *key, const struct corr_message *message,
		      enum corr_stage stage)
{
	add_key(text, key);
	if (corr_stage_is_known(message, stage))
		text_add_i64(text, message->stage_ns[stage]);
	else
		text_add(text, "null");
}

static void add_bool(struct text *text, const char *key, bool value)
{
	add_key(text, key);
	text_add(text, value ? "true" : "false");
}

/* A count that only a layer that was there can know. */
static void add_known(struct text *text, const char *key, bool is_known, uint64_t value)
{
	add_key(text, key);
	if (is_known)
		text_add_u64(text, value);
	else
		text_add(text, "null");
}

static void add_contract(struct text *text, const struct corr_message *message)
{
	add_number(text, "{\"seq\":", message->seq);
	add_number(text, ",\"conn\":", message->conn_number);
	add_known(text, ",\"tcp_seq\":", message->has_nic, message->tcp_seq);
	add_known(text, ",\"start\":", message->is_ranged, message->start_offset);
	add_known(text, ",\"end\":", message->is_ranged, message->end_offset);
	add_time(text, ",\"nic_first_ns\":", message->nic_first_ns);
	add_time(text, ",\"nic_ns\":", message->nic_ns);
	add_time(text, ",\"kernel_enter_ns\":", message->kernel_enter_ns);
	add_time(text, ",\"kernel_return_ns\":", message->kernel_return_ns);
	add_time(text, ",\"user_ns\":", message->user_ns);
	add_stage(text, ",\"nic_kernel_ns\":", message, CORR_STAGE_NIC_KERNEL);
	add_stage(text, ",\"kernel_user_ns\":", message, CORR_STAGE_KERNEL_USER);
	add_stage(text, ",\"total_ns\":", message, CORR_STAGE_TOTAL);
	add_key(text, ",\"class\":\"");
	text_add(text, corr_class_name(message->class_id));
	add_known(text, "\",\"segments\":", message->has_nic, message->segment_count);
	add_known(text, ",\"reads\":", message->has_kernel, message->read_count);
	add_number(text, ",\"messages_in_record\":", message->record_count);
	add_key(text, ",\"stream\":");
	if (*message->stream)
		text_add_json(text, message->stream);
	else
		text_add(text, "null");
	add_key(text, ",\"exchange_ms\":");
	if (message->has_exchange)
		text_add_i64(text, message->exchange_ms);
	else
		text_add(text, "null");
}

static void add_facts(struct text *text, const struct corr_message *message)
{
	add_number(text, ",\"message_index\":", message->message_index);
	add_number(text, ",\"cookie\":", message->cookie);
	add_number(text, ",\"record_position\":", message->record_position);
	add_known(text, ",\"read_position\":", message->has_kernel, message->read_position);
	add_stage(text, ",\"read_wait_ns\":", message, CORR_STAGE_READ_WAIT);
	add_stage(text, ",\"first_last_ns\":", message, CORR_STAGE_FIRST_LAST);
	add_stage(text, ",\"hol_wait_ns\":", message, CORR_STAGE_HOL_WAIT);
	add_known(text, ",\"retransmits\":", message->has_nic, message->retransmit_count);
	add_stage(text, ",\"kernel_return_stage_ns\":", message, CORR_STAGE_KERNEL_RETURN);
	add_stage(text, ",\"return_recv_ns\":", message, CORR_STAGE_RETURN_RECV);
	add_stage(text, ",\"recv_user_ns\":", message, CORR_STAGE_RECV_USER);
	add_stage(text, ",\"user_parsed_ns\":", message, CORR_STAGE_USER_PARSED);
	add_key(text, ",\"residual_ns\":");
	text_add_i64(text, message->residual_ns);
	add_known(text, ",\"nic_uncertainty_ns\":", message->has_nic, message->nic_uncertainty_ns);
	add_bool(text, ",\"waited\":", message->is_waited);
	add_bool(text, ",\"merged\":", message->is_merged);
	add_bool(text, ",\"split\":", message->is_split);
	add_bool(text, ",\"plain\":", message->is_plain);
	add_bool(text, ",\"clock_step\":", message->is_clock_step);
	add_key(text, ",\"nic_reason\":\"");
	text_add(text, corr_reason_name(message->nic_reason));
	add_key(text, "\",\"kernel_reason\":\"");
	text_add(text, corr_reason_name(message->kernel_reason));
	text_add(text, "\"");
}

/* 64 bits are more than some readers of JSON numbers keep: the run is a text. */
static void add_run(struct text *text, uint64_t run)
{
	char hex[16];

	for (int i = 15; i >= 0; i--) {
		hex[i] = "0123456789abcdef"[run & 15];
		run >>= 4;
	}
	text_add(text, ",\"run\":\"");
	text_add_bytes(text, hex, sizeof(hex));
	text_add(text, "\"");
}

/* Where many runs on many hosts meet. */
static void add_origin(struct text *text, const struct corr_message *message,
		       const struct sink_origin *origin)
{
	add_time(text, ",\"user_wall_ns\":", message->user_wall_ns);
	add_key(text, ",\"host\":");
	if (*origin->host)
		text_add_json(text, origin->host);
	else
		text_add(text, "null");
	add_run(text, origin->run);
}

/* What makes it `last-byte`. */
static void add_doubt(struct text *text, const struct corr_message *message)
{
	add_key(text, ",\"doubt_layer\":");
	if (message->doubt_layer)
		text_add_json(text, corr_layer_name(message->doubt_layer));
	else
		text_add(text, "null");
	add_key(text, ",\"doubt_reason\":\"");
	text_add(text, corr_reason_name(message->doubt_reason));
	text_add(text, "\"");
}

/* What the capture read of it on the wire. */
static void add_wire(struct text *text, const struct corr_message *message)
{
	add_known(text, ",\"opcode\":", message->has_wire, message->opcode);
	add_known(text, ",\"payload_bytes\":", message->has_wire, message->payload_bytes);
	add_known(text, ",\"fragments\":", message->has_wire, message->fragment_count);
	add_key(text, ",\"compressed\":");
	text_add(text, !message->has_wire ? "null" : message->is_compressed ? "true" : "false");
	add_key(text, ",\"exchange_nic_ms\":");
	if (message->has_exchange_nic)
		text_add_i64(text, message->exchange_nic_ms);
	else
		text_add(text, "null");
}

/* NIC->Kernel taken apart. */
static void add_stages(struct text *text, const struct corr_message *message)
{
	add_stage(text, ",\"hole_ns\":", message, CORR_STAGE_HOLE);
	add_stage(text, ",\"nic_queue_ns\":", message, CORR_STAGE_NIC_QUEUE);
	add_stage(text, ",\"queue_ready_ns\":", message, CORR_STAGE_QUEUE_READY);
	add_stage(text, ",\"ready_running_ns\":", message, CORR_STAGE_READY_RUNNING);
	add_stage(text, ",\"running_read_ns\":", message, CORR_STAGE_RUNNING_READ);
	add_key(text, ",\"untold_ns\":");
	text_add_i64(text, message->untold_ns);
	add_time(text, ",\"queue_ns\":", message->queue_ns);
	add_time(text, ",\"ready_ns\":", message->ready_ns);
	add_known(text, ",\"reader_tid\":", message->reader_tid, message->reader_tid);
	add_key(text, ",\"wait\":\"");
	text_add(text, corr_wait_name(message->wait));
	add_key(text, "\",\"untold\":\"");
	text_add(text, corr_untold_name(message->untold));
	text_add(text, "\"");
}

static void jsonl_message(struct sink *sink, const struct corr_message *message)
{
	struct text *text = sink_room(sink, LINE_BYTES_MAX);

	if (!text)
		return;
	add_contract(text, message);
	add_facts(text, message);
	add_origin(text, message, sink->origin);
	add_doubt(text, message);
	add_wire(text, message);
	add_stages(text, message);
	add_key(text, ",\"exchange_us\":");
	if (message->has_exchange_us)
		text_add_i64(text, message->exchange_us);
	else
		text_add(text, "null");
	text_add(text, "}\n");
}

static int jsonl_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)summary;
	return sink_close_file(sink);
}

const struct sink_ops sink_jsonl = {
	.name = "JSONL file",
	.open = sink_open_file,
	.message = jsonl_message,
	.close = jsonl_close,
};
