/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why the kernel would not take the probe, in words.  Gathering the facts is
 * I/O (facts.c); what follows from them is pure (refusal.c).
 */
#ifndef EBPF_LOADER_REFUSAL_H
#define EBPF_LOADER_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "session.h"

enum lockdown {
	LOCKDOWN_UNKNOWN, /* the kernel does not show it */
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY,
};

struct kernel_facts {
	char release[65];
	enum lockdown lockdown;
	bool has_btf;
	bool has_kprobes;
	bool has_function;	/* tcp_recvmsg is among the kernel's symbols, or they are hidden */
	bool is_ftrace_off;	/* the kernel has been told to run no probe on a function */
	bool can_bpf;		/* CAP_BPF or CAP_SYS_ADMIN */
	bool can_trace;		/* CAP_PERFMON or CAP_SYS_ADMIN */
	bool is_admin;		/* CAP_SYS_ADMIN */
	uint64_t memlock_bytes; /* RLIMIT_MEMLOCK; UINT64_MAX: no limit, or unknown */
	uint32_t perf_paranoid; /* sysctl kernel.perf_event_paranoid; 0 unknown or below 1 */
};

/* Looks at this kernel and this process.  Whatever cannot be found out stays at its default. */
void facts_gather(struct kernel_facts *ret_facts);

/* Has the kernel been told to skip probes on functions (sysctl kernel.ftrace_enabled)? */
bool facts_is_ftrace_off(void);

/* The name the kernel itself uses, e.g. "confidentiality". */
const char *lockdown_name(enum lockdown lockdown);

/* Reads the kernel's list of modes, the one in force in brackets: "none [integrity] ...". */
enum lockdown lockdown_parse(const char *text);

struct refusal_words {
	char why[256];
	const char *remedy;
};

/* Why attaching failed as `failure` says, and what to do.  Pure. */
void refusal_explain(const struct kernel_facts *facts, const struct session_failure *failure,
		     struct refusal_words *ret_words);

#endif
