/* SPDX-License-Identifier: BSD-2-Clause */
/* What the records of sends mean, as events.  Pure. */
#ifndef EBPF_LOADER_SEND_EVENTS_H
#define EBPF_LOADER_SEND_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include "ebpf/sends/sends.h"
#include "prof/event.h"

/* A record has at most so many: what went unseen before it, and itself. */
#define SEND_EVENT_COUNT_MAX 2

/* Is a record of the probe's ring one of these, and whole? */
bool send_record_is(const void *record, size_t size_bytes);

/*
 * The events of a record of a socket with this flow_id, whose last call before it returned at
 * before_ns (0: none did).  Returns how many; 0: it makes no sense.
 */
int send_to_events(const struct send_record *send, uint64_t flow_id, uint64_t before_ns,
		   struct prof_event ret_events[SEND_EVENT_COUNT_MAX]);

#endif
