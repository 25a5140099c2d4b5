/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A histogram of durations in ns with three significant digits from 1 ns to
 * 73 minutes, laid out as HdrHistogram (Tene) does: each power of two is cut
 * into 1,024 equal parts, so a value is off by less than 0.1 %.
 */
#ifndef CORR_HIST_H
#define CORR_HIST_H

#include <stdint.h>

#define HIST_VALUE_NS_MAX ((INT64_C(1) << 42) - 1)
#define HIST_BUCKET_COUNT 32 /* powers of two from 2,048 to 2^42, and all below */
#define HIST_HALF_COUNT	  1024
#define HIST_CELL_COUNT	  ((HIST_BUCKET_COUNT + 1) * HIST_HALF_COUNT)

/* Zeroed memory is an empty histogram. */
struct hist {
	uint64_t count;		 /* values in the cells */
	uint64_t negative_count; /* told apart, in no cell */
	uint64_t beyond_count;	 /* above HIST_VALUE_NS_MAX, in no cell */
	int64_t sum_ns;
	int64_t room_ns; /* below HIST_VALUE_NS_MAX, of the least value */
	int64_t max_ns;
	int64_t negative_min_ns; /* the most negative one */
	uint64_t cells[HIST_CELL_COUNT];
};

/* Cells: index of a value, and the highest value that has that index. */
static inline uint32_t hist_cell(int64_t value_ns)
{
	/* 2,047 has 11 bits: smaller values share bucket 0, cell by cell. */
	uint32_t bucket = 64 - 11 - (uint32_t)__builtin_clzll((uint64_t)value_ns | 2047);

	return bucket * HIST_HALF_COUNT + (uint32_t)(value_ns >> bucket);
}

int64_t hist_cell_highest_ns(uint32_t cell);

/* Makes it empty again; what was not written is not touched. */
void hist_empty(struct hist *hist);

/* One that is in no cell: negative, or beyond. */
void hist_add_apart(struct hist *hist, int64_t value_ns);

/* Inline, as each message adds a dozen. */
static inline void hist_add(struct hist *hist, int64_t value_ns)
{
	if ((uint64_t)value_ns > HIST_VALUE_NS_MAX) {
		hist_add_apart(hist, value_ns);
		return;
	}
	hist->cells[hist_cell(value_ns)]++;
	hist->sum_ns += value_ns;
	if (HIST_VALUE_NS_MAX - value_ns > hist->room_ns)
		hist->room_ns = HIST_VALUE_NS_MAX - value_ns;
	if (value_ns > hist->max_ns)
		hist->max_ns = value_ns;
	hist->count++;
}

/*
 * The value that `percentile` (0..100) percent of all values do not exceed,
 * to three digits (the highest value of its cell, at most max_ns).  0 if empty.
 */
int64_t hist_percentile_ns(const struct hist *hist, double percentile);

/* Rounded to the nearest ns; 0 if empty. */
int64_t hist_mean_ns(const struct hist *hist);
double hist_deviation_ns(const struct hist *hist);

#endif
