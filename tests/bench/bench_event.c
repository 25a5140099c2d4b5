/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an event costs the application that publishes it: reading the clock,
 * filling the event, publishing it and now and then a mark, while a consumer
 * in another process takes everything.  The consumer naps when there is
 * nothing, as the correlator does; what it costs to wake one that sleeps in
 * prof_consumer_wait() is shown beside it.
 *
 *   bench_event [--samples N]
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "prof/bus.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "prof/publish.h"

#define PROGRAM		  "bench_event"
#define EVENTS_PER_SAMPLE 64 /* published in one go, as from one read of the socket */
#define SAMPLE_COUNT_MAX  1000000
#define MARK_INTERVAL_NS  (50 * (int64_t)PROF_NS_PER_MS)

struct arena {
	_Atomic uint32_t is_ready;
	_Atomic uint32_t is_stopped;
	_Atomic uint32_t is_waiting; /* in prof_consumer_wait(), not napping */
};

static void die(const char *what, int err)
{
	prof_complain(PROGRAM, what, prof_bus_explain(err).why, NULL);
	exit(PROF_EXIT_FAILED);
}

static void consume(struct prof_bus *bus, struct arena *arena)
{
	struct prof_consumer *consumer = NULL;
	const struct timespec nap = { .tv_nsec = 2 * (long)PROF_NS_PER_MS };
	struct prof_event events[32];
	int err = prof_consumer_attach(bus, &consumer);

	if (err)
		die("consumer", err);
	atomic_store_explicit(&arena->is_ready, 1, memory_order_release);
	while (!atomic_load_explicit(&arena->is_stopped, memory_order_relaxed)) {
		while (prof_take(consumer, 0, events, 32, NULL))
			;
		if (atomic_load_explicit(&arena->is_waiting, memory_order_relaxed))
			(void)prof_consumer_wait(consumer, 1);
		else
			(void)nanosleep(&nap, NULL);
	}
	consumer = prof_consumer_detach(consumer);
	_exit(PROF_EXIT_OK);
}

static inline void fill(struct prof_event *ret_event, uint64_t time_ns, uint32_t index)
{
	*ret_event = (struct prof_event){
		.time_ns = time_ns,
		.conn_key = 4711,
		.kind = PROF_EVENT_MESSAGE,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = 5,
		.stream_index = (uint16_t)(index % 7),
		.conn_number = 1,
		.message = { .end_offset = (uint64_t)index * 311,
			     .exch_time_us = time_ns / 1000,
			     .message_index = index,
			     .size_bytes = 311 },
	};
}

enum way { WAY_CLOCK, WAY_CALL, WAY_INLINE, WAY_WAKING, WAY_COUNT };

/* ns an event, of one burst; what it does apart from reading the clock is the way's. */
static double time_burst(struct prof_producer *producer, enum way way, double ns_per_cycle)
{
	static uint64_t marked_ns;
	uint64_t start = bench_cycles();
	uint64_t sum = 0;

	for (uint32_t i = 0; i < EVENTS_PER_SAMPLE; i++) {
		uint64_t now_ns = prof_now_ns();
		struct prof_event event;

		if (way == WAY_CLOCK) {
			sum += now_ns;
			continue;
		}
		fill(&event, now_ns, i);
		if (way != WAY_INLINE)
			(void)prof_publish(producer, &event);
		else
			(void)prof_publish_inline(producer, &event);
		if (prof_delta_ns(marked_ns, now_ns) > MARK_INTERVAL_NS) {
			prof_publish_mark(producer, now_ns);
			marked_ns = now_ns;
		}
	}
	atomic_signal_fence(memory_order_seq_cst);
	return (double)(bench_cycles() - start + (sum == 1)) * ns_per_cycle / EVENTS_PER_SAMPLE;
}

static void pause_us(int64_t delay_us)
{
	uint64_t start_ns = prof_now_ns();

	while (prof_delta_ns(start_ns, prof_now_ns()) < delay_us * PROF_NS_PER_US)
		;
}

