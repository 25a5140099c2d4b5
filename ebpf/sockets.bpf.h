/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Which sockets are wanted, what each is called, and where its stream begins. */
#ifndef EBPF_SOCKETS_BPF_H
#define EBPF_SOCKETS_BPF_H

#include "records.bpf.h"
#include "wanted.bpf.h"

#define AF_INET 2

/* In place of a cookie: wanted, but it was being changed and could not be named. */
#define COOKIE_UNNAMED (~0ull)

/* include/net/tcp_states.h: what the probe asks for. */
enum probe_tcp_state {
	PROBE_TCP_ESTABLISHED = 1,
	PROBE_TCP_SYN_SENT = 2,
	PROBE_TCP_SYN_RECV = 3,
	PROBE_TCP_FIN_WAIT1 = 4,
	PROBE_TCP_TIME_WAIT = 6,
	PROBE_TCP_CLOSE = 7,
	PROBE_TCP_CLOSE_WAIT = 8,
	PROBE_TCP_LAST_ACK = 9,
	PROBE_TCP_CLOSING = 11,
};

/* Tries at a consistent look at a socket that a softirq is just changing. */
#define BASE_TRY_COUNT 4

/* Of the registered sockets, by row and place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PROBE_ROW_COUNT *PROBE_ROW_SOCKET_COUNT);
	__type(key, __u32);
	__type(value, struct probe_socket_state);
} probe_row_states SEC(".maps");

/* A connection whose beginning was seen; the key is the socket's address, until it is closed. */
struct probe_newborn {
	__u32 is_of_wanted_process; /* it was connecting; not known of accepted ones */
	__u32 has_position;	    /* somebody read before the socket was wanted ... */
	__u32 position_seq;	    /* ... up to here */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PROBE_SOCKET_COUNT_MAX);
	__type(key, __u64);
	__type(value, struct probe_newborn);
} probe_newborns SEC(".maps");

/*
 * Sequence number of stream offset 0: rcv_nxt - bytes_received, which never
 * changes but whose two parts are stored one after the other.  Whoever stores
 * them holds the socket's spinlock (softirq) or owns the socket (backlog), so
 * a look between two equal looks that finds it free proves that neither was
 * taken half-way: a writer between its stores during the first look would
 * have had to let go before the check, hence to store before the second look.
 * is_ours: this thread has the socket locked, so nobody stores.
 */
static __always_inline bool read_base(struct sock *sk, bool is_ours, __u32 *ret_base_seq)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	if (is_ours) {
		*ret_base_seq = BPF_CORE_READ(tp, rcv_nxt) -
				(__u32)BPF_CORE_READ(tp, bytes_received);
		return true;
	}
	for (int i = 0; i < BASE_TRY_COUNT; i++) {
		__u64 received_bytes = BPF_CORE_READ(tp, bytes_received);
		__u32 next_seq = BPF_CORE_READ(tp, rcv_nxt);
		int is_busy = BPF_CORE_READ(sk, sk_lock.owned);

		if (bpf_core_field_exists(sk->sk_lock.slock.rlock.raw_lock.val.counter))
			is_busy |= BPF_CORE_READ(sk, sk_lock.slock.rlock.raw_lock.val.counter);
		if (!is_busy && received_bytes == BPF_CORE_READ(tp, bytes_received) &&
		    next_seq == BPF_CORE_READ(tp, rcv_nxt)) {
			*ret_base_seq = next_seq - (__u32)received_bytes;
			return true;
		}
	}
	return false;
}

/* It has arrived, and nothing is left before rcv_nxt. */
static __always_inline bool is_fin_consumed(struct sock *sk, __u32 copied_seq)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return copied_seq == BPF_CORE_READ(tp, rcv_nxt) &&
	       (state == PROBE_TCP_TIME_WAIT || state == PROBE_TCP_CLOSE ||
		state == PROBE_TCP_CLOSE_WAIT || state == PROBE_TCP_LAST_ACK ||
		state == PROBE_TCP_CLOSING);
}

