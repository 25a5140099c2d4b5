/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "bootstrap.h"

#define ROUND_COUNT 1000u
#define CONFIDENCE  0.95
#define SEED	    UINT64_C(20260101)
#define TEST_COUNT  ((uint32_t)CORR_STAGE_COUNT * COMPARE_QUANTILE_COUNT)

static const double quantiles[COMPARE_QUANTILE_COUNT] = { 0.10, 0.50, 0.90, 0.99 };
static const char *const quantile_names[] = { "p10", "p50", "p90", "p99" };

/* One recording's values of one stage, sorted. */
struct side {
	uint32_t value_count;
	struct bootstrap_value *values;
};

/* Two sides of each stage, and what B - A was in each drawing. */
struct work {
	struct side sides[2][CORR_STAGE_COUNT];
	int64_t (*drawn_ns)[ROUND_COUNT]; /* of each test */
	double error_ns[TEST_COUNT];	  /* standard error */
};

static bool is_tested(const struct compare_row *row)
{
	return row->state > COMPARE_FEW;
}

/* ---- Preparing ---------------------------------------------------------- */

static uint32_t count_values(const struct samples *samples, int stage)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < samples->row_count; i++)
		count += samples->rows[i].stage_mask >> stage & 1;
	return count;
}

/* Blocks are cut from all rows alike, so that stages of one message are drawn together. */
static int fill_side(struct side *side, const struct samples *samples, int stage)
{
	uint32_t count = count_values(samples, stage);
	uint32_t at = 0;

	side->values = calloc(count ? count : 1, sizeof(*side->values));
	if (!side->values)
		return -ENOMEM;
	side->value_count = count;
	for (uint32_t i = 0; i < samples->row_count; i++) {
		if (!(samples->rows[i].stage_mask >> stage & 1))
			continue;
		side->values[at++] = (struct bootstrap_value){
			.value_ns = samples->rows[i].stage_ns[stage],
			.block = (uint32_t)((uint64_t)i * BOOTSTRAP_BLOCK_COUNT /
					    samples->row_count),
		};
	}
	bootstrap_sort(side->values, count);
	return 0;
}

static int work_open(struct work *work, const struct samples *a, const struct samples *b)
{
	int err = 0;

	work->drawn_ns = calloc(TEST_COUNT, sizeof(*work->drawn_ns));
	if (!work->drawn_ns)
		return -ENOMEM;
	for (int stage = 0; stage < CORR_STAGE_COUNT && !err; stage++) {
		err = fill_side(&work->sides[0][stage], a, stage);
		if (!err)
			err = fill_side(&work->sides[1][stage], b, stage);
	}
	return err;
}

static void work_close(struct work *work)
{
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		free(work->sides[0][stage].values);
		free(work->sides[1][stage].values);
	}
	free(work->drawn_ns);
}

/* ---- Drawing -------------------------------------------------------------- */

static void look(const struct work *work, int side, int stage,
		 const struct bootstrap_weights *weights, int64_t *ret_values_ns)
{
	const struct side *own = &work->sides[side][stage];

	bootstrap_quantiles(own->values, own->value_count, weights, quantiles,
			    COMPARE_QUANTILE_COUNT, ret_values_ns);
}

static enum compare_state state_of(uint32_t count_a, uint32_t count_b, double quantile)
{
	uint32_t count = count_a < count_b ? count_a : count_b;

	if (!count)
		return COMPARE_UNKNOWN;
	if (count < COMPARE_VALUE_COUNT_MIN || count * (1 - quantile) < COMPARE_TAIL_COUNT_MIN)
		return COMPARE_FEW;
	return COMPARE_UNSURE;
}

/* The share of the larger value, but never less than the least. */
static int64_t margin_of(int64_t a_ns, int64_t b_ns)
{
	int64_t margin_ns = (a_ns > b_ns ? a_ns : b_ns) / 100 * COMPARE_MARGIN_PERCENT;

	return margin_ns > COMPARE_MARGIN_NS ? margin_ns : COMPARE_MARGIN_NS;
}

/* The recordings as they are. */
static void observe(const struct work *work, struct compare_result *result)
{
	struct bootstrap_weights whole;
	int64_t a_ns[COMPARE_QUANTILE_COUNT];
	int64_t b_ns[COMPARE_QUANTILE_COUNT];

	bootstrap_whole(&whole);
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		look(work, 0, stage, &whole, a_ns);
		look(work, 1, stage, &whole, b_ns);
		for (int i = 0; i < COMPARE_QUANTILE_COUNT; i++)
			result->rows[stage][i] = (struct compare_row){
				.state = state_of(work->sides[0][stage].value_count,
						  work->sides[1][stage].value_count, quantiles[i]),
				.a_ns = a_ns[i],
				.b_ns = b_ns[i],
				.difference_ns = b_ns[i] - a_ns[i],
				.margin_ns = margin_of(a_ns[i], b_ns[i]),
			};
	}
}

