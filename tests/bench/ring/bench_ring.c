/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our bus beside other people's rings, doing the same work: events of one
 * cache line between pinned processes over shared memory.
 *
 *   bench_ring [--rounds N] [--rounds-max N] [--sample-ms N] [--ring NAME] [--scene NAME]
 *
 * All kinds take turns within a round, so that whatever the machine does to
 * one it does to all.  A cache line is timed between the cores before and
 * after each sample; a sample is near, far, or - if that changed - discarded.
 * Rounds go on until every kind has N near samples of everything, or for
 * --rounds-max of them.  Medians are printed, near and far apart; ratios, where
 * everything they are drawn from has N samples.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "prof/cli.h"
#include "prof/clock.h"
#include "ring.h"
#include "tests/bench/bench.h"

#define PROGRAM		"bench_ring"
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
static const struct scene {
	const char *name;
	uint32_t producer_count;
	uint32_t consumer_count;
	bool is_higher_better; /* M events/s; else ns */
} scenes[SCENE_COUNT] = {
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

struct config {
	uint32_t round_count;
	uint32_t round_count_max;
	uint32_t sample_ms;
	const char *ring;  /* only rings whose name begins so; NULL: all */
	const char *scene; /* the same for scenes */
};

struct results {
	double values[2][ROUND_COUNT_MAX]; /* near and far */
	uint32_t counts[2];
};

static const struct ring_kind *kinds[KIND_COUNT_MAX];
static uint32_t kind_count;
static uint32_t mixed_count;
static struct results results[KIND_COUNT_MAX][SCENE_COUNT];

static bool begins_with(const char *text, const char *prefix)
{
	return !prefix || strncmp(text, prefix, strlen(prefix)) == 0;
}

static void add_kinds(const struct ring_kind *const *more, const struct config *config)
{
	for (; *more; more++)
		if (begins_with((*more)->name, config->ring))
			kinds[kind_count++] = *more;
}

static void die(const char *what)
{
	prof_complain(PROGRAM, what, strerror(errno), NULL);
	exit(PROF_EXIT_FAILED);
}

static void open_rings(const struct ring_kind *kind, struct ring_worker *ret_worker)
{
	const struct prof_bus_options options = { .lane_count = 4, .slot_count = RING_CAPACITY };

	for (int i = 0; i < 2; i++) {
		char name[64];
		int err;

		if (kind->size_bytes) {
			ret_worker->rings[i] = bench_shared(kind->size_bytes());
			if (kind->setup(ret_worker->rings[i]))
				die("ring");
			continue;
		}
		(void)snprintf(name, sizeof(name), "/prof-bench-%ld-%d", (long)getpid(), i);
		err = prof_bus_create(name, &options, &ret_worker->buses[i]);
		if (err) {
			errno = -err;
			die("bus");
		}
		(void)prof_bus_unlink(name); /* the children inherit it: no name is needed */
	}
}

static void close_rings(const struct ring_kind *kind, struct ring_worker *worker)
{
	for (int i = 0; i < 2; i++) {
		if (kind->size_bytes)
			(void)munmap(worker->rings[i], kind->size_bytes());
		else
			worker->buses[i] = prof_bus_close(worker->buses[i]);
	}
}

typedef void worker_main(struct ring_worker *worker);

/* Producers on core 0 and consumers on the other; those that fill, one on each. */
static pid_t start_worker(struct ring_worker worker, worker_main *run, uint32_t core)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		bench_pin(core);
		run(&worker);
		(void)atomic_fetch_add_explicit(&worker.arena->finished_count, 1,
						memory_order_release);
		_exit(0);
	}
	return pid;
}

static void sleep_ms(uint32_t delay_ms)
{
	struct timespec delay = { .tv_nsec = (long)delay_ms * PROF_NS_PER_MS };

	(void)nanosleep(&delay, NULL);
}

/* Runs the workers for the sample's time or until they have finished; returns how long. */
static int64_t run_workers(struct ring_arena *arena, const pid_t *pids, uint32_t worker_count,
			   uint32_t sample_ms, bool is_self_ending)
{
	uint64_t start_ns;
	int64_t passed_ns;

	while (atomic_load_explicit(&arena->ready_count, memory_order_acquire) < worker_count)
		sleep_ms(1);
	start_ns = prof_now_ns();
	atomic_store_explicit(&arena->is_started, 1, memory_order_release);
	if (is_self_ending)
		while (atomic_load_explicit(&arena->finished_count, memory_order_acquire) <
		       worker_count)
			sleep_ms(1);
	else
		sleep_ms(sample_ms);
	atomic_store_explicit(&arena->is_stopped, 1, memory_order_relaxed);
	passed_ns = prof_delta_ns(start_ns, prof_now_ns());
	for (uint32_t i = 0; i < worker_count; i++)
		(void)waitpid(pids[i], NULL, 0);
	return passed_ns;
}

