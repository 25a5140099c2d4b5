/* SPDX-License-Identifier: BSD-2-Clause */
#include "trips.h"

#define WHOLE_MASK (1u << CORR_PART_OUT | 1u << CORR_PART_WIRE | 1u << CORR_PART_IN)

void trip_stats_add(struct trip_stats *stats, const struct corr_trip *trip)
{
	enum prof_purpose purpose = trip->purpose;

	if (purpose >= PROF_PURPOSE_COUNT)
		return;
	stats->count[purpose]++;
	stats->whole_count[purpose] += (trip->part_mask & WHOLE_MASK) == WHOLE_MASK;
	stats->retransmit_count[purpose] += trip->retransmit_count > 0;
	for (int part = 0; part < CORR_PART_COUNT; part++)
		if (corr_part_is_known(trip, (enum corr_part)part))
			hist_add(&stats->parts[purpose][part], trip->part_ns[part]);
}

bool trip_stats_has_any(const struct trip_stats *stats)
{
	for (int purpose = 0; purpose < PROF_PURPOSE_COUNT; purpose++)
		if (stats->count[purpose])
			return true;
	return false;
}
