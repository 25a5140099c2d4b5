// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The stages inside the kernel, for sockets that are read and the threads that read
 * them: a segment is taken up by TCP (tcp_probe, at the beginning of
 * tcp_rcv_established()); its bytes, and what waited behind a hole that they filled, are
 * queued in order and the socket is told (sock_def_readable()); the reader is woken
 * (sched_waking) and gets a processor (sched_switch), or gets one back that was taken from it.
 *
 * An object of its own: a kernel that does not take it still takes the probe, whose maps
 * of wanted sockets it shares.  All state is in arrays with a place for each key: no hash
 * map is written, nothing is held while a thread may be preempted.
 *
 * tcp_probe and sock_def_readable() run with the socket locked, mostly in a softirq: one
 * segment of a socket at a time, so what the first leaves in the socket's place is what
 * the second finds.  bytes_received is the stream offset after what is queued in order.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "ebpf/followed.bpf.h"
#include "ebpf/probe.h"
#include "stages.h"

/* After them, whose types it uses. */
#include "stages_maps.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A telling takes microseconds: one that is still open after this was left without us. */
#define TELLING_NS_MAX 1000000

static __always_inline void count(enum stage_count kind)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct stage_counts *own = bpf_map_lookup_elem(&stage_counters, &cpu);

	if (own)
		__sync_fetch_and_add(&own->count[kind], 1);
}

/* ---- Sockets -------------------------------------------------------------- */

/* The socket is locked by the caller, so nothing is queued meanwhile. */
static __always_inline bool follow_socket(__u64 address)
{
	struct stage_socket *socket = find_followed(&stage_sockets, address);
	struct tcp_sock *tp = (struct tcp_sock *)address;
	__u64 cookie;

	if (socket && is_followed_still(&socket->id, address))
		return true;
	cookie = wanted_cookie(address);
	if (!socket) {
		socket = cookie ? choose_place(&stage_sockets, address) : NULL;
		if (!socket)
			return false;
		if (socket->id.address)
			count(STAGE_COUNT_DISPLACED);
	}
	/* The place of a closed socket with the same address, or of one that is given up. */
	socket->id.address = 0;
	barrier();
	socket->id.cookie = cookie;
	socket->told_offset = BPF_CORE_READ(tp, bytes_received);
	socket->queue_ns = 0;
	barrier();
	socket->id.address = cookie ? address : 0;
	return cookie != 0;
}

/* ---- Threads ---------------------------------------------------------------- */

static __always_inline struct stage_thread *thread_place(__u32 tid)
{
	__u32 place = tid % STAGE_THREAD_COUNT;

	return bpf_map_lookup_elem(&stage_threads, &place);
}

/* Of who is not followed, and of the idle tasks, whose number is 0: NULL. */
static __always_inline struct stage_thread *followed_thread(const struct task_struct *task)
{
	__u32 tid = (__u32)task->pid;
	struct stage_thread *thread = tid ? thread_place(tid) : NULL;

	return thread && thread->tid == tid ? thread : NULL;
}

static __always_inline void follow_thread(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct stage_thread *thread = thread_place(tid);
	struct stage_followed *record;

	if (!thread || thread->tid == tid)
		return;
	count(STAGE_COUNT_FOLLOWED);
	record = bpf_ringbuf_reserve(&stage_records, sizeof(*record), 0);
	if (!record) {
		count(STAGE_COUNT_FOLLOWED_LOST);
		return; /* its next read is another chance */
	}
	*record = (struct stage_followed){
		.kind = STAGE_RECORD_FOLLOWED,
		.tid = tid,
		.abandoned_tid = thread->tid,
	};
	thread->waking_ns = 0;
	thread->aside_ns = 0;
	thread->cookie = 0;
	thread->tid = tid;
	record->time_ns = bpf_ktime_get_ns();
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

/* ---- The programs ----------------------------------------------------------- */

/* A thread consumes bytes of a socket, which it has locked. */
SEC("raw_tp/tcp_rcv_space_adjust")
int bytes_read(__u64 *ctx)
{
	if (follow_socket(ctx[0]))
		follow_thread();
	return 0;
}

/* TCP takes up a segment of a connection. */
SEC("raw_tp/tcp_probe")
int segment_taken(__u64 *ctx)
{
	struct stage_socket *socket = find_followed(&stage_sockets, ctx[0]);
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];
	__u64 received_bytes;

	if (!socket)
		return 0;
	received_bytes = BPF_CORE_READ(tp, bytes_received);
	if (received_bytes != socket->told_offset) {
		count(STAGE_COUNT_OTHER_READY);
		socket->told_offset = received_bytes;
	}
	socket->queue_ns = bpf_ktime_get_ns();
	return 0;
}

/* What a telling in a thread's own time (the backlog) can be interrupted by: others. */
static __always_inline void nest(struct stage_telling *telling)
{
	count(STAGE_COUNT_NESTED);
	telling->cookie = STAGE_COOKIE_UNSURE;
	telling->depth++;
}

static __always_inline bool is_open(const struct stage_telling *telling, __u64 now_ns)
{
	return telling->cookie && now_ns - telling->since_ns < TELLING_NS_MAX;
}

static __always_inline __u32 open_telling(__u64 cookie, __u64 now_ns)
{
	__u32 zero = 0;
	struct stage_telling *telling = bpf_map_lookup_elem(&stage_tellings, &zero);

	if (!telling)
		return 1;
	if (is_open(telling, now_ns)) {
		nest(telling);
		return 1;
	}
	telling->cookie = cookie;
	telling->since_ns = now_ns;
	telling->depth = 0;
	return 0;
}

