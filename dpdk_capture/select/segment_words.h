/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a segment's event, as prof_push_words() makes them: what a sighting says is put
 * together once for all frames that share it, what the segment says is added for each.  Pure.
 */
#ifndef CAPTURE_SEGMENT_WORDS_H
#define CAPTURE_SEGMENT_WORDS_H

#include "prof/publish.h"
#include "selector.h"

/* Of an event that says how it was seen, and no more. */
struct seen_words {
	uint64_t words[PROF_EVENT_WORDS];
};

static inline void seen_words(const struct sighting *sighting, struct seen_words *ret_seen)
{
	const struct prof_event event = {
		.time_ns = sighting->time_ns,
		.kind = PROF_EVENT_SEGMENT,
		.stamp_source = sighting->stamp_source,
		.uncertainty_log2_ns = sighting->uncertainty_log2_ns,
		.flags = sighting->flags,
		.segment = { .handed_uncertainty_log2_ns = sighting->handed_uncertainty_log2_ns,
			     .handed_after_ns = sighting->handed_after_ns },
	};

	prof_push_words(&event, ret_seen->words);
}

static inline void segment_words(const struct seen_words *seen,
				 const struct selector_segment *segment,
				 uint64_t ret_words[PROF_EVENT_WORDS])
{
	ret_words[0] = seen->words[0];
	ret_words[1] = segment->flow_id;
	ret_words[2] = seen->words[2] | (uint64_t)segment->event_flags << 24 |
		       (uint64_t)segment->seq << 32;
	ret_words[3] = seen->words[3] | segment->size_bytes | (uint64_t)segment->tcp_flags << 48;
	ret_words[4] = seen->words[4] | (uint64_t)segment->ack_seq << 32;
	ret_words[5] = 0;
	ret_words[6] = 0;
}

#endif
