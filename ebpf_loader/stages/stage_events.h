/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the stages inside the kernel to events of the bus.  Pure. */
#ifndef EBPF_LOADER_STAGE_EVENTS_H
#define EBPF_LOADER_STAGE_EVENTS_H

#include <stddef.h>

#include <linux/types.h>

#include "ebpf/stages/stages.h"
#include "prof/event.h"

#define STAGE_EVENT_COUNT_MAX 2

/* How many events the record makes, in ret_events; 0: it makes no sense. */
int stage_record_to_events(const void *record, size_t size_bytes,
			   struct prof_event ret_events[STAGE_EVENT_COUNT_MAX]);

#endif
