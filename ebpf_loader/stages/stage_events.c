/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage_events.h"

/* A trap or a trampoline comes before the stamp: some hundred ns. */
#define STAMP_UNCERTAINTY_NS 1000

static struct prof_event event_of(enum prof_event_kind kind, uint64_t time_ns, uint64_t cookie)
{
	return (struct prof_event){
		.time_ns = time_ns,
		.conn_key = cookie,
		.kind = kind,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = prof_uncertainty_log2(STAMP_UNCERTAINTY_NS),
	};
}

static int ready_to_event(const struct stage_ready *ready, struct prof_event *event)
{
	if (!ready->cookie || ready->end_offset <= ready->start_offset)
		return 0;
	*event = event_of(PROF_EVENT_READY, ready->ready_ns, ready->cookie);
	event->flags = ready->is_nested ? PROF_FLAG_NESTED : 0;
	event->ready = (struct prof_ready){ .start_offset = ready->start_offset,
					    .end_offset = ready->end_offset,
					    .queue_ns = ready->queue_ns };
	return 1;
}

static int woken_to_event(const struct stage_woken *woken, struct prof_event *event)
{
	if (!woken->tid || !woken->waking_ns)
		return 0;
	*event = event_of(PROF_EVENT_WOKEN, woken->running_ns, woken->cookie);
	event->woken = (struct prof_woken){ .waking_ns = woken->waking_ns,
					    .tid = woken->tid,
					    .change = woken->kind == STAGE_RECORD_RESUMED
							      ? PROF_WOKEN_RESUMED
							      : PROF_WOKEN_RUNS };
	return 1;
}

static int followed_to_events(const struct stage_followed *followed, struct prof_event *events)
{
	int count = 0;

	if (!followed->tid)
		return 0;
	if (followed->abandoned_tid) {
		events[count] = event_of(PROF_EVENT_WOKEN, followed->time_ns, 0);
		events[count++].woken = (struct prof_woken){ .tid = followed->abandoned_tid,
							     .change = PROF_WOKEN_ABANDONED };
	}
	events[count] = event_of(PROF_EVENT_WOKEN, followed->time_ns, 0);
	events[count++].woken = (struct prof_woken){ .tid = followed->tid,
						     .change = PROF_WOKEN_FOLLOWED };
	return count;
}

int stage_record_to_events(const void *record, size_t size_bytes,
			   struct prof_event ret_events[STAGE_EVENT_COUNT_MAX])
{
	const __u32 *kind = record;

	if (size_bytes < sizeof(*kind))
		return 0;
	switch (*kind) {
	case STAGE_RECORD_READY:
		return size_bytes < sizeof(struct stage_ready) ? 0
							       : ready_to_event(record, ret_events);
	case STAGE_RECORD_WOKEN:
	case STAGE_RECORD_RESUMED:
		return size_bytes < sizeof(struct stage_woken) ? 0
							       : woken_to_event(record, ret_events);
	case STAGE_RECORD_FOLLOWED:
		return size_bytes < sizeof(struct stage_followed)
			       ? 0
			       : followed_to_events(record, ret_events);
	default:
		return 0;
	}
}
