/* SPDX-License-Identifier: BSD-2-Clause */
#include "collect.h"

#include <stdio.h>
#include <stdlib.h>

#include "correlator/stats/random.h"

/* ---- The lowest: a heap whose root is the mildest of them -------------------- */

static void swap(struct collect_lowest *a, struct collect_lowest *b)
{
	struct collect_lowest kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_up(struct collect_lowest *heap, uint32_t at)
{
	while (at && heap[at].latency_ns > heap[(at - 1) / 2].latency_ns) {
		swap(&heap[at], &heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sift_down(struct collect_lowest *heap, uint32_t count)
{
	uint32_t at = 0;

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < count && heap[child + 1].latency_ns > heap[child].latency_ns)
			child++;
		if (child >= count || heap[child].latency_ns <= heap[at].latency_ns)
			return;
		swap(&heap[at], &heap[child]);
		at = child;
	}
}

static void set_lowest(struct collect_lowest *lowest, const struct corr_message *message,
		       int64_t latency_ns)
{
	lowest->latency_ns = latency_ns;
	lowest->message = *message;
	(void)snprintf(lowest->stream, sizeof(lowest->stream), "%s", message->stream);
}

static void add_lowest(struct collect *collect, const struct corr_message *message,
		       int64_t latency_ns)
{
	struct collect_lowest *heap = collect->lowest;

	if (collect->lowest_count < COLLECT_LOWEST_COUNT_MAX) {
		set_lowest(&heap[collect->lowest_count], message, latency_ns);
		sift_up(heap, collect->lowest_count++);
	} else if (latency_ns < heap[0].latency_ns) {
		set_lowest(&heap[0], message, latency_ns);
		sift_down(heap, collect->lowest_count);
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
							 .user_ns = corr_message_time_ns(message),
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
	if (message->class_id == CORR_CLASS_NO_USER)
		stage = CORR_STAGE_NIC_KERNEL;
	if (!corr_stage_is_known(message, stage))
		return;
	latency_ns = message->stage_ns[stage];
	if (latency_ns < 0) {
		collect->negative_count++;
		add_lowest(collect, message, latency_ns);
		return;
	}
	add_point(collect, message, latency_ns);
	stalls_add(&collect->stalls, message, latency_ns);
}

static int64_t signed_ns(uint64_t duration_ns)
{
	return duration_ns > INT64_MAX ? INT64_MAX : (int64_t)duration_ns;
}

void collect_add(struct collect *collect, const struct corr_message *message)
{
	if (!collect->message_count++)
		collect->first_ns = corr_message_time_ns(message);
	collect->last_ns = corr_message_time_ns(message);
	collect->records.place_count[bounded(message->record_position)]++;
	if (message->has_kernel)
		collect->reads.place_count[bounded(message->read_position)]++;
	if (message->has_nic) {
		collect->segment_count[bounded(message->segment_count)]++;
		collect->stamp_count[message->stamp_source & 7]++;
		hist_add(&collect->uncertainty, signed_ns(message->nic_uncertainty_ns));
	}
	if (corr_stage_is_known(message, CORR_STAGE_WIRE_NIC))
		hist_add(&collect->wire_uncertainty, signed_ns(message->wire_nic_uncertainty_ns));
	add_latency(collect, message);
}

static int by_latency(const void *a, const void *b)
{
	const struct collect_lowest *left = a;
	const struct collect_lowest *right = b;

	if (left->latency_ns != right->latency_ns)
		return left->latency_ns < right->latency_ns ? 1 : -1;
	return left->message.seq < right->message.seq ? -1 : 1;
}

void collect_finish(struct collect *collect)
{
	if (collect->is_finished)
		return;
	collect->is_finished = true;
	stalls_finish(&collect->stalls);
	qsort(collect->lowest, collect->lowest_count, sizeof(collect->lowest[0]), by_latency);
	for (uint32_t i = 0; i < collect->lowest_count; i++)
		collect->lowest[i].message.stream = collect->lowest[i].stream;
}

/* Every group has a first message; those with a second one are larger, and so on. */
uint64_t collect_groups_of(const struct collect_groups *groups, uint32_t size)
{
	uint64_t larger = groups->place_count[size + 1];

	if (size == COLLECT_GROUP_SIZE_MAX)
		return groups->place_count[size];
	return groups->place_count[size] > larger ? groups->place_count[size] - larger : 0;
}
