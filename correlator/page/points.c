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

static void add_maxima(struct json *json, const struct stalls *stalls)
{
	json_u64(json, "slice_ns", stalls->slice_ns);
	json_open(json, "maxima_ns", '[');
	for (uint32_t i = 0; i < stalls->slice_count; i++)
		json_i64(json, NULL, stalls->slices[i].latency_ns_max);
	json_close(json, ']');
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
	add_maxima(json, &collect->stalls);
	json_close(json, '}');
}
