/* SPDX-License-Identifier: BSD-2-Clause */
#include "send_events.h"

/* A trap or a trampoline comes before the stamp: some hundred ns. */
#define STAMP_UNCERTAINTY_NS 1000

bool send_record_is(const void *record, size_t size_bytes)
{
	const struct send_record *send = record;

	return size_bytes >= sizeof(*send) && send->kind == SEND_RECORD;
}

static struct prof_event event_of(const struct send_record *send, uint64_t flow_id)
{
	return (struct prof_event){
		.time_ns = send->enter_ns,
		.conn_key = send->cookie,
		.kind = PROF_EVENT_SEND,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = prof_uncertainty_log2(STAMP_UNCERTAINTY_NS),
		.base_seq = send->base_seq,
		.read = { .return_ns = send->return_ns, .flow_id = flow_id },
	};
}

int send_to_events(const struct send_record *send, uint64_t flow_id, uint64_t before_ns,
		   struct prof_event ret_events[SEND_EVENT_COUNT_MAX])
{
	uint64_t start_offset = send->end_offset - send->size_bytes;
	int count = 0;

	if (!send->cookie || send->end_offset < (uint64_t)send->size_bytes + send->gap_bytes)
		return 0;
	if (send->gap_bytes) {
		struct prof_event *gap = &ret_events[count++];

		*gap = event_of(send, flow_id);
		gap->time_ns = before_ns;
		gap->flags = PROF_FLAG_ELSEWHERE;
		gap->read.start_offset = start_offset - send->gap_bytes;
		gap->read.size_bytes = send->gap_bytes;
		gap->read.return_ns = send->size_bytes ? send->enter_ns : send->return_ns;
	}
	if (send->size_bytes) {
		struct prof_event *event = &ret_events[count++];

		*event = event_of(send, flow_id);
		event->read.start_offset = start_offset;
		event->read.size_bytes = send->size_bytes;
		event->read.tid = send->tid;
	}
	return count;
}
