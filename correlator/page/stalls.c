/* SPDX-License-Identifier: BSD-2-Clause */
#include "stalls.h"

#include <stdlib.h>
#include <string.h>

/* ---- Slices: each a heap whose root is the mildest stall that it keeps ------- */

static void sift_up(struct stall *heap, uint32_t at)
{
	while (at && heap[at].latency_ns < heap[(at - 1) / 2].latency_ns) {
		struct stall kept = heap[at];

		heap[at] = heap[(at - 1) / 2];
		heap[(at - 1) / 2] = kept;
		at = (at - 1) / 2;
	}
}

/* Puts a stall in the root's place. */
static void replace_root(struct stall *heap, uint32_t count, const struct stall *stall)
{
	uint32_t at = 0;

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < count && heap[child + 1].latency_ns < heap[child].latency_ns)
			child++;
		if (child >= count || heap[child].latency_ns >= stall->latency_ns)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = *stall;
}

static void keep(struct stalls_slice *slice, const struct stall *stall)
{
	if (slice->kept_count < STALLS_KEPT_COUNT_MAX) {
		slice->kept[slice->kept_count] = *stall;
		sift_up(slice->kept, slice->kept_count++);
	} else if (stall->latency_ns > slice->kept[0].latency_ns) {
		replace_root(slice->kept, slice->kept_count, stall);
	}
}

static void merge(struct stalls_slice *slice, const struct stalls_slice *other)
{
	slice->message_count += other->message_count;
	if (other->latency_ns_max > slice->latency_ns_max)
		slice->latency_ns_max = other->latency_ns_max;
	for (uint32_t i = 0; i < other->kept_count; i++)
		keep(slice, &other->kept[i]);
}

static void clear(struct stalls_slice *slice)
{
	slice->message_count = 0;
	slice->latency_ns_max = 0;
	slice->kept_count = 0;
}

/* Every two slices become one of twice the time. */
static void widen(struct stalls *stalls)
{
	for (uint32_t i = 1; i < STALLS_SLICE_COUNT_MAX; i++) {
		struct stalls_slice *from = &stalls->slices[i];

		if (from->message_count && i % 2 == 0)
			stalls->slices[i / 2] = *from;
		else if (from->message_count)
			merge(&stalls->slices[i / 2], from);
		if (from->message_count)
			clear(from);
	}
	stalls->slice_ns *= 2;
	stalls->slice_count = (stalls->slice_count + 1) / 2;
}

static struct stalls_slice *slice_of(struct stalls *stalls, uint64_t time_ns)
{
	/* A message of another thread may be older than the first one. */
	uint64_t since_ns = time_ns > stalls->first_ns ? time_ns - stalls->first_ns : 0;
	uint64_t index;

	while ((index = since_ns / stalls->slice_ns) >= STALLS_SLICE_COUNT_MAX)
		widen(stalls);
	if (index >= stalls->slice_count)
		stalls->slice_count = (uint32_t)index + 1;
	return &stalls->slices[index];
}

/* ---- Stalls that may still grow ---------------------------------------------- */

static void close_one(struct stalls *stalls, uint32_t index)
{
	stalls->stall_count++;
	keep(slice_of(stalls, corr_message_time_ns(&stalls->open[index].slowest)),
	     &stalls->open[index]);
	stalls->open_count--;
	for (uint32_t i = index; i < stalls->open_count; i++)
		stalls->open[i] = stalls->open[i + 1];
}

/* What was queued in a stall comes out within its length, as a rule. */
static bool is_over(const struct stall *stall, uint64_t now_ns)
{
	return now_ns > corr_message_time_ns(&stall->slowest) + (uint64_t)stall->latency_ns;
}

/* The one that may be closed: one that is over, or else the mildest. */
static uint32_t dispensable(const struct stalls *stalls, uint64_t now_ns)
{
	uint32_t mildest = 0;

	for (uint32_t i = 0; i < stalls->open_count; i++) {
		if (is_over(&stalls->open[i], now_ns))
			return i;
		if (stalls->open[i].latency_ns < stalls->open[mildest].latency_ns)
			mildest = i;
	}
	return mildest;
}

/* What was handed over while it waited was in nobody's way: it is forgotten. */
static void set_slowest(struct stall *stall, const struct corr_message *message, int64_t latency_ns,
			uint64_t arrival_ns)
{
	size_t name_bytes = strnlen(message->stream, sizeof(stall->stream) - 1);

	if (latency_ns / STALLS_LIKENESS > stall->latency_ns) {
		stall->message_count = 0;
		stall->is_on_more_conns = false;
		stall->conn_number = message->conn_number;
		stall->first_ns = arrival_ns;
	}
	stall->latency_ns = latency_ns;
	stall->slowest = *message;
	memcpy(stall->stream, message->stream, name_bytes);
	stall->stream[name_bytes] = '\0';
}

static bool is_of_read(const struct stall *stall, const struct corr_message *message)
{
	return message->has_kernel && stall->conn_number == message->conn_number &&
	       stall->read_ns == message->kernel_enter_ns;
}

static struct stall *open_one(struct stalls *stalls, uint64_t now_ns)
{
	struct stall *stall;

	if (stalls->open_count == STALLS_OPEN_COUNT)
		close_one(stalls, dispensable(stalls, now_ns));
	stall = &stalls->open[stalls->open_count++];
	*stall = (struct stall){ .latency_ns = -1 };
	return stall;
}