static void draw_stage(struct work *work, uint32_t round, int stage,
		       const struct bootstrap_weights weights[2])
{
	int64_t a_ns[COMPARE_QUANTILE_COUNT];
	int64_t b_ns[COMPARE_QUANTILE_COUNT];

	look(work, 0, stage, &weights[0], a_ns);
	look(work, 1, stage, &weights[1], b_ns);
	for (uint32_t i = 0; i < COMPARE_QUANTILE_COUNT; i++)
		work->drawn_ns[(uint32_t)stage * COMPARE_QUANTILE_COUNT + i][round] = b_ns[i] -
										      a_ns[i];
}

/* All stages of a round are of the same drawing: what they have in common is kept. */
static void draw_all(struct work *work)
{
	struct bootstrap_weights weights[2];
	uint64_t seed = SEED;

	for (uint32_t round = 0; round < ROUND_COUNT; round++) {
		bootstrap_draw(&seed, &weights[0]);
		bootstrap_draw(&seed, &weights[1]);
		for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
			if (work->sides[0][stage].value_count && work->sides[1][stage].value_count)
				draw_stage(work, round, stage, weights);
		}
	}
}

/* ---- Judging -------------------------------------------------------------- */

static double deviation_of(const int64_t *values_ns)
{
	double sum = 0;
	double squares = 0;
	double mean;

	for (uint32_t i = 0; i < ROUND_COUNT; i++)
		sum += (double)values_ns[i];
	mean = sum / ROUND_COUNT;
	for (uint32_t i = 0; i < ROUND_COUNT; i++)
		squares += ((double)values_ns[i] - mean) * ((double)values_ns[i] - mean);
	return sqrt(squares / (ROUND_COUNT - 1));
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return (left > right) - (left < right);
}

/* The largest deviation of a round from what was observed, in standard errors. */
static double worst_of(const struct work *work, const struct compare_row *rows, uint32_t round)
{
	double worst = 0;

	for (uint32_t test = 0; test < TEST_COUNT; test++) {
		double off;

		if (!is_tested(&rows[test]) || work->error_ns[test] <= 0)
			continue;
		off = fabs((double)(work->drawn_ns[test][round] - rows[test].difference_ns));
		if (off / work->error_ns[test] > worst)
			worst = off / work->error_ns[test];
	}
	return worst;
}

/*
 * So many standard errors reach far enough for all rows together.  Standard
 * errors from a few dozen blocks are themselves uncertain: wider by the first
 * term by which Student's quantiles exceed the normal ones.
 */
static double reach_of(const struct work *work, const struct compare_row *rows)
{
	double worst[ROUND_COUNT];
	double reach;

	for (uint32_t round = 0; round < ROUND_COUNT; round++)
		worst[round] = worst_of(work, rows, round);
	qsort(worst, ROUND_COUNT, sizeof(worst[0]), by_size);
	reach = worst[(uint32_t)(CONFIDENCE * ROUND_COUNT)];
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

static void judge_all(struct work *work, struct compare_result *result)
{
	struct compare_row *rows = &result->rows[0][0];
	double reach;

	for (uint32_t test = 0; test < TEST_COUNT; test++)
		work->error_ns[test] = deviation_of(work->drawn_ns[test]);
	reach = reach_of(work, rows);
	for (uint32_t test = 0; test < TEST_COUNT; test++) {
		struct compare_row *row = &rows[test];

		if (!is_tested(row))
			continue;
		row->low_ns = row->difference_ns - (int64_t)(reach * work->error_ns[test]);
		row->high_ns = row->difference_ns + (int64_t)(reach * work->error_ns[test]);
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
						  CORR_STAGE_FIRST_LAST, CORR_STAGE_HOL_WAIT,
						  CORR_STAGE_READ_WAIT };

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

int compare(const struct samples *a, const struct samples *b, struct compare_result *ret_result)
{
	struct work work = { 0 };
	int err = work_open(&work, a, b);

	if (!err) {
		observe(&work, ret_result);
		draw_all(&work);
		judge_all(&work, ret_result);
		find(ret_result);
	}
	work_close(&work);
	return err;
}

const char *compare_quantile_name(enum compare_quantile quantile)
{
	return quantile_names[quantile];
}
