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

/* After it, whose types they use. */
#include "elsewhere.bpf.h"
#include "reads.bpf.h"
#include "sweep.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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
	__u64 flags = CONTEXT_WORD(probe_settings.param_count == 6, PT_REGS_PARM5(ctx),
				   PT_REGS_PARM4(ctx));

	return enter_call((struct sock *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), (int)flags,
			  true);
}

SEC("kretprobe/tcp_recvmsg")
int kretprobe_leave(struct pt_regs *ctx)
{
	return leave_call(NULL, (int)PT_REGS_RC(ctx), true);
}

SEC("fentry/tcp_recvmsg")
int fentry_enter(__u64 *ctx)
{
	__u64 flags = CONTEXT_WORD(probe_settings.param_count == 6, ctx[4], ctx[3]);

	return enter_call((struct sock *)ctx[0], (void *)ctx[1], (int)flags, false);
}

SEC("fexit/tcp_recvmsg")
int fexit_leave(__u64 *ctx)
{
	/* The result stands after the parameters; a word that is not there must not be read. */
	__u64 result;

	if (probe_settings.param_count == 6)
		result = CONTEXT_WORD(true, ctx[6], 0);
	else
		result = CONTEXT_WORD(probe_settings.param_count == 5, ctx[5], ctx[4]);
	return leave_call((struct sock *)ctx[0], (int)result, false);
}

/*
 * A thread that ends takes its entry with it.  It has left every call by then:
 * one still open is one whose return was missed.
 */
SEC("raw_tp/sched_process_exit")
int thread_exited(__u64 *ctx)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	struct probe_call *call = bpf_map_lookup_elem(&probe_calls, &tid);

	if (!call)
		return 0;
	if (call->enter_ns)
		count_call(PROBE_COUNT_UNPAIRED);
	(void)bpf_map_delete_elem(&probe_calls, &tid);
	return 0;
}

/* SSL_read(ssl, buffer, size) returns a number of bytes ... */
SEC("uprobe")
int ssl_read_enter(struct pt_regs *ctx)
{
	return enter_ssl(ctx, PROBE_SSL_READ, false);
}

/* ... and SSL_read_ex(ssl, buffer, size, &number) 1 or 0. */
SEC("uprobe")
int ssl_read_ex_enter(struct pt_regs *ctx)
{
	return enter_ssl(ctx, PROBE_SSL_READ, true);
}

SEC("uprobe")
int ssl_peek_enter(struct pt_regs *ctx)
{
	return enter_ssl(ctx, PROBE_SSL_PEEK, false);
}

SEC("uprobe")
int ssl_peek_ex_enter(struct pt_regs *ctx)
{
	return enter_ssl(ctx, PROBE_SSL_PEEK, true);
}

SEC("uretprobe")
int ssl_leave(struct pt_regs *ctx)
{
	return leave_ssl(ctx);
}

SEC("uprobe")
int ssl_renew(struct pt_regs *ctx)
{
	return renew_ssl(PT_REGS_PARM1(ctx));
}

/* Where returns may be missed: from 6.3 on. */
SEC("raw_tp/sock_recv_length")
int receive_over(__u64 *ctx)
{
	return leave_unseen((struct sock *)ctx[0], (int)ctx[1]);
}

/* MPTCP's own tcp_recvmsg(): what it takes from its TCP connections passes no other probe. */
SEC("fexit/mptcp_recvmsg")
int mptcp_leave(__u64 *ctx)
{
	__u64 result = CONTEXT_WORD(probe_settings.mptcp_param_count == 5, ctx[5], ctx[4]);

	return note_mptcp((struct sock *)ctx[0], (int)ctx[3], (int)result);
}

/* Every way to consume bytes of TCP's own queue comes by here, with the socket locked. */
SEC("raw_tp/tcp_rcv_space_adjust")
int bytes_consumed(__u64 *ctx)
{
	return note_consumed((struct sock *)ctx[0]);
}

/* Everybody's open files, one by one; NULL at the end. */
SEC("iter/task_file")
int sweep(struct bpf_iter__task_file *ctx)
{
	return sweep_file(ctx->file);
}

/* Closed sockets are told, so that the places they took become free. */
SEC("raw_tp/inet_sock_set_state")
int socket_moved(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	__u64 address = ctx[0];
	__u64 *substitute;

	note_state(sk, ctx[1], ctx[2]);
	if (ctx[2] != PROBE_TCP_CLOSE || probe_settings.mode == PROBE_MODE_REGISTERED)
		return 0;
	dismiss_socket(BPF_CORE_READ(sk, __sk_common.skc_cookie.counter));
	substitute = bpf_map_lookup_elem(&probe_substitutes, &address);
	if (!substitute)
		return 0;
	dismiss_socket(*substitute);
	(void)bpf_map_delete_elem(&probe_substitutes, &address);
	return 0;
}