static __always_inline bool learn_base(struct sock *sk, bool is_ours,
				       struct probe_socket_state *state)
{
	__u64 address = (__u64)(unsigned long)sk;
	struct probe_newborn *newborn;
	__u32 base_seq;

	if (state->is_base_known)
		return true;
	if (!read_base(sk, is_ours, &base_seq))
		return false;
	/* Two CPUs may do this at once: they store the same. */
	state->base_seq = base_seq;
	newborn = bpf_map_lookup_elem(&probe_newborns, &address);
	if (newborn)
		state->watched_from = 1 + (newborn->has_position ? newborn->position_seq - base_seq
								 : 0);
	barrier();
	state->is_base_known = 1;
	return true;
}

/*
 * Identity of a socket that nobody has asked for its cookie: the kernel's own
 * hash of the connection's four numbers, the ports again, and its first
 * sequence number.  The top bit keeps it apart from real cookies, which count
 * from 1.
 */
static __always_inline __u64 make_substitute(struct sock *sk, bool is_ours)
{
	__u32 base_seq = 0;
	__u64 hash;

	if (!read_base(sk, is_ours, &base_seq))
		return 0;
	hash = (__u64)BPF_CORE_READ(sk, __sk_common.skc_hash) << 32 | base_seq;
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9ull;
	hash += (__u64)BPF_CORE_READ(sk, __sk_common.skc_num) << 16 |
		BPF_CORE_READ(sk, __sk_common.skc_dport);
	hash = (hash ^ hash >> 27) * 0x94d049bb133111ebull;
	return (hash ^ hash >> 31) | 1ull << 63;
}

static __always_inline __u64 substitute_cookie(struct sock *sk, bool is_ours)
{
	__u64 address = (__u64)(unsigned long)sk;
	__u64 *known = bpf_map_lookup_elem(&probe_substitutes, &address);
	__u64 cookie;

	if (known)
		return *known;
	cookie = make_substitute(sk, is_ours);
	if (!cookie || bpf_map_update_elem(&probe_substitutes, &address, &cookie, BPF_ANY))
		return 0;
	return cookie;
}

static __always_inline bool is_process_wanted(void)
{
	struct bpf_pidns_info own = {};

	if (!probe_settings.pid)
		return true;
	/* Fails for processes of other namespaces than the one asked for. */
	if (bpf_get_ns_current_pid_tgid(probe_settings.pid_ns_dev, probe_settings.pid_ns_inode,
					&own, sizeof(own)))
		return false;
	return own.tgid == probe_settings.pid;
}

static __always_inline bool is_port_wanted(struct sock *sk)
{
	if (!probe_settings.remote_or_local_port)
		return true;
	return BPF_CORE_READ(sk, __sk_common.skc_num) == probe_settings.remote_or_local_port ||
	       bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)) ==
		       probe_settings.remote_or_local_port;
}

static __always_inline void read_addresses(struct sock *sk, struct probe_socket *record)
{
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET) {
		__u32 local_be = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		__u32 remote_be = BPF_CORE_READ(sk, __sk_common.skc_daddr);

		record->local_addr[10] = record->local_addr[11] = 0xff;
		record->remote_addr[10] = record->remote_addr[11] = 0xff;
		__builtin_memcpy(&record->local_addr[12], &local_be, 4);
		__builtin_memcpy(&record->remote_addr[12], &remote_be, 4);
		return;
	}
	BPF_CORE_READ_INTO(&record->local_addr, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
	BPF_CORE_READ_INTO(&record->remote_addr, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
}

/*
 * Tells the loader of a socket and admits it.  The record is reserved before
 * the socket is admitted, so it precedes every read of that socket in the
 * ring.  (Two threads may tell it twice; the loader takes the first.)
 */
static __always_inline struct probe_socket_state *admit_socket(struct sock *sk, __u64 cookie)
{
	struct probe_socket_state fresh = {};
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct probe_socket *record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);

	if (!record)
		return NULL;
	__builtin_memset(record, 0, sizeof(*record));
	record->kind = PROBE_RECORD_SOCKET;
	record->tid = (__u32)pid_tgid;
	record->pid = pid_tgid >> 32;
	record->cookie = cookie;
	record->time_ns = bpf_ktime_get_ns();
	record->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	record->remote_port_be = BPF_CORE_READ(sk, __sk_common.skc_dport);
	read_addresses(sk, record);
	(void)bpf_map_update_elem(&probe_sockets, &cookie, &fresh, BPF_NOEXIST);
	submit(record);
	return bpf_map_lookup_elem(&probe_sockets, &cookie);
}

