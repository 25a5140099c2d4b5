/* SPDX-License-Identifier: BSD-2-Clause */
#include "ring_results.h"

#include <stdio.h>

const struct scene scenes[SCENE_COUNT] = {
	[SCENE_1P1C] = { "1P1C M/s", 1, 1, true },
	[SCENE_2P1C] = { "2P1C M/s", 2, 1, true },
	[SCENE_3P1C] = { "3P1C M/s", 3, 1, true },
	[SCENE_2P2C] = { "2P2C M/s", 2, 2, true },
	[SCENE_FILL] = { "fill M/s", 2, 0, true },
	[SCENE_PUSH] = { "push ns", 1, 0, false },
	[SCENE_LATENCY_P50] = { "1way p50", 1, 1, false },
	[SCENE_LATENCY_P99] = { "1way p99", 1, 1, false },
	[SCENE_PACED_P50] = { "paced p50", 1, 1, false },
	[SCENE_PACED_P99] = { "paced p99", 1, 1, false },
};

bool ring_results_want(const struct config *config, const struct ring_kind *kind,
		       enum scene_id scene)
{
	bool is_single = scene >= SCENE_LATENCY_P50;

	return begins_with(scenes[scene].name, config->scene) &&
	       (!is_single || kind->burst_count == 1);
}

void ring_results_store(struct ring_results *results, uint32_t kind_index, enum scene_id scene,
			enum bench_distance distance, double value)
{
	struct kind_results *result = &results->of[kind_index][scene];

	if (result->counts[distance] < ROUND_COUNT_MAX)
		result->values[distance][result->counts[distance]++] = value;
}

static double median(struct ring_results *results, uint32_t kind_index, enum scene_id scene,
		     enum bench_distance distance)
{
	struct kind_results *result = &results->of[kind_index][scene];

	return bench_quantile(result->values[distance], result->counts[distance], 0.5);
}

void ring_results_print_table(struct ring_results *results, enum bench_distance distance)
{
	(void)printf("\n%s (medians; M/s: more is better, ns: less)\n%-28s",
		     bench_distance_name(distance), "");
	for (enum scene_id scene = 0; scene < SCENE_COUNT; scene++)
		(void)printf(" %9s", scenes[scene].name);
	(void)printf("  samples\n");
	for (uint32_t i = 0; i < results->kind_count; i++) {
		(void)printf("%-28s", results->kinds[i]->name);
		for (enum scene_id scene = 0; scene < SCENE_COUNT; scene++) {
			if (results->of[i][scene].counts[distance])
				(void)printf(" %9.2f", median(results, i, scene, distance));
			else
				(void)printf(" %9s", "-");
		}
		(void)printf("  %u\n", results->of[i][SCENE_1P1C].counts[distance]);
	}
}

/* Among which kinds the best is looked for. */
typedef bool is_meant(const struct ring_kind *kind);

static bool is_ours(const struct ring_kind *kind)
{
	return begins_with(kind->name, "lanes");
}

static bool is_peer(const struct ring_kind *kind)
{
	return !is_ours(kind);
}

static bool is_ours_single(const struct ring_kind *kind)
{
	return begins_with(kind->name, "lanes, one");
}

static bool is_peer_single(const struct ring_kind *kind)
{
	return is_peer(kind) && kind->burst_count == 1;
}

static bool is_vyukov(const struct ring_kind *kind)
{
	return begins_with(kind->name, "vyukov");
}

static bool is_ck(const struct ring_kind *kind)
{
	return begins_with(kind->name, "ck");
}

static bool is_rte(const struct ring_kind *kind)
{
	return begins_with(kind->name, "rte");
}

/*
 * The best median of the kinds that are meant.  0 if one of them has too few
 * samples: it might have been the best.
 */
static double best(struct ring_results *results, const struct config *config, enum scene_id scene,
		   is_meant *meant, enum bench_distance distance)
{
	double best_value = 0;

	for (uint32_t i = 0; i < results->kind_count; i++) {
		double value = median(results, i, scene, distance);

		if (!meant(results->kinds[i]) ||
		    !ring_results_want(config, results->kinds[i], scene))
			continue;
		if (results->of[i][scene].counts[distance] < config->round_count)
			return 0;
		if (best_value == 0 ||
		    (scenes[scene].is_higher_better ? value > best_value : value < best_value))
			best_value = value;
	}
	return best_value;
}

/* One line a target; what was not measured often enough is said, not judged. */
static void print_ratio(const char *name, const char *suffix, double value, double other,
			const char *target)
{
	if (value > 0 && other > 0)
		(void)printf("RATIO %s%s %.2f %s\n", name, suffix, value / other, target);
	else
		(void)printf("not measured: %s%s (too few samples)\n", name, suffix);
}

/* The best of ours through the best of theirs, in the four scenes of producers and consumers. */
static void print_throughputs(struct ring_results *results, const struct config *config,
			      enum bench_distance distance, const char *what, is_meant *ours,
			      is_meant *peers, const char *const targets[4])
{
	static const char *const names[] = { "1P1C", "2P1C", "3P1C", "2P2C" };
	const char *suffix = distance == BENCH_NEAR ? "" : "_far";

	for (enum scene_id scene = SCENE_1P1C; scene <= SCENE_2P2C; scene++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "%s_%s", what, names[scene]);
		print_ratio(name, suffix, best(results, config, scene, ours, distance),
			    best(results, config, scene, peers, distance), targets[scene]);
	}
}

void ring_results_print_ratios(struct ring_results *results, const struct config *config,
			       enum bench_distance distance)
{
	static const char *const targets[] = { ">= 2", ">= 2", ">= 2", ">= 1.5" };
	static const char *const single_targets[] = { ">= 3", ">= 3", ">= 3", ">= 3" };
	const char *suffix = distance == BENCH_NEAR ? "" : "_far";
	double fill = best(results, config, SCENE_FILL, is_ours, distance);
	double push_p99_ns = best(results, config, SCENE_PACED_P99, is_ours, distance);

	print_throughputs(results, config, distance, "throughput", is_ours, is_peer, targets);
	print_throughputs(results, config, distance, "single", is_ours_single, is_peer_single,
			  single_targets);
	print_ratio("fill_vs_ck", suffix, fill, best(results, config, SCENE_FILL, is_ck, distance),
		    ">= 10");
	print_ratio("fill_vs_rte", suffix, fill,
		    best(results, config, SCENE_FILL, is_rte, distance), ">= 12");
	print_ratio("latency_p50", suffix,
		    best(results, config, SCENE_LATENCY_P50, is_ours, distance),
		    best(results, config, SCENE_LATENCY_P50, is_peer, distance), "<= 1.05");
	print_ratio("push_p99_ns", suffix, push_p99_ns, 1, "<= 20");
	print_ratio("push_p99_vs_vyukov_p50", suffix, push_p99_ns,
		    best(results, config, SCENE_PACED_P50, is_vyukov, distance), "<= 0.9");
}
