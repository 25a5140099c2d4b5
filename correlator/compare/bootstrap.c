/* SPDX-License-Identifier: BSD-2-Clause */
#include "bootstrap.h"

#include <errno.h>
#include <stdlib.h>

#include "correlator/stats/random.h"

_Static_assert(BOOTSTRAP_BLOCK_COUNT <= UINT8_MAX, "a block's number has a byte");

static int by_value(const void *a, const void *b)
{
	int64_t left_ns = ((const struct bootstrap_value *)a)->value_ns;
	int64_t right_ns = ((const struct bootstrap_value *)b)->value_ns;

	return (left_ns > right_ns) - (left_ns < right_ns);
}

int bootstrap_open(struct bootstrap_value *values, uint32_t value_count,
		   struct bootstrap_sample *ret_sample)
{
	struct bootstrap_sample sample = { .count = value_count };
	uint32_t room = value_count ? value_count : 1;

	sample.values_ns = calloc(room, sizeof(*sample.values_ns));
	sample.blocks = calloc(room, sizeof(*sample.blocks));
	if (!sample.values_ns || !sample.blocks) {
		bootstrap_close(&sample);
		return -ENOMEM;
	}
	qsort(values, value_count, sizeof(*values), by_value);
	for (uint32_t i = 0; i < value_count; i++) {
		sample.values_ns[i] = values[i].value_ns;
		sample.blocks[i] = (uint8_t)values[i].block;
		sample.count_of_block[values[i].block]++;
	}
	*ret_sample = sample;
	return 0;
}

void bootstrap_close(struct bootstrap_sample *sample)
{
	free(sample->values_ns);
	free(sample->blocks);
	*sample = (struct bootstrap_sample){ 0 };
}

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

static uint64_t total_weight(const struct bootstrap_sample *sample,
			     const struct bootstrap_weights *weights)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < BOOTSTRAP_BLOCK_COUNT; i++)
		total += (uint64_t)weights->of_block[i] * sample->count_of_block[i];
	return total;
}

/* How many values the quantile has at or below it: at least one. */
static uint64_t rank_of(double quantile, uint64_t total)
{
	double exact = quantile * (double)total * (1 - 1e-12);
	uint64_t rank = (uint64_t)exact;

	return rank + ((double)rank < exact || rank == 0);
}

void bootstrap_quantiles(const struct bootstrap_sample *sample,
			 const struct bootstrap_weights *weights, const double *quantiles,
			 uint32_t quantile_count, int64_t *ret_values_ns)
{
	uint64_t total = total_weight(sample, weights);
	uint64_t seen = 0;
	uint32_t at = 0;

	for (uint32_t i = 0; i < quantile_count; i++) {
		uint64_t rank = rank_of(quantiles[i], total);

		ret_values_ns[i] = 0;
		if (!total)
			continue;
		while (seen + weights->of_block[sample->blocks[at]] < rank)
			seen += weights->of_block[sample->blocks[at++]];
		ret_values_ns[i] = sample->values_ns[at];
	}
}
