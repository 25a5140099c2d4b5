/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scenario's reader did, to be held against what the loader published. */
#ifndef PROBE_SCENARIOS_RECORDER_H
#define PROBE_SCENARIOS_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/bus.h"

/* Was the last byte there when the call began? */
enum expected_wait { WAIT_NONE, WAIT_FOR_IT, WAIT_UNKNOWN };

/* One call that consumed bytes. */
struct expected_read {
	uint64_t before_ns;
	uint64_t after_ns;
	uint64_t start_offset;
	uint32_t size_bytes;
	uint32_t tid; /* 0: not checked */
	enum expected_wait wait;
	bool is_optional; /* may be counted as contested instead of published */
	bool is_seen;
};

#define EXPECTED_READ_COUNT_MAX 4096

struct recorder {
	struct expected_read reads[EXPECTED_READ_COUNT_MAX];
	size_t read_count;
	uint32_t peek_count;
	uint32_t empty_count;
	uint32_t maybe_empty_count; /* further calls that may or may not have been made */
	uint64_t unseen_bytes;	    /* consumed by nothing that is published */
};

/*
 * Adds a read.  Returns it, for what else is known of it.  Not for several
 * threads at once.
 */
struct expected_read *recorder_add(struct recorder *recorder, uint64_t start_offset,
				   size_t size_bytes, uint64_t before_ns, uint64_t after_ns);

/*
 * Compares the READ events of a connection with what was done; says on stdout
 * what is wrong.  Returns how many things are.
 */
size_t recorder_compare(struct recorder *recorder, const struct prof_event *events,
			size_t event_count, uint32_t base_seq, uint64_t flow_id);

#endif
