// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Programs that do nothing, where the probe's hang: what they add to a call is
 * what any probe of that kind adds.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define EMPTY(section, name)                                                                       \
	SEC(section "/tcp_recvmsg")                                                                \
	int name(void *ctx)                                                                        \
	{                                                                                          \
		return 0;                                                                          \
	}

EMPTY("kprobe", kprobe_empty)
EMPTY("kretprobe", kretprobe_empty)
EMPTY("fentry", fentry_empty)
EMPTY("fexit", fexit_empty)
