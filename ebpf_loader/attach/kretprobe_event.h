/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A perf event at a function's return that has room for thousands of calls.
 *
 * A call takes one of the kretprobe's instances until it returns, and a thread
 * that waits for data is in a call.  What libbpf attaches to has as many as the
 * kernel thinks fit: the number of CPUs on 5.10, ten or twice that later.  With
 * more threads waiting no return is seen any more, whosever they are.  Only
 * tracefs takes another number (Documentation/trace/kprobetrace.rst, MAXACTIVE).
 */
#ifndef EBPF_LOADER_KRETPROBE_EVENT_H
#define EBPF_LOADER_KRETPROBE_EVENT_H

#include <stdint.h>

struct bpf_link;

/* The most that kernel/trace/trace_kprobe.c allows (KRETPROBE_MAXACTIVE_MAX). */
#define KRETPROBE_EVENT_CALLS_MAX 4096

struct kretprobe_event {
	int list_fd;   /* where tracefs takes definitions; -1: there is no event */
	char name[64]; /* as in that list */
};

/*
 * Defines the event, and takes away those of processes that were killed.
 * Returns a descriptor for bpf_program__attach_perf_event(), the caller's to
 * close, or a negative errno: there is no tracefs, or it is closed to us.
 */
int kretprobe_event_open(const char *function, struct kretprobe_event *ret_event);

/*
 * Takes the definition away, once its descriptor is closed.  Needs no right
 * any more.  Nothing happens if there is none.
 */
void kretprobe_event_close(struct kretprobe_event *event);

/* How many calls found no instance free; 0 from kernels that do not tell, and for NULL. */
uint64_t kretprobe_event_missed(const struct bpf_link *link);

#endif
