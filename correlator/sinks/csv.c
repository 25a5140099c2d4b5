/* SPDX-License-Identifier: BSD-2-Clause */
/* One row a message, for spreadsheets; unknown is empty.  Columns are only ever appended. */
#include "sink.h"

#include "names.h"

#define LINE_BYTES_MAX 2048

static const char head[] =
	"seq,conn,tcp_seq,start,end,nic_first_ns,nic_ns,kernel_enter_ns,kernel_return_ns,user_ns,"
	"nic_kernel_ns,kernel_user_ns,total_ns,class,segments,reads,messages_in_record,stream,"
	"exchange_ms,message_index,record_position,read_position,read_wait_ns,first_last_ns,"
	"hol_wait_ns,retransmits,kernel_return_stage_ns,return_recv_ns,recv_user_ns,"
	"user_parsed_ns,residual_ns,nic_reason,kernel_reason,doubt_layer,doubt_reason,"
	"hole_ns,nic_queue_ns,queue_ready_ns,ready_running_ns,running_read_ns,untold_ns,wait,"
	"untold,exchange_us,stamp,nic_uncertainty_ns,handed_ns,wire_nic_ns,"
	"wire_nic_uncertainty_ns\n";

LINE_INLINE void add_number(struct line *line, bool is_known, uint64_t value)
{
	if (is_known)
		line_put_u64(line, value);
	line_put(line, ",");
}

LINE_INLINE void add_stage(struct line *line, const struct corr_message *message,
			   enum corr_stage stage)
{
	if (corr_stage_is_known(message, stage))
		line_put_i64(line, message->stage_ns[stage]);
	line_put(line, ",");
}

LINE_INLINE void add_time(struct line *line, struct names *names, bool is_known, uint64_t time_ns)
{
	if (is_known)
		line_put_near(line, &names->time, time_ns);
	line_put(line, ",");
}

/* RFC 4180: in quotes, quotes doubled. */
static char *write_quoted(char *at, const char *words)
{
	*at++ = '"';
	for (; *words; words++) {
		if (*words == '"')
			*at++ = '"';
		*at++ = *words;
	}
	*at++ = '"';
	*at++ = ',';
	return at;
}

LINE_INLINE void add_stream(struct line *line, struct names *names,
			    const struct corr_message *message)
{
	const char *begin = line->at;

	if (names_put_stream(line, names, message))
		return;
	line->at = write_quoted(line->at, message->stream);
	names_keep_stream(begin, line->at, names, message);
}

LINE_INLINE void add_places_and_times(struct line *line, struct names *names,
				      const struct corr_message *message)
{
	add_number(line, true, message->seq);
	add_number(line, true, message->conn_number);
	add_number(line, message->has_nic, message->tcp_seq);
	add_number(line, message->is_ranged, message->start_offset);
	add_number(line, message->is_ranged, message->end_offset);
	add_time(line, names, message->nic_first_ns, message->nic_first_ns);
	add_time(line, names, message->has_nic, message->nic_ns);
	add_time(line, names, message->has_kernel, message->kernel_enter_ns);
	add_time(line, names, message->has_kernel, message->kernel_return_ns);
	add_time(line, names, true, message->user_ns);
	add_stage(line, message, CORR_STAGE_NIC_KERNEL);
	add_stage(line, message, CORR_STAGE_KERNEL_USER);
	add_stage(line, message, CORR_STAGE_TOTAL);
}

/* Whose the NIC's stamp is, how sure, and when the kernel had the frame. */
LINE_INLINE void add_stamp(struct line *line, struct names *names,
			   const struct corr_message *message)
{
	bool is_handed = corr_stage_is_known(message, CORR_STAGE_WIRE_NIC);

	line_put_word(line, names_stamp(names, message->stamp_source));
	line_put(line, ",");
	add_number(line, message->has_nic, message->nic_uncertainty_ns);
	add_time(line, names, is_handed, message->handed_ns);
	add_stage(line, message, CORR_STAGE_WIRE_NIC);
	if (is_handed)
		line_put_u64(line, message->wire_nic_uncertainty_ns);
}

LINE_INLINE void add_row(struct line *line, struct names *names, const struct corr_message *message)
{
	static const enum corr_stage parts[] = { CORR_STAGE_KERNEL_RETURN, CORR_STAGE_RETURN_RECV,
						 CORR_STAGE_RECV_USER, CORR_STAGE_USER_PARSED };

	add_places_and_times(line, names, message);
	line_put_word(line, &names->classes[message->class_id]);
	line_put(line, ",");
	add_number(line, message->has_nic, message->segment_count);
	add_number(line, message->has_kernel, message->read_count);
	add_number(line, true, message->record_count);
	add_stream(line, names, message);
	if (message->has_exchange)
		line_put_i64(line, message->exchange_ms);
	line_put(line, ",");
	add_number(line, true, message->message_index);
	add_number(line, true, message->record_position);
	add_number(line, message->has_kernel, message->read_position);
	add_stage(line, message, CORR_STAGE_READ_WAIT);
	add_stage(line, message, CORR_STAGE_FIRST_LAST);
	add_stage(line, message, CORR_STAGE_HOL_WAIT);
	add_number(line, message->has_nic, message->retransmit_count);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		add_stage(line, message, parts[i]);
	line_put_i64(line, message->residual_ns);
	line_put(line, ",");
	line_put_word(line, &names->reasons[message->nic_reason]);
	line_put(line, ",");
	line_put_word(line, &names->reasons[message->kernel_reason]);
	line_put(line, ",");
	if (message->doubt_layer)
		line_put_word(line, &names->layers[message->doubt_layer]);
	line_put(line, ",");
	line_put_word(line, &names->reasons[message->doubt_reason]);
	line_put(line, ",");
	for (int stage = CORR_STAGE_HOLE; stage <= CORR_STAGE_RUNNING_READ; stage++)
		add_stage(line, message, stage);
	line_put_i64(line, message->untold_ns);
	line_put(line, ",");
	line_put_word(line, &names->waits[message->wait]);
	line_put(line, ",");
	line_put_word(line, &names->untolds[message->untold]);
	line_put(line, ",");
	if (message->has_exchange_us)
		line_put_i64(line, message->exchange_us);
	line_put(line, ",");
	add_stamp(line, names, message);
	line_put(line, "\n");
}

static void csv_message(struct sink *sink, const struct corr_message *message)
{
	struct text *text = sink_room(sink, LINE_BYTES_MAX);
	struct line line;

	if (!text)
		return;
	line = line_begin(text);
	add_row(&line, sink->own, message);
	line_end(&line, text);
}

static int csv_open(struct sink *sink)
{
	int err = names_open_file(sink);

	if (err)
		return err;
	sink->head = head;
	text_add(&sink->text, head);
	return 0;
}

static int csv_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)summary;
	return names_close_file(sink);
}

const struct sink_ops sink_csv = {
	.name = "CSV file",
	.open = csv_open,
	.message = csv_message,
	.close = csv_close,
};
