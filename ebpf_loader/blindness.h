/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attached and blind: what the loader itself can tell of it, while it lasts.
 * That a layer sees nothing of a connection that others see, the correlator
 * tells.  Pure.
 */
#ifndef EBPF_LOADER_BLINDNESS_H
#define EBPF_LOADER_BLINDNESS_H

#include <stdbool.h>
#include <stdint.h>

/* What can be seen at one moment; counts since the start. */
struct blind_look {
	uint64_t time_ns;
	uint64_t read_count; /* of tcp_recvmsg() that brought bytes */
	uint64_t call_count; /* of SSL_read() that did */
	bool has_ssl;	     /* it is probed */
	bool is_ftrace_off;  /* kernel.ftrace_enabled is 0: the kernel skips the probes */
};

enum blind_sight {
	BLIND_NOTHING_NEW,
	BLIND_FTRACE_OFF,
	BLIND_FTRACE_ON, /* again */
	BLIND_NO_CALLS,	 /* a second of reads, and not one call */
};

/* Zeroed at the start. */
struct blindness {
	uint64_t read_since_ns; /* the first look that had reads; 0: none had */
	bool is_ftrace_off;
	bool is_told; /* that there are no calls */
};

/* Each thing is said once while it lasts. */
enum blind_sight blindness_look(struct blindness *blindness, const struct blind_look *look);

#endif