/* The worst one that it waited in: others are what another connection had meanwhile. */
static struct stall *stall_of(struct stalls *stalls, const struct corr_message *message,
			      uint64_t arrival_ns)
{
	struct stall *worst = NULL;

	for (uint32_t i = 0; i < stalls->open_count; i++) {
		struct stall *stall = &stalls->open[i];

		if ((arrival_ns < corr_message_time_ns(&stall->slowest) ||
		     is_of_read(stall, message)) &&
		    (!worst || stall->latency_ns > worst->latency_ns))
			worst = stall;
	}
	return worst ? worst : open_one(stalls, corr_message_time_ns(message));
}

static void join(struct stall *stall, const struct corr_message *message, int64_t latency_ns)
{
	uint64_t arrival_ns = corr_message_time_ns(message) - (uint64_t)latency_ns;

	if (latency_ns > stall->latency_ns)
		set_slowest(stall, message, latency_ns, arrival_ns);
	stall->message_count++;
	if (arrival_ns < stall->first_ns)
		stall->first_ns = arrival_ns;
	if (corr_message_time_ns(message) > stall->last_ns)
		stall->last_ns = corr_message_time_ns(message);
	stall->is_on_more_conns |= stall->conn_number != message->conn_number;
	stall->conn_number = message->conn_number;
	stall->read_ns = message->has_kernel ? message->kernel_enter_ns : 0;
}

void stalls_add(struct stalls *stalls, const struct corr_message *message, int64_t latency_ns)
{
	struct stalls_slice *slice;

	if (!stalls->message_count++) {
		stalls->first_ns = corr_message_time_ns(message);
		stalls->slice_ns = STALLS_SLICE_NS;
	}
	slice = slice_of(stalls, corr_message_time_ns(message));
	slice->message_count++;
	if (latency_ns > slice->latency_ns_max)
		slice->latency_ns_max = latency_ns;
	join(stall_of(stalls, message, corr_message_time_ns(message) - (uint64_t)latency_ns),
	     message, latency_ns);
}

/* ---- Which are shown ----------------------------------------------------------- */

static int by_latency(const void *a, const void *b)
{
	const struct stall *left = *(struct stall *const *)a;
	const struct stall *right = *(struct stall *const *)b;

	if (left->latency_ns != right->latency_ns)
		return left->latency_ns < right->latency_ns ? 1 : -1;
	return left->slowest.seq < right->slowest.seq ? -1 : 1;
}

static int by_minute(const void *a, const void *b)
{
	const struct stall *left = *(struct stall *const *)a;
	const struct stall *right = *(struct stall *const *)b;

	if (left->minute_index != right->minute_index)
		return left->minute_index < right->minute_index ? -1 : 1;
	return by_latency(a, b);
}

static int by_due(const void *a, const void *b)
{
	const struct stall *left = *(struct stall *const *)a;
	const struct stall *right = *(struct stall *const *)b;

	if (left->is_due != right->is_due)
		return left->is_due ? -1 : 1;
	return by_latency(a, b);
}

/* All that are kept, and how many messages each minute had. */
static void gather(struct stalls *stalls, uint64_t *minute_counts)
{
	uint64_t slices_per_minute = STALLS_MINUTE_NS / stalls->slice_ns;

	if (!slices_per_minute)
		slices_per_minute = 1; /* a run of days: a slice is more than a minute */
	for (uint32_t i = 0; i < stalls->slice_count; i++) {
		struct stalls_slice *slice = &stalls->slices[i];
		uint32_t minute_index = i / (uint32_t)slices_per_minute;

		minute_counts[minute_index] += slice->message_count;
		for (uint32_t j = 0; j < slice->kept_count; j++) {
			slice->kept[j].minute_index = minute_index;
			stalls->rows[stalls->row_count++] = &slice->kept[j];
		}
	}
}

/* rows sorted by minute; share: of each minute's number so many in 1,024 */
static uint32_t mark_due(struct stalls *stalls, const uint64_t *minute_counts, uint64_t share)
{
	uint32_t due_count = 0;
	uint64_t place = 0;

	for (uint32_t i = 0; i < stalls->row_count; i++) {
		struct stall *stall = stalls->rows[i];
		uint64_t wanted =
			(minute_counts[stall->minute_index] - 1) / STALLS_MESSAGES_PER_ROW + 1;

		if (i && stall->minute_index != stalls->rows[i - 1]->minute_index)
			place = 0;
		wanted = wanted * share / 1024;
		stall->is_due = place++ < (wanted ? wanted : 1);
		due_count += stall->is_due;
	}
	return due_count;
}

static void choose(struct stalls *stalls, const uint64_t *minute_counts)
{
	uint32_t count;

	qsort(stalls->rows, stalls->row_count, sizeof(stalls->rows[0]), by_minute);
	stalls->due_count = mark_due(stalls, minute_counts, 1024);
	if (stalls->due_count > STALLS_ROW_COUNT_MAX)
		(void)mark_due(stalls, minute_counts,
			       UINT64_C(1024) * STALLS_ROW_COUNT_MAX / stalls->due_count);
	qsort(stalls->rows, stalls->row_count, sizeof(stalls->rows[0]), by_due);
	count = stalls->due_count + STALLS_ROW_COUNT_MORE;
	if (count > STALLS_ROW_COUNT_MAX)
		count = STALLS_ROW_COUNT_MAX;
	if (count < stalls->row_count)
		stalls->row_count = count;
	qsort(stalls->rows, stalls->row_count, sizeof(stalls->rows[0]), by_latency);
}

void stalls_finish(struct stalls *stalls)
{
	uint64_t minute_counts[STALLS_SLICE_COUNT_MAX] = { 0 };

	while (stalls->open_count)
		close_one(stalls, 0);
	if (!stalls->message_count)
		return;
	gather(stalls, minute_counts);
	choose(stalls, minute_counts);
	for (uint32_t i = 0; i < stalls->row_count; i++)
		stalls->rows[i]->slowest.stream = stalls->rows[i]->stream;
}
