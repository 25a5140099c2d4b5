/* SPDX-License-Identifier: BSD-2-Clause */
/* The closing report and the interval line, as text. */
#ifndef CORR_SUMMARY_H
#define CORR_SUMMARY_H

#include "correlator/engine/engine.h"
#include "correlator/stats/orders.h"
#include "correlator/stats/stats.h"
#include "correlator/stats/trips.h"
#include "correlator/text/text.h"

/* Room for summary_write(). */
#define SUMMARY_BYTES_MAX ((size_t)512 * 1024)

struct corr_summary {
	const struct corr_engine *engine;
	const struct corr_stats *stats;
	const struct trip_stats *trips;	  /* NULL: they are not told */
	const struct order_stats *orders; /* likewise */
	enum corr_unit unit;
	bool is_over; /* every message has been decided */
};

struct corr_interval {
	uint64_t elapsed_ms;		/* since the first round */
	const struct corr_stats *stats; /* of this interval only */
	enum corr_unit unit;
};

void summary_write(struct text *text, const struct corr_summary *summary);
void summary_write_interval(struct text *text, const struct corr_interval *interval);

#endif
