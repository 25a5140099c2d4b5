/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Bytes that leave a socket without a tcp_recvmsg() that we see: splice, zero copy,
 * kTLS, sockmaps, readers inside the kernel, MPTCP; and a call whose entry was missed.
 *
 * Whoever moves copied_seq calls tcp_rcv_space_adjust() then, with the socket locked, and
 * its trace point needs no kprobe.  Where it
 * finds the thread in no call of tcp_recvmsg() on that socket, it tells how far the stream
 * has been consumed; the loader knows from where.  What the trace point does not pass
 * (MPTCP's own queue) is told by bytes; what nothing passes is found when the socket is
 * closed, by where copied_seq has got to.
 */
#ifndef EBPF_ELSEWHERE_BPF_H
#define EBPF_ELSEWHERE_BPF_H

#include "reads.bpf.h"

#define IPPROTO_TCP 6

/* include/net/sock.h: what a socket's user may have hung on it, told by the lowest bits. */
#define SK_USER_DATA_OF_PSOCK (4ull | 1ull) /* the second until 6.0 */
#define SK_USER_DATA_MASK     (~7ull)

static __always_inline enum probe_way way_of_ulp(const struct tcp_ulp_ops *ulp)
{
	char name[4] = {};

	(void)bpf_core_read(&name, sizeof(name), &ulp->name);
	if (name[0] == 't' && name[1] == 'l' && name[2] == 's')
		return PROBE_WAY_TLS;
	if (name[0] == 'm' && name[1] == 'p' && name[2] == 't')
		return PROBE_WAY_MPTCP;
	return PROBE_WAY_ULP;
}

static __always_inline enum probe_way way_of(struct sock *sk)
{
	const struct tcp_ulp_ops *ulp = BPF_CORE_READ((struct inet_connection_sock *)sk,
						      icsk_ulp_ops);
	__u64 user_data = (__u64)(unsigned long)BPF_CORE_READ(sk, sk_user_data);

	if (ulp)
		return way_of_ulp(ulp);
	if (!(user_data & SK_USER_DATA_MASK))
		return PROBE_WAY_PLAIN;
	return user_data & SK_USER_DATA_OF_PSOCK ? PROBE_WAY_SOCKMAP : PROBE_WAY_KERNEL_USER;
}

/*
 * The state of a wanted socket.  Whose process reads may not be the one that runs (the
 * kernel reads by itself), so a connection's own process is who made it.
 */
static __always_inline struct probe_socket_state *find_read_elsewhere(struct sock *sk,
								      __u64 *ret_cookie)
{
	__u64 address = (__u64)(unsigned long)sk;
	struct probe_socket_state *state;
	struct probe_newborn *newborn;

	*ret_cookie = known_cookie(sk, probe_settings.mode);
	state = find_known(*ret_cookie);
	if (state || probe_settings.mode == PROBE_MODE_REGISTERED)
		return state;
	if (!is_port_wanted(sk))
		return NULL;
	newborn = bpf_map_lookup_elem(&probe_newborns, &address);
	if (!(newborn && newborn->is_of_wanted_process) && !is_process_wanted())
		return NULL;
	return name_socket(sk, *ret_cookie, true, ret_cookie);
}

static __always_inline void tell_elsewhere(const struct probe_elsewhere *told)
{
	struct probe_elsewhere *record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);

	if (!record) {
		count_call(PROBE_COUNT_RESERVE_FAILED);
		return;
	}
	*record = *told;
	record->tid = (__u32)bpf_get_current_pid_tgid();
	record->time_ns = bpf_ktime_get_ns(); /* after reserving: see ring.h */
	submit(record);
}

/*
 * Tells how far the stream has been consumed, unless *told_seq says that it was told.  The
 * base is known, or the socket is locked.
 */
static __always_inline void tell_position(struct sock *sk, struct probe_socket_state *state,
					  __u32 *told_seq, __u64 cookie,
					  enum probe_record_kind kind)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u32 copied_seq = BPF_CORE_READ(tp, copied_seq);
	__u64 received_bytes = BPF_CORE_READ(tp, bytes_received);
	struct probe_elsewhere told = { .kind = kind, .cookie = cookie };

	(void)learn_base(sk, true, state);
	if (is_fin_consumed(sk, copied_seq))
		copied_seq--;
	if (*told_seq == copied_seq)
		return;
	*told_seq = copied_seq;
	told.base_seq = state->base_seq;
	told.end_offset = received_bytes - ((__u32)received_bytes - (copied_seq - state->base_seq));
	told.way = way_of(sk);
	told.watched_from = state->watched_from;
	tell_elsewhere(&told);
}

