/* SPDX-License-Identifier: BSD-2-Clause */
/* What bench_ring has measured, and how it is told: medians and, of those, ratios. */
#ifndef TESTS_BENCH_RING_RESULTS_H
#define TESTS_BENCH_RING_RESULTS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ring.h"
#include "tests/bench/bench.h"

#define KIND_COUNT_MAX	16
#define ROUND_COUNT_MAX 64

enum scene_id {
	SCENE_1P1C,
	SCENE_2P1C,
	SCENE_3P1C,
	SCENE_2P2C,
	SCENE_FILL,
	SCENE_PUSH,
	SCENE_LATENCY_P50,
	SCENE_LATENCY_P99,
	SCENE_PACED_P50,
	SCENE_PACED_P99,
	SCENE_COUNT,
};

/* What is measured.  A p99 comes out of the same run as the p50 before it. */
struct scene {
	const char *name;
	uint32_t producer_count;
	uint32_t consumer_count;
	bool is_higher_better; /* M events/s; else ns */
};
extern const struct scene scenes[SCENE_COUNT];

struct config {
	uint32_t round_count;
	uint32_t round_count_max;
	uint32_t sample_ms;
	const char *ring;  /* only rings whose name begins so; NULL: all */
	const char *scene; /* the same for scenes */
};

struct kind_results {
	double values[2][ROUND_COUNT_MAX]; /* near and far */
	uint32_t counts[2];
};

struct ring_results {
	const struct ring_kind *kinds[KIND_COUNT_MAX];
	uint32_t kind_count;
	uint32_t mixed_count; /* samples discarded because the cores' distance changed */
	struct kind_results of[KIND_COUNT_MAX][SCENE_COUNT];
};

static inline bool begins_with(const char *text, const char *prefix)
{
	return !prefix || strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Only a burst of 1 is sent back and forth, or once a microsecond. */
bool ring_results_want(const struct config *config, const struct ring_kind *kind,
		       enum scene_id scene);

void ring_results_store(struct ring_results *results, uint32_t kind_index, enum scene_id scene,
			enum bench_distance distance, double value);

/* Both sort what they print. */
void ring_results_print_table(struct ring_results *results, enum bench_distance distance);
void ring_results_print_ratios(struct ring_results *results, const struct config *config,
			       enum bench_distance distance);

#endif
