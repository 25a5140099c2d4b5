/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Block bootstrap of quantiles (Kuensch 1989): a recording is cut into equal
 * stretches of consecutive messages, and a new one is drawn from them, with
 * replacement.  Neighbours stay together, so what the delay of one message
 * says about the next is kept.  Deterministic.
 */
#ifndef CORR_COMPARE_BOOTSTRAP_H
#define CORR_COMPARE_BOOTSTRAP_H

#include <stdint.h>

/* Few and long: also what changes slowly must differ from block to block. */
#define BOOTSTRAP_BLOCK_COUNT 32u

struct bootstrap_value {
	int64_t value_ns;
	uint32_t block; /* below BOOTSTRAP_BLOCK_COUNT */
};

/* Values in rising order, and the block of each. */
struct bootstrap_sample {
	uint32_t count;
	uint32_t count_of_block[BOOTSTRAP_BLOCK_COUNT];
	int64_t *values_ns;
	uint8_t *blocks; /* apart from the values: every drawing reads them all */
};

/* How often each block is in a drawing. */
struct bootstrap_weights {
	uint32_t of_block[BOOTSTRAP_BLOCK_COUNT];
};

/* Sorts the values into a sample.  0, or -ENOMEM with nothing to close. */
int bootstrap_open(struct bootstrap_value *values, uint32_t value_count,
		   struct bootstrap_sample *ret_sample);
/* Zeroed memory may be closed. */
void bootstrap_close(struct bootstrap_sample *sample);

/* Every block once: the recording itself. */
void bootstrap_whole(struct bootstrap_weights *ret_weights);

/* *seed is used and moved on. */
void bootstrap_draw(uint64_t *seed, struct bootstrap_weights *ret_weights);

/*
 * For each of the quantiles (0..1, rising) the least value that this share of
 * the weighted values does not exceed, as hist_percentile_ns() defines it.
 * 0 if nothing was drawn.
 */
void bootstrap_quantiles(const struct bootstrap_sample *sample,
			 const struct bootstrap_weights *weights, const double *quantiles,
			 uint32_t quantile_count, int64_t *ret_values_ns);

#endif