/* Should it be wanted later: what has been read by then is none of ours. */
static __always_inline void note_unwanted(struct sock *sk)
{
	__u64 address = (__u64)(unsigned long)sk;
	struct probe_newborn *newborn = bpf_map_lookup_elem(&probe_newborns, &address);

	if (!newborn)
		return;
	newborn->position_seq = BPF_CORE_READ((struct tcp_sock *)sk, copied_seq);
	newborn->has_position = 1;
}

static __always_inline int note_consumed(struct sock *sk)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_call *call = bpf_map_lookup_elem(&probe_calls, &tid);
	struct probe_socket_state *state;
	__u64 cookie;

	if (call && call->sock_address == (__u64)(unsigned long)sk)
		return 0; /* in a tcp_recvmsg() that we see */
	state = find_read_elsewhere(sk, &cookie);
	if (state)
		tell_position(sk, state, &state->told_seq, cookie, PROBE_RECORD_ELSEWHERE);
	else
		note_unwanted(sk);
	return 0;
}

static __always_inline void note_birth(struct sock *sk, bool is_connecting)
{
	__u64 address = (__u64)(unsigned long)sk;
	struct probe_newborn newborn = {
		.is_of_wanted_process = is_connecting && is_process_wanted(),
	};

	(void)bpf_map_update_elem(&probe_newborns, &address, &newborn, BPF_ANY);
}

/*
 * Called before the state is stored, with the socket locked.  Closing begins by
 * FIN_WAIT1 or LAST_ACK, when the client's reads are over (unless it has only shut down
 * its own direction), and ends by CLOSE, maybe long after the loader was told.
 */
static __always_inline void note_state(struct sock *sk, __u64 old_state, __u64 new_state)
{
	__u64 address = (__u64)(unsigned long)sk;
	struct probe_socket_state *state;
	__u64 cookie;

	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return;
	if (new_state == PROBE_TCP_SYN_SENT ||
	    (old_state == PROBE_TCP_SYN_RECV && new_state == PROBE_TCP_ESTABLISHED))
		note_birth(sk, new_state == PROBE_TCP_SYN_SENT);
	if (new_state != PROBE_TCP_FIN_WAIT1 && new_state != PROBE_TCP_LAST_ACK &&
	    new_state != PROBE_TCP_CLOSE)
		return;
	cookie = known_cookie(sk, probe_settings.mode);
	state = find_known(cookie);
	if (state)
		tell_position(sk, state, &state->told_seq, cookie, PROBE_RECORD_WITNESS);
	if (new_state == PROBE_TCP_CLOSE)
		(void)bpf_map_delete_elem(&probe_newborns, &address);
}

/* An MPTCP socket has no stream of TCP's own to have a cookie's substitute from. */
static __always_inline __u64 mptcp_cookie(struct sock *sk)
{
	__u64 cookie = known_cookie(sk, probe_settings.mode);
	__u64 address = (__u64)(unsigned long)sk;

	if (cookie || probe_settings.mode == PROBE_MODE_REGISTERED)
		return cookie;
	cookie = (bpf_ktime_get_ns() * 0xbf58476d1ce4e5b9ull) | 1ull << 63;
	return bpf_map_update_elem(&probe_substitutes, &address, &cookie, BPF_ANY) ? 0 : cookie;
}

static __always_inline int note_mptcp(struct sock *sk, int flags, int result)
{
	struct probe_elsewhere told = { .kind = PROBE_RECORD_ELSEWHERE,
					.way = PROBE_WAY_MPTCP,
					.size_bytes = (__u32)result };
	struct probe_socket_state *state;

	if (result <= 0 || flags & (MSG_PEEK | MSG_ERRQUEUE | MSG_OOB))
		return 0;
	if (probe_settings.mode == PROBE_MODE_MATCHING &&
	    (!is_process_wanted() || !is_port_wanted(sk)))
		return 0;
	told.cookie = mptcp_cookie(sk);
	state = find_known(told.cookie);
	if (!state && told.cookie && probe_settings.mode == PROBE_MODE_MATCHING)
		state = name_socket(sk, told.cookie, true, &told.cookie);
	if (state)
		tell_elsewhere(&told);
	return 0;
}

#endif
