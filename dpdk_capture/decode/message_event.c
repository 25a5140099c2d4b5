/* SPDX-License-Identifier: BSD-2-Clause */
#include "message_event.h"

#include <string.h>

#include "prof/clock.h"

static uint32_t up_to_u32(uint64_t value)
{
	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

bool message_event(const struct message *message, const struct message_stamp *stamp,
		   uint16_t stream_index, struct prof_event *ret_event)
{
	uint64_t size_bytes = message->end_offset - message->start_offset;
	unsigned int flags = (message->frame_count > 1 ? PROF_FLAG_SPLIT : 0) |
			     (message->is_plain ? PROF_FLAG_PLAIN : 0) |
			     (stamp->is_clock_step ? PROF_FLAG_CLOCK_STEP : 0);
	unsigned int bits = (message->is_compressed ? PROF_WIRE_COMPRESSED : 0) |
			    (message->has_range ? PROF_WIRE_ANCHORED : 0);
	int64_t shift_us = (int64_t)stamp->shift_ns / (int64_t)PROF_NS_PER_US;

	if (size_bytes == 0 || size_bytes > UINT32_MAX)
		return false;
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->time_ns = message->last.time_ns;
	ret_event->conn_key = message->flow_id;
	ret_event->kind = PROF_EVENT_WIRE;
	ret_event->stamp_source = stamp->source;
	ret_event->uncertainty_log2_ns = stamp->uncertainty_log2_ns;
	ret_event->flags = (uint8_t)flags;
	ret_event->stream_index = stream_index;
	ret_event->wire = (struct prof_wire){
		.end_offset = message->end_offset,
		.exch_time_us = message->exch_time_us ? message->exch_time_us + (uint64_t)shift_us
						      : 0,
		.size_bytes = (uint32_t)size_bytes,
		.base_seq = message->base_seq,
		.payload_bytes = up_to_u32(message->payload_bytes),
		.fragment_count = (uint16_t)(message->frame_count < UINT16_MAX
						     ? message->frame_count
						     : UINT16_MAX),
		.opcode = message->opcode,
		.bits = (uint8_t)bits,
	};
	return true;
}
