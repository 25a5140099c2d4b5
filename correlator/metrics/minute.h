/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quantiles of each stage over the last whole minute, all streams together,
 * off by less than 0.1 %: what a histogram's buckets are too wide for.  Until
 * the first minute is over they are of what there has been.  Pure.
 */
#ifndef CORR_METRICS_MINUTE_H
#define CORR_METRICS_MINUTE_H

#include "correlator/message/message.h"
#include "correlator/stats/hist.h"

#define MINUTE_QUANTILE_COUNT 5

/* In percent; the last one is the greatest value. */
extern const double minute_percentiles[MINUTE_QUANTILE_COUNT];

struct minute_stage {
	uint64_t count; /* values in that minute; 0: no quantiles */
	int64_t values_ns[MINUTE_QUANTILE_COUNT];
};

struct minute {
	uint64_t begun_ns; /* 0: not yet */
	uint64_t told_ns;  /* when the stages were last looked at, in the first minute */
	bool has_whole;
	struct hist stages[CORR_STAGE_COUNT]; /* since begun_ns */
};

void minute_message(struct minute *minute, const struct corr_message *message);

/* Time passes: writes ret_stages when a minute is over, in the first one each second. */
void minute_round(struct minute *minute, uint64_t now_ns,
		  struct minute_stage ret_stages[CORR_STAGE_COUNT]);

#endif