/*
 * A member of a kernel struct.  The verifier knows the type of what fentry and
 * fexit are given, and such a pointer may simply be followed; that of a kprobe
 * is a number to it and takes a helper for every look.
 */
#define MEMBER(is_typed, pointer, member)                                                          \
	((is_typed) ? (pointer)->member : BPF_CORE_READ(pointer, member))

static __always_inline struct probe_socket_state *find_registered(__u64 cookie)
{
	__u32 row_index = probe_row_of(cookie);
	struct probe_row *row = bpf_map_lookup_elem(&probe_rows, &row_index);
	__u32 place = PROBE_ROW_SOCKET_COUNT;

	if (!cookie || !row)
		return NULL;
	for (__u32 i = 0; i < PROBE_ROW_SOCKET_COUNT; i++)
		if (row->cookies[i] == cookie)
			place = i;
	if (place == PROBE_ROW_SOCKET_COUNT)
		return NULL;
	place += row_index * PROBE_ROW_SOCKET_COUNT;
	return bpf_map_lookup_elem(&probe_row_states, &place);
}

/* The state of a socket that is wanted already, whichever way. */
static __always_inline struct probe_socket_state *find_known(__u64 cookie)
{
	if (probe_settings.mode == PROBE_MODE_REGISTERED)
		return find_registered(cookie);
	return bpf_map_lookup_elem(&probe_sockets, &cookie);
}

/* The state of a socket that the filters let through, by its cookie or a substitute for it. */
static __always_inline struct probe_socket_state *name_socket(struct sock *sk, __u64 cookie,
							      bool is_ours, __u64 *ret_cookie)
{
	struct probe_socket_state *state;

	/* From when somebody asks for its cookie a socket goes by that, told anew. */
	if (!cookie)
		cookie = substitute_cookie(sk, is_ours);
	*ret_cookie = cookie ? cookie : COOKIE_UNNAMED;
	if (!cookie)
		return NULL;
	state = bpf_map_lookup_elem(&probe_sockets, &cookie);
	if (!state)
		state = admit_socket(sk, cookie);
	if (!state)
		count_call(PROBE_COUNT_UNTOLD);
	return state;
}

/*
 * The state of a wanted socket, NULL for any other.  *ret_cookie is
 * COOKIE_UNNAMED, and NULL returned, if another try may succeed.
 */
static __always_inline struct probe_socket_state *find_socket(struct sock *sk, bool is_typed,
							      __u64 *ret_cookie)
{
	__u64 cookie;

	if (probe_settings.mode == PROBE_MODE_REGISTERED) {
		cookie = MEMBER(is_typed, sk, __sk_common.skc_cookie.counter);
		*ret_cookie = cookie;
		return find_registered(cookie);
	}
	*ret_cookie = 0;
	if (!is_process_wanted() || !is_port_wanted(sk))
		return NULL;
	cookie = MEMBER(is_typed, sk, __sk_common.skc_cookie.counter);
	return name_socket(sk, cookie, false, ret_cookie);
}

/* Gives up a socket, and tells that it is gone, if it was told before. */
static __always_inline void dismiss_socket(__u64 cookie)
{
	struct probe_close *record;

	if (!cookie || bpf_map_delete_elem(&probe_sockets, &cookie))
		return;
	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	if (!record)
		return; /* the loader's place for it stays taken until others need it */
	*record = (struct probe_close){
		.kind = PROBE_RECORD_CLOSE,
		.cookie = cookie,
		.time_ns = bpf_ktime_get_ns(),
	};
	submit(record);
}

#endif
