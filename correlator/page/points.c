/* SPDX-License-Identifier: BSD-2-Clause */
#include "facts.h"
#include "prof/clock.h"

/* Sizes that have a bar of their own; the last one stands for all above. */
static const struct {
	uint32_t from;
	uint32_t to;
} sizes[] = { { 1, 1 },	  { 2, 2 },   { 3, 3 },	   { 4, 4 },	  { 5, 8 },	 { 9, 16 },
	      { 17, 32 }, { 33, 64 }, { 65, 128 }, { 129, 1023 }, { 1024, 1024 } };

static void add_size(struct json *json, size_t index, uint64_t count)
{
	json_open(json, NULL, '{');
	json_u64(json, "from", sizes[index].from);
	json_u64(json, "to", sizes[index].to);
	json_u64(json, "count", count);
	json_close(json, '}');
}

static void add_groups(struct json *json, const char *name, const struct collect_groups *groups)
{
	json_open(json, name, '[');
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t count = 0;

		for (uint32_t size = sizes[i].from; size <= sizes[i].to; size++)
			count += collect_groups_of(groups, size);
		add_size(json, i, count);
	}
	json_close(json, ']');
}

/* The highest place counts those beyond it too. */
static void add_segments(struct json *json, const uint64_t *message_counts)
{
	json_open(json, "segments", '[');
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t count = 0;

		for (uint32_t size = sizes[i].from; size <= sizes[i].to; size++)
			count += message_counts[size];
		if (sizes[i].to == COLLECT_GROUP_SIZE_MAX)
			count += message_counts[COLLECT_GROUP_SIZE_MAX + 1];
		add_size(json, i, count);
	}
	json_close(json, ']');
}

void groups_write(struct json *json, const struct collect *collect)
{
	json_open(json, "groups", '{');
	add_groups(json, "records", &collect->records);
	add_groups(json, "reads", &collect->reads);
	add_segments(json, collect->segment_count);
	json_close(json, '}');
}

/* ---- The chart ------------------------------------------------------------------- */

static void add_point(struct json *json, const struct collect *collect,
		      const struct collect_point *point)
{
	json_open(json, NULL, '[');
	json_u64(json, NULL, point->seq);
	json_i64(json, NULL, prof_delta_ns(collect->first_ns, point->user_ns));
	json_i64(json, NULL, point->latency_ns);
	json_u64(json, NULL, point->class_id);
	json_close(json, ']');
}

static void add_stage_values(struct json *json, const struct corr_message *message)
{
	json_open(json, "stages", '{');
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		if (corr_stage_is_known(message, stage))
			json_i64(json, corr_stage_name(stage), message->stage_ns[stage]);
	}
	json_close(json, '}');
}

static void add_layers(struct json *json, const struct corr_message *message)
{
	if (message->has_nic) {
		json_u64(json, "tcp_seq", message->tcp_seq);
		json_u64(json, "segments", message->segment_count);
		json_u64(json, "retransmits", message->retransmit_count);
		json_u64(json, "uncertainty_ns", message->nic_uncertainty_ns);
		json_bool(json, "merged", message->is_merged);
	} else {
		json_string(json, "nic_reason", corr_reason_words(message->nic_reason));
	}
	if (message->has_kernel) {
		json_u64(json, "reads", message->read_count);
		json_u64(json, "read_position", message->read_position);
		json_bool(json, "waited", message->is_waited);
	} else {
		json_string(json, "kernel_reason", corr_reason_words(message->kernel_reason));
	}
	if (message->doubt_layer) {
		json_string(json, "doubt_layer", corr_layer_name(message->doubt_layer));
		json_string(json, "doubt_reason", corr_reason_words(message->doubt_reason));
	}
}

static void add_outlier(struct json *json, const struct collect *collect,
			const struct collect_outlier *outlier)
{
	const struct corr_message *message = &outlier->message;

	json_open(json, NULL, '{');
	json_u64(json, "seq", message->seq);
	json_i64(json, "time_ns", prof_delta_ns(collect->first_ns, message->user_ns));
	json_i64(json, "latency_ns", outlier->latency_ns);
	json_u64(json, "class", message->class_id);
	json_string(json, "stream", message->stream);
	json_u64(json, "conn", message->conn_number);
	json_u64(json, "message_index", message->message_index);
	if (message->is_ranged) {
		json_u64(json, "start", message->start_offset);
		json_u64(json, "end", message->end_offset);
	}
	json_digits(json, "user_ns", message->user_ns);
	json_u64(json, "in_record", message->record_count);
	json_u64(json, "record_position", message->record_position);
	json_bool(json, "split", message->is_split);
	json_bool(json, "clock_step", message->is_clock_step);
	add_layers(json, message);
	if (message->has_exchange)
		json_i64(json, "exchange_ms", message->exchange_ms);
	add_stage_values(json, message);
	json_close(json, '}');
}

void points_write(struct json *json, const struct collect *collect)
{
	json_open(json, "scatter", '{');
	json_u64(json, "drawable", collect->point_count_all);
	json_u64(json, "negative", collect->negative_count);
	json_open(json, "points", '[');
	for (uint32_t i = 0; i < collect->point_count; i++)
		add_point(json, collect, &collect->points[i]);
	json_close(json, ']');
	json_open(json, "outliers", '[');
	for (uint32_t i = 0; i < collect->outlier_count; i++)
		add_outlier(json, collect, &collect->outliers[i]);
	for (uint32_t i = 0; i < collect->lowest_count; i++)
		add_outlier(json, collect, &collect->lowest[i]);
	json_close(json, ']');
	json_close(json, '}');
}
