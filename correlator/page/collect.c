/* SPDX-License-Identifier: BSD-2-Clause */
#include "collect.h"

#include <stdio.h>
#include <stdlib.h>

#include "correlator/stats/random.h"

/* ---- The slowest: a heap whose root is the fastest of them ----------------- */

/* By how far they are out: how slow, or how negative. */
static int64_t farness(const struct collect_outlier *outlier)
{
	return outlier->latency_ns < 0 ? -(outlier->latency_ns + 1) : outlier->latency_ns;
}

static void swap(struct collect_outlier *a, struct collect_outlier *b)
{
	struct collect_outlier kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_up(struct collect_outlier *heap, uint32_t at)
{
	while (at && farness(&heap[at]) < farness(&heap[(at - 1) / 2])) {
		swap(&heap[at], &heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sift_down(struct collect_outlier *heap, uint32_t count)
{
	uint32_t at = 0;

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < count && farness(&heap[child + 1]) < farness(&heap[child]))
			child++;
		if (child >= count || farness(&heap[child]) >= farness(&heap[at]))
			return;
		swap(&heap[at], &heap[child]);
		at = child;
	}
}

static void set_outlier(struct collect_outlier *outlier, const struct corr_message *message,
			int64_t latency_ns)
{
	outlier->latency_ns = latency_ns;
	outlier->message = *message;
	(void)snprintf(outlier->stream, sizeof(outlier->stream), "%s", message->stream);
}

static void add_outlier(struct collect_outlier *heap, uint32_t *count, uint32_t count_max,
			const struct corr_message *message, int64_t latency_ns)
{
	const struct collect_outlier sight = { .latency_ns = latency_ns };

	if (*count < count_max) {
		set_outlier(&heap[*count], message, latency_ns);
		sift_up(heap, (*count)++);
	} else if (farness(&sight) > farness(&heap[0])) {
		set_outlier(&heap[0], message, latency_ns);
		sift_down(heap, *count);
	}
}

/* ---- The sample: algorithm R (Vitter 1985) ---------------------------------- */

static void add_point(struct collect *collect, const struct corr_message *message,
		      int64_t latency_ns)
{
	uint64_t place = collect->point_count_all++;

	if (collect->point_count < COLLECT_POINT_COUNT_MAX)
		collect->point_count++;
	else
		place = random_next(&collect->seed) % collect->point_count_all;
	if (place >= COLLECT_POINT_COUNT_MAX)
		return;
	collect->points[place] = (struct collect_point){ .seq = message->seq,
							 .user_ns = message->user_ns,
							 .latency_ns = latency_ns,
							 .class_id = message->class_id };
}

/* ---- All of them ------------------------------------------------------------ */

static uint32_t bounded(uint32_t size)
{
	return size > COLLECT_GROUP_SIZE_MAX ? COLLECT_GROUP_SIZE_MAX + 1 : size;
}

static void add_latency(struct collect *collect, const struct corr_message *message)
{
	enum corr_stage stage = CORR_STAGE_TOTAL;
	int64_t latency_ns;

	if (!corr_stage_is_known(message, stage))
		stage = CORR_STAGE_KERNEL_USER;
	if (!corr_stage_is_known(message, stage))
		return;
	latency_ns = message->stage_ns[stage];
	if (latency_ns < 0) {
		collect->negative_count++;
		add_outlier(collect->lowest, &collect->lowest_count, COLLECT_LOWEST_COUNT_MAX,
			    message, latency_ns);
		return;
	}
	add_point(collect, message, latency_ns);
	add_outlier(collect->outliers, &collect->outlier_count, COLLECT_OUTLIER_COUNT_MAX, message,
		    latency_ns);
}

void collect_add(struct collect *collect, const struct corr_message *message)
{
	if (!collect->message_count++)
		collect->first_ns = message->user_ns;
	collect->last_ns = message->user_ns;
	collect->records.place_count[bounded(message->record_position)]++;
	if (message->has_kernel)
		collect->reads.place_count[bounded(message->read_position)]++;
	if (message->has_nic) {
		collect->segment_count[bounded(message->segment_count)]++;
		collect->stamp_count[message->stamp_source & 7]++;
	}
	add_latency(collect, message);
}

static int by_latency(const void *a, const void *b)
{
	const struct collect_outlier *left = a;
	const struct collect_outlier *right = b;

	if (left->latency_ns != right->latency_ns)
		return left->latency_ns < right->latency_ns ? 1 : -1;
	return left->message.seq < right->message.seq ? -1 : 1;
}

static void finish(struct collect_outlier *outliers, uint32_t count)
{
	qsort(outliers, count, sizeof(outliers[0]), by_latency);
	for (uint32_t i = 0; i < count; i++)
		outliers[i].message.stream = outliers[i].stream;
}

void collect_finish(struct collect *collect)
{
	finish(collect->outliers, collect->outlier_count);
	finish(collect->lowest, collect->lowest_count);
}

/* Every group has a first message; those with a second one are larger, and so on. */
uint64_t collect_groups_of(const struct collect_groups *groups, uint32_t size)
{
	uint64_t larger = groups->place_count[size + 1];

	if (size == COLLECT_GROUP_SIZE_MAX)
		return groups->place_count[size];
	return groups->place_count[size] > larger ? groups->place_count[size] - larger : 0;
}
