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
	__u32 watched_from;
	__u32 entered_by; /* PROBE_BY_* bits: which programs have seen the entry */
	__u32 reserved;
	struct tls_buffer buffer; /* where its bytes go, if that is of interest */
};

/*
 * Both pairs of programs may be attached: the kernel skips one of them where it would
 * have to run it twice at once on a CPU (a thread was preempted inside it), and then the
 * other one sees the call.  fentry and fexit are skipped if another thread is in the
 * same program, kprobe and kretprobe if anybody is inside a bpf() call on a hash map.
 */
#define PROBE_BY_KPROBE 1u
#define PROBE_BY_FENTRY 2u

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

/*
 * Any return can be missed.  The call left open then must be given up at the thread's
 * next one, before that one's return would take it for its own; unless it is this
 * very call, which the other program has seen.
 */
static __always_inline void give_up_missed(struct probe_call *call, struct sock *sk, __u32 by)
{
	if (!call->enter_ns ||
	    (!(call->entered_by & by) && call->sock_address == (__u64)(unsigned long)sk))
		return;
	call->enter_ns = 0;
	call->sock_address = 0;
	count_call(PROBE_COUNT_UNPAIRED);
}

/* A call that consumes nothing.  Counted once, though both programs may see it. */
static __always_inline void peek_call(struct probe_call *call, struct sock *sk, __u32 by)
{
	bool is_second = call && call->sock_address == (__u64)(unsigned long)sk &&
			 call->entered_by && !(call->entered_by & by);

	if (!is_second)
		count_call(PROBE_COUNT_PEEKED);
	if (!call)
		return;
	call->entered_by = is_second ? call->entered_by | by : by;
	call->sock_address = (__u64)(unsigned long)sk;
}

/* is_kprobe: the pointer is untyped. */
static __always_inline int enter_call(struct sock *sk, void *message, int flags, bool is_kprobe)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u32 by = is_kprobe ? PROBE_BY_KPROBE : PROBE_BY_FENTRY;
	struct probe_socket_state *state;
	struct probe_call *call = NULL;
	struct tcp_sock *tp;
	__u64 cookie;

	/* fexit is given the socket, so it cannot take a call on another one for its own. */
	if (is_kprobe) {
		call = bpf_map_lookup_elem(&probe_calls, &tid);
		if (call)
			give_up_missed(call, sk, by);
	}
	state = find_socket(sk, !is_kprobe, &cookie);
	if (!state && cookie != COOKIE_UNNAMED)
		return 0;
	if (!call)
		call = bpf_map_lookup_elem(&probe_calls, &tid);
	if (!call)
		call = add_thread(tid);
	if (call && !is_kprobe)
		give_up_missed(call, sk, by);
	if (flags & (MSG_PEEK | MSG_ERRQUEUE | MSG_OOB)) {
		peek_call(call, sk, by);
		return 0;
	}
	tp = tcp_of(sk, !is_kprobe);
	if (!call || !tp) {
		count_call(PROBE_COUNT_UNTRACKED);
		return 0;
	}
	call->cookie = cookie;
	call->is_base_known = state && learn_base(sk, false, state);
	call->base_seq = state ? state->base_seq : 0;
	call->watched_from = state ? state->watched_from : 0;
	if (state)
		state->reader_tid = tid;
	/*
	 * In this order: copied_seq never passes rcv_nxt, and bytes_received is
	 * stored before rcv_nxt, so what is queued cannot come out negative.
	 */
	call->copied_seq = MEMBER(!is_kprobe, tp, copied_seq);
	barrier();
	call->received_bytes = MEMBER(!is_kprobe, tp, bytes_received);
	call->entered_by = call->enter_ns ? call->entered_by | by : by;
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
		state = find_known(call->cookie);
	}
	if (!state || !learn_base(sk, false, state)) {
		count_call(PROBE_COUNT_UNBASED);
		return false;
	}
	call->base_seq = state->base_seq;
	call->watched_from = state->watched_from;
	return true;
}

/*
 * Did nobody else consume from the socket between our two looks?
 *
 * copied_seq only grows, by what every reader takes.  If it has grown by
 * exactly what this call took, then the range is the one we saw at entry;
 * otherwise another thread, a splice or a zero-copy receive was at it.
 * A FIN that has been consumed with the last bytes counts for one more.
 */
