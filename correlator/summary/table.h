/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of percentiles, as the closing report has them. */
#ifndef CORR_TABLE_H
#define CORR_TABLE_H

#include "correlator/stats/hist.h"
#include "correlator/text/text.h"

#define TABLE_PERCENTILE_COUNT 5

extern const double table_percentiles[TABLE_PERCENTILE_COUNT];
extern const char *const table_percentile_names[TABLE_PERCENTILE_COUNT];

void table_add_head(struct text *text, const char *label);
void table_add_hist(struct text *text, const char *label, const struct hist *hist,
		    enum corr_unit unit);

#endif