static worker_main *worker_of(const struct ring_kind *kind, enum scene_id scene, bool is_producer)
{
	switch (scene) {
	case SCENE_FILL:
		return kind->fill;
	case SCENE_PUSH:
		return kind->push;
	case SCENE_LATENCY_P50:
		return is_producer ? kind->ping : kind->pong;
	case SCENE_PACED_P50:
		return is_producer ? kind->paced : kind->consume;
	default:
		return is_producer ? kind->produce : kind->consume;
	}
}

/* What the workers left in the arena, as the scene's value; *ret_second for a second quantile. */
static double evaluate(enum scene_id scene, struct ring_arena *arena, int64_t passed_ns,
		       double *ret_second)
{
	const struct scene *what = &scenes[scene];
	uint64_t event_count = 0;
	uint64_t longest_ns = 1;

	if (!what->is_higher_better) {
		double *samples = arena->workers[0].samples;
		size_t count = arena->workers[0].count;

		*ret_second = bench_quantile(samples, count, 0.99);
		return bench_quantile(samples, count, 0.5);
	}
	for (uint32_t i = 0; i < what->producer_count + what->consumer_count; i++) {
		event_count += arena->workers[i].count;
		if (arena->workers[i].passed_ns > longest_ns)
			longest_ns = arena->workers[i].passed_ns;
	}
	if (scene == SCENE_FILL)
		return (double)event_count * 1000 / (double)longest_ns;
	return (double)event_count * 1000 / (double)passed_ns;
}

static double sample(const struct ring_kind *kind, enum scene_id scene, const struct config *config,
		     double *ret_second)
{
	const struct scene *what = &scenes[scene];
	struct ring_arena *arena = bench_shared(sizeof(*arena));
	struct ring_worker worker = { .arena = arena };
	pid_t pids[RING_WORKER_MAX];
	uint32_t worker_count = what->producer_count + what->consumer_count;
	int64_t passed_ns;
	double value;

	open_rings(kind, &worker);
	for (uint32_t i = 0; i < worker_count; i++) {
		bool is_producer = i < what->producer_count;
		uint32_t core = scene == SCENE_FILL ? i : !is_producer;

		worker.index = i;
		pids[i] = start_worker(worker, worker_of(kind, scene, is_producer), core);
	}
	passed_ns = run_workers(arena, pids, worker_count, config->sample_ms, scene == SCENE_FILL);
	value = evaluate(scene, arena, passed_ns, ret_second);
	close_rings(kind, &worker);
	(void)munmap(arena, sizeof(*arena));
	return value;
}

static void store(struct results *result, enum bench_distance distance, double value)
{
	if (result->counts[distance] < ROUND_COUNT_MAX)
		result->values[distance][result->counts[distance]++] = value;
}

static void measure(uint32_t kind_index, enum scene_id scene, const struct config *config)
{
	double before_ns = bench_probe_ns();
	double second = 0;
	double value = sample(kinds[kind_index], scene, config, &second);
	double after_ns = bench_probe_ns();
	enum bench_distance distance = before_ns < BENCH_NEAR_NS ? BENCH_NEAR : BENCH_FAR;

	if ((before_ns < BENCH_NEAR_NS) != (after_ns < BENCH_NEAR_NS)) {
		mixed_count++;
		return;
	}
	store(&results[kind_index][scene], distance, value);
	if (scene == SCENE_LATENCY_P50 || scene == SCENE_PACED_P50)
		store(&results[kind_index][scene + 1], distance, second);
}

/* Only a burst of 1 is sent back and forth, or once a microsecond. */
static bool is_measured(const struct config *config, const struct ring_kind *kind,
			enum scene_id scene)
{
	bool is_single = scene >= SCENE_LATENCY_P50;

	return begins_with(scenes[scene].name, config->scene) &&
	       (!is_single || kind->burst_count == 1);
}

static bool has_enough(const struct config *config)
{
	for (uint32_t i = 0; i < kind_count; i++)
		for (enum scene_id scene = 0; scene < SCENE_COUNT; scene++)
			if (is_measured(config, kinds[i], scene) &&
			    results[i][scene].counts[BENCH_NEAR] < config->round_count)
				return false;
	return true;
}

static void run_round(const struct config *config)
{
	for (enum scene_id scene = 0; scene < SCENE_COUNT; scene++) {
		if (scene == SCENE_LATENCY_P99 || scene == SCENE_PACED_P99)
			continue; /* comes with the p50 */
		for (uint32_t i = 0; i < kind_count; i++)
			if (is_measured(config, kinds[i], scene))
				measure(i, scene, config);
	}
}

static double median(uint32_t kind_index, enum scene_id scene, enum bench_distance distance)
{
	struct results *result = &results[kind_index][scene];

	return bench_quantile(result->values[distance], result->counts[distance], 0.5);
}

