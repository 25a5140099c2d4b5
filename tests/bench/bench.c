/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "prof/clock.h"

#define PROBE_ROUNDS 2000

uint64_t bench_cycles(void)
{
	unsigned int core;

	return __rdtscp(&core);
}

double bench_ns_per_cycle(void)
{
	uint64_t start_ns = prof_now_ns();
	uint64_t start = bench_cycles();
	int64_t passed_ns;

	do
		passed_ns = prof_delta_ns(start_ns, prof_now_ns());
	while (passed_ns < 20 * PROF_NS_PER_MS);
	return (double)passed_ns / (double)(bench_cycles() - start);
}

void bench_pin(uint32_t core)
{
	long core_count = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core % (uint32_t)core_count, &set);
	(void)sched_setaffinity(0, sizeof(set), &set); /* refused: the probe will show it */
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return (left > right) - (left < right);
}

double bench_quantile(double *values, size_t count, double quantile)
{
	if (!count)
		return 0;
	qsort(values, count, sizeof(values[0]), compare);
	return values[(size_t)(quantile * (double)(count - 1) + 0.5)];
}

void *bench_shared(size_t size_bytes)
{
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED) {
		(void)fprintf(stderr, "bench: no memory\n");
		exit(1);
	}
	return memory;
}

static void await(const _Atomic uint32_t *word, uint32_t value)
{
	uint32_t spin_count = 0;

	while (atomic_load_explicit(word, memory_order_acquire) != value)
		if (++spin_count % 100000 == 0)
			(void)sched_yield(); /* one core only, or a busy machine */
}

double bench_probe_ns(uint32_t core, uint32_t other_core)
{
	static double times[PROBE_ROUNDS];
	_Atomic uint32_t *word = bench_shared(4096);
	double ns_per_cycle = bench_ns_per_cycle();
	double median_ns;
	cpu_set_t old;
	pid_t pid;

	(void)sched_getaffinity(0, sizeof(old), &old);
	pid = fork();
	bench_pin(pid == 0 ? other_core : core);
	for (uint32_t i = 0; i < PROBE_ROUNDS; i++) {
		if (pid == 0) {
			await(word, 2 * i + 1);
			atomic_store_explicit(word, 2 * i + 2, memory_order_release);
		} else {
			uint64_t start = bench_cycles();

			atomic_store_explicit(word, 2 * i + 1, memory_order_release);
			await(word, 2 * i + 2);
			times[i] = (double)(bench_cycles() - start) * ns_per_cycle / 2;
		}
	}
	if (pid == 0)
		_exit(0);
	(void)waitpid(pid, NULL, 0);
	(void)sched_setaffinity(0, sizeof(old), &old);
	median_ns = bench_quantile(times, PROBE_ROUNDS, 0.5);
	(void)munmap(word, 4096);
	return median_ns;
}

const char *bench_distance_name(enum bench_distance distance)
{
	static const char *const names[] = { "near", "far", "mixed" };

	return names[distance];
}
