/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of connections that nobody has asked for yet: the youngest ones are
 * kept, as a connection is registered a moment after its first bytes.  Pure.
 */
#ifndef CAPTURE_PENDING_H
#define CAPTURE_PENDING_H

#include "prof/event.h"

#define PENDING_COUNT_MAX 1024

/* Zeroed memory is empty. */
struct pending {
	uint32_t count;
	uint32_t first; /* the oldest one's place */
	uint64_t forgotten_count;
	struct prof_event events[PENDING_COUNT_MAX];
};

/* Forgets the oldest one where there is no room. */
void pending_keep(struct pending *pending, const struct prof_event *event);

/* Gives those of that flow, oldest first, and keeps the others. */
void pending_release(struct pending *pending, uint64_t flow_id,
		     void (*give)(void *context, const struct prof_event *event), void *context);

#endif
