/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What objects of programs beside the probe have in common: its maps are shared, one of two
 * ways to a function chosen, counters mapped and summed.  An object's own part is which
 * programs it has and what they count.  One thread.
 */
#ifndef EBPF_LOADER_BESIDE_H
#define EBPF_LOADER_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/libbpf.h>
#include <linux/types.h>

#include "ebpf/probe.h"

/* The probe's maps of wanted sockets and its ring, and how it is attached. */
struct beside_options {
	enum probe_mode mode;
	int rows_fd;
	int sockets_fd;
	int substitutes_fd;
	int ring_fd;
	bool is_kprobe;	  /* the way to functions that is tried ... */
	bool is_only_way; /* ... and no other */
};

/* An object that has been loaded, or all 0. */
struct beside {
	struct bpf_object *object; /* its skeleton's, to which it belongs */
	const void *cpu_counts;
	size_t counts_bytes; /* of one CPU */
	int cpu_count;
};

/*
 * Loads what a skeleton has opened, with the probe's maps of wanted sockets (-ENOENT: it has
 * none of a name) and, of the programs on functions, those of one way.  `counters` is the
 * array of its counters, a place for each CPU.  Returns 0 and *ret_beside, to be released
 * with beside_unload() before the skeleton is destroyed, or a negative errno.
 */
int beside_load(struct bpf_object_skeleton *skeleton, struct bpf_map *counters,
		const struct beside_options *options, bool is_kprobe, struct beside *ret_beside);

void beside_unload(struct beside *beside);

/* A program, where its link is kept, and what it hangs on, in words. */
struct beside_program {
	struct bpf_program *program;
	struct bpf_link **link;
	const char *what;
};

/* Attaches those that are loaded, in their order.  0, or a negative errno and *ret_what. */
int beside_attach(const struct beside_program *programs, size_t program_count,
		  const char **ret_what);

/* Sums the first kind_count counters over the CPUs, without a system call; all 0 of one all 0. */
void beside_sum_counts(const struct beside *beside, size_t kind_count, __u64 *ret_counts);

/* How often the kernel skipped one of the programs (kernels that tell). */
uint64_t beside_skipped_count(const struct beside *beside);

#endif
