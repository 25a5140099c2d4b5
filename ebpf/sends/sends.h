/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the programs that look at sends say to the loader: a record in the probe's own ring,
 * so that one mark is good for both.  Like probe.h.
 */
#ifndef EBPF_SENDS_H
#define EBPF_SENDS_H

/* Of the ring's records, beside those of enum probe_record_kind. */
#define SEND_RECORD 32

/*
 * One call of tcp_sendmsg_locked() that took [end_offset - size_bytes, end_offset) of the
 * stream that goes out.  The gap_bytes before that were taken since the last record in a way
 * that is not seen; of a socket that is being closed, or of which two threads sent at once,
 * that is all there is, and size_bytes is 0.
 */
struct send_record {
	__u32 kind;
	__u32 tid; /* in the initial pid namespace */
	__u64 cookie;
	__u64 enter_ns;
	__u64 return_ns; /* taken after the record was reserved: see ring.h */
	__u64 end_offset;
	__u32 base_seq; /* sequence number of offset 0 */
	__u32 size_bytes;
	__u32 gap_bytes;
	__u32 reserved;
};

enum send_count {
	SEND_COUNT_SENT,	   /* calls of followed sockets that took bytes */
	SEND_COUNT_RESERVE_FAILED, /* the ring was full: a later record's gap_bytes */
	SEND_COUNT_CONTESTED,	   /* another thread sent on the socket meanwhile: likewise */
	SEND_COUNT_UNPAIRED,	   /* a return without its entry, or the reverse: likewise */
	SEND_COUNT_UNBASED,	   /* where offset 0 lies could not be proven: not told */
	SEND_COUNT_DISPLACED,	   /* sockets whose place another one took */
	SEND_COUNT_KIND_COUNT,
};

/* Of one CPU.  A mapped array: read without a system call. */
struct send_counts {
	__u64 count[SEND_COUNT_KIND_COUNT];
} __attribute__((aligned(64)));

#define SEND_THREAD_COUNT 16384 /* places, one for each thread */

#endif
