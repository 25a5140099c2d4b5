/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far two cores are from each other, for benchmarks that are scripts.
 *
 * usage: bench_distance CORE OTHER: "near 52" or "far 240", ns of a cache line's way
 */
#include <stdio.h>

#include "tests/bench/bench.h"
#include "prof/cli.h"

int main(int argc, char **argv)
{
	uint32_t core;
	uint32_t other_core;
	double ns;

	if (argc != 3 || prof_parse_u32(argv[1], 0, 1023, &core) < 0 ||
	    prof_parse_u32(argv[2], 0, 1023, &other_core) < 0)
		return PROF_EXIT_USAGE;
	ns = bench_probe_ns(core, other_core);
	(void)printf("%s %.0f\n", bench_distance_name(ns < BENCH_NEAR_NS ? BENCH_NEAR : BENCH_FAR),
		     ns);
	return PROF_EXIT_OK;
}
