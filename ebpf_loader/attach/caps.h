/* SPDX-License-Identifier: BSD-2-Clause */
/* The few capabilities the loader needs, and giving the rest away. */
#ifndef EBPF_LOADER_CAPS_H
#define EBPF_LOADER_CAPS_H

#include <stdbool.h>

enum caps_kind {
	CAPS_ADMIN,   /* CAP_SYS_ADMIN */
	CAPS_BPF,     /* CAP_BPF, or CAP_SYS_ADMIN which includes it */
	CAPS_PERFMON, /* CAP_PERFMON, or CAP_SYS_ADMIN which includes it */
};

/* Is it in this process's effective set? */
bool caps_has(enum caps_kind kind);

/*
 * Gives up, for good, everything but CAP_BPF, which kernels before 5.19 ask
 * for at every look into a map.  0 or a negative errno.
 */
int caps_drop(void);

#endif
