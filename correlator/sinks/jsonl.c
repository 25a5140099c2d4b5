/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One JSON object a line.  The order and names of the fields up to
 * exchange_ms are a contract; new ones are appended.  A line is a message, and so
 * round trips have a file of their own.
 */
#include "sink.h"

#include "correlator/trips/order_line.h"
#include "names.h"

/* More than the keys, and every number and name at its longest, can become. */
#define LINE_BYTES_MAX 8192

LINE_INLINE void add_number(struct line *line, const char *key, uint64_t value)
{
	line_put(line, key);
	line_put_u64(line, value);
}

LINE_INLINE void add_time(struct line *line, const char *key, struct names *names, uint64_t time_ns)
{
	line_put(line, key);
	if (time_ns)
		line_put_near(line, &names->time, time_ns);
	else
		line_put(line, "null");
}

LINE_INLINE void add_stage(struct line *line, const char *key, const struct corr_message *message,
			   enum corr_stage stage)
{
	line_put(line, key);
	if (corr_stage_is_known(message, stage))
		line_put_i64(line, message->stage_ns[stage]);
	else
		line_put(line, "null");
}

LINE_INLINE void add_bool(struct line *line, const char *key, bool value)
{
	line_put(line, key);
	line_put(line, value ? "true" : "false");
}

/* A count that only a layer that was there can know. */
LINE_INLINE void add_known(struct line *line, const char *key, bool is_known, uint64_t value)
{
	line_put(line, key);
	if (is_known)
		line_put_u64(line, value);
	else
		line_put(line, "null");
}

LINE_INLINE void add_stream(struct line *line, struct names *names,
			    const struct corr_message *message)
{
	char *begin = line->at;

	if (names_put_stream(line, names, message))
		return;
	if (*message->stream)
		line->at = line_json(begin, message->stream);
	else
		line_put(line, "null");
	names_keep_stream(begin, line->at, names, message);
}

LINE_INLINE void add_contract(struct line *line, struct names *names,
			      const struct corr_message *message)
{
	add_number(line, "{\"seq\":", message->seq);
	add_number(line, ",\"conn\":", message->conn_number);
	add_known(line, ",\"tcp_seq\":", message->has_nic, message->tcp_seq);
	add_known(line, ",\"start\":", message->is_ranged, message->start_offset);
	add_known(line, ",\"end\":", message->is_ranged, message->end_offset);
	add_time(line, ",\"nic_first_ns\":", names, message->nic_first_ns);
	add_time(line, ",\"nic_ns\":", names, message->nic_ns);
	add_time(line, ",\"kernel_enter_ns\":", names, message->kernel_enter_ns);
	add_time(line, ",\"kernel_return_ns\":", names, message->kernel_return_ns);
	add_time(line, ",\"user_ns\":", names, message->user_ns);
	add_stage(line, ",\"nic_kernel_ns\":", message, CORR_STAGE_NIC_KERNEL);
	add_stage(line, ",\"kernel_user_ns\":", message, CORR_STAGE_KERNEL_USER);
	add_stage(line, ",\"total_ns\":", message, CORR_STAGE_TOTAL);
	line_put(line, ",\"class\":\"");
	line_put_word(line, &names->classes[message->class_id]);
	add_known(line, "\",\"segments\":", message->has_nic, message->segment_count);
	add_known(line, ",\"reads\":", message->has_kernel, message->read_count);
	add_number(line, ",\"messages_in_record\":", message->record_count);
	line_put(line, ",\"stream\":");
	add_stream(line, names, message);
	line_put(line, ",\"exchange_ms\":");
	if (message->has_exchange)
		line_put_i64(line, message->exchange_ms);
	else
		line_put(line, "null");
}

LINE_INLINE void add_facts(struct line *line, const struct corr_message *message)
{
	add_number(line, ",\"message_index\":", message->message_index);
	add_number(line, ",\"cookie\":", message->cookie);
	add_number(line, ",\"record_position\":", message->record_position);
	add_known(line, ",\"read_position\":", message->has_kernel, message->read_position);
	add_stage(line, ",\"read_wait_ns\":", message, CORR_STAGE_READ_WAIT);
	add_stage(line, ",\"first_last_ns\":", message, CORR_STAGE_FIRST_LAST);
	add_stage(line, ",\"hol_wait_ns\":", message, CORR_STAGE_HOL_WAIT);
	add_known(line, ",\"retransmits\":", message->has_nic, message->retransmit_count);
	add_stage(line, ",\"kernel_return_stage_ns\":", message, CORR_STAGE_KERNEL_RETURN);
	add_stage(line, ",\"return_recv_ns\":", message, CORR_STAGE_RETURN_RECV);
	add_stage(line, ",\"recv_user_ns\":", message, CORR_STAGE_RECV_USER);
	add_stage(line, ",\"user_parsed_ns\":", message, CORR_STAGE_USER_PARSED);
	line_put(line, ",\"residual_ns\":");
	line_put_i64(line, message->residual_ns);
	add_known(line, ",\"nic_uncertainty_ns\":", message->has_nic, message->nic_uncertainty_ns);
}