static void print_table(enum bench_distance distance)
{
	(void)printf("\n%s (medians; M/s: more is better, ns: less)\n%-28s",
		     bench_distance_name(distance), "");
	for (enum scene_id scene = 0; scene < SCENE_COUNT; scene++)
		(void)printf(" %9s", scenes[scene].name);
	(void)printf("  samples\n");
	for (uint32_t i = 0; i < kind_count; i++) {
		(void)printf("%-28s", kinds[i]->name);
		for (enum scene_id scene = 0; scene < SCENE_COUNT; scene++) {
			if (results[i][scene].counts[distance])
				(void)printf(" %9.2f", median(i, scene, distance));
			else
				(void)printf(" %9s", "-");
		}
		(void)printf("  %u\n", results[i][SCENE_1P1C].counts[distance]);
	}
}

/*
 * The best median of the kinds whose name begins so, ours or - with NULL - all others.
 * 0 if one of them has too few samples: it might have been the best.
 */
static double best(const struct config *config, enum scene_id scene, const char *prefix,
		   enum bench_distance distance)
{
	double best_value = 0;

	for (uint32_t i = 0; i < kind_count; i++) {
		bool is_ours = begins_with(kinds[i]->name, "lanes");
		bool is_meant = prefix ? begins_with(kinds[i]->name, prefix) : !is_ours;
		double value = median(i, scene, distance);

		if (!is_meant || !is_measured(config, kinds[i], scene))
			continue;
		if (results[i][scene].counts[distance] < config->round_count)
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

static void print_ratios(const struct config *config, enum bench_distance distance)
{
	const char *suffix = distance == BENCH_NEAR ? "" : "_far";
	const char *const throughputs[][2] = { { "throughput_1P1C", ">= 2" },
					       { "throughput_2P1C", ">= 2" },
					       { "throughput_3P1C", ">= 2" },
					       { "throughput_2P2C", ">= 1.5" } };

	for (enum scene_id scene = SCENE_1P1C; scene <= SCENE_2P2C; scene++)
		print_ratio(throughputs[scene][0], suffix, best(config, scene, "lanes", distance),
			    best(config, scene, NULL, distance), throughputs[scene][1]);
	print_ratio("fill_vs_ck", suffix, best(config, SCENE_FILL, "lanes", distance),
		    best(config, SCENE_FILL, "ck", distance), ">= 10");
	print_ratio("fill_vs_rte", suffix, best(config, SCENE_FILL, "lanes", distance),
		    best(config, SCENE_FILL, "rte", distance), ">= 10");
	print_ratio("latency_p50", suffix, best(config, SCENE_LATENCY_P50, "lanes", distance),
		    best(config, SCENE_LATENCY_P50, NULL, distance), "<= 1.05");
	print_ratio("push_p99_ns", suffix, best(config, SCENE_PACED_P99, "lanes", distance), 1,
		    "<= 20");
}

static int parse(int argc, char **argv, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "rounds",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "near samples wanted of everything (default 7)",
		  .value = &config->round_count,
		  .min = 1,
		  .max = ROUND_COUNT_MAX },
		{ .name = "rounds-max",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "give up waiting for near ones after so many rounds (default 21)",
		  .value = &config->round_count_max,
		  .min = 1,
		  .max = ROUND_COUNT_MAX },
		{ .name = "sample-ms",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "length of a sample (default 100)",
		  .value = &config->sample_ms,
		  .min = 1,
		  .max = 900 },
		{ .name = "ring",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "NAME",
		  .help = "only rings whose name begins so",
		  .value = &config->ring },
		{ .name = "scene",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "NAME",
		  .help = "only scenes whose name begins so",
		  .value = &config->scene },
	};
	const struct prof_cli cli = { .program = PROGRAM,
				      .synopsis = "[options]",
				      .summary = "Compares the bus with other rings.",
				      .options = rows,
				      .option_count = sizeof(rows) / sizeof(rows[0]) };

	return prof_cli_parse(&cli, argc, argv);
}

int main(int argc, char **argv)
{
	struct config config = { .round_count = 7, .round_count_max = 21, .sample_ms = 100 };
	uint32_t round_count = 0;
	int status = parse(argc, argv, &config);

	if (status >= 0)
		return status;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		prof_complain(PROGRAM, "one processor", "there is nothing to compare", NULL);
		return PROF_EXIT_SKIPPED;
	}
	add_kinds(ring_lanes_kinds, &config);
	add_kinds(ring_vyukov_kinds, &config);
	add_kinds(ring_ck_kinds, &config);
	add_kinds(ring_rte_kinds, &config);
	while (round_count < config.round_count_max && !has_enough(&config)) {
		run_round(&config);
		(void)fprintf(stderr, "round %u\n", ++round_count);
	}
	(void)printf(
		"%u rounds of %u ms samples, capacity %d, events of 64 bytes, producers on core "
		"0, consumers on core 1; %u samples discarded because the cores' distance "
		"changed\n",
		round_count, config.sample_ms, RING_CAPACITY, mixed_count);
	print_table(BENCH_NEAR);
	print_table(BENCH_FAR);
	(void)printf("\n");
	print_ratios(&config, BENCH_NEAR);
	print_ratios(&config, BENCH_FAR);
	return PROF_EXIT_OK;
}
