/* SPDX-License-Identifier: BSD-2-Clause */
#include "pending.h"

static struct prof_event *at(struct pending *pending, uint32_t index)
{
	return &pending->events[(pending->first + index) % PENDING_COUNT_MAX];
}

void pending_keep(struct pending *pending, const struct prof_event *event)
{
	if (pending->count == PENDING_COUNT_MAX) {
		pending->first = (pending->first + 1) % PENDING_COUNT_MAX;
		pending->count--;
		pending->forgotten_count++;
	}
	*at(pending, pending->count++) = *event;
}

void pending_release(struct pending *pending, uint64_t flow_id,
		     void (*give)(void *context, const struct prof_event *event), void *context)
{
	uint32_t kept_count = 0;

	for (uint32_t i = 0; i < pending->count; i++) {
		const struct prof_event event = *at(pending, i);

		if (event.conn_key == flow_id)
			give(context, &event);
		else
			*at(pending, kept_count++) = event;
	}
	pending->count = kept_count;
}
