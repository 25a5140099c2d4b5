/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The two halves of a call of tcp_recvmsg(), whatever they hang on. */
#ifndef EBPF_READS_BPF_H
#define EBPF_READS_BPF_H

#include "sockets.bpf.h"
#include "ssl.bpf.h"

/* include/linux/socket.h: calls with these consume nothing of the stream. */
#define MSG_OOB	     0x1
#define MSG_PEEK     0x2
#define MSG_ERRQUEUE 0x2000

/* include/net/tcp_states.h: those in which the peer's FIN has arrived. */
enum probe_tcp_state {
	PROBE_TCP_TIME_WAIT = 6,
	PROBE_TCP_CLOSE = 7,
	PROBE_TCP_CLOSE_WAIT = 8,
	PROBE_TCP_LAST_ACK = 9,
	PROBE_TCP_CLOSING = 11,
};

/*
 * A thread and the call of tcp_recvmsg() it is in.  The entry is made at the
 * thread's first call and stays until the thread ends: making and removing one
 * for each call would be the larger part of the probe's cost.
 */
struct probe_call {
	__u64 enter_ns; /* 0: in none */
	__u64 cookie;
	__u64 sock_address;
	__u64 received_bytes;
	__u32 base_seq;
	__u32 copied_seq;
	__u32 is_base_known;
	__u32 reserved;
	struct tls_buffer buffer; /* where its bytes go, if that is of interest */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROBE_CALL_COUNT_MAX);
	__type(key, __u32); /* tid */
	__type(value, struct probe_call);
} probe_calls SEC(".maps");

static __always_inline struct probe_call *add_thread(__u32 tid)
{
	struct probe_call fresh = {};

	(void)bpf_map_update_elem(&probe_calls, &tid, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&probe_calls, &tid);
}

/* As a struct tcp_sock; NULL if it is none. */
static __always_inline struct tcp_sock *tcp_of(struct sock *sk, bool is_typed)
{
	return is_typed ? bpf_skc_to_tcp_sock(sk) : (struct tcp_sock *)sk;
}

/* is_kprobe: the pointer is untyped, and returns can be missed. */
static __always_inline int enter_call(struct sock *sk, void *message, int flags, bool is_kprobe)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_socket_state *state;
	struct probe_call *call = NULL;
	struct tcp_sock *tp;
	__u64 cookie;

	/*
	 * A kretprobe can miss a return.  The call left open then must be given
	 * up now, before this one's return would take it for its own.
	 */
	if (is_kprobe) {
		call = bpf_map_lookup_elem(&probe_calls, &tid);
		if (call && call->enter_ns) {
			call->enter_ns = 0;
			count_call(PROBE_COUNT_UNPAIRED);
		}
	}

	state = find_socket(sk, !is_kprobe, &cookie);
	if (!state && cookie != COOKIE_UNNAMED)
		return 0;
	if (flags & (MSG_PEEK | MSG_ERRQUEUE | MSG_OOB)) {
		count_call(PROBE_COUNT_PEEKED);
		return 0;
	}
	if (!call)
		call = bpf_map_lookup_elem(&probe_calls, &tid);
	if (!call)
		call = add_thread(tid);
	tp = tcp_of(sk, !is_kprobe);
	if (!call || !tp) {
		count_call(PROBE_COUNT_UNTRACKED);
		return 0;
	}
	call->cookie = cookie;
	call->is_base_known = state && learn_base(sk, state);
	call->base_seq = state ? state->base_seq : 0;
	/*
	 * In this order: copied_seq never passes rcv_nxt, and bytes_received is
	 * stored before rcv_nxt, so what is queued cannot come out negative.
	 */
	call->copied_seq = MEMBER(!is_kprobe, tp, copied_seq);
	barrier();
	call->received_bytes = MEMBER(!is_kprobe, tp, bytes_received);
	call->sock_address = (__u64)(unsigned long)sk;
	if (probe_settings.has_ssl)
		find_buffer(message, flags, &call->buffer);
	call->enter_ns = bpf_ktime_get_ns();
	return 0;
}

/*
 * The socket was being changed at entry: the return is a second chance to
 * learn its name and its base.  What cannot be learnt is counted.
 */