static __always_inline bool is_alone(const struct probe_call *call, __u32 copied_seq,
				     __u32 size_bytes)
{
	struct tcp_sock *tp = (struct tcp_sock *)(unsigned long)call->sock_address;
	struct sock *sk = (struct sock *)tp;
	__u32 taken_bytes = copied_seq - call->copied_seq;

	if (taken_bytes == size_bytes)
		return true;
	return taken_bytes == size_bytes + 1 && is_fin_consumed(sk, copied_seq);
}

/* What was in the receive queue at entry, and where in the stream it began; its base is known. */
static __always_inline __u32 queued_of(const struct probe_call *call)
{
	return (__u32)call->received_bytes - (call->copied_seq - call->base_seq);
}

static __always_inline __u64 start_of(const struct probe_call *call)
{
	return call->received_bytes - queued_of(call);
}

/* sk: what fexit is given; NULL from a kretprobe, which is given nothing. */
static __always_inline int leave_call(struct sock *sk, int result, bool is_kprobe)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_call *entered = bpf_map_lookup_elem(&probe_calls, &tid);
	struct probe_read *record;
	struct probe_call call;
	struct tcp_sock *tp;
	__u64 start_offset;
	__u64 return_ns;
	__u32 copied_seq;

	if (!entered)
		return 0;
	call = *entered;
	entered->enter_ns = 0;
	entered->sock_address = 0;
	entered->entered_by = 0;
	if (!call.enter_ns)
		return 0; /* not wanted, a peek, or it began before we were here */

	if (!is_kprobe && (__u64)(unsigned long)sk != call.sock_address) {
		count_call(PROBE_COUNT_UNPAIRED);
		return 0;
	}
	if (result <= 0) {
		count_call(PROBE_COUNT_EMPTY);
		return 0;
	}
	tp = is_kprobe ? (struct tcp_sock *)(unsigned long)call.sock_address : tcp_of(sk, true);
	copied_seq = tp ? MEMBER(!is_kprobe, tp, copied_seq) : 0;
	if (!tp || !is_alone(&call, copied_seq, (__u32)result)) {
		count_call(PROBE_COUNT_CONTESTED);
		count_more(PROBE_COUNT_LOST_BYTES, (__u32)result);
		if (probe_settings.has_ssl && tp && call.is_base_known)
			(void)tell_blank(call.cookie,
					 start_of(&call) + (copied_seq - call.copied_seq));
		return 0;
	}
	if (!call.is_base_known && !learn_late(&call)) {
		count_more(PROBE_COUNT_LOST_BYTES, (__u32)result);
		return 0;
	}

	start_offset = start_of(&call);
	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	return_ns = bpf_ktime_get_ns(); /* after reserving: see ring.h */
	if (!record) {
		count_call(PROBE_COUNT_RESERVE_FAILED);
		count_more(PROBE_COUNT_LOST_BYTES, (__u32)result);
	} else {
		*record = (struct probe_read){
			.kind = PROBE_RECORD_READ,
			.tid = tid,
			.cookie = call.cookie,
			.enter_ns = call.enter_ns,
			.return_ns = return_ns,
			.start_offset = start_offset,
			.base_seq = call.base_seq,
			.size_bytes = (__u32)result,
			.queued_bytes = queued_of(&call),
			.watched_from = call.watched_from,
		};
		submit(record);
	}
	if (probe_settings.has_ssl) {
		struct probe_last_read last = {
			.cookie = call.cookie,
			.start_offset = start_offset,
			.end_offset = start_offset + (__u32)result,
			.return_ns = return_ns,
		};

		/* After the record, whose end is the call's and not that of this. */
		note_read(tid, &last);
		note_tls(call.cookie, &call.buffer, start_offset, (__u32)result,
			 !start_offset && call.watched_from == 1);
	}
	return 0;
}

/*
 * The end of a receive on any socket, told by a trace point, whose program is never
 * skipped because of others: if the thread's call is still open, then both programs
 * missed its return a moment ago.
 */
static __always_inline int leave_unseen(struct sock *sk, int result)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_call *call = bpf_map_lookup_elem(&probe_calls, &tid);

	if (!call || !call->enter_ns || call->sock_address != (__u64)(unsigned long)sk)
		return 0;
	count_call(PROBE_COUNT_STOOD_IN);
	return leave_call(NULL, result, true);
}

#endif
