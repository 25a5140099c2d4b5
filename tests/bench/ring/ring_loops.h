/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loops of one ring in one burst size; included once for each.  Before:
 *
 *   RING_ID            becomes part of the functions' names
 *   RING_LABEL         is what people see
 *   RING_BURST         events pushed at once, 1 or 32; all four are undefined afterwards
 *   RING_POP           events popped at once
 *   RING_SIZE          function that returns a ring's bytes, or NULL
 *   RING_SETUP         function that makes a ring of so many bytes, or NULL
 *   RING_SIDE          tag of the struct that is one side's handle
 *   RING_ITEM          tag of the struct that crosses; RING_SET(), RING_TIME() write and read it
 *   ring_side_open(worker, which, is_producer, side), ring_side_close(side)
 *   ring_push(side, events, count)   how many of them fitted
 *   ring_pop(side, events, max)      how many there were
 */
#include "prof/clock.h"
#include "tests/bench/bench.h"

#define RING_JOIN2(a, b) a##_##b
#define RING_JOIN(a, b)	 RING_JOIN2(a, b)
#define RING_NAME(what)	 RING_JOIN(what, RING_ID)

static void RING_NAME(await_start)(struct ring_arena *arena)
{
	uint32_t spin_count = 0;

	(void)atomic_fetch_add_explicit(&arena->ready_count, 1, memory_order_release);
	while (!atomic_load_explicit(&arena->is_started, memory_order_acquire))
		ring_relax(&spin_count);
}

static inline bool RING_NAME(is_stopped)(const struct ring_arena *arena)
{
	return atomic_load_explicit(&arena->is_stopped, memory_order_relaxed);
}

/* Pushes one burst that begins with this number; false if it was told to stop before. */
static inline bool RING_NAME(push_all)(struct ring_worker *worker, struct RING_SIDE *side,
				       uint64_t number)
{
	struct RING_ITEM items[RING_BURST];
	uint32_t spin_count = 0;
	size_t done = 0;

	for (size_t i = 0; i < RING_BURST; i++)
		RING_SET(items[i], number + i);
	for (;;) {
		/* Said with constants where there is one: it then need not exist in memory. */
		if (RING_BURST == 1)
			done = ring_push(side, &items[0], 1);
		else
			done += ring_push(side, &items[done], RING_BURST - done);
		if (done == RING_BURST)
			return true;
		if (RING_NAME(is_stopped)(worker->arena))
			return false;
		ring_relax(&spin_count);
	}
}

static void RING_NAME(produce)(struct ring_worker *worker)
{
	struct RING_SIDE side;
	uint64_t number = 0;

	ring_side_open(worker, 0, true, &side);
	RING_NAME(await_start)(worker->arena);
	while (!RING_NAME(is_stopped)(worker->arena) && RING_NAME(push_all)(worker, &side, number))
		number += RING_BURST;
	ring_side_close(&side);
}

static void RING_NAME(consume)(struct ring_worker *worker)
{
	struct RING_ITEM items[RING_POP];
	struct RING_SIDE side;
	uint64_t count = 0;
	uint64_t sum = 0;
	uint32_t spin_count = 0;

	ring_side_open(worker, 0, false, &side);
	RING_NAME(await_start)(worker->arena);
	while (!RING_NAME(is_stopped)(worker->arena)) {
		size_t popped = ring_pop(&side, items, RING_POP);

		for (size_t i = 0; i < popped; i++)
			sum += RING_TIME(items[i]);
		count += popped;
		if (!popped)
			ring_relax(&spin_count);
	}
	worker->arena->workers[worker->index].count = count;
	worker->arena->workers[worker->index].samples[0] = (double)sum; /* keeps the reads */
	ring_side_close(&side);
}

/* A share of a ring's capacity with nobody to take it. */
static void RING_NAME(fill)(struct ring_worker *worker)
{
	struct RING_SIDE side;
	uint64_t start_ns;

	ring_side_open(worker, 0, true, &side);
	RING_NAME(await_start)(worker->arena);
	start_ns = prof_now_ns();
	for (uint64_t i = 0; i + RING_BURST <= RING_FILL_COUNT; i += RING_BURST)
		(void)RING_NAME(push_all)(worker, &side, i);
	worker->arena->workers[worker->index].passed_ns = (uint64_t)prof_delta_ns(start_ns,
										  prof_now_ns());
	worker->arena->workers[worker->index].count = RING_FILL_COUNT / RING_BURST * RING_BURST;
	ring_side_close(&side);
}