static __always_inline bool learn_late(struct probe_call *call)
{
	struct sock *sk = (struct sock *)(unsigned long)call->sock_address;
	struct probe_socket_state *state;

	if (call->cookie == COOKIE_UNNAMED) {
		state = find_socket(sk, false, &call->cookie);
		if (!state && call->cookie && call->cookie != COOKIE_UNNAMED)
			return false; /* counted as untold */
	} else {
		state = bpf_map_lookup_elem(&probe_sockets, &call->cookie);
	}
	if (!state || !learn_base(sk, state)) {
		count_call(PROBE_COUNT_UNBASED);
		return false;
	}
	call->base_seq = state->base_seq;
	return true;
}

/*
 * Did nobody else consume from the socket between our two looks?
 *
 * copied_seq only grows, by what every reader takes.  If it has grown by
 * exactly what this call took, then the range is the one we saw at entry;
 * otherwise another thread, a splice or a zero-copy receive was at it.
 * A FIN counts for one more: it has been consumed with the last bytes if it
 * has arrived and nothing is left before rcv_nxt.
 */
static __always_inline bool is_alone(const struct probe_call *call, __u32 copied_seq,
				     __u32 size_bytes)
{
	struct tcp_sock *tp = (struct tcp_sock *)(unsigned long)call->sock_address;
	struct sock *sk = (struct sock *)tp;
	__u32 taken_bytes = copied_seq - call->copied_seq;
	__u8 state;

	if (taken_bytes == size_bytes)
		return true;
	if (taken_bytes != size_bytes + 1 || copied_seq != BPF_CORE_READ(tp, rcv_nxt))
		return false;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	return state == PROBE_TCP_TIME_WAIT || state == PROBE_TCP_CLOSE ||
	       state == PROBE_TCP_CLOSE_WAIT || state == PROBE_TCP_LAST_ACK ||
	       state == PROBE_TCP_CLOSING;
}

/* sk: what fexit is given; NULL from a kretprobe, which is given nothing. */
static __always_inline int leave_call(struct sock *sk, int result, bool is_kprobe)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_call *entered = bpf_map_lookup_elem(&probe_calls, &tid);
	struct probe_read *record;
	struct probe_call call;
	struct tcp_sock *tp;
	__u32 queued_bytes;
	__u64 start_offset;

	if (!entered || !entered->enter_ns)
		return 0; /* not wanted, or it began before we were here */
	call = *entered;
	entered->enter_ns = 0;

	if (!is_kprobe && (__u64)(unsigned long)sk != call.sock_address) {
		count_call(PROBE_COUNT_UNPAIRED);
		return 0;
	}
	if (result <= 0) {
		count_call(PROBE_COUNT_EMPTY);
		return 0;
	}
	tp = is_kprobe ? (struct tcp_sock *)(unsigned long)call.sock_address : tcp_of(sk, true);
	if (!tp || !is_alone(&call, MEMBER(!is_kprobe, tp, copied_seq), (__u32)result)) {
		count_call(PROBE_COUNT_CONTESTED);
		return 0;
	}
	if (!call.is_base_known && !learn_late(&call))
		return 0;

	queued_bytes = (__u32)call.received_bytes - (call.copied_seq - call.base_seq);
	start_offset = call.received_bytes - queued_bytes;
	if (probe_settings.has_ssl) {
		struct probe_last_read last = {
			.cookie = call.cookie,
			.start_offset = start_offset,
			.end_offset = start_offset + (__u32)result,
			.return_ns = bpf_ktime_get_ns(),
		};

		note_read(tid, &last);
		note_tls(call.cookie, &call.buffer, start_offset, (__u32)result);
	}

	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	if (!record) {
		count_call(PROBE_COUNT_RESERVE_FAILED);
		return 0;
	}
	*record = (struct probe_read){
		.kind = PROBE_RECORD_READ,
		.tid = tid,
		.cookie = call.cookie,
		.enter_ns = call.enter_ns,
		.return_ns = bpf_ktime_get_ns(), /* after reserving: see ring.h */
		.start_offset = start_offset,
		.base_seq = call.base_seq,
		.size_bytes = (__u32)result,
		.queued_bytes = queued_bytes,
	};
	submit(record);
	return 0;
}

#endif
