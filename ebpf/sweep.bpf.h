/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Where the kernel's own position in each open socket's stream stands, whoever moved it:
 * told by a walk over everybody's files when the loader asks.  It finds what was read past
 * every probe while the socket is still open, in whatever network namespace that is.
 */
#ifndef EBPF_SWEEP_BPF_H
#define EBPF_SWEEP_BPF_H

#include "elsewhere.bpf.h"

/* include/uapi/linux/stat.h */
#define FILE_TYPE_MASK	 0170000
#define FILE_TYPE_SOCKET 0140000

/* The TCP socket that a file is, NULL if it is none. */
static __always_inline struct sock *socket_of(struct file *file)
{
	struct socket *socket;
	struct sock *sk;

	if ((BPF_CORE_READ(file, f_inode, i_mode) & FILE_TYPE_MASK) != FILE_TYPE_SOCKET)
		return NULL;
	socket = (struct socket *)BPF_CORE_READ(file, private_data);
	if (!socket || BPF_CORE_READ(socket, file) != file)
		return NULL;
	sk = BPF_CORE_READ(socket, sk);
	return sk && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP ? sk : NULL;
}

/* A read that is under way has moved the position and will be told when it returns. */
static __always_inline bool is_being_read(struct sock *sk, const struct probe_socket_state *state)
{
	__u32 tid = state->reader_tid;
	struct probe_call *call = bpf_map_lookup_elem(&probe_calls, &tid);

	return call && call->enter_ns && call->sock_address == (__u64)(unsigned long)sk;
}

static __always_inline int sweep_file(struct file *file)
{
	struct probe_socket_state *state;
	struct sock *sk;
	__u64 cookie;

	if (!file)
		return 0; /* the end */
	sk = socket_of(file);
	if (!sk)
		return 0;
	cookie = known_cookie(sk, probe_settings.mode);
	state = find_known(cookie);
	if (state && !is_being_read(sk, state) && learn_base(sk, false, state))
		tell_position(sk, state, &state->swept_seq, cookie, PROBE_RECORD_SWEPT);
	return 0;
}

#endif
