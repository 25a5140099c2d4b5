/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the programs that look at the stages inside the kernel say to the loader.
 * Like probe.h: records through a ring buffer of their own, counters through a
 * mapped array.
 */
#ifndef EBPF_STAGES_H
#define EBPF_STAGES_H

/* In place of a cookie: some socket's telling, but one was within another's. */
#define STAGE_COOKIE_UNSURE (~0ull)

enum stage_record_kind {
	STAGE_RECORD_NONE = 0,
	STAGE_RECORD_READY = 1,
	STAGE_RECORD_WOKEN = 2,
	STAGE_RECORD_FOLLOWED = 3,
	STAGE_RECORD_RESUMED = 4, /* a stage_woken, too */
};

/* Bytes [start_offset, end_offset) are queued in order and their socket has been told. */
struct stage_ready {
	__u32 kind;
	__u32 is_nested; /* in the middle of another telling on this CPU */
	__u64 cookie;
	__u64 queue_ns; /* TCP took up the segment; 0: not seen */
	__u64 ready_ns; /* taken after the record was reserved: see ring.h */
	__u64 start_offset;
	__u64 end_offset; /* a FIN counts for one byte */
};

/*
 * A reader was woken and has a processor; or, RESUMED, it has one again that was taken from it
 * at waking_ns while it could run.
 */
struct stage_woken {
	__u32 kind;
	__u32 tid;    /* in the initial pid namespace */
	__u64 cookie; /* whose telling woke it; 0: something else; or STAGE_COOKIE_UNSURE */
	__u64 waking_ns;
	__u64 running_ns; /* taken after the record was reserved */
};

/* From time_ns on wake-ups of tid are told, and those of abandoned_tid (0: nobody) no longer. */
struct stage_followed {
	__u32 kind;
	__u32 tid;
	__u64 time_ns;
	__u32 abandoned_tid;
	__u32 reserved;
};

/* Every telling of a followed socket ends in a record or in one of the two after TOLD. */
enum stage_count {
	STAGE_COUNT_TOLD,	   /* calls of sock_def_readable() for followed sockets */
	STAGE_COUNT_TOLD_NOTHING,  /* without new bytes: end of stream, error, urgent data */
	STAGE_COUNT_TOLD_LOST,	   /* the ring buffer was full */
	STAGE_COUNT_RUN,	   /* a reader got a processor, woken or put aside before ... */
	STAGE_COUNT_RUN_LOST,	   /* ... and the ring buffer was full */
	STAGE_COUNT_FOLLOWED,	   /* threads ... */
	STAGE_COUNT_FOLLOWED_LOST, /* ... that are not followed for that reason */
	STAGE_COUNT_OTHER_READY,   /* bytes were queued past sock_def_readable() */
	STAGE_COUNT_NESTED,	   /* tellings within a telling */
	STAGE_COUNT_DISPLACED,	   /* sockets whose place another one took */
	STAGE_COUNT_KIND_COUNT,
};

/* Of one CPU.  A mapped array: read without a system call. */
struct stage_counts {
	__u64 count[STAGE_COUNT_KIND_COUNT];
} __attribute__((aligned(64)));

#define STAGE_THREAD_COUNT 16384 /* places, one for each thread */
#define STAGE_RING_BYTES   (4u << 20)

#endif
