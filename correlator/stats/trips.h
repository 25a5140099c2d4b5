/* SPDX-License-Identifier: BSD-2-Clause */
/* Distributions of round trips and their parts, by what was asked. */
#ifndef CORR_STATS_TRIPS_H
#define CORR_STATS_TRIPS_H

#include "correlator/message/trip.h"
#include "hist.h"

/* Zeroed memory is empty. */
struct trip_stats {
	uint64_t count[PROF_PURPOSE_COUNT];	  /* answered */
	uint64_t whole_count[PROF_PURPOSE_COUNT]; /* of them, those of which OUT, WIRE and IN are
						     known */
	uint64_t retransmit_count[PROF_PURPOSE_COUNT]; /* of them, those whose segment was repeated
							*/
	struct hist parts[PROF_PURPOSE_COUNT][CORR_PART_COUNT];
};

/* Has there been one? */
bool trip_stats_has_any(const struct trip_stats *stats);

void trip_stats_add(struct trip_stats *stats, const struct corr_trip *trip);

#endif
