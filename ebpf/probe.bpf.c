// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The probe on tcp_recvmsg(): one record for each call on a wanted socket
 * that consumed bytes of its stream.
 *
 * The same two halves, enter_call() and leave_call(), hang on fentry/fexit or
 * on kprobe/kretprobe, whichever the loader can attach.  The socket lock is
 * not held in either, so whatever is read of the socket may be changing; each
 * place says why what it concludes is true all the same.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "probe.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* include/linux/socket.h: calls with these consume nothing of the stream. */
#define MSG_OOB	     0x1
#define MSG_PEEK     0x2
#define MSG_ERRQUEUE 0x2000

#define AF_INET 2

/* include/net/tcp_states.h: those in which the peer's FIN has arrived. */
enum probe_tcp_state {
	PROBE_TCP_TIME_WAIT = 6,
	PROBE_TCP_CLOSE = 7,
	PROBE_TCP_CLOSE_WAIT = 8,
	PROBE_TCP_LAST_ACK = 9,
	PROBE_TCP_CLOSING = 11,
};

/* Tries at a consistent look at a socket that a softirq is just changing. */
#define BASE_TRY_COUNT 4

const volatile struct probe_config probe_settings = {};

/* A thread inside tcp_recvmsg(). */
struct probe_call {
	__u64 enter_ns;
	__u64 cookie;
	__u64 sock_address;
	__u64 received_bytes;
	__u32 base_seq;
	__u32 copied_seq;
	__u32 is_base_known;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROBE_CALL_COUNT_MAX);
	__type(key, __u32); /* tid */
	__type(value, struct probe_call);
} probe_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROBE_SOCKET_COUNT_MAX);
	__type(key, __u64); /* cookie */
	__type(value, struct probe_socket_state);
} probe_sockets SEC(".maps");

/*
 * The substitute cookies of sockets that have no real one, by address.  An
 * address is good for a key only until the socket is closed, so that is where
 * its entry is removed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROBE_SOCKET_COUNT_MAX);
	__type(key, __u64); /* address of the socket */
	__type(value, __u64);
} probe_substitutes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct probe_counts);
} probe_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, PROBE_RING_BYTES);
} probe_records SEC(".maps");

static __always_inline void count_call(enum probe_count kind)
{
	__u32 zero = 0;
	struct probe_counts *own = bpf_map_lookup_elem(&probe_counters, &zero);

	/* Atomic, because the thread may be preempted by another on this CPU. */
	if (own)
		__sync_fetch_and_add(&own->count[kind], 1);
}

static __always_inline void submit(void *record)
{
	__u64 waiting_bytes = bpf_ringbuf_query(&probe_records, BPF_RB_AVAIL_DATA);

	/* The loader comes by itself every millisecond or so: no wake-up for each record. */
	bpf_ringbuf_submit(record, waiting_bytes >= probe_settings.wakeup_bytes
					   ? BPF_RB_FORCE_WAKEUP
					   : BPF_RB_NO_WAKEUP);
}

/*
 * Sequence number of stream offset 0: rcv_nxt - bytes_received, which never
 * changes but whose two parts are stored one after the other.  Whoever stores
 * them holds the socket's spinlock (softirq) or owns the socket (backlog), so
 * a look between two equal looks that finds it free proves that neither was
 * taken half-way: a writer between its stores during the first look would
 * have had to let go before the check, hence to store before the second look.
 */
static __always_inline bool read_base(struct sock *sk, __u32 *ret_base_seq)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

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

