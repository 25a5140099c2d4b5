/* SPDX-License-Identifier: BSD-2-Clause */
#include "refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REMEDY_VM "run_profiler.sh --vm runs it under Debian's kernel in a VM"
#define REMEDY_RIGHTS                                                                              \
	"run it as root, or give it the right with "                                               \
	"setcap cap_bpf,cap_perfmon+ep"

/* What the probe's maps and ring want, generously. */
#define MEMLOCK_BYTES_WANTED (64u << 20)

const char *lockdown_name(enum lockdown lockdown)
{
	switch (lockdown) {
	case LOCKDOWN_NONE:
		return "none";
	case LOCKDOWN_INTEGRITY:
		return "integrity";
	case LOCKDOWN_CONFIDENTIALITY:
		return "confidentiality";
	case LOCKDOWN_UNKNOWN:
		break;
	}
	return "unknown";
}

enum lockdown lockdown_parse(const char *text)
{
	if (strstr(text, "[none]"))
		return LOCKDOWN_NONE;
	if (strstr(text, "[integrity]"))
		return LOCKDOWN_INTEGRITY;
	if (strstr(text, "[confidentiality]"))
		return LOCKDOWN_CONFIDENTIALITY;
	return LOCKDOWN_UNKNOWN;
}

/* Which single thing is missing, NULL if none is known to be. */
static const char *missing_thing(const struct kernel_facts *facts,
				 const struct session_failure *failure, const char **ret_remedy)
{
	*ret_remedy = REMEDY_RIGHTS;
	if (!facts->can_bpf)
		return "the capability CAP_BPF (or CAP_SYS_ADMIN) is missing";
	if (!facts->can_trace)
		return "the capability CAP_PERFMON (or CAP_SYS_ADMIN) is missing";
	/* Some kernels refuse then, others attach and run nothing. */
	*ret_remedy = "sysctl kernel.ftrace_enabled=1";
	if (facts->is_ftrace_off)
		return "kernel.ftrace_enabled is 0: no probe on a function is run";
	*ret_remedy = REMEDY_VM;
	if (!facts->has_btf)
		return "this kernel has no BTF (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)";
	if (!facts->has_function)
		return "this kernel has no function tcp_recvmsg to attach to";
	if (facts->lockdown == LOCKDOWN_CONFIDENTIALITY)
		return "the kernel is locked down";
	/* Debian's kernels have a setting that asks for more than CAP_PERFMON. */
	if (failure->kprobe_err == -EACCES && facts->perf_paranoid > 2 && !facts->is_admin) {
		*ret_remedy = "sysctl kernel.perf_event_paranoid=2, or run it as root";
		return "kernel.perf_event_paranoid keeps kprobes from all but CAP_SYS_ADMIN";
	}
	/* Before 5.11 maps are charged to it, and only CAP_SYS_RESOURCE may raise it. */
	if ((failure->fentry_err == -EPERM || failure->kprobe_err == -EPERM) &&
	    facts->has_kprobes && facts->memlock_bytes < MEMLOCK_BYTES_WANTED) {
		*ret_remedy = "ulimit -l unlimited, or run it as root";
		return "RLIMIT_MEMLOCK is too small for the probe's maps";
	}
	return NULL;
}

/* "fentry: Operation not permitted; kprobe: this kernel has no kprobes" */
static void describe_attempts(const struct kernel_facts *facts,
			      const struct session_failure *failure, char *text, size_t size_bytes)
{
	int used = 0;

	text[0] = '\0';
	if (failure->fentry_err)
		used = snprintf(text, size_bytes, "fentry: %s%s", strerror(-failure->fentry_err),
				failure->kprobe_err ? "; " : "");
	if (!failure->kprobe_err || used < 0 || (size_t)used >= size_bytes)
		return;
	(void)snprintf(text + used, size_bytes - (size_t)used, "kprobe: %s",
		       facts->has_kprobes ? strerror(-failure->kprobe_err)
					  : "this kernel has none (CONFIG_KPROBES)");
}

/* "tcp_recvmsg(sk, msg, flags) has parameters that this program does not know" */
static void explain_params(const struct function_params *params, struct refusal_words *words)
{
	char list[128] = "";
	size_t used = 0;

	for (__u32 i = 0; i < params->count && i < FUNCTION_PARAM_COUNT_MAX; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
					 params->names[i]);
	(void)snprintf(words->why, sizeof(words->why),
		       "here it is tcp_recvmsg(%s), with %u parameters in an order that this "
		       "program does not know",
		       list, params->count);
	words->remedy = "a version of this program made for this kernel; " REMEDY_VM;
}

void refusal_explain(const struct kernel_facts *facts, const struct session_failure *failure,
		     struct refusal_words *ret_words)
{
	const char *missing;
	bool is_locked = facts->lockdown == LOCKDOWN_INTEGRITY ||
			 facts->lockdown == LOCKDOWN_CONFIDENTIALITY;
	char attempts[160];

	if (failure->is_function_strange) {
		explain_params(&failure->params, ret_words);
		return;
	}
	missing = missing_thing(facts, failure, &ret_words->remedy);
	describe_attempts(facts, failure, attempts, sizeof(attempts));
	(void)snprintf(ret_words->why, sizeof(ret_words->why), "%s%s%s%s",
		       missing ? missing : attempts, is_locked ? " (lockdown: " : "",
		       is_locked ? lockdown_name(facts->lockdown) : "", is_locked ? ")" : "");
}
