/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Producers number their events, consumers tick them off: each event is taken
 * exactly once, whole and in order, or dropped and counted.
 *
 *   stress_bus [--threads] [--producers N] [--consumers N] [EVENTS]
 *
 * EVENTS is the number of all producers together.  Without --threads every
 * producer and consumer is a process of its own.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prof/bus.h"
#include "prof/cli.h"
#include "prof/clock.h"

#define PROGRAM		 "stress_bus"
#define WORKER_COUNT_MAX 16
#define MARK_INTERVAL	 64

/* Ends the run with what went wrong; the first to find something says it. */
#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, __VA_ARGS__);                                        \
			(void)fputc('\n', stderr);                                                 \
			_exit(PROF_EXIT_FAILED);                                                   \
		}                                                                                  \
	} while (0)

struct plan {
	char name[64];
	bool is_threaded;
	uint32_t producer_count;
	uint32_t consumer_count;
	uint32_t event_count; /* of one producer */
};

/* Shared by all workers; processes inherit the mapping. */
struct board {
	_Atomic uint32_t ready_count;	 /* attached: nobody starts before everybody has */
	_Atomic uint32_t finished_count; /* producers */
	_Atomic uint64_t taken_count[WORKER_COUNT_MAX];
	_Atomic uint64_t dropped_count[WORKER_COUNT_MAX];
	_Atomic uint64_t bits[]; /* a bit for each event of each producer: taken or dropped */
};

struct worker {
	const struct plan *plan;
	struct board *board;
	struct prof_bus *bus; /* the threads'; processes open it themselves */
	uint32_t index;	      /* among its kind */
};

static size_t words_of_producer(const struct plan *plan)
{
	return (plan->event_count + 63) / 64;
}

static size_t board_bytes(const struct plan *plan)
{
	return sizeof(struct board) + plan->producer_count * words_of_producer(plan) * 8;
}

/* True if the event had not been ticked off before. */
static bool tick(const struct worker *worker, uint32_t producer_index, uint64_t number)
{
	size_t word = producer_index * words_of_producer(worker->plan) + number / 64;
	uint64_t bit = UINT64_C(1) << number % 64;

	return !(atomic_fetch_or_explicit(&worker->board->bits[word], bit, memory_order_relaxed) &
		 bit);
}

static bool is_ticked(const struct worker *worker, uint32_t producer_index, uint64_t number)
{
	size_t word = producer_index * words_of_producer(worker->plan) + number / 64;

	return atomic_load_explicit(&worker->board->bits[word], memory_order_relaxed) >>
		       number % 64 &
	       1;
}

/* Every word of an event follows from its producer and number, so that a torn one shows. */
static struct prof_event numbered(uint32_t producer_index, uint64_t number)
{
	struct prof_event event = { .time_ns = number, .conn_key = producer_index };

	/* Never SEGMENT: that one has reserved bytes, which travel as 0. */
	event.kind = (uint8_t)number | PROF_EVENT_READ;
	event.base_seq = (uint32_t)~number;
	event.read.return_ns = number * 3;
	event.read.flow_id = number * 5;
	event.read.start_offset = number * 7;
	event.read.size_bytes = (uint32_t)number * 11;
	event.read.tid = producer_index;
	return event;
}

static void wait_for_all(const struct worker *worker)
{
	uint32_t all_count = worker->plan->producer_count + worker->plan->consumer_count;

	(void)atomic_fetch_add_explicit(&worker->board->ready_count, 1, memory_order_release);
	while (atomic_load_explicit(&worker->board->ready_count, memory_order_acquire) < all_count)
		(void)sched_yield();
}

static void produce(const struct worker *worker, struct prof_bus *bus)
{
	const struct prof_producer_options options = { .name = "stress", .layer = PROF_LAYER_USER };
	struct prof_producer *producer = NULL;
	uint64_t dropped_count = 0;
	int err = prof_producer_attach(bus, &options, &producer);

	CHECK(err == 0, "producer %u: attach: %s", worker->index, strerror(-err));
	wait_for_all(worker);
	for (uint64_t i = 0; i < worker->plan->event_count; i++) {
		struct prof_event event = numbered(worker->index, i);

		if (!prof_publish(producer, &event)) {
			dropped_count++;
			CHECK(tick(worker, worker->index, i), "dropped and taken: %" PRIu64, i);
			(void)sched_yield(); /* else most of a run on few cores is drops */
		}
		if (i % MARK_INTERVAL == 0)
			prof_publish_mark(producer, i + 1); /* its time is its number; 0 is none */
	}
	atomic_store_explicit(&worker->board->dropped_count[worker->index], dropped_count,
			      memory_order_relaxed);
	producer = prof_producer_detach(producer);
	(void)atomic_fetch_add_explicit(&worker->board->finished_count, 1, memory_order_release);
}

/* What a consumer remembers of a producer: events come in order, also from two lanes of it. */
struct sight {
	uint64_t next[WORKER_COUNT_MAX];
	uint64_t taken_count;
};

