/* SPDX-License-Identifier: BSD-2-Clause */
/* The process of --pid, as the probe must look for it. */
#ifndef EBPF_LOADER_TARGET_H
#define EBPF_LOADER_TARGET_H

#include <stdint.h>

struct target {
	uint32_t pid;	 /* as its own pid namespace numbers it */
	uint64_t ns_dev; /* that namespace, as the kernel numbers devices */
	uint64_t ns_inode;
};

/*
 * Finds the process that is `pid` here, in whatever namespace it lives.
 * Returns 0, -ESRCH if there is none, or another negative errno.
 */
int target_find(uint32_t pid, struct target *ret_target);

/* The last number of the "NSpid:" line of /proc/PID/status, 0 if there is none.  Pure. */
uint32_t target_parse_status(const char *status);

#endif