static __always_inline int tell(struct stage_socket *socket, __u64 end_offset)
{
	__u64 start_offset = socket->told_offset;
	__u64 queue_ns = socket->queue_ns;
	struct stage_ready *record;
	__u32 is_nested;

	count(STAGE_COUNT_TOLD);
	socket->told_offset = end_offset;
	socket->queue_ns = 0;
	is_nested = open_telling(socket->id.cookie, bpf_ktime_get_ns());
	if (end_offset == start_offset) {
		count(STAGE_COUNT_TOLD_NOTHING);
		return 0;
	}
	record = bpf_ringbuf_reserve(&stage_records, sizeof(*record), 0);
	if (!record) { /* asked once: kernels before 6.3 forget that a record is one */
		count(STAGE_COUNT_TOLD_LOST);
		return 0;
	}
	*record = (struct stage_ready){
		.kind = STAGE_RECORD_READY,
		.is_nested = is_nested,
		.cookie = socket->id.cookie,
		.queue_ns = queue_ns,
		.ready_ns = bpf_ktime_get_ns(),
		.start_offset = start_offset,
		.end_offset = end_offset,
	};
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

static __always_inline int end_telling(void)
{
	__u32 zero = 0;
	struct stage_telling *telling = bpf_map_lookup_elem(&stage_tellings, &zero);

	if (!telling)
		return 0;
	if (telling->depth)
		telling->depth--;
	else
		telling->cookie = 0;
	return 0;
}

SEC("fentry/sock_def_readable")
int fentry_told(__u64 *ctx)
{
	struct stage_socket *socket = find_followed(&stage_sockets, address_of(ctx));
	struct tcp_sock *tp;

	if (!socket)
		return 0;
	tp = bpf_skc_to_tcp_sock((struct sock *)ctx[0]);
	return tp ? tell(socket, tp->bytes_received) : 0;
}

SEC("fexit/sock_def_readable")
int fexit_told(__u64 *ctx)
{
	return find_followed(&stage_sockets, address_of(ctx)) ? end_telling() : 0;
}

SEC("kprobe/sock_def_readable")
int kprobe_told(struct pt_regs *ctx)
{
	__u64 address = PT_REGS_PARM1(ctx);
	struct tcp_sock *tp = (struct tcp_sock *)address;
	struct stage_socket *socket = find_followed(&stage_sockets, address);
	struct stage_telling *telling;
	__u32 zero = 0;

	if (socket)
		return tell(socket, BPF_CORE_READ(tp, bytes_received));
	/* Whose return it is a kretprobe is not told: within a telling all count. */
	telling = bpf_map_lookup_elem(&stage_tellings, &zero);
	if (telling && telling->cookie && is_open(telling, bpf_ktime_get_ns()))
		nest(telling);
	return 0;
}

SEC("kretprobe/sock_def_readable")
int kretprobe_told(struct pt_regs *ctx)
{
	return end_telling();
}

SEC("tp_btf/sched_waking")
int thread_waking(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct stage_thread *thread = followed_thread(task);
	struct stage_telling *telling;
	__u32 zero = 0;

	/* Woken when it was put aside on its way to sleep: it has not slept. */
	if (!thread || thread->aside_ns)
		return 0;
	telling = bpf_map_lookup_elem(&stage_tellings, &zero);
	thread->cookie = telling ? telling->cookie : 0;
	thread->waking_ns = bpf_ktime_get_ns();
	return 0;
}

/* Its state was renamed in 5.14. */
struct task_struct___old {
	volatile long state;
} __attribute__((preserve_access_index));

static __always_inline bool is_running(struct task_struct *task)
{
	struct task_struct___old *old = (void *)task;

	if (bpf_core_field_exists(old->state))
		return BPF_CORE_READ(old, state) == 0;
	return BPF_CORE_READ(task, __state) == 0;
}

/*
 * Woken while it was still on its way to sleep it did not sleep, nor wait: that shows when
 * it is put aside while it could run.  If it is put aside asleep instead, either a new
 * waking comes first, or this very one, which it did not see in time, has it run again.
 */
static __always_inline void leave_processor(struct task_struct *task, bool is_preempted)
{
	struct stage_thread *thread = followed_thread(task);

	if (!thread)
		return;
	if (!is_preempted && !is_running(task)) {
		thread->aside_ns = 0; /* still set if its coming back was skipped */
		return;
	}
	thread->waking_ns = 0;
	thread->aside_ns = bpf_ktime_get_ns();
}

static __always_inline void tell_run(const struct stage_thread *thread, enum stage_record_kind kind,
				     __u64 since_ns, __u64 cookie)
{
	struct stage_woken *record;

	count(STAGE_COUNT_RUN);
	record = bpf_ringbuf_reserve(&stage_records, sizeof(*record), 0);
	if (!record) {
		count(STAGE_COUNT_RUN_LOST);
		return;
	}
	*record = (struct stage_woken){
		.kind = kind,
		.tid = thread->tid,
		.cookie = cookie,
		.waking_ns = since_ns,
		.running_ns = bpf_ktime_get_ns(),
	};
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

static __always_inline void enter_processor(struct task_struct *task)
{
	struct stage_thread *thread = followed_thread(task);
	__u64 waking_ns;
	__u64 aside_ns;

	if (!thread)
		return;
	waking_ns = thread->waking_ns;
	aside_ns = thread->aside_ns;
	thread->waking_ns = 0;
	thread->aside_ns = 0;
	if (aside_ns)
		tell_run(thread, STAGE_RECORD_RESUMED, aside_ns, 0);
	else if (waking_ns)
		tell_run(thread, STAGE_RECORD_WOKEN, waking_ns, thread->cookie);
}

SEC("tp_btf/sched_switch")
int thread_switched(__u64 *ctx)
{
	leave_processor((struct task_struct *)ctx[1], ctx[0] & 1);
	enter_processor((struct task_struct *)ctx[2]);
	return 0;
}