struct run {
	struct arena *arena;
	struct prof_bus *bus;
	uint32_t sample_count;
	double before_ns;
};

static double samples[WAY_COUNT][SAMPLE_COUNT_MAX];

static void time_all(const struct run *run)
{
	const struct prof_producer_options options = { .name = PROGRAM, .layer = PROF_LAYER_USER };
	struct prof_producer *producer = NULL;
	double ns_per_cycle = bench_ns_per_cycle();
	int err = prof_producer_attach(run->bus, &options, &producer);

	if (err)
		die("producer", err);
	while (!atomic_load_explicit(&run->arena->is_ready, memory_order_acquire))
		(void)sched_yield();
	for (uint32_t i = 0; i < run->sample_count; i++) {
		for (enum way way = 0; way < WAY_WAKING; way++) {
			samples[way][i] = time_burst(producer, way, ns_per_cycle);
			pause_us(20);
		}
	}
	atomic_store_explicit(&run->arena->is_waiting, 1, memory_order_relaxed);
	for (uint32_t i = 0; i < run->sample_count; i++) {
		pause_us(60);
		samples[WAY_WAKING][i] = time_burst(producer, WAY_WAKING, ns_per_cycle);
	}
	producer = prof_producer_detach(producer);
}

static void print(const struct run *run)
{
	static const char *const names[WAY_COUNT] = { "clock_gettime alone",
						      "clock, event, prof_publish()",
						      "clock, event, prof_publish_inline()",
						      "same, call; burst wakes a consumer" };

	(void)printf(
		"%u bursts of %d events; a cache line crosses in %.0f ns before, %.0f ns after\n"
		"%-40s %8s %8s %8s\n",
		run->sample_count, EVENTS_PER_SAMPLE, run->before_ns, bench_probe_ns(0, 1),
		"ns an event", "p50", "p90", "p99");
	for (enum way way = 0; way < WAY_COUNT; way++)
		(void)printf("%-40s %8.1f %8.1f %8.1f\n", names[way],
			     bench_quantile(samples[way], run->sample_count, 0.5),
			     bench_quantile(samples[way], run->sample_count, 0.9),
			     bench_quantile(samples[way], run->sample_count, 0.99));
	(void)printf("RATIO event_cost_ns %.1f <= 60\n",
		     bench_quantile(samples[WAY_CALL], run->sample_count, 0.5));
}

static void open_bus(struct run *run)
{
	char name[64];
	int err;

	(void)snprintf(name, sizeof(name), "/prof-bench-event-%ld", (long)getpid());
	err = prof_bus_create(name, NULL, &run->bus);
	if (err)
		die(name, err);
	(void)prof_bus_unlink(name); /* the child inherits it */
}

int main(int argc, char **argv)
{
	struct run run = { .sample_count = 20000 };
	const struct prof_option rows[] = {
		{ .name = "samples",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "bursts of 64 events to time (default 20000)",
		  .value = &run.sample_count,
		  .min = 100,
		  .max = SAMPLE_COUNT_MAX },
	};
	const struct prof_cli cli = { .program = PROGRAM,
				      .synopsis = "[--samples N]",
				      .summary = "Times the publication of an event.",
				      .options = rows,
				      .option_count = 1 };
	int status = prof_cli_parse(&cli, argc, argv);
	pid_t pid;

	if (status >= 0)
		return status;
	run.arena = bench_shared(sizeof(*run.arena));
	open_bus(&run);
	run.before_ns = bench_probe_ns(0, 1);
	pid = fork();
	bench_pin(pid == 0 ? 1 : 0);
	if (pid == 0)
		consume(run.bus, run.arena);
	time_all(&run);
	atomic_store_explicit(&run.arena->is_stopped, 1, memory_order_relaxed);
	(void)waitpid(pid, NULL, 0);
	print(&run);
	run.bus = prof_bus_close(run.bus);
	return PROF_EXIT_OK;
}
