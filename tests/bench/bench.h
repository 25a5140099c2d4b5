/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmarks share: pinning, a cycle counter, medians, and how far the cores are. */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* A cache line crosses between the two cores in less than this: they share something. */
#define BENCH_NEAR_NS 120.0

enum bench_distance { BENCH_NEAR, BENCH_FAR, BENCH_MIXED };

/* Cycles of the processor's counter, which runs at one rate whatever the clock does. */
uint64_t bench_cycles(void);

/* Nanoseconds of one cycle, measured against CLOCK_MONOTONIC for 20 ms. */
double bench_ns_per_cycle(void);

/* Pins the calling process.  The worker's core is taken modulo those there are. */
void bench_pin(uint32_t core);

/*
 * How long a cache line takes from one core to another, in ns: the median of
 * two thousand round trips between two processes, halved.
 */
double bench_probe_ns(uint32_t core, uint32_t other_core);

const char *bench_distance_name(enum bench_distance distance);

/* Sorts the values and returns the quantile (0 to 1); 0 if there are none. */
double bench_quantile(double *values, size_t count, double quantile);

/* Shared memory for this process and its children; ends the program if there is none. */
void *bench_shared(size_t size_bytes);

#endif
