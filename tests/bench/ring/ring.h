/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rings under comparison behind one table.  Each ring's file defines how
 * to push and pop and includes ring_loops.h, which makes the same loops of it
 * with everything inlined.
 */
#ifndef TESTS_BENCH_RING_H
#define TESTS_BENCH_RING_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/bus.h"

#define RING_CAPACITY	65536
#define RING_BURST_MAX	32
#define RING_WORKER_MAX 8
#define RING_FILL_COUNT 30000 /* by each of two producers, into one ring */
#define RING_PUSH_COUNT 4096  /* uncontended pushes timed as one sample */
#define RING_SAMPLE_MAX 100000

/* What crosses a ring that has no turn of its own: a whole cache line. */
struct ring_item {
	struct prof_event event;
	uint64_t pad;
};

/* Shared by the parent and its workers. */
struct ring_arena {
	_Atomic uint32_t ready_count;
	_Atomic uint32_t is_started;
	_Atomic uint32_t is_stopped;
	_Atomic uint32_t finished_count;
	struct {
		_Alignas(128) uint64_t count; /* events, or samples */
		uint64_t passed_ns;
		double samples[RING_SAMPLE_MAX];
	} workers[RING_WORKER_MAX];
};

struct ring_worker {
	struct ring_arena *arena;
	void *rings[2];		   /* the ring, and the way back of a round trip */
	struct prof_bus *buses[2]; /* ours instead of rings */
	uint32_t index;
	uint32_t role; /* index among the producers or consumers */
};

struct ring_kind {
	const char *name;
	uint32_t burst_count;
	size_t (*size_bytes)(void); /* NULL: it lives on the bus */
	int (*setup)(void *ring);
	void (*produce)(struct ring_worker *worker);
	void (*consume)(struct ring_worker *worker);
	void (*fill)(struct ring_worker *worker);
	void (*push)(struct ring_worker *worker);  /* uncontended */
	void (*paced)(struct ring_worker *worker); /* 1 M events/s */
	void (*ping)(struct ring_worker *worker);
	void (*pong)(struct ring_worker *worker);
};

/* One entry for each way a ring can be used, closed by NULL. */
extern const struct ring_kind *const ring_lanes_kinds[];
extern const struct ring_kind *const ring_vyukov_kinds[];
extern const struct ring_kind *const ring_ck_kinds[];
extern const struct ring_kind *const ring_rte_kinds[];

/*
 * Member by member: an event returned by value is copied by loads that are
 * wider than the stores before them, and waits 15 ns for those.
 */
static inline void ring_event_set(struct prof_event *event, uint64_t number)
{
	event->time_ns = number;
	event->conn_key = 42;
	event->kind = PROF_EVENT_MESSAGE;
	event->stamp_source = PROF_STAMP_CLOCK;
	event->uncertainty_log2_ns = 5;
	event->flags = 0;
	event->stream_index = 3;
	event->conn_number = 1;
	event->message.end_offset = number * 300;
	event->message.exch_time_us = number;
	event->message.message_index = (uint32_t)number;
	event->message.size_bytes = 300;
	event->message.recv_before_ns = 0;
	event->message.parsed_after_ns = 0;
}

static inline void ring_relax(uint32_t *spin_count)
{
	__builtin_ia32_pause();
	if (++*spin_count % 64 == 0)
		(void)sched_yield();
}

#endif
