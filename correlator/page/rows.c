/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages that the page shows whole.  A thousand of them have to fit, so
 * each is an array whose members are named once, in the order of add_row(), and
 * names of streams and reasons are numbers.
 */
#include "facts.h"
#include "prof/clock.h"

#include <string.h>

#define ROW_COUNT_MAX (STALLS_ROW_COUNT_MAX + COLLECT_LOWEST_COUNT_MAX)

static const char *const columns[] = {
	"seq", "time_ns", "latency_ns", "class", "stream", "conn", "message_index", "start", "end",
	"wall_ns", "in_record", "record_position", "split", "clock_step",
	/* null where the layer does not know it */
	"tcp_seq", "segments", "retransmits", "uncertainty_ns", "merged", "nic_reason", "reads",
	"read_position", "waited", "kernel_reason", "doubt_layer", "doubt_reason", "exchange_ms",
	"exchange_us",
	/* of the stall; null for the lowest ones */
	"messages", "from_ns", "to_ns", "more_conns",
	/* in the file of --annotate, null where it is not there */
	"frame"
	/* and the stages, in the order of the stages' table */
};

/* Names that were told once, and are a number from then on. */
struct names {
	uint32_t count;
	const char *names[ROW_COUNT_MAX];
};

static uint32_t number_of(struct names *names, const char *name)
{
	uint32_t i = 0;

	while (i < names->count && strcmp(names->names[i], name) != 0)
		i++;
	if (i == names->count)
		names->names[names->count++] = name;
	return i;
}

static void add_nulls(struct json *json, int count)
{
	while (count--)
		json_null(json, NULL);
}

static void add_head(struct json *json, const struct collect *collect,
		     const struct corr_message *message, int64_t latency_ns, struct names *streams)
{
	json_u64(json, NULL, message->seq);
	json_i64(json, NULL, prof_delta_ns(collect->first_ns, corr_message_time_ns(message)));
	json_i64(json, NULL, latency_ns);
	json_u64(json, NULL, message->class_id);
	json_u64(json, NULL, number_of(streams, message->stream));
	json_u64(json, NULL, message->conn_number);
	json_u64(json, NULL, message->message_index);
	if (message->is_ranged) {
		json_u64(json, NULL, message->start_offset);
		json_u64(json, NULL, message->end_offset);
	} else {
		add_nulls(json, 2);
	}
	json_digits(json, NULL, message->user_wall_ns);
	json_u64(json, NULL, message->record_count);
	json_u64(json, NULL, message->record_position);
	json_u64(json, NULL, message->is_split);
	json_u64(json, NULL, message->is_clock_step);
}

static void add_nic(struct json *json, const struct corr_message *message)
{
	if (!message->has_nic) {
		add_nulls(json, 5);
		json_u64(json, NULL, message->nic_reason);
		return;
	}
	json_u64(json, NULL, message->tcp_seq);
	json_u64(json, NULL, message->segment_count);
	json_u64(json, NULL, message->retransmit_count);
	json_u64(json, NULL, message->nic_uncertainty_ns);
	json_u64(json, NULL, message->is_merged);
	json_null(json, NULL);
}

static void add_kernel(struct json *json, const struct corr_message *message)
{
	if (!message->has_kernel) {
		add_nulls(json, 3);
		json_u64(json, NULL, message->kernel_reason);
		return;
	}
	json_u64(json, NULL, message->read_count);
	json_u64(json, NULL, message->read_position);
	json_u64(json, NULL, message->is_waited);
	json_null(json, NULL);
}

static void add_doubt_and_exchange(struct json *json, const struct corr_message *message)
{
	if (message->doubt_layer) {
		json_string(json, NULL, corr_layer_name(message->doubt_layer));
		json_u64(json, NULL, message->doubt_reason);
	} else {
		add_nulls(json, 2);
	}
	if (message->has_exchange)
		json_i64(json, NULL, message->exchange_ms);
	else
		json_null(json, NULL);
	if (message->has_exchange_us)
		json_i64(json, NULL, message->exchange_us);
	else
		json_null(json, NULL);
}

static void add_stages(struct json *json, const struct corr_message *message)
{
	for (int i = 0; i < CORR_STAGE_COUNT; i++) {
		if (corr_stage_is_known(message, corr_stage_order[i]))
			json_i64(json, NULL, message->stage_ns[corr_stage_order[i]]);
		else
			json_null(json, NULL);
	}
}

/* stall: NULL for a message that is in none */
static void add_row(struct json *json, const struct collect *collect,
		    const struct corr_message *message, int64_t latency_ns,
		    const struct stall *stall, uint64_t frame_number, struct names *streams)
{
	json_open(json, NULL, '[');
	add_head(json, collect, message, latency_ns, streams);
	add_nic(json, message);
	add_kernel(json, message);
	add_doubt_and_exchange(json, message);
	if (stall) {
		json_u64(json, NULL, stall->message_count);
		json_i64(json, NULL, prof_delta_ns(collect->first_ns, stall->first_ns));
		json_i64(json, NULL, prof_delta_ns(collect->first_ns, stall->last_ns));
		json_u64(json, NULL, stall->is_on_more_conns);
	} else {
		add_nulls(json, 4);
	}
	if (frame_number)
		json_u64(json, NULL, frame_number);
	else
		json_null(json, NULL);
	add_stages(json, message);
	json_close(json, ']');
}

static void add_names(struct json *json, const char *name, const char *const *names, size_t count)
{
	json_open(json, name, '[');
	for (size_t i = 0; i < count; i++)
		json_string(json, NULL, names[i]);
	json_close(json, ']');
}

static void add_reasons(struct json *json)
{
	json_open(json, "reasons", '[');
	for (int i = 0; i < CORR_REASON_COUNT; i++)
		json_string(json, NULL, corr_reason_words(i));
	json_close(json, ']');
}

void rows_write(struct json *json, const struct collect *collect, const char *frames_file)
{
	const struct stalls *stalls = &collect->stalls;
	struct names streams = { 0 };

	json_open(json, "rows", '{');
	json_u64(json, "stalls", stalls->stall_count);
	json_u64(json, "due", stalls->due_count);
	json_digits(json, "first_user_ns", collect->first_ns);
	if (frames_file)
		json_string(json, "frames_file", frames_file);
	add_names(json, "columns", columns, sizeof(columns) / sizeof(columns[0]));
	json_open(json, "slowest", '[');
	for (uint32_t i = 0; i < stalls->row_count; i++)
		add_row(json, collect, &stalls->rows[i]->slowest, stalls->rows[i]->latency_ns,
			stalls->rows[i], stalls->rows[i]->frame_number, &streams);
	json_close(json, ']');
	json_open(json, "lowest", '[');
	for (uint32_t i = 0; i < collect->lowest_count; i++)
		add_row(json, collect, &collect->lowest[i].message, collect->lowest[i].latency_ns,
			NULL, collect->lowest[i].frame_number, &streams);
	json_close(json, ']');
	add_names(json, "streams", streams.names, streams.count);
	add_reasons(json);
	json_close(json, '}');
}
