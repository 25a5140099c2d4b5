/* SPDX-License-Identifier: BSD-2-Clause */
/* A message read from the wire as an event for the bus.  Pure. */
#ifndef CAPTURE_MESSAGE_EVENT_H
#define CAPTURE_MESSAGE_EVENT_H

#include "dpdk_capture/messages/messages.h"
#include "prof/event.h"

/* How well the segment that completed it was seen. */
struct message_stamp {
	uint8_t source; /* enum prof_stamp_source */
	uint8_t uncertainty_log2_ns;
	bool is_clock_step;
	uint64_t shift_ns; /* its times are so much later than they were; see source.h */
};

/* False if it has no place in the stream that could be said: nothing of it is published. */
bool message_event(const struct message *message, const struct message_stamp *stamp,
		   uint16_t stream_index, struct prof_event *ret_event);

#endif
