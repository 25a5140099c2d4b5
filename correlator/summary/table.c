/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"

#include <string.h>

const double table_percentiles[TABLE_PERCENTILE_COUNT] = { 50, 90, 99, 99.9, 100 };
const char *const table_percentile_names[TABLE_PERCENTILE_COUNT] = { "p50", "p90", "p99", "p99.9",
								     "max" };

void table_add_hist(struct text *text, const char *label, const struct hist *hist,
		    enum corr_unit unit)
{
	text_add_wide(text, label, 18);
	text_add_u64_wide(text, hist->count, 10);
	for (size_t i = 0; i < TABLE_PERCENTILE_COUNT; i++) {
		int64_t value_ns = hist_percentile_ns(hist, table_percentiles[i]);

		if (hist->count)
			text_add_u64_wide(text, (uint64_t)corr_in_unit(value_ns, unit), 12);
		else
			text_add(text, "         n/a");
	}
	text_add_u64_wide(text, hist->negative_count, 10);
	text_add_u64_wide(text, hist->beyond_count, 8);
	text_add(text, "\n");
}

void table_add_head(struct text *text, const char *label)
{
	text_add_wide(text, label, 18);
	text_add(text, "     count");
	for (size_t i = 0; i < TABLE_PERCENTILE_COUNT; i++) {
		for (size_t pad = strlen(table_percentile_names[i]); pad < 12; pad++)
			text_add(text, " ");
		text_add(text, table_percentile_names[i]);
	}
	text_add(text, "  negative  beyond\n");
}
