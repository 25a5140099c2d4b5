/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The ring of the probe, and of objects whose records are to stand in one row with its own. */
#ifndef EBPF_RING_BPF_H
#define EBPF_RING_BPF_H

#include "probe.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, PROBE_RING_BYTES);
} probe_records SEC(".maps");

/* The loader comes by itself every millisecond or so: nobody is woken for a record. */
static __always_inline void submit(void *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

#endif
