// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What goes out: which bytes of a socket's stream TCP took, from whom and when.
 *
 * tcp_sendmsg_locked() is the part of tcp_sendmsg() that holds the socket, so write_seq at its
 * entry and at its return is the range, whoever else sends; kTLS and sockmaps call it, too.
 * Bytes that go another way (sendfile() and splice() before 6.5, MPTCP) are found by where the
 * next call begins, or the close: nothing that was sent is passed over in silence.
 *
 * An object of its own: a kernel that does not take it still takes the probe, whose maps of
 * wanted sockets and whose ring it shares.  All state is in arrays with a place for each key:
 * no hash map is written.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "ebpf/followed.bpf.h"
#include "ebpf/probe.h"
#include "ebpf/ring.bpf.h"
#include "sends.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* include/net/tcp_states.h. */
#define SENDS_TCP_ESTABLISHED 1
#define SENDS_TCP_FIN_WAIT1   4
#define SENDS_TCP_CLOSE	      7
#define SENDS_TCP_CLOSE_WAIT  8
#define SENDS_TCP_LAST_ACK    9

/* A followed socket. */
struct send_socket {
	struct followed_id id;
	__u32 told_seq; /* bytes below have been told */
	__u32 base_seq;
	__u32 is_base_known;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FOLLOWED_SOCKET_COUNT);
	__type(key, __u32);
	__type(value, struct send_socket);
} send_sockets SEC(".maps");

/* A thread's call under way. */
struct send_call {
	__u32 tid; /* 0: none is */
	__u32 enter_seq;
	__u64 address;
	__u64 enter_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEND_THREAD_COUNT);
	__type(key, __u32);
	__type(value, struct send_call);
} send_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the loader sets the number of CPUs */
	__type(key, __u32);
	__type(value, struct send_counts);
} send_counters SEC(".maps");

static __always_inline void count(enum send_count kind)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct send_counts *own = bpf_map_lookup_elem(&send_counters, &cpu);

	if (own)
		__sync_fetch_and_add(&own->count[kind], 1);
}

/*
 * Of an address by value: in BPF_CORE_READ() a member of one of our own structs would become a
 * relocation, too, for which the kernel has no type (seen: -EINVAL on 6.1).
 */
static __always_inline __u32 written_seq(__u64 address)
{
	return BPF_CORE_READ((struct tcp_sock *)address, write_seq);
}

/* ---- Sockets -------------------------------------------------------------- */

/*
 * Sequence number of offset 0.  snd_nxt - (bytes_sent - bytes_retrans) counts data only, but
 * counts twice what the host's own queue refused; snd_una - bytes_acked does not, but counts
 * the SYN where this end has connected.  Where the two say the same but for that, it is so.
 * The socket is locked by the caller.
 */
static __always_inline bool learn_base(struct send_socket *socket)
{
	struct tcp_sock *tp = (struct tcp_sock *)socket->id.address;
	__u32 by_ack;
	__u32 by_sent;

	if (socket->is_base_known)
		return true;
	by_ack = BPF_CORE_READ(tp, snd_una) - (__u32)BPF_CORE_READ(tp, bytes_acked);
	by_sent = BPF_CORE_READ(tp, snd_nxt) -
		  (__u32)(BPF_CORE_READ(tp, bytes_sent) - BPF_CORE_READ(tp, bytes_retrans));
	if (by_sent - by_ack > 1)
		return false;
	socket->base_seq = by_sent;
	socket->is_base_known = 1;
	return true;
}

/* The socket is locked by the caller. */
static __always_inline struct send_socket *follow_socket(__u64 address)
{
	struct send_socket *socket = find_followed(&send_sockets, address);
	__u64 cookie;

	if (socket && is_followed_still(&socket->id, address))
		return socket;
	cookie = wanted_cookie(address);
	if (!socket) {
		socket = cookie ? choose_place(&send_sockets, address) : NULL;
		if (!socket)
			return NULL;
		if (socket->id.address)
			count(SEND_COUNT_DISPLACED);
	}
	/* The place of a closed socket with the same address, or of one that is given up. */
	socket->id.address = 0;
	barrier();
	socket->id.cookie = cookie;
	socket->told_seq = written_seq(address);
	socket->is_base_known = 0;
	barrier();
	socket->id.address = cookie ? address : 0;
	return cookie ? socket : NULL;
}

/* ---- Records -------------------------------------------------------------- */