/*
 * What follows comes in pieces that most messages have as the one before them: such a piece is
 * written once and copied then.  Its key has all that it depends on, and PIECE for there is one.
 */
#define PIECE (UINT64_C(1) << 63)

enum { PIECE_MANNER, PIECE_ORIGIN, PIECE_MIDDLE, PIECE_END };

static char *write_manner(char *at, const struct names *names, const struct corr_message *message)
{
	struct line line = { .at = at };

	add_bool(&line, ",\"waited\":", message->is_waited);
	add_bool(&line, ",\"merged\":", message->is_merged);
	add_bool(&line, ",\"split\":", message->is_split);
	add_bool(&line, ",\"plain\":", message->is_plain);
	add_bool(&line, ",\"clock_step\":", message->is_clock_step);
	line_put(&line, ",\"nic_reason\":\"");
	line_put_word(&line, &names->reasons[message->nic_reason]);
	line_put(&line, "\",\"kernel_reason\":\"");
	line_put_word(&line, &names->reasons[message->kernel_reason]);
	line_put(&line, "\"");
	return line.at;
}

LINE_INLINE void add_manner(struct line *line, struct names *names,
			    const struct corr_message *message)
{
	uint64_t key = PIECE | (uint64_t)message->is_waited | (uint64_t)message->is_merged << 1 |
		       (uint64_t)message->is_split << 2 | (uint64_t)message->is_plain << 3 |
		       (uint64_t)message->is_clock_step << 4 | (uint64_t)message->nic_reason << 8 |
		       (uint64_t)message->kernel_reason << 16;
	const char *begin = line->at;

	if (line_put_piece(line, &names->pieces[PIECE_MANNER], key))
		return;
	line->at = write_manner(line->at, names, message);
	line_keep_piece(begin, line->at, &names->pieces[PIECE_MANNER], key);
}

/* 64 bits are more than some readers of JSON numbers keep: the run is a text. */
LINE_INLINE void add_run(struct line *line, uint64_t run)
{
	line_put(line, ",\"run\":\"");
	line->at = line_hex(line->at, run);
	line_put(line, "\"");
}

/* Where many runs on many hosts meet. */
LINE_INLINE void add_origin(struct line *line, struct names *names,
			    const struct corr_message *message, const struct sink_origin *origin)
{
	struct line_piece *piece = &names->pieces[PIECE_ORIGIN];
	const char *begin;

	add_time(line, ",\"user_wall_ns\":", names, message->user_wall_ns);
	begin = line->at;
	if (line_put_piece(line, piece, PIECE | origin->epoch))
		return;
	line_put(line, ",\"host\":");
	if (*origin->host)
		line->at = line_json(line->at, origin->host);
	else
		line_put(line, "null");
	add_run(line, origin->run);
	line_keep_piece(begin, line->at, piece, PIECE | origin->epoch);
}

/* What makes it `last-byte`. */
static char *write_doubt(char *at, struct names *names, const struct corr_message *message)
{
	struct line line = { .at = at };

	line_put(&line, ",\"doubt_layer\":");
	if (message->doubt_layer) {
		line_put(&line, "\"");
		line_put_word(&line, &names->layers[message->doubt_layer]);
		line_put(&line, "\"");
	} else {
		line_put(&line, "null");
	}
	line_put(&line, ",\"doubt_reason\":\"");
	line_put_word(&line, &names->reasons[message->doubt_reason]);
	line_put(&line, "\"");
	return line.at;
}

/* What the capture read of it on the wire. */
static char *write_wire(char *at, const struct corr_message *message)
{
	struct line line = { .at = at };

	add_known(&line, ",\"opcode\":", message->has_wire, message->opcode);
	add_known(&line, ",\"payload_bytes\":", message->has_wire, message->payload_bytes);
	add_known(&line, ",\"fragments\":", message->has_wire, message->fragment_count);
	line_put(&line, ",\"compressed\":");
	line_put(&line, !message->has_wire ? "null" : message->is_compressed ? "true" : "false");
	line_put(&line, ",\"exchange_nic_ms\":");
	if (message->has_exchange_nic)
		line_put_i64(&line, message->exchange_nic_ms);
	else
		line_put(&line, "null");
	return line.at;
}

/* NIC->Kernel taken apart. */
static char *write_stages(char *at, const struct corr_message *message)
{
	struct line line = { .at = at };

	add_stage(&line, ",\"hole_ns\":", message, CORR_STAGE_HOLE);
	add_stage(&line, ",\"nic_queue_ns\":", message, CORR_STAGE_NIC_QUEUE);
	add_stage(&line, ",\"queue_ready_ns\":", message, CORR_STAGE_QUEUE_READY);
	add_stage(&line, ",\"ready_running_ns\":", message, CORR_STAGE_READY_RUNNING);
	add_stage(&line, ",\"running_read_ns\":", message, CORR_STAGE_RUNNING_READ);
	line_put(&line, ",\"untold_ns\":");
	return line.at;
}

