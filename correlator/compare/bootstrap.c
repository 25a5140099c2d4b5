/* SPDX-License-Identifier: BSD-2-Clause */
#include "bootstrap.h"

#include <stdlib.h>

#include "random.h"

void bootstrap_whole(struct bootstrap_weights *ret_weights)
{
	for (uint32_t i = 0; i < BOOTSTRAP_BLOCK_COUNT; i++)
		ret_weights->of_block[i] = 1;
}

void bootstrap_draw(uint64_t *seed, struct bootstrap_weights *ret_weights)
{
	*ret_weights = (struct bootstrap_weights){ 0 };
	for (uint32_t i = 0; i < BOOTSTRAP_BLOCK_COUNT; i++)
		ret_weights->of_block[(random_next(seed) >> 32) * BOOTSTRAP_BLOCK_COUNT >> 32]++;
}

static int by_value(const void *a, const void *b)
{
	int64_t left_ns = ((const struct bootstrap_value *)a)->value_ns;
	int64_t right_ns = ((const struct bootstrap_value *)b)->value_ns;

	return (left_ns > right_ns) - (left_ns < right_ns);
}

void bootstrap_sort(struct bootstrap_value *values, uint32_t value_count)
{
	qsort(values, value_count, sizeof(*values), by_value);
}

static uint64_t total_weight(const struct bootstrap_value *values, uint32_t value_count,
			     const struct bootstrap_weights *weights)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < value_count; i++)
		total += weights->of_block[values[i].block];
	return total;
}

/* How many values the quantile has at or below it: at least one. */
static uint64_t rank_of(double quantile, uint64_t total)
{
	double exact = quantile * (double)total * (1 - 1e-12);
	uint64_t rank = (uint64_t)exact;

	return rank + ((double)rank < exact || rank == 0);
}

void bootstrap_quantiles(const struct bootstrap_value *values, uint32_t value_count,
			 const struct bootstrap_weights *weights, const double *quantiles,
			 uint32_t quantile_count, int64_t *ret_values_ns)
{
	uint64_t total = total_weight(values, value_count, weights);
	uint64_t seen = 0;
	uint32_t at = 0;

	for (uint32_t i = 0; i < quantile_count; i++) {
		uint64_t rank = rank_of(quantiles[i], total);

		ret_values_ns[i] = 0;
		while (at < value_count && seen + weights->of_block[values[at].block] < rank)
			seen += weights->of_block[values[at++].block];
		if (total)
			ret_values_ns[i] = values[at].value_ns;
	}
}
