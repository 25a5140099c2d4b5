/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <errno.h>
#include <stdlib.h>

#include "verdict.h"

#define SEED UINT64_C(20260101)

static const double quantiles[COMPARE_QUANTILE_COUNT] = { 0.10, 0.50, 0.90, 0.99 };
static const char *const quantile_names[] = { "p10", "p50", "p90", "p99" };

/* Both recordings, and what B - A was in each drawing. */
struct work {
	struct bootstrap_sample sides[2][CORR_STAGE_COUNT];
	int64_t (*drawn_ns)[VERDICT_ROUND_COUNT]; /* of each test */
};

/* ---- Preparing ---------------------------------------------------------- */

static uint32_t count_values(const struct samples *samples, int stage)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < samples->row_count; i++)
		count += samples->rows[i].stage_mask >> stage & 1;
	return count;
}

/* Blocks are cut from all rows alike, so that stages of one message are drawn together. */
static void take_values(struct bootstrap_value *values, const struct samples *samples, int stage)
{
	for (uint32_t i = 0; i < samples->row_count; i++) {
		if (!(samples->rows[i].stage_mask >> stage & 1))
			continue;
		*values++ = (struct bootstrap_value){
			.value_ns = samples->rows[i].stage_ns[stage],
			.block = (uint32_t)((uint64_t)i * BOOTSTRAP_BLOCK_COUNT /
					    samples->row_count),
		};
	}
}

static int fill_side(struct bootstrap_sample *side, const struct samples *samples, int stage)
{
	uint32_t count = count_values(samples, stage);
	struct bootstrap_value *values = calloc(count ? count : 1, sizeof(*values));
	int err;

	if (!values)
		return -ENOMEM;
	take_values(values, samples, stage);
	err = bootstrap_open(values, count, side);
	free(values);
	return err;
}

static int work_open(struct work *work, const struct samples *a, const struct samples *b)
{
	int err = 0;

	work->drawn_ns = calloc(VERDICT_TEST_COUNT, sizeof(*work->drawn_ns));
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
		bootstrap_close(&work->sides[0][stage]);
		bootstrap_close(&work->sides[1][stage]);
	}
	free(work->drawn_ns);
}

/* ---- Drawing -------------------------------------------------------------- */

static void look(const struct work *work, int side, int stage,
		 const struct bootstrap_weights *weights, int64_t *ret_values_ns)
{
	bootstrap_quantiles(&work->sides[side][stage], weights, quantiles, COMPARE_QUANTILE_COUNT,
			    ret_values_ns);
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

static int64_t larger(int64_t a_ns, int64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

/* The largest of the three that compare.h names. */
static int64_t margin_of(const struct compare_row *row, const struct compare_row *total)
{
	int64_t own_ns = larger(row->a_ns, row->b_ns) / 100 * COMPARE_MARGIN_PERCENT;
	int64_t total_ns = larger(total->a_ns, total->b_ns) / 100 * COMPARE_MARGIN_TOTAL_PERCENT;

	return larger(larger(own_ns, total_ns), COMPARE_MARGIN_NS);
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
				.state = state_of(work->sides[0][stage].count,
						  work->sides[1][stage].count, quantiles[i]),
				.a_ns = a_ns[i],
				.b_ns = b_ns[i],
				.difference_ns = b_ns[i] - a_ns[i],
			};
	}
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		for (int i = 0; i < COMPARE_QUANTILE_COUNT; i++)
			result->rows[stage][i].margin_ns = margin_of(
				&result->rows[stage][i], &result->rows[CORR_STAGE_TOTAL][i]);
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

	for (uint32_t round = 0; round < VERDICT_ROUND_COUNT; round++) {
		bootstrap_draw(&seed, &weights[0]);
		bootstrap_draw(&seed, &weights[1]);
		for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
			if (work->sides[0][stage].count && work->sides[1][stage].count)
				draw_stage(work, round, stage, weights);
		}
	}
}

int compare(const struct samples *a, const struct samples *b, struct compare_result *ret_result)
{
	struct work work = { 0 };
	int err = work_open(&work, a, b);

	if (!err) {
		observe(&work, ret_result);
		draw_all(&work);
		verdict_judge(work.drawn_ns, ret_result);
	}
	work_close(&work);
	return err;
}

const char *compare_quantile_name(enum compare_quantile quantile)
{
	return quantile_names[quantile];
}