static __always_inline bool learn_base(struct sock *sk, struct probe_socket_state *state)
{
	__u32 base_seq;

	if (state->is_base_known)
		return true;
	if (!read_base(sk, &base_seq))
		return false;
	/* Two CPUs may do this at once: they store the same. */
	state->base_seq = base_seq;
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
static __always_inline __u64 make_substitute(struct sock *sk)
{
	__u32 base_seq = 0;
	__u64 hash;

	if (!read_base(sk, &base_seq))
		return 0;
	hash = (__u64)BPF_CORE_READ(sk, __sk_common.skc_hash) << 32 | base_seq;
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9ull;
	hash += (__u64)BPF_CORE_READ(sk, __sk_common.skc_num) << 16 |
		BPF_CORE_READ(sk, __sk_common.skc_dport);
	hash = (hash ^ hash >> 27) * 0x94d049bb133111ebull;
	return (hash ^ hash >> 31) | 1ull << 63;
}

static __always_inline __u64 substitute_cookie(struct sock *sk)
{
	__u64 address = (__u64)(unsigned long)sk;
	__u64 *known = bpf_map_lookup_elem(&probe_substitutes, &address);
	__u64 cookie;

	if (known)
		return *known;
	cookie = make_substitute(sk);
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

/* The state of a wanted socket, NULL for any other. */
static __always_inline struct probe_socket_state *find_socket(struct sock *sk, __u64 *ret_cookie)
{
	struct probe_socket_state *state;
	__u64 cookie;

	if (probe_settings.mode == PROBE_MODE_REGISTERED) {
		cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
		*ret_cookie = cookie;
		return cookie ? bpf_map_lookup_elem(&probe_sockets, &cookie) : NULL;
	}
	if (!is_process_wanted() || !is_port_wanted(sk))
		return NULL;
	/* From when somebody asks for its cookie a socket goes by that, told anew. */
	cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	if (!cookie)
		cookie = substitute_cookie(sk);
	*ret_cookie = cookie;
	if (!cookie) {
		count_call(PROBE_COUNT_UNBASED);
		return NULL;
	}
	state = bpf_map_lookup_elem(&probe_sockets, &cookie);
	if (!state)
		state = admit_socket(sk, cookie);
	if (!state)
		count_call(PROBE_COUNT_UNTOLD);
	return state;
}

static __always_inline int enter_call(struct sock *sk, int flags, bool can_miss_return)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct probe_socket_state *state;
	struct probe_call call = {};
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	/*
	 * A kretprobe can miss a return.  What the thread left behind then must
	 * go now, before this call's return would take it for its own.
	 */
	if (can_miss_return && bpf_map_lookup_elem(&probe_calls, &tid)) {
		(void)bpf_map_delete_elem(&probe_calls, &tid);
		count_call(PROBE_COUNT_UNPAIRED);
	}

	state = find_socket(sk, &call.cookie);
	if (!state)
		return 0;
	if (flags & (MSG_PEEK | MSG_ERRQUEUE | MSG_OOB)) {
		count_call(PROBE_COUNT_PEEKED);
		return 0;
	}
	call.is_base_known = learn_base(sk, state);
	call.base_seq = state->base_seq;
	/*
	 * In this order: copied_seq never passes rcv_nxt, and bytes_received is
	 * stored before rcv_nxt, so what is queued cannot come out negative.
	 */
	call.copied_seq = BPF_CORE_READ(tp, copied_seq);
	barrier();
	call.received_bytes = BPF_CORE_READ(tp, bytes_received);
	call.sock_address = (__u64)(unsigned long)sk;
	call.enter_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&probe_calls, &tid, &call, BPF_ANY))
		count_call(PROBE_COUNT_UNTRACKED);
	return 0;
}