static void check_event(const struct worker *worker, struct sight *sight,
			const struct prof_event *event)
{
	uint32_t from = (uint32_t)event->conn_key;
	uint64_t number = event->time_ns;
	struct prof_event expected;

	CHECK(from < worker->plan->producer_count && number < worker->plan->event_count,
	      "an event nobody published: %u %" PRIu64, from, number);
	expected = numbered(from, number);
	CHECK(memcmp(event, &expected, sizeof(expected)) == 0, "torn: %u %" PRIu64, from, number);
	CHECK(number >= sight->next[from], "out of order: %u %" PRIu64, from, number);
	CHECK(tick(worker, from, number), "taken twice: %u %" PRIu64, from, number);
	sight->next[from] = number + 1;
}

static size_t drain(const struct worker *worker, struct prof_consumer *consumer,
		    uint32_t lane_index, struct sight *sight)
{
	struct prof_event events[32];
	size_t total_count = 0;
	size_t count;

	while ((count = prof_take(consumer, lane_index, events, 32, NULL)) > 0) {
		for (size_t i = 0; i < count; i++)
			check_event(worker, sight, &events[i]);
		total_count += count;
	}
	sight->taken_count += total_count;
	return total_count;
}

/* A lone consumer can see whether marks keep their promise; two cannot without talking. */
static void check_mark(const struct worker *worker, struct prof_bus *bus,
		       struct prof_consumer *consumer, uint32_t lane_index, struct sight *sight)
{
	struct prof_lane lane;
	uint64_t before_count = sight->taken_count;

	if (!prof_lane_read(bus, lane_index, &lane))
		return;
	(void)drain(worker, consumer, lane_index, sight);
	CHECK(lane.pushed_count >= lane.taken_count, "more taken than published");
	CHECK(lane.pushed_count - lane.taken_count <= sight->taken_count - before_count,
	      "seen as published, but not there");
	/* Lanes are claimed in any order: the producer is known once something came from it. */
	if (lane.mark_ns > 0)
		for (uint32_t i = 0; i < worker->plan->producer_count; i++)
			if (sight->next[i] >= lane.mark_ns)
				return;
	for (uint32_t i = 0; lane.mark_ns && i < worker->plan->producer_count; i++)
		if (is_ticked(worker, i, lane.mark_ns - 1))
			return;
	CHECK(!lane.mark_ns, "marked, but not published: %" PRIu64, lane.mark_ns);
}

static void consume(const struct worker *worker, struct prof_bus *bus)
{
	struct prof_consumer *consumer = NULL;
	struct sight sight = { 0 };
	int err = prof_consumer_attach(bus, &consumer);
	bool is_finished;
	uint32_t turn = 0;

	CHECK(err == 0, "consumer %u: attach: %s", worker->index, strerror(-err));
	wait_for_all(worker);
	do {
		size_t count = 0;

		/* Before the last look at the lanes: what was published by then is seen. */
		is_finished = atomic_load_explicit(&worker->board->finished_count,
						   memory_order_acquire) ==
			      worker->plan->producer_count;
		for (uint32_t i = 0; i < prof_bus_lane_count(bus); i++)
			count += drain(worker, consumer, i, &sight);
		if (worker->plan->consumer_count == 1)
			check_mark(worker, bus, consumer, turn++ % prof_bus_lane_count(bus),
				   &sight);
		if (count == 0 && !is_finished)
			(void)prof_consumer_wait(consumer, 10);
	} while (!is_finished);
	atomic_store_explicit(&worker->board->taken_count[worker->index], sight.taken_count,
			      memory_order_relaxed);
	consumer = prof_consumer_detach(consumer);
}

static void work(const struct worker *worker, struct prof_bus *bus)
{
	if (worker->index < worker->plan->producer_count) {
		produce(worker, bus);
	} else {
		struct worker consumer = *worker;

		consumer.index -= worker->plan->producer_count;
		consume(&consumer, bus);
	}
}

static void *work_as_thread(void *argument)
{
	const struct worker *worker = argument;

	work(worker, worker->bus);
	return NULL;
}

static int run_threads(struct worker *workers, uint32_t worker_count)
{
	pthread_t threads[2 * WORKER_COUNT_MAX];

	for (uint32_t i = 0; i < worker_count; i++)
		CHECK(pthread_create(&threads[i], NULL, work_as_thread, &workers[i]) == 0,
		      "no thread");
	for (uint32_t i = 0; i < worker_count; i++)
		(void)pthread_join(threads[i], NULL);
	return PROF_EXIT_OK;
}

static void work_as_process(const struct worker *worker)
{
	struct prof_bus *bus = NULL;
	int err = prof_bus_open(worker->plan->name, 1000, &bus);

	CHECK(err == 0, "open: %s", strerror(-err));
	work(worker, bus);
	bus = prof_bus_close(bus);
	_exit(PROF_EXIT_OK);
}

