/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a producer could not publish, by kind.  A producer counts and says its
 * totals (prof_publish_loss() of bus.h); the closing report, the page, the
 * metrics and bus_stat show every kind that has one.
 *
 * Numbers are in recordings: kinds are only ever appended.  A kind is a row of
 * the table in shm/loss.c and a line in docs/reasons.md; nothing else has to know it.
 */
#ifndef PROF_LOSS_H
#define PROF_LOSS_H

#include <stdint.h>

#include "prof/event.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Index of prof_lane.loss_count.  Totals since attach. */
enum prof_loss {
	PROF_LOSS_BPF_RESERVE,	   /* kernel: the BPF ring buffer was full */
	PROF_LOSS_PROBE_MISSED,	   /* kernel: kretprobe instances exhausted (nmissed) */
	PROF_LOSS_READ_UNPAIRED,   /* kernel: an entry without its return or the reverse */
	PROF_LOSS_CAPTURE_DROP,	   /* NIC: dropped before we could poll it */
	PROF_LOSS_CAPTURE_ERROR,   /* NIC: received with errors */
	PROF_LOSS_CAPTURE_NOMBUF,  /* NIC: no buffer to receive into */
	PROF_LOSS_TRUNCATED,	   /* NIC: headers cut short, could not be parsed */
	PROF_LOSS_FRAGMENT,	   /* NIC: IP fragments, which carry no usable TCP header */
	PROF_LOSS_KTLS,		   /* user: messages of sockets that kTLS hides */
	PROF_LOSS_MALFORMED,	   /* user: messages that could not be parsed */
	PROF_LOSS_READ_ELSEWHERE,  /* kernel: bytes that left a socket unseen; see PROF_EVENT_UNSEEN */
	PROF_LOSS_PREEMPT_SKIPPED, /* kernel: calls whose program was skipped (recursion_misses) */
	PROF_LOSS_PROBES_OFF,	   /* kernel: seconds in which kernel.ftrace_enabled was 0 */
	PROF_LOSS_MPTCP,	   /* kernel: sockets that are MPTCP's */
	PROF_LOSS_SSL_UNBOUND,	   /* user: SSL_read() calls that no socket could be tied to */
	PROF_LOSS_SSL_UNRANGED,	   /* user: SSL_read() calls without a place in the TCP stream */
	PROF_LOSS_CLIENT_UNRANGED, /* user: our client's messages without one */
	PROF_LOSS_MERGED_GUESSED,  /* NIC: frames taken for merged for want of the MSS */
	PROF_LOSS_TRANSLATED,	   /* NIC: registered sockets whose address is translated here */
	PROF_LOSS_OTHER_INTERFACE, /* NIC: registered sockets whose frames pass elsewhere */
	PROF_LOSS_STAGE,	   /* kernel: events of the stages inside the kernel */
	PROF_LOSS_UNDECODED,	   /* NIC: segments or TLS records that were not decoded */
	PROF_LOSS_KIND_COUNT = 22, /* as many as a recording's LANE record has room for */
};

struct prof_loss_kind {
	const char *name;      /* a short word for files: "bpf-ring-full" */
	enum prof_layer layer; /* whose loss it is */
	const char *unit;      /* what is counted: "calls", "bytes", "frames", ... */
	const char *words;     /* for people: what happened */
};

/* NULL for a number that no kind has yet. */
const struct prof_loss_kind *prof_loss_kind(uint32_t loss);

#ifdef __cplusplus
}
#endif

#endif
