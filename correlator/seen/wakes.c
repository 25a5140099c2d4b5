/* SPDX-License-Identifier: BSD-2-Clause */
#include "wakes.h"

#include <stdlib.h>

#include "prof/clock.h"

/* Places looked at for a thread, from the one its number names. */
#define PROBE_COUNT 8u

static uint32_t round_up(uint32_t count)
{
	uint32_t power = PROBE_COUNT;

	while (power < count && power < 1u << 20)
		power <<= 1;
	return power;
}

bool wakes_open(struct wakes *wakes, uint32_t thread_count, uint32_t wake_count)
{
	*wakes = (struct wakes){ .thread_count = round_up(thread_count),
				 .wake_count = round_up(wake_count) };
	wakes->threads = calloc(wakes->thread_count, sizeof(*wakes->threads));
	wakes->places = calloc((size_t)wakes->thread_count * wakes->wake_count,
			       sizeof(*wakes->places));
	if (wakes->threads && wakes->places)
		return true;
	wakes_close(wakes);
	return false;
}

void wakes_close(struct wakes *wakes)
{
	free(wakes->threads);
	free(wakes->places);
	wakes->threads = NULL;
	wakes->places = NULL;
}

/* Its place, or the first free one; NULL if there is neither. */
static struct wakes_thread *place_of(const struct wakes *wakes, uint32_t tid)
{
	for (uint32_t i = 0; i < PROBE_COUNT; i++) {
		struct wakes_thread *thread =
			&wakes->threads[(tid + i) & (wakes->thread_count - 1)];

		if (thread->tid == tid || !thread->tid)
			return thread;
	}
	return NULL;
}

static struct wake *wake_at(const struct wakes *wakes, const struct wakes_thread *thread,
			    uint64_t number)
{
	return &wakes->places[(size_t)(thread - wakes->threads) * wakes->wake_count +
			      (number & (wakes->wake_count - 1))];
}

/* Known, or taken in: at the expense of one that is no longer followed, if need be. */
static struct wakes_thread *take_in(struct wakes *wakes, uint32_t tid)
{
	struct wakes_thread *thread = place_of(wakes, tid);

	for (uint32_t i = 0; i < PROBE_COUNT && !thread; i++) {
		struct wakes_thread *other = &wakes->threads[(tid + i) & (wakes->thread_count - 1)];

		if (!other->is_followed)
			thread = other;
	}
	if (!thread) {
		wakes->crowded_count++;
		return NULL;
	}
	if (thread->tid != tid)
		*thread = (struct wakes_thread){ .tid = tid };
	return thread;
}

static void add_run(struct wakes *wakes, struct wakes_thread *thread,
		    const struct prof_event *event)
{
	/* One thread runs on one processor at a time: they come in order. */
	if (thread->wake_total &&
	    prof_delta_ns(wake_at(wakes, thread, thread->wake_total - 1)->running_ns,
			  event->time_ns) < 0)
		return;
	*wake_at(wakes, thread, thread->wake_total++) =
		(struct wake){ .waking_ns = event->woken.waking_ns,
			       .running_ns = event->time_ns,
			       .cookie = event->conn_key,
			       .is_resumed = event->woken.change == PROF_WOKEN_RESUMED };
}

void wakes_add(struct wakes *wakes, const struct prof_event *event)
{
	struct wakes_thread *thread;

	wakes->is_watching = true;
	if (!event->woken.tid)
		return;
	if (event->woken.change == PROF_WOKEN_ABANDONED) {
		thread = place_of(wakes, event->woken.tid);
		if (thread && thread->tid)
			thread->is_followed = false;
		return;
	}
	thread = take_in(wakes, event->woken.tid);
	if (!thread)
		return;
	if (event->woken.change == PROF_WOKEN_RUNS || event->woken.change == PROF_WOKEN_RESUMED) {
		add_run(wakes, thread, event);
	} else if (event->woken.change == PROF_WOKEN_FOLLOWED) {
		thread->is_followed = true;
		thread->since_ns = event->time_ns;
	}
}

void wakes_note_gap(struct wakes *wakes, uint64_t from_ns, uint64_t to_ns)
{
	wakes->gaps[wakes->gap_total++ % WAKES_GAP_COUNT] = (struct wakes_gap){ .from_ns = from_ns,
										.to_ns = to_ns };
}

bool wakes_is_gap(const struct wakes *wakes, uint64_t from_ns, uint64_t to_ns)
{
	for (uint32_t i = 0; i < WAKES_GAP_COUNT && i < wakes->gap_total; i++) {
		const struct wakes_gap *gap = &wakes->gaps[i];

		if (prof_delta_ns(gap->from_ns, to_ns) >= 0 &&
		    prof_delta_ns(from_ns, gap->to_ns) >= 0)
			return true;
	}
	return false;
}

