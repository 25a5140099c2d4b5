/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the programs of stages.bpf.c remember. */
#ifndef EBPF_STAGES_MAPS_BPF_H
#define EBPF_STAGES_MAPS_BPF_H

/* A followed socket. */
struct stage_socket {
	struct followed_id id;
	__u64 told_offset; /* bytes below have been told */
	__u64 queue_ns;	   /* of the segment under way */
	__u64 reserved[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FOLLOWED_SOCKET_COUNT);
	__type(key, __u32);
	__type(value, struct stage_socket);
} stage_sockets SEC(".maps");

/* A followed thread. */
struct stage_thread {
	__u32 tid; /* 0: the place is free */
	__u32 reserved;
	__u64 waking_ns; /* it has been woken and has not run yet; 0: neither */
	__u64 cookie;	 /* by the telling of this socket; 0: something else */
	__u64 aside_ns;	 /* its processor was taken from it while it could run; 0: it has one, or
			    sleeps */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STAGE_THREAD_COUNT);
	__type(key, __u32);
	__type(value, struct stage_thread);
} stage_threads SEC(".maps");

/* The telling under way on a CPU: who is woken meanwhile is woken by it. */
struct stage_telling {
	__u64 cookie; /* 0: none is; STAGE_COOKIE_UNSURE: one within another */
	__u64 since_ns;
	__u64 depth; /* of those within it */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stage_telling);
} stage_tellings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the loader sets the number of CPUs */
	__type(key, __u32);
	__type(value, struct stage_counts);
} stage_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, STAGE_RING_BYTES);
} stage_records SEC(".maps");

#endif
