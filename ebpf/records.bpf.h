/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What all parts of the probe share: settings, counters and the ring buffer. */
#ifndef EBPF_RECORDS_BPF_H
#define EBPF_RECORDS_BPF_H

#include "ring.bpf.h"

const volatile struct probe_config probe_settings = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the loader sets the number of CPUs */
	__type(key, __u32);
	__type(value, struct probe_counts);
} probe_counters SEC(".maps");

static __always_inline void count_more(enum probe_count kind, __u64 number)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct probe_counts *own = bpf_map_lookup_elem(&probe_counters, &cpu);

	/* Atomic, because the thread may be preempted by another on this CPU. */
	if (own)
		__sync_fetch_and_add(&own->count[kind], number);
}

static __always_inline void count_call(enum probe_count kind)
{
	count_more(kind, 1);
}

#endif