/* The number of its first remembered run that began at time_ns or later; wake_total: none did. */
static uint64_t first_run_from(const struct wakes *wakes, const struct wakes_thread *thread,
			       uint64_t time_ns, uint64_t low)
{
	uint64_t high = thread->wake_total;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (prof_delta_ns(time_ns, wake_at(wakes, thread, middle)->running_ns) >= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool is_before_read(const struct wake *wake, const struct wakes_question *question)
{
	return prof_delta_ns(wake->running_ns, question->read_ns) >= 0;
}

/* Who slept before it read, although it had been told, did not wait for this. */
static enum corr_wait wait_of_resumed(const struct wakes *wakes, const struct wakes_thread *thread,
				      uint64_t number, const struct wakes_question *question)
{
	for (uint64_t i = number; i < thread->wake_total; i++) {
		const struct wake *wake = wake_at(wakes, thread, i);

		if (!is_before_read(wake, question))
			break;
		if (!wake->is_resumed)
			return CORR_WAIT_LATE;
	}
	return CORR_WAIT_PREEMPTED;
}

/* What it did when the socket was told is what its first run since then says. */
static void judge(const struct wakes *wakes, const struct wakes_thread *thread, uint64_t number,
		  const struct wakes_question *question, struct wakes_answer *answer)
{
	const struct wake *wake = wake_at(wakes, thread, number);

	if (wake->is_resumed)
		answer->wait = wait_of_resumed(wakes, thread, number, question);
	else if (prof_delta_ns(question->ready_ns, wake->waking_ns) < 0)
		answer->wait = CORR_WAIT_RUNNABLE;
	else if (wake->cookie == UINT64_MAX)
		answer->untold = CORR_UNTOLD_NESTED;
	else if (wake->cookie == question->cookie)
		answer->wait = CORR_WAIT_ASLEEP;
	else
		answer->wait = CORR_WAIT_LATE;
}

/*
 * How long it could have run between the telling and the read and had no processor: runs from
 * `number` on.  Who was woken by the telling waits from the telling on.
 */
static uint64_t waited_from(const struct wakes *wakes, const struct wakes_thread *thread,
			    uint64_t number, const struct wakes_question *question,
			    enum corr_wait wait)
{
	uint64_t waited_ns = 0;

	for (uint64_t i = number; i < thread->wake_total; i++) {
		const struct wake *wake = wake_at(wakes, thread, i);
		bool is_told = i == number && wait == CORR_WAIT_ASLEEP;
		int64_t late_ns = prof_delta_ns(question->ready_ns, wake->waking_ns);

		if (!is_before_read(wake, question))
			break;
		waited_ns += (uint64_t)prof_delta_ns(is_told || late_ns < 0 ? question->ready_ns
									    : wake->waking_ns,
						     wake->running_ns);
	}
	return waited_ns;
}

static uint64_t oldest_run(const struct wakes *wakes, const struct wakes_thread *thread)
{
	return thread->wake_total > wakes->wake_count ? thread->wake_total - wakes->wake_count : 0;
}

uint64_t wakes_aside_ns(const struct wakes *wakes, uint32_t tid, uint64_t from_ns, uint64_t to_ns)
{
	const struct wakes_thread *thread = place_of(wakes, tid);
	uint64_t aside_ns = 0;

	if (!tid || !thread || thread->tid != tid || !thread->is_followed)
		return 0;
	for (uint64_t i = first_run_from(wakes, thread, from_ns, oldest_run(wakes, thread));
	     i < thread->wake_total; i++) {
		const struct wake *wake = wake_at(wakes, thread, i);
		int64_t late_ns = prof_delta_ns(from_ns, wake->waking_ns);
		uint64_t begin_ns = late_ns < 0 ? from_ns : wake->waking_ns;
		uint64_t end_ns = prof_delta_ns(wake->running_ns, to_ns) < 0 ? to_ns
									     : wake->running_ns;

		if (prof_delta_ns(begin_ns, end_ns) <= 0)
			break;
		if (wake->is_resumed)
			aside_ns += (uint64_t)prof_delta_ns(begin_ns, end_ns);
	}
	return aside_ns;
}

void wakes_ask(const struct wakes *wakes, const struct wakes_question *question,
	       struct wakes_answer *ret_answer)
{
	const struct wakes_thread *thread = place_of(wakes, question->tid);
	uint64_t oldest;
	uint64_t number;

	*ret_answer = (struct wakes_answer){ .untold = CORR_UNTOLD_READER };
	if (!question->tid || !thread || thread->tid != question->tid || !thread->is_followed ||
	    prof_delta_ns(thread->since_ns, question->ready_ns) < 0)
		return;
	oldest = oldest_run(wakes, thread);
	number = first_run_from(wakes, thread, question->ready_ns, oldest);
	ret_answer->untold = CORR_UNTOLD_NONE;
	if (oldest && number == oldest)
		ret_answer->untold = CORR_UNTOLD_FORGOTTEN;
	else if (wakes_is_gap(wakes, question->ready_ns, question->read_ns))
		ret_answer->untold = CORR_UNTOLD_LOST;
	else if (number < thread->wake_total &&
		 is_before_read(wake_at(wakes, thread, number), question))
		judge(wakes, thread, number, question, ret_answer);
	else
		ret_answer->wait = CORR_WAIT_BUSY;
	if (ret_answer->wait)
		ret_answer->waited_ns = waited_from(wakes, thread, number, question,
						    ret_answer->wait);
}
