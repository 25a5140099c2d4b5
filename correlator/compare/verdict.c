/* SPDX-License-Identifier: BSD-2-Clause */
#include "verdict.h"

#include <math.h>
#include <stdlib.h>

#define CONFIDENCE 0.95

struct tests {
	int64_t (*drawn_ns)[VERDICT_ROUND_COUNT];
	double error_ns[VERDICT_TEST_COUNT]; /* standard error */
};

static bool is_tested(const struct compare_row *row)
{
	return row->state > COMPARE_FEW;
}

static double deviation_of(const int64_t *values_ns)
{
	double sum = 0;
	double squares = 0;
	double mean;

	for (uint32_t i = 0; i < VERDICT_ROUND_COUNT; i++)
		sum += (double)values_ns[i];
	mean = sum / VERDICT_ROUND_COUNT;
	for (uint32_t i = 0; i < VERDICT_ROUND_COUNT; i++)
		squares += ((double)values_ns[i] - mean) * ((double)values_ns[i] - mean);
	return sqrt(squares / (VERDICT_ROUND_COUNT - 1));
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return (left > right) - (left < right);
}

/* The largest deviation of a round from what was observed, in standard errors. */
static double worst_of(const struct tests *tests, const struct compare_row *rows, uint32_t round)
{
	double worst = 0;

	for (uint32_t test = 0; test < VERDICT_TEST_COUNT; test++) {
		double off;

		if (!is_tested(&rows[test]) || tests->error_ns[test] <= 0)
			continue;
		off = fabs((double)(tests->drawn_ns[test][round] - rows[test].difference_ns));
		if (off / tests->error_ns[test] > worst)
			worst = off / tests->error_ns[test];
	}
	return worst;
}

/*
 * So many standard errors reach far enough for all rows together.  Standard
 * errors from a few dozen blocks are themselves uncertain: wider by the first
 * term by which Student's quantiles exceed the normal ones.
 */
static double reach_of(const struct tests *tests, const struct compare_row *rows)
{
	double worst[VERDICT_ROUND_COUNT];
	double reach;

	for (uint32_t round = 0; round < VERDICT_ROUND_COUNT; round++)
		worst[round] = worst_of(tests, rows, round);
	qsort(worst, VERDICT_ROUND_COUNT, sizeof(worst[0]), by_size);
	reach = worst[(uint32_t)(CONFIDENCE * VERDICT_ROUND_COUNT)];
	return reach + (reach * reach * reach + reach) / (4 * (BOOTSTRAP_BLOCK_COUNT - 1));
}

static enum compare_state judge_row(const struct compare_row *row)
{
	if (row->low_ns > row->margin_ns)
		return COMPARE_HIGHER;
	if (row->high_ns < -row->margin_ns)
		return COMPARE_LOWER;
	if (row->low_ns >= -row->margin_ns && row->high_ns <= row->margin_ns)
		return COMPARE_ALIKE;
	return COMPARE_UNSURE;
}

static void judge_all(struct tests *tests, struct compare_row *rows)
{
	double reach;

	for (uint32_t test = 0; test < VERDICT_TEST_COUNT; test++)
		tests->error_ns[test] = deviation_of(tests->drawn_ns[test]);
	reach = reach_of(tests, rows);
	for (uint32_t test = 0; test < VERDICT_TEST_COUNT; test++) {
		struct compare_row *row = &rows[test];

		if (!is_tested(row))
			continue;
		row->low_ns = row->difference_ns - (int64_t)(reach * tests->error_ns[test]);
		row->high_ns = row->difference_ns + (int64_t)(reach * tests->error_ns[test]);
		row->state = judge_row(row);
	}
}

bool compare_is_different(const struct compare_row *row)
{
	return row->state == COMPARE_HIGHER || row->state == COMPARE_LOWER;
}

/* Of the stages that follow each other, the one that changed most; -1 if none did. */
static int most_changed(const struct compare_result *result, enum compare_quantile quantile)
{
	static const enum corr_stage parts[] = { CORR_STAGE_NIC_KERNEL, CORR_STAGE_KERNEL_RETURN,
						 CORR_STAGE_RETURN_RECV, CORR_STAGE_RECV_USER,
						 CORR_STAGE_USER_PARSED };
	int64_t most_ns = 0;
	int found = -1;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct compare_row *row = &result->rows[parts[i]][quantile];
		int64_t size_ns = llabs(row->difference_ns);

		if (compare_is_different(row) && size_ns > most_ns) {
			most_ns = size_ns;
			found = parts[i];
		}
	}
	return found;
}

/* Sums and details, where no part of its own has changed or is known. */
static int any_changed(const struct compare_result *result, enum compare_quantile quantile)
{
	static const enum corr_stage others[] = { CORR_STAGE_KERNEL_USER, CORR_STAGE_TOTAL,
						  CORR_STAGE_FIRST_LAST,  CORR_STAGE_HOL_WAIT,
						  CORR_STAGE_READ_WAIT,	  CORR_STAGE_WIRE_NIC };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (compare_is_different(&result->rows[others[i]][quantile]))
			return others[i];
	}
	return -1;
}

/* The median speaks for most messages, the low one for the undisturbed; then the tails. */
static void find(struct compare_result *result)
{
	static const enum compare_quantile order[] = { COMPARE_P50, COMPARE_P10, COMPARE_P90,
						       COMPARE_P99 };
	int stage = -1;

	for (size_t i = 0; i < COMPARE_QUANTILE_COUNT && stage < 0; i++) {
		stage = most_changed(result, order[i]);
		result->quantile = order[i];
	}
	for (size_t i = 0; i < COMPARE_QUANTILE_COUNT && stage < 0; i++) {
		stage = any_changed(result, order[i]);
		result->quantile = order[i];
	}
	result->has_finding = stage >= 0;
	result->stage = stage >= 0 ? (enum corr_stage)stage : CORR_STAGE_TOTAL;
}

void verdict_judge(int64_t (*drawn_ns)[VERDICT_ROUND_COUNT], struct compare_result *result)
{
	struct tests tests = { .drawn_ns = drawn_ns };

	judge_all(&tests, &result->rows[0][0]);
	find(result);
}
