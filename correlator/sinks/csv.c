/* SPDX-License-Identifier: BSD-2-Clause */
/* One row a message, for spreadsheets; unknown is empty.  Columns are only ever appended. */
#include "sink.h"

#define LINE_BYTES_MAX 2048

static const char head[] =
	"seq,conn,tcp_seq,start,end,nic_first_ns,nic_ns,kernel_enter_ns,kernel_return_ns,user_ns,"
	"nic_kernel_ns,kernel_user_ns,total_ns,class,segments,reads,messages_in_record,stream,"
	"exchange_ms,message_index,record_position,read_position,read_wait_ns,first_last_ns,"
	"hol_wait_ns,retransmits,kernel_return_stage_ns,return_recv_ns,recv_user_ns,"
	"user_parsed_ns,residual_ns,nic_reason,kernel_reason,doubt_layer,doubt_reason,"
	"hole_ns,nic_queue_ns,queue_ready_ns,ready_running_ns,running_read_ns,untold_ns,wait,"
	"untold,exchange_us\n";

static void add_number(struct text *text, bool is_known, uint64_t value)
{
	if (is_known)
		text_add_u64(text, value);
	text_add(text, ",");
}

static void add_stage(struct text *text, const struct corr_message *message, enum corr_stage stage)
{
	if (corr_stage_is_known(message, stage))
		text_add_i64(text, message->stage_ns[stage]);
	text_add(text, ",");
}

/* RFC 4180: in quotes, quotes doubled. */
static void add_quoted(struct text *text, const char *words)
{
	text_add(text, "\"");
	for (; *words; words++) {
		if (*words == '"')
			text_add(text, "\"");
		text_add_bytes(text, words, 1);
	}
	text_add(text, "\",");
}

static void add_places_and_times(struct text *text, const struct corr_message *message)
{
	add_number(text, true, message->seq);
	add_number(text, true, message->conn_number);
	add_number(text, message->has_nic, message->tcp_seq);
	add_number(text, message->is_ranged, message->start_offset);
	add_number(text, message->is_ranged, message->end_offset);
	add_number(text, message->nic_first_ns, message->nic_first_ns);
	add_number(text, message->has_nic, message->nic_ns);
	add_number(text, message->has_kernel, message->kernel_enter_ns);
	add_number(text, message->has_kernel, message->kernel_return_ns);
	add_number(text, true, message->user_ns);
	add_stage(text, message, CORR_STAGE_NIC_KERNEL);
	add_stage(text, message, CORR_STAGE_KERNEL_USER);
	add_stage(text, message, CORR_STAGE_TOTAL);
}

static void csv_message(struct sink *sink, const struct corr_message *message)
{
	static const enum corr_stage parts[] = { CORR_STAGE_KERNEL_RETURN, CORR_STAGE_RETURN_RECV,
						 CORR_STAGE_RECV_USER, CORR_STAGE_USER_PARSED };
	struct text *text = sink_room(sink, LINE_BYTES_MAX);

	if (!text)
		return;
	add_places_and_times(text, message);
	text_add(text, corr_class_name(message->class_id));
	text_add(text, ",");
	add_number(text, message->has_nic, message->segment_count);
	add_number(text, message->has_kernel, message->read_count);
	add_number(text, true, message->record_count);
	add_quoted(text, message->stream);
	if (message->has_exchange)
		text_add_i64(text, message->exchange_ms);
	text_add(text, ",");
	add_number(text, true, message->message_index);
	add_number(text, true, message->record_position);
	add_number(text, message->has_kernel, message->read_position);
	add_stage(text, message, CORR_STAGE_READ_WAIT);
	add_stage(text, message, CORR_STAGE_FIRST_LAST);
	add_stage(text, message, CORR_STAGE_HOL_WAIT);
	add_number(text, message->has_nic, message->retransmit_count);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		add_stage(text, message, parts[i]);
	text_add_i64(text, message->residual_ns);
	text_add(text, ",");
	text_add(text, corr_reason_name(message->nic_reason));
	text_add(text, ",");
	text_add(text, corr_reason_name(message->kernel_reason));
	text_add(text, ",");
	text_add(text, message->doubt_layer ? corr_layer_name(message->doubt_layer) : "");
	text_add(text, ",");
	text_add(text, corr_reason_name(message->doubt_reason));
	text_add(text, ",");
	for (int stage = CORR_STAGE_HOLE; stage <= CORR_STAGE_RUNNING_READ; stage++)
		add_stage(text, message, stage);
	text_add_i64(text, message->untold_ns);
	text_add(text, ",");
	text_add(text, corr_wait_name(message->wait));
	text_add(text, ",");
	text_add(text, corr_untold_name(message->untold));
	text_add(text, ",");
	if (message->has_exchange_us)
		text_add_i64(text, message->exchange_us);
	text_add(text, "\n");
}

static int csv_open(struct sink *sink)
{
	int err = sink_open_file(sink);

	sink->head = head;
	if (err == 0)
		text_add(&sink->text, head);
	return err;
}

static int csv_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)summary;
	return sink_close_file(sink);
}

const struct sink_ops sink_csv = {
	.name = "CSV file",
	.open = csv_open,
	.message = csv_message,
	.close = csv_close,
};
