/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether this kernel takes the processor from a thread that is inside the kernel. */
#ifndef EBPF_LOADER_PREEMPT_H
#define EBPF_LOADER_PREEMPT_H

#include <stdbool.h>
#include <stdint.h>

struct preempt_model {
	bool is_preemptible; /* or may be */
	char name[32];	     /* "full", "lazy", ... as the kernel says */
};

/*
 * From the list of modes, the one in force in parentheses ("none voluntary (full)"; "" where
 * it cannot be read) and the version as uname -v has it ("#1 SMP PREEMPT_DYNAMIC ...").  Pure.
 */
void preempt_parse(const char *modes, const char *version, struct preempt_model *ret_model);

/* Of this kernel. */
void preempt_gather(struct preempt_model *ret_model);

#endif
