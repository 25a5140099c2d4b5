/* SPDX-License-Identifier: BSD-2-Clause */
#include "recorder.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

struct expected_read *recorder_add(struct recorder *recorder, uint64_t start_offset,
				   size_t size_bytes, uint64_t before_ns, uint64_t after_ns)
{
	struct expected_read *read = &recorder->reads[recorder->read_count];

	assert(recorder->read_count < EXPECTED_READ_COUNT_MAX);
	recorder->read_count++;
	*read = (struct expected_read){
		.before_ns = before_ns,
		.after_ns = after_ns,
		.start_offset = start_offset,
		.size_bytes = (uint32_t)size_bytes,
		.tid = (uint32_t)gettid(),
	};
	return read;
}

#define TOLD_COUNT_MAX 20

static struct expected_read *find(struct recorder *recorder, const struct prof_event *event)
{
	for (size_t i = 0; i < recorder->read_count; i++) {
		struct expected_read *read = &recorder->reads[i];

		if (!read->is_seen && read->start_offset == event->read.start_offset &&
		    read->size_bytes == event->read.size_bytes)
			return read;
	}
	return NULL;
}

static size_t differ(uint64_t start_offset, uint32_t size_bytes, const char *what)
{
	static unsigned int told_count; /* the first few say enough */

	if (told_count++ < TOLD_COUNT_MAX)
		(void)printf("  read at %" PRIu64 " of %u bytes: %s\n", start_offset, size_bytes,
			     what);
	return 1;
}

static size_t compare_one(struct recorder *recorder, const struct prof_event *event,
			  uint32_t base_seq, uint64_t flow_id)
{
	struct expected_read *read = find(recorder, event);
	bool is_blocked = event->flags & PROF_FLAG_BLOCKED;
	size_t wrong_count = 0;

	if (!read)
		return differ(event->read.start_offset, event->read.size_bytes, "nobody made it");
	read->is_seen = true;
	if (event->base_seq != base_seq)
		wrong_count += differ(event->read.start_offset, event->read.size_bytes,
				      "base differs from the wire's");
	if (event->read.flow_id != flow_id)
		wrong_count += differ(event->read.start_offset, event->read.size_bytes,
				      "flow differs");
	if (read->tid && event->read.tid != read->tid)
		wrong_count += differ(event->read.start_offset, event->read.size_bytes,
				      "another thread");
	if (event->time_ns < read->before_ns || event->read.return_ns > read->after_ns ||
	    event->time_ns > event->read.return_ns)
		wrong_count += differ(event->read.start_offset, event->read.size_bytes,
				      "its times are not within the call");
	if (read->wait == WAIT_NONE && is_blocked)
		wrong_count += differ(event->read.start_offset, event->read.size_bytes,
				      "marked as having waited");
	if (read->wait == WAIT_FOR_IT && !is_blocked)
		wrong_count += differ(event->read.start_offset, event->read.size_bytes,
				      "not marked as having waited");
	return wrong_count;
}

size_t recorder_compare(struct recorder *recorder, const struct prof_event *events,
			size_t event_count, uint32_t base_seq, uint64_t flow_id)
{
	size_t wrong_count = 0;

	for (size_t i = 0; i < event_count; i++)
		wrong_count += compare_one(recorder, &events[i], base_seq, flow_id);
	for (size_t i = 0; i < recorder->read_count; i++) {
		const struct expected_read *read = &recorder->reads[i];

		if (read->is_seen || read->is_optional)
			continue;
		wrong_count += differ(read->start_offset, read->size_bytes, "not published");
	}
	return wrong_count;
}
