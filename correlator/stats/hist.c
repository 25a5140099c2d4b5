/* SPDX-License-Identifier: BSD-2-Clause */
#include "hist.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

int64_t hist_cell_highest_ns(uint32_t cell)
{
	uint32_t bucket = cell < 2 * HIST_HALF_COUNT ? 0 : cell / HIST_HALF_COUNT - 1;
	int64_t lowest = (int64_t)(cell - bucket * HIST_HALF_COUNT) << bucket;

	return lowest + (INT64_C(1) << bucket) - 1;
}

void hist_empty(struct hist *hist)
{
	uint32_t first = hist_cell(HIST_VALUE_NS_MAX - hist->room_ns);
	uint32_t last = hist_cell(hist->max_ns);

	if (hist->count)
		memset(&hist->cells[first], 0, (last - first + 1) * sizeof(hist->cells[0]));
	memset(hist, 0, offsetof(struct hist, cells));
}

void hist_add_apart(struct hist *hist, int64_t value_ns)
{
	if (value_ns > HIST_VALUE_NS_MAX) {
		hist->beyond_count++;
		return;
	}
	hist->negative_count++;
	if (value_ns < hist->negative_min_ns)
		hist->negative_min_ns = value_ns;
}

int64_t hist_percentile_ns(const struct hist *hist, double percentile)
{
	/* 99.9 % of 1,000 is 999, whatever 99.9 looks like in binary. */
	double exact = percentile / 100 * (double)hist->count * (1 - 1e-12);
	uint64_t wanted = (uint64_t)exact;
	uint64_t seen = 0;

	assert(percentile >= 0 && percentile <= 100);
	if (!hist->count)
		return 0;
	if ((double)wanted < exact || wanted == 0)
		wanted++;
	if (wanted >= hist->count)
		return hist->max_ns;
	for (uint32_t cell = 0; cell < HIST_CELL_COUNT; cell++) {
		seen += hist->cells[cell];
		if (seen >= wanted) {
			int64_t highest_ns = hist_cell_highest_ns(cell);

			return highest_ns < hist->max_ns ? highest_ns : hist->max_ns;
		}
	}
	return hist->max_ns;
}

int64_t hist_mean_ns(const struct hist *hist)
{
	if (!hist->count)
		return 0;
	return (hist->sum_ns + (int64_t)(hist->count / 2)) / (int64_t)hist->count;
}

/* Newton's method: the maths library is not worth a dependency. */
static double square_root(double value)
{
	double root = value > 1 ? value : 1;

	for (int i = 0; i < 64; i++)
		root = (root + value / root) / 2;
	return root;
}

double hist_deviation_ns(const struct hist *hist)
{
	double squares = 0;
	double mean;

	if (!hist->count)
		return 0;
	mean = (double)hist->sum_ns / (double)hist->count;
	for (uint32_t cell = 0; cell < HIST_CELL_COUNT; cell++) {
		double off;

		if (!hist->cells[cell])
			continue;
		off = (double)hist_cell_highest_ns(cell) - mean;
		squares += off * off * (double)hist->cells[cell];
	}
	return square_root(squares / (double)hist->count);
}
