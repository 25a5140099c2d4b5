/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do two recordings differ, where, and by how much?
 *
 * For each stage and some quantiles: the difference B - A and an interval
 * around it.  The intervals hold together: with 95 % probability none of them
 * misses its true value (the largest of all standardised deviations is
 * bootstrapped, as Romano and Wolf 2005 do), so a table of forty rows does not
 * find two differences by chance.  A difference also has to be of interest: a
 * row is called higher or lower only if its whole interval is beyond a margin.
 *
 * Pure: no I/O, no clock; equal samples give equal results.
 */
#ifndef CORR_COMPARE_COMPARE_H
#define CORR_COMPARE_COMPARE_H

#include "samples.h"

/* The low one is what a message costs when nothing is in its way. */
enum compare_quantile {
	COMPARE_P10,
	COMPARE_P50,
	COMPARE_P90,
	COMPARE_P99,
	COMPARE_QUANTILE_COUNT,
};

/*
 * Smaller differences are not worth a verdict, however sure they are: of the
 * stage itself; of the whole way, NIC->User, at the same quantile (no interval
 * knows how far two equal runs drift apart, and a small stage does by more
 * than its own share); and in any case.
 */
#define COMPARE_MARGIN_PERCENT	     10
#define COMPARE_MARGIN_TOTAL_PERCENT 5
#define COMPARE_MARGIN_NS	     5000

/* A quantile needs so many values beyond it, and so many in all. */
#define COMPARE_TAIL_COUNT_MIN	10u
#define COMPARE_VALUE_COUNT_MIN 200u

enum compare_state {
	COMPARE_UNKNOWN, /* the stage is not known in both recordings */
	COMPARE_FEW,	 /* too few values */
	COMPARE_ALIKE,	 /* the whole interval is within the margin */
	COMPARE_UNSURE,	 /* it is not, nor is it beyond */
	COMPARE_HIGHER,	 /* B is higher, beyond the margin */
	COMPARE_LOWER,
};

struct compare_row {
	enum compare_state state;
	int64_t a_ns;
	int64_t b_ns;
	int64_t difference_ns; /* b_ns - a_ns */
	int64_t low_ns;	       /* the interval of the difference */
	int64_t high_ns;
	int64_t margin_ns;
};

struct compare_result {
	struct compare_row rows[CORR_STAGE_COUNT][COMPARE_QUANTILE_COUNT];
	/* The row that the verdict is about; if has_finding. */
	bool has_finding;
	enum corr_stage stage;
	enum compare_quantile quantile;
};

/* 0 or -ENOMEM. */
int compare(const struct samples *a, const struct samples *b, struct compare_result *ret_result);

/* True for higher and lower. */
bool compare_is_different(const struct compare_row *row);

/* "p50". */
const char *compare_quantile_name(enum compare_quantile quantile);

#endif