static int run_processes(struct worker *workers, uint32_t worker_count)
{
	int worst = PROF_EXIT_OK;

	for (uint32_t i = 0; i < worker_count; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0, "no process");
		if (pid == 0)
			work_as_process(&workers[i]);
	}
	for (uint32_t i = 0; i < worker_count; i++) {
		int status;

		(void)wait(&status);
		if (status)
			worst = PROF_EXIT_FAILED;
	}
	return worst;
}

/* Nothing may be missing, and the lanes' own counters must agree with ours. */
static int check_totals(const struct worker *worker)
{
	const struct plan *plan = worker->plan;
	uint64_t published_count = 0;
	uint64_t taken_count = 0;
	uint64_t dropped_count = 0;
	uint64_t counted_count = 0;

	for (uint32_t i = 0; i < plan->producer_count; i++) {
		dropped_count += worker->board->dropped_count[i];
		for (uint64_t j = 0; j < plan->event_count; j++)
			CHECK(is_ticked(worker, i, j), "lost: %u %" PRIu64, i, j);
	}
	for (uint32_t i = 0; i < plan->consumer_count; i++)
		taken_count += worker->board->taken_count[i];
	for (uint32_t i = 0; i < prof_bus_lane_count(worker->bus); i++) {
		struct prof_lane lane;

		if (!prof_lane_read(worker->bus, i, &lane))
			continue;
		published_count += lane.pushed_count;
		counted_count += lane.dropped_count;
		CHECK(!lane.is_owned && !lane.is_owner_dead, "lane %u was not given back", i);
		CHECK(lane.abandoned_count == 0, "lane %u: abandoned events", i);
	}
	CHECK(published_count == taken_count, "published %" PRIu64 ", taken %" PRIu64,
	      published_count, taken_count);
	CHECK(dropped_count == counted_count, "dropped %" PRIu64 ", counted %" PRIu64,
	      dropped_count, counted_count);
	CHECK(taken_count + dropped_count == (uint64_t)plan->event_count * plan->producer_count,
	      "the sum is wrong");
	(void)printf("published %" PRIu64 " taken %" PRIu64 " dropped %" PRIu64
		     " lost 0 twice 0 out_of_order 0 torn 0\n",
		     published_count, taken_count, dropped_count);
	return PROF_EXIT_OK;
}

static int run(const struct plan *plan)
{
	const struct prof_bus_options options = { .lane_count = plan->producer_count };
	struct worker workers[2 * WORKER_COUNT_MAX];
	uint32_t worker_count = plan->producer_count + plan->consumer_count;
	uint64_t start_ns = prof_now_ns();
	struct prof_bus *bus = NULL;
	int err = prof_bus_create(plan->name, &options, &bus);
	struct board *board;
	int status;

	CHECK(err == 0, "create: %s", strerror(-err));
	board = mmap(NULL, board_bytes(plan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	CHECK(board != MAP_FAILED, "no memory");
	for (uint32_t i = 0; i < worker_count; i++)
		workers[i] =
			(struct worker){ .plan = plan, .board = board, .bus = bus, .index = i };
	status = plan->is_threaded ? run_threads(workers, worker_count)
				   : run_processes(workers, worker_count);
	if (status == PROF_EXIT_OK)
		status = check_totals(&workers[0]);
	(void)printf("%s: %u producers, %u consumers, %.1f s\n",
		     plan->is_threaded ? "threads" : "processes", plan->producer_count,
		     plan->consumer_count,
		     (double)prof_delta_ns(start_ns, prof_now_ns()) / PROF_NS_PER_S);
	bus = prof_bus_close(bus);
	(void)prof_bus_unlink(plan->name);
	return status;
}

int main(int argc, char **argv)
{
	struct plan plan = { .producer_count = 3, .consumer_count = 2 };
	const char *events = NULL;
	uint32_t event_count = 3000000;
	const struct prof_option rows[] = {
		{ .name = "threads",
		  .kind = PROF_OPTION_FLAG,
		  .help = "threads of one process",
		  .value = &plan.is_threaded },
		{ .name = "producers",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "default 3",
		  .value = &plan.producer_count,
		  .min = 1,
		  .max = WORKER_COUNT_MAX },
		{ .name = "consumers",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "default 2",
		  .value = &plan.consumer_count,
		  .min = 1,
		  .max = WORKER_COUNT_MAX },
	};
	const struct prof_cli cli = { .program = PROGRAM,
				      .synopsis = "[options] [EVENTS]",
				      .summary = "Stresses the bus and checks every event.",
				      .options = rows,
				      .option_count = 3,
				      .positional_count_max = 1,
				      .positionals = &events };
	int status = prof_cli_parse(&cli, argc, argv);

	if (status >= 0)
		return status;
	if (events && prof_parse_u32(events, 1, 2000000000, &event_count) < 0) {
		prof_complain(PROGRAM, events, "not a number of events", NULL);
		return PROF_EXIT_USAGE;
	}
	plan.event_count = event_count / plan.producer_count;
	(void)snprintf(plan.name, sizeof(plan.name), "/prof-stress-%ld", (long)getpid());
	return run(&plan);
}
