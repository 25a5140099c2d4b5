/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * SSL_read() of somebody's client: one record for each call that returned
 * bytes, with the stretch of the TCP stream whose decryption they are.
 *
 * That stretch ends where OpenSSL has read up to: it counts the bytes it has
 * taken from its input BIO (BIO_number_read()), and those are the stream's,
 * whether the BIO reads the socket itself (curl, Python's ssl) or the client
 * feeds it (Node, asyncio).  Where this OpenSSL keeps that count is not known
 * for every version; without it the end of the thread's last tcp_recvmsg()
 * within the call is taken, which is the same for a BIO on a socket.
 */
#ifndef EBPF_SSL_BPF_H
#define EBPF_SSL_BPF_H

#include "sockets.bpf.h"

/* A thread inside SSL_read(). */
struct probe_ssl_call {
	__u64 enter_ns;
	__u64 ssl;
	__u64 position; /* bytes OpenSSL had taken of the stream at entry */
};

/* The thread's latest tcp_recvmsg() that brought bytes. */
struct probe_last_read {
	__u64 cookie;
	__u64 start_offset;
	__u64 end_offset;
	__u64 return_ns;
};

struct probe_ssl_key {
	__u64 ssl;
	__u64 tgid;
};

/* What is known of a connection of OpenSSL's. */
struct probe_ssl_state {
	__u64 cookie;	    /* of its socket; 0: not known yet */
	__u64 start_offset; /* what its latest call returned came from here ... */
	__u64 end_offset;   /* ... up to here */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PROBE_CALL_COUNT_MAX);
	__type(key, __u32); /* tid */
	__type(value, struct probe_ssl_call);
} probe_ssl_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PROBE_CALL_COUNT_MAX);
	__type(key, __u32); /* tid */
	__type(value, struct probe_last_read);
} probe_last_reads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PROBE_SOCKET_COUNT_MAX);
	__type(key, struct probe_ssl_key);
	__type(value, struct probe_ssl_state);
} probe_ssl_states SEC(".maps");

static __always_inline void note_read(__u32 tid, const struct probe_last_read *read)
{
	(void)bpf_map_update_elem(&probe_last_reads, &tid, read, BPF_ANY);
}

/* How much of the stream OpenSSL has taken; 0 where that cannot be told. */
static __always_inline __u64 ssl_position(__u64 ssl)
{
	__u64 bio = 0;
	__u64 position = 0;

	if (!probe_settings.bio_count_offset)
		return 0;
	if (bpf_probe_read_user(&bio, sizeof(bio),
				(void *)(unsigned long)(ssl + probe_settings.ssl_bio_offset)) ||
	    !bio)
		return 0;
	(void)bpf_probe_read_user(&position, sizeof(position),
				  (void *)(unsigned long)(bio + probe_settings.bio_count_offset));
	return position;
}

static __always_inline int enter_ssl(__u64 ssl)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_ssl_call call = {};

	if (!is_process_wanted())
		return 0;
	call.ssl = ssl;
	call.position = ssl_position(ssl);
	call.enter_ns = bpf_ktime_get_ns();
	(void)bpf_map_update_elem(&probe_ssl_calls, &tid, &call, BPF_ANY);
	return 0;
}

/*
 * Moves the state on to what this call returned.  False if its stretch of the
 * stream or its socket is not known.
 */
static __always_inline bool follow_ssl(struct probe_ssl_state *state,
				       const struct probe_ssl_call *call,
				       const struct probe_last_read *last)
{
	bool is_nested = last && last->return_ns >= call->enter_ns;
	__u64 end_offset = ssl_position(call->ssl);

	if (!end_offset)
		end_offset = is_nested ? last->end_offset : state->end_offset;
	if (end_offset < state->end_offset) {
		state->cookie = 0; /* another connection at the same address */
		state->end_offset = 0;
	}
	/*
	 * The socket: that of the read within the call.  If the client feeds
	 * OpenSSL, that of the read before it, told by where it ended, and then
	 * it stays that one.
	 */
	if (is_nested)
		state->cookie = last->cookie;
	else if (!state->cookie && last && end_offset > last->start_offset &&
		 end_offset <= last->end_offset)
		state->cookie = last->cookie;
	/* Nothing more taken: the rest of the record of the call before. */
	if (end_offset != state->end_offset) {
		/* From the last one's end: a call that found half a record may lie between. */
		if (state->end_offset)
			state->start_offset = state->end_offset;
		else if (call->position || !is_nested)
			state->start_offset = call->position;
		else
			state->start_offset = last->start_offset;
		state->end_offset = end_offset;
	}
	return state->cookie && state->end_offset > state->start_offset;
}

static __always_inline int leave_ssl(int result)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 tid = (__u32)pid_tgid;
	struct probe_ssl_call *entered = bpf_map_lookup_elem(&probe_ssl_calls, &tid);
	struct probe_last_read *last = bpf_map_lookup_elem(&probe_last_reads, &tid);
	struct probe_ssl_key key = {};
	struct probe_ssl_state fresh = {};
	struct probe_ssl_state *state;
	struct probe_ssl_read *record;

	if (!entered)
		return 0;
	if (result <= 0)
		goto out_forget;
	key.ssl = entered->ssl;
	key.tgid = pid_tgid >> 32;
	state = bpf_map_lookup_elem(&probe_ssl_states, &key);
	if (!state) {
		(void)bpf_map_update_elem(&probe_ssl_states, &key, &fresh, BPF_ANY);
		state = bpf_map_lookup_elem(&probe_ssl_states, &key);
	}
	if (!state || !follow_ssl(state, entered, last)) {
		count_call(PROBE_COUNT_SSL_UNBOUND);
		goto out_forget;
	}
	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	if (!record) {
		count_call(PROBE_COUNT_SSL_RESERVE_FAILED);
		goto out_forget;
	}
	*record = (struct probe_ssl_read){
		.kind = PROBE_RECORD_SSL_READ,
		.tid = tid,
		.cookie = state->cookie,
		.read_ns = last && last->cookie == state->cookie ? last->return_ns : 0,
		.return_ns = bpf_ktime_get_ns(), /* after reserving: see ring.h */
		.start_offset = state->start_offset,
		.end_offset = state->end_offset,
	};
	submit(record);
	count_call(PROBE_COUNT_SSL_READ);
out_forget:
	(void)bpf_map_delete_elem(&probe_ssl_calls, &tid);
	return 0;
}

#endif
