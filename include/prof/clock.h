/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one clock of the profiler: CLOCK_MONOTONIC in nanoseconds.
 *
 * It is what bpf_ktime_get_ns() returns in the kernel, so stamps taken by a
 * probe, a capture and an application can be subtracted from each other.
 */
#ifndef PROF_CLOCK_H
#define PROF_CLOCK_H

#include <stdint.h>
#include <time.h>

#define PROF_NS_PER_US 1000
#define PROF_NS_PER_MS 1000000
#define PROF_NS_PER_S 1000000000

/* CLOCK_MONOTONIC now, in ns since boot; about 25 ns a call through the vDSO. */
static inline uint64_t prof_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (uint64_t)now.tv_sec * PROF_NS_PER_S + (uint64_t)now.tv_nsec;
}

/*
 * How long after earlier_ns was later_ns?
 *
 * Signed, because two stages may report out of order.  An unsigned
 * difference would turn "3 ns too early" into 584 years of latency.
 * The only place in the project that subtracts two points in time.
 */
static inline int64_t prof_delta_ns(uint64_t earlier_ns, uint64_t later_ns)
{
	return (int64_t)(later_ns - earlier_ns);
}

#endif
