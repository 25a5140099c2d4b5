/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe's mapped arrays: which sockets it wants, and its counters.  Stores and loads
 * only: a bpf() call on a map would keep the kernel from running kprobe programs on that
 * CPU for as long as it takes, preemption included.  One thread.
 */
#ifndef EBPF_LOADER_TABLES_H
#define EBPF_LOADER_TABLES_H

#include <stdint.h>

#include <linux/types.h>

#include "ebpf/probe.h"

struct tables {
	struct probe_row *rows;
	struct probe_socket_state *states;
	const struct probe_counts *cpu_counts;
	int cpu_count;
};

/*
 * Maps the arrays, whose descriptors stay the caller's; unmapped by tables_close().
 * 0 or a negative errno.
 */
int tables_open(struct tables *tables, int rows_fd, int states_fd, int counts_fd, int cpu_count);
void tables_close(struct tables *tables);

/* Makes the probe report a registered socket or leave it alone.  -ENOSPC: its row is full. */
int tables_want(struct tables *tables, uint64_t cookie);
void tables_forget(struct tables *tables, uint64_t cookie);

/* Sums the probe's counters over the CPUs. */
void tables_sum(const struct tables *tables, struct probe_counts *ret_counts);

#endif
