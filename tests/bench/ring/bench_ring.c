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
#include "ring_results.h"
#include "tests/bench/bench.h"

#define PROGRAM "bench_ring"

static struct ring_results results;

static void add_kinds(const struct ring_kind *const *more, const struct config *config)
{
	for (; *more; more++)
		if (begins_with((*more)->name, config->ring))
			results.kinds[results.kind_count++] = *more;
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

static void measure(uint32_t kind_index, enum scene_id scene, const struct config *config)
{
	double before_ns = bench_probe_ns(0, 1);
	double second = 0;
	double value = sample(results.kinds[kind_index], scene, config, &second);
	double after_ns = bench_probe_ns(0, 1);
	enum bench_distance distance = before_ns < BENCH_NEAR_NS ? BENCH_NEAR : BENCH_FAR;

	if ((before_ns < BENCH_NEAR_NS) != (after_ns < BENCH_NEAR_NS)) {
		results.mixed_count++;
		return;
	}
	ring_results_store(&results, kind_index, scene, distance, value);
	if (scene == SCENE_LATENCY_P50 || scene == SCENE_PACED_P50)
		ring_results_store(&results, kind_index, scene + 1, distance, second);
}

static bool has_enough(const struct config *config)
{
	for (uint32_t i = 0; i < results.kind_count; i++)
		for (enum scene_id scene = 0; scene < SCENE_COUNT; scene++)
			if (ring_results_want(config, results.kinds[i], scene) &&
			    results.of[i][scene].counts[BENCH_NEAR] < config->round_count)
				return false;
	return true;
}

static void run_round(const struct config *config)
{
	for (enum scene_id scene = 0; scene < SCENE_COUNT; scene++) {
		if (scene == SCENE_LATENCY_P99 || scene == SCENE_PACED_P99)
			continue; /* comes with the p50 */
		for (uint32_t i = 0; i < results.kind_count; i++)
			if (ring_results_want(config, results.kinds[i], scene))
				measure(i, scene, config);
	}
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
		round_count, config.sample_ms, RING_CAPACITY, results.mixed_count);
	ring_results_print_table(&results, BENCH_NEAR);
	ring_results_print_table(&results, BENCH_FAR);
	(void)printf("\n");
	ring_results_print_ratios(&results, &config, BENCH_NEAR);
	ring_results_print_ratios(&results, &config, BENCH_FAR);
	return PROF_EXIT_OK;
}
