/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each stage took for each message of a recording, in the order of the
 * messages, for a comparison.  Bounded: where there are more messages than
 * room, every second one is let go, then every second one of those, so that
 * what is kept stays spread evenly over the recording.
 */
#ifndef CORR_COMPARE_SAMPLES_H
#define CORR_COMPARE_SAMPLES_H

#include "correlator/message/message.h"

#define SAMPLES_ROW_COUNT_MAX 131072u

struct samples_row {
	uint32_t stage_mask; /* bit 1 << enum corr_stage: known, and counted in its percentiles */
	int64_t stage_ns[CORR_STAGE_COUNT];
};

struct samples {
	struct samples_row *rows; /* room for SAMPLES_ROW_COUNT_MAX */
	uint32_t row_count;
	uint32_t stride; /* every so many-th message has a row */
	uint64_t message_count;
	uint64_t correlated_count;
	uint64_t first_ns; /* of the application's callbacks */
	uint64_t last_ns;
};

/* 0, or -ENOMEM with nothing to close. */
int samples_open(struct samples *ret_samples);
void samples_close(struct samples *samples);
void samples_add(struct samples *samples, const struct corr_message *message);

#endif