/* 64 bits of a position: what was acknowledged, and how far beyond it lies. */
static __always_inline __u64 offset_of(const struct send_socket *socket, __u32 seq)
{
	struct tcp_sock *tp = (struct tcp_sock *)socket->id.address;
	__u32 una = BPF_CORE_READ(tp, snd_una);
	__u64 acked_bytes = BPF_CORE_READ(tp, bytes_acked);

	acked_bytes -= (__u32)acked_bytes - (una - socket->base_seq); /* the SYN, or nothing */
	return acked_bytes + (seq - una);
}

static __always_inline void tell(struct send_socket *socket, const struct send_call *call,
				 __u32 end_seq, __u32 size_bytes)
{
	struct send_record *record;

	if (!learn_base(socket)) {
		count(SEND_COUNT_UNBASED);
		return;
	}
	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	if (!record) {
		count(SEND_COUNT_RESERVE_FAILED);
		return;
	}
	*record = (struct send_record){
		.kind = SEND_RECORD,
		.tid = call->tid,
		.cookie = socket->id.cookie,
		.enter_ns = call->enter_ns,
		.end_offset = offset_of(socket, end_seq),
		.base_seq = socket->base_seq,
		.size_bytes = size_bytes,
		.gap_bytes = end_seq - size_bytes - socket->told_seq,
	};
	socket->told_seq = end_seq;
	record->return_ns = bpf_ktime_get_ns();
	if (!record->enter_ns)
		record->enter_ns = record->return_ns;
	submit(record);
}

/* ---- The programs --------------------------------------------------------- */

static __always_inline int enter_send(__u64 address)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u32 place = tid % SEND_THREAD_COUNT;
	struct send_socket *socket = follow_socket(address);
	struct send_call *call;

	if (!socket)
		return 0;
	call = bpf_map_lookup_elem(&send_calls, &place);
	if (!call)
		return 0;
	if (call->tid)
		count(SEND_COUNT_UNPAIRED);
	call->tid = tid;
	call->address = address;
	call->enter_seq = written_seq(address);
	call->enter_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int leave_send(int result)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u32 place = tid % SEND_THREAD_COUNT;
	struct send_call *entered = bpf_map_lookup_elem(&send_calls, &place);
	struct send_socket *socket;
	struct send_call call;
	__u32 end_seq;

	if (!entered || entered->tid != tid)
		return 0;
	call = *entered;
	entered->tid = 0;
	socket = find_followed(&send_sockets, call.address);
	if (!socket || result <= 0)
		return 0;
	count(SEND_COUNT_SENT);
	end_seq = written_seq(call.address);
	if (end_seq - call.enter_seq != (__u32)result) {
		count(SEND_COUNT_CONTESTED); /* it waited for room, and others went ahead */
		result = 0;
	}
	tell(socket, &call, end_seq, (__u32)result);
	return 0;
}

SEC("fentry/tcp_sendmsg_locked")
int fentry_send(__u64 *ctx)
{
	return enter_send(address_of(ctx));
}

SEC("fexit/tcp_sendmsg_locked")
int fexit_send(__u64 *ctx)
{
	return leave_send((int)ctx[3]);
}

SEC("kprobe/tcp_sendmsg_locked")
int kprobe_send(struct pt_regs *ctx)
{
	return enter_send(PT_REGS_PARM1(ctx));
}

SEC("kretprobe/tcp_sendmsg_locked")
int kretprobe_send(struct pt_regs *ctx)
{
	return leave_send((int)PT_REGS_RC(ctx));
}

/*
 * Called before the state is stored, with the socket locked and before a FIN has a place in
 * the stream: what was sent after the last call that was seen went another way.
 */
SEC("raw_tp/inet_sock_set_state")
int send_over(__u64 *ctx)
{
	const struct send_call nobody = {};
	struct send_socket *socket = find_followed(&send_sockets, address_of(ctx));
	__u64 old_state = ctx[1];
	__u64 new_state = ctx[2];
	bool is_reset = new_state == SENDS_TCP_CLOSE &&
			(old_state == SENDS_TCP_ESTABLISHED || old_state == SENDS_TCP_CLOSE_WAIT);
	__u32 end_seq;

	if (!socket)
		return 0;
	end_seq = written_seq(socket->id.address);
	if ((new_state == SENDS_TCP_FIN_WAIT1 || new_state == SENDS_TCP_LAST_ACK || is_reset) &&
	    end_seq != socket->told_seq)
		tell(socket, &nobody, end_seq, 0);
	if (new_state == SENDS_TCP_CLOSE)
		socket->id.address = 0;
	return 0;
}