/* One process alone: pushes are timed, the pops between them are not. */
static void RING_NAME(push)(struct ring_worker *worker)
{
	struct RING_ITEM items[RING_POP];
	struct RING_SIDE in;
	struct RING_SIDE out;
	double ns_per_cycle = bench_ns_per_cycle();
	uint64_t count = 0;

	ring_side_open(worker, 0, true, &in);
	ring_side_open(worker, 0, false, &out);
	RING_NAME(await_start)(worker->arena);
	while (!RING_NAME(is_stopped)(worker->arena) && count < RING_SAMPLE_MAX) {
		uint64_t start = bench_cycles();

		for (uint64_t i = 0; i < RING_PUSH_COUNT; i += RING_BURST)
			(void)RING_NAME(push_all)(worker, &in, i);
		worker->arena->workers[worker->index].samples[count++] =
			(double)(bench_cycles() - start) * ns_per_cycle / RING_PUSH_COUNT;
		while (ring_pop(&out, items, RING_POP))
			;
	}
	worker->arena->workers[worker->index].count = count;
	ring_side_close(&in);
	ring_side_close(&out);
}

/* One event a microsecond; each push is timed with the counter's own cost taken off. */
static void RING_NAME(paced)(struct ring_worker *worker)
{
	struct RING_ITEM item;
	struct RING_SIDE side;
	double ns_per_cycle = bench_ns_per_cycle();
	uint64_t period = (uint64_t)(1000 / ns_per_cycle);
	uint64_t own = UINT64_MAX;
	uint64_t next;
	uint64_t count = 0;

	ring_side_open(worker, 0, true, &side);
	for (int i = 0; i < 1000; i++) {
		uint64_t start = bench_cycles();
		uint64_t cost = bench_cycles() - start;

		own = cost < own ? cost : own;
	}
	RING_NAME(await_start)(worker->arena);
	next = bench_cycles();
	while (!RING_NAME(is_stopped)(worker->arena) && count < RING_SAMPLE_MAX) {
		uint64_t start;
		uint64_t cost;

		do
			start = bench_cycles();
		while (start < next);
		next += period;
		if (next < start)
			next = start + period; /* was interrupted: no burst to catch up */
		RING_SET(item, count);
		start = bench_cycles();
		(void)ring_push(&side, &item, 1);
		cost = bench_cycles() - start;
		worker->arena->workers[worker->index].samples[count++] =
			(double)(cost > own ? cost - own : 0) * ns_per_cycle;
	}
	worker->arena->workers[worker->index].count = count;
	ring_side_close(&side);
}

/* Gets one event, however long it takes; false if told to stop. */
static inline bool RING_NAME(pop_one)(struct ring_worker *worker, struct RING_SIDE *side)
{
	struct RING_ITEM item;
	uint32_t spin_count = 0;

	while (!ring_pop(side, &item, 1)) {
		if (++spin_count % 1024 == 0 && RING_NAME(is_stopped)(worker->arena))
			return false;
		if (spin_count % 65536 == 0)
			(void)sched_yield();
	}
	return true;
}

static void RING_NAME(ping)(struct ring_worker *worker)
{
	struct RING_ITEM item;
	struct RING_SIDE out;
	struct RING_SIDE back;
	double ns_per_cycle = bench_ns_per_cycle();
	uint64_t count = 0;

	ring_side_open(worker, 0, true, &out);
	ring_side_open(worker, 1, false, &back);
	RING_NAME(await_start)(worker->arena);
	while (!RING_NAME(is_stopped)(worker->arena) && count < RING_SAMPLE_MAX) {
		uint64_t start = bench_cycles();

		RING_SET(item, count);
		(void)ring_push(&out, &item, 1);
		if (!RING_NAME(pop_one)(worker, &back))
			break;
		worker->arena->workers[worker->index].samples[count++] =
			(double)(bench_cycles() - start) * ns_per_cycle / 2;
	}
	worker->arena->workers[worker->index].count = count;
	ring_side_close(&out);
	ring_side_close(&back);
}

static void RING_NAME(pong)(struct ring_worker *worker)
{
	struct RING_ITEM item;
	struct RING_SIDE in;
	struct RING_SIDE back;

	ring_side_open(worker, 1, true, &back);
	ring_side_open(worker, 0, false, &in);
	RING_SET(item, 0);
	RING_NAME(await_start)(worker->arena);
	while (RING_NAME(pop_one)(worker, &in))
		(void)ring_push(&back, &item, 1);
	ring_side_close(&in);
	ring_side_close(&back);
}

static const struct ring_kind RING_NAME(kind) = {
	.name = RING_LABEL,
	.burst_count = RING_BURST,
	.size_bytes = RING_SIZE,
	.setup = RING_SETUP,
	.produce = RING_NAME(produce),
	.consume = RING_NAME(consume),
	.fill = RING_NAME(fill),
	.push = RING_NAME(push),
	.paced = RING_NAME(paced),
	.ping = RING_NAME(ping),
	.pong = RING_NAME(pong),
};

#undef RING_ID
#undef RING_LABEL
#undef RING_BURST
#undef RING_POP