/* The socket was being changed at entry: the return is a second chance. */
static __always_inline bool learn_base_late(struct probe_call *call)
{
	struct probe_socket_state *state = bpf_map_lookup_elem(&probe_sockets, &call->cookie);

	if (!state || !learn_base((struct sock *)(unsigned long)call->sock_address, state))
		return false;
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
static __always_inline bool is_alone(const struct probe_call *call, __u32 size_bytes)
{
	struct tcp_sock *tp = (struct tcp_sock *)(unsigned long)call->sock_address;
	struct sock *sk = (struct sock *)tp;
	__u32 copied_seq = BPF_CORE_READ(tp, copied_seq);
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

static __always_inline int leave_call(__u64 sock_address, int result)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_call *entered = bpf_map_lookup_elem(&probe_calls, &tid);
	struct probe_read *record;
	struct probe_call call;
	__u32 queued_bytes;

	if (!entered)
		return 0; /* not wanted, or it began before we were here */
	call = *entered;
	(void)bpf_map_delete_elem(&probe_calls, &tid);

	if (sock_address && sock_address != call.sock_address) {
		count_call(PROBE_COUNT_UNPAIRED);
		return 0;
	}
	if (result <= 0) {
		count_call(PROBE_COUNT_EMPTY);
		return 0;
	}
	if (!is_alone(&call, (__u32)result)) {
		count_call(PROBE_COUNT_CONTESTED);
		return 0;
	}

	if (!call.is_base_known && !learn_base_late(&call)) {
		count_call(PROBE_COUNT_UNBASED);
		return 0;
	}

	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	if (!record) {
		count_call(PROBE_COUNT_RESERVE_FAILED);
		return 0;
	}
	queued_bytes = (__u32)call.received_bytes - (call.copied_seq - call.base_seq);
	*record = (struct probe_read){
		.kind = PROBE_RECORD_READ,
		.tid = tid,
		.cookie = call.cookie,
		.enter_ns = call.enter_ns,
		.return_ns = bpf_ktime_get_ns(), /* after reserving: see ring.h */
		.start_offset = call.received_bytes - queued_bytes,
		.base_seq = call.base_seq,
		.size_bytes = (__u32)result,
		.queued_bytes = queued_bytes,
	};
	submit(record);
	count_call(PROBE_COUNT_READ);
	return 0;
}

/*
 * One of two words of the context.  The verifier wants each read from it at a
 * constant place, so the compiler must not make one read at a chosen place of
 * the two: the barriers keep it from doing so.
 */
#define CONTEXT_WORD(is_first, first, second)                                                      \
	({                                                                                         \
		__u64 word;                                                                        \
                                                                                                   \
		if (is_first) {                                                                    \
			word = (first);                                                            \
			barrier_var(word);                                                         \
		} else {                                                                           \
			word = (second);                                                           \
			barrier_var(word);                                                         \
		}                                                                                  \
		word;                                                                              \
	})

SEC("kprobe/tcp_recvmsg")
int kprobe_enter(struct pt_regs *ctx)
{
	/* `nonblock` stood before `flags` until 5.19. */
	__u64 flags = CONTEXT_WORD(probe_settings.flags_param_index == 4, PT_REGS_PARM5(ctx),
				   PT_REGS_PARM4(ctx));

	return enter_call((struct sock *)PT_REGS_PARM1(ctx), (int)flags, true);
}

SEC("kretprobe/tcp_recvmsg")
int kretprobe_leave(struct pt_regs *ctx)
{
	return leave_call(0, (int)PT_REGS_RC(ctx));
}

SEC("fentry/tcp_recvmsg")
int fentry_enter(__u64 *ctx)
{
	__u64 flags = CONTEXT_WORD(probe_settings.flags_param_index == 4, ctx[4], ctx[3]);

	return enter_call((struct sock *)ctx[0], (int)flags, false);
}

SEC("fexit/tcp_recvmsg")
int fexit_leave(__u64 *ctx)
{
	/* The result stands after the parameters. */
	__u64 result = CONTEXT_WORD(probe_settings.param_count == 6, ctx[6], ctx[5]);

	return leave_call(ctx[0], (int)result);
}

/* Tells that a socket is gone, if it was told before. */
static __always_inline void dismiss_socket(__u64 cookie)
{
	struct probe_close *record;

	if (!cookie || !bpf_map_lookup_elem(&probe_sockets, &cookie))
		return;
	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	if (!record)
		return; /* its place stays taken until others need it */
	*record = (struct probe_close){
		.kind = PROBE_RECORD_CLOSE,
		.cookie = cookie,
		.time_ns = bpf_ktime_get_ns(),
	};
	submit(record);
}

SEC("raw_tp/inet_sock_set_state")
int socket_closed(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	__u64 address = ctx[0];
	__u64 *substitute;

	if (ctx[2] != PROBE_TCP_CLOSE)
		return 0;
	dismiss_socket(BPF_CORE_READ(sk, __sk_common.skc_cookie.counter));
	substitute = bpf_map_lookup_elem(&probe_substitutes, &address);
	if (!substitute)
		return 0;
	dismiss_socket(*substitute);
	(void)bpf_map_delete_elem(&probe_substitutes, &address);
	return 0;
}
