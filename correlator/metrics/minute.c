/* SPDX-License-Identifier: BSD-2-Clause */
#include "minute.h"

#include <string.h>

#include "prof/clock.h"

#define MINUTE_NS (60 * (int64_t)PROF_NS_PER_S)

const double minute_percentiles[MINUTE_QUANTILE_COUNT] = { 50, 90, 99, 99.9, 100 };

void minute_message(struct minute *minute, const struct corr_message *message)
{
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		if (corr_stage_is_known(message, stage))
			hist_add(&minute->stages[stage], message->stage_ns[stage]);
	}
}

static void tell(const struct hist *hist, struct minute_stage *ret_stage)
{
	ret_stage->count = hist->count;
	for (int i = 0; i < MINUTE_QUANTILE_COUNT; i++)
		ret_stage->values_ns[i] = hist_percentile_ns(hist, minute_percentiles[i]);
}

/* Those that were not used are as they were. */
static void clear(struct hist *hist)
{
	if (hist->count || hist->negative_count || hist->beyond_count)
		memset(hist, 0, sizeof(*hist));
}

void minute_round(struct minute *minute, uint64_t now_ns,
		  struct minute_stage ret_stages[CORR_STAGE_COUNT])
{
	bool is_over;

	if (!minute->begun_ns)
		minute->begun_ns = now_ns;
	is_over = prof_delta_ns(minute->begun_ns, now_ns) >= MINUTE_NS;
	if (!is_over &&
	    (minute->has_whole || prof_delta_ns(minute->told_ns, now_ns) < (int64_t)PROF_NS_PER_S))
		return;
	minute->told_ns = now_ns;
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		tell(&minute->stages[stage], &ret_stages[stage]);
		if (is_over)
			clear(&minute->stages[stage]);
	}
	if (!is_over)
		return;
	minute->has_whole = true;
	minute->begun_ns = now_ns;
}
