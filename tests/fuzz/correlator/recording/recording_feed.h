/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzzers of recordings share. */
#ifndef FUZZ_RECORDING_FEED_H
#define FUZZ_RECORDING_FEED_H

#include "correlator/engine/engine.h"
#include "correlator/recording/recording.h"

/* Makes every check right, which lets hostile values through to the engine. */
static inline void seal_all(uint8_t *bytes, size_t size_bytes)
{
	size_t at = 0;

	while (size_bytes - at >= RECORDING_HEAD_BYTES) {
		size_t record_bytes =
			RECORDING_HEAD_BYTES + (size_t)(bytes[at + 2] | bytes[at + 3] << 8);

		if (record_bytes > size_bytes - at)
			return;
		recording_seal(bytes + at);
		at += record_bytes;
	}
}

static inline void feed(struct corr_engine *engine, const struct recording_record *record)
{
	switch (record->kind) {
	case RECORDING_EVENT:
		corr_engine_event(engine, record->lane_index, &record->event);
		break;
	case RECORDING_LANE:
		corr_engine_lane(engine, record->lane_index, &record->lane.facts,
				 record->lane.read_ns);
		break;
	case RECORDING_SOCKET:
		corr_engine_socket(engine, &record->socket);
		break;
	case RECORDING_STREAM:
		corr_engine_stream(engine, record->stream.index, record->stream.name);
		break;
	case RECORDING_ROUND:
		corr_engine_round(engine, record->round.now_ns, record->round.wall_offset_ns);
		break;
	default:
		break;
	}
}

#endif