#define WITHIN_MASK                                                                                \
	(1u << CORR_STAGE_HOLE | 1u << CORR_STAGE_NIC_QUEUE | 1u << CORR_STAGE_QUEUE_READY |       \
	 1u << CORR_STAGE_READY_RUNNING | 1u << CORR_STAGE_RUNNING_READ)

/* Without the wire's numbers and those stages it is the same again and again. */
LINE_INLINE void add_middle(struct line *line, struct names *names,
			    const struct corr_message *message)
{
	bool is_bare = !message->has_wire && !message->has_exchange_nic &&
		       !(message->stage_mask & WITHIN_MASK);
	uint64_t key = PIECE | (uint64_t)message->doubt_layer << 8 | message->doubt_reason;
	const char *begin = line->at;

	if (is_bare && line_put_piece(line, &names->pieces[PIECE_MIDDLE], key))
		return;
	line->at = write_doubt(line->at, names, message);
	line->at = write_wire(line->at, message);
	line->at = write_stages(line->at, message);
	if (is_bare)
		line_keep_piece(begin, line->at, &names->pieces[PIECE_MIDDLE], key);
}

LINE_INLINE void add_reader(struct line *line, struct names *names,
			    const struct corr_message *message)
{
	line_put_i64(line, message->untold_ns);
	add_time(line, ",\"queue_ns\":", names, message->queue_ns);
	add_time(line, ",\"ready_ns\":", names, message->ready_ns);
	add_known(line, ",\"reader_tid\":", message->reader_tid, message->reader_tid);
}

/* Of the exchange's stamps the finer one; whose the NIC's is, and when the kernel had the frame. */
static char *write_end(char *at, struct names *names, const struct corr_message *message)
{
	bool is_handed = corr_stage_is_known(message, CORR_STAGE_WIRE_NIC);
	struct line line = { .at = at };

	line_put(&line, ",\"wait\":\"");
	line_put_word(&line, &names->waits[message->wait]);
	line_put(&line, "\",\"untold\":\"");
	line_put_word(&line, &names->untolds[message->untold]);
	line_put(&line, "\",\"exchange_us\":");
	if (message->has_exchange_us)
		line_put_i64(&line, message->exchange_us);
	else
		line_put(&line, "null");
	line_put(&line, ",\"stamp\":\"");
	line_put_word(&line, names_stamp(names, message->stamp_source));
	line_put(&line, "\"");
	add_time(&line, ",\"handed_ns\":", names, message->handed_ns);
	add_stage(&line, ",\"wire_nic_ns\":", message, CORR_STAGE_WIRE_NIC);
	add_known(&line, ",\"wire_nic_uncertainty_ns\":", is_handed,
		  message->wire_nic_uncertainty_ns);
	line_put(&line, "}\n");
	return line.at;
}

LINE_INLINE void add_end(struct line *line, struct names *names, const struct corr_message *message)
{
	bool is_bare = !message->has_exchange_us && !message->handed_ns &&
		       !corr_stage_is_known(message, CORR_STAGE_WIRE_NIC);
	uint64_t key = PIECE | (uint64_t)message->wait << 16 | (uint64_t)message->untold << 8 |
		       message->stamp_source;
	const char *begin = line->at;

	if (is_bare && line_put_piece(line, &names->pieces[PIECE_END], key))
		return;
	line->at = write_end(line->at, names, message);
	if (is_bare)
		line_keep_piece(begin, line->at, &names->pieces[PIECE_END], key);
}

static void jsonl_message(struct sink *sink, const struct corr_message *message)
{
	struct text *text = sink_room(sink, LINE_BYTES_MAX);
	struct line line;

	if (!text)
		return;
	line = line_begin(text);
	add_contract(&line, sink->own, message);
	add_facts(&line, message);
	add_manner(&line, sink->own, message);
	add_origin(&line, sink->own, message, sink->origin);
	add_middle(&line, sink->own, message);
	add_reader(&line, sink->own, message);
	add_end(&line, sink->own, message);
	line_end(&line, text);
}

static int jsonl_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)summary;
	return names_close_file(sink);
}

const struct sink_ops sink_jsonl = {
	.name = "JSONL file",
	.open = names_open_file,
	.message = jsonl_message,
	.close = jsonl_close,
};

static void trips_trip(struct sink *sink, const struct corr_trip *trip)
{
	const struct trip_origin origin = { .host = sink->origin->host, .run = sink->origin->run };
	struct text *text = sink_room(sink, TRIP_LINE_BYTES_MAX);

	if (text)
		trip_add_json(text, trip, &origin);
}

static void trips_order(struct sink *sink, const struct corr_order *order)
{
	const struct trip_origin origin = { .host = sink->origin->host, .run = sink->origin->run };
	struct text *text = sink_room(sink, TRIP_LINE_BYTES_MAX);

	if (text)
		order_add_json(text, order, &origin);
}

static int trips_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)summary;
	return sink_close_file(sink);
}

const struct sink_ops sink_trips = {
	.name = "file of round trips",
	.open = sink_open_file,
	.trip = trips_trip,
	.order = trips_order,
	.close = trips_close,
};
