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

/*
 * The state of a wanted socket: one that is known, or that was seen connecting for a wanted
 * process and that no probe has seen read yet.  Who runs now is the loader.
 */
static __always_inline struct probe_socket_state *find_swept(struct sock *sk, __u64 *ret_cookie)
{
	__u64 address = (__u64)(unsigned long)sk;
	struct probe_socket_state *state;
	struct probe_newborn *newborn;

	*ret_cookie = known_cookie(sk);
	state = find_known(*ret_cookie);
	if (state || probe_settings.mode == PROBE_MODE_REGISTERED || !is_port_wanted(sk))
		return state;
	newborn = bpf_map_lookup_elem(&probe_newborns, &address);
	if (!newborn || !newborn->is_of_wanted_process)
		return NULL;
	return name_socket(sk, *ret_cookie, false, ret_cookie);
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
	state = sk ? find_swept(sk, &cookie) : NULL;
	if (state && !is_being_read(sk, state) && learn_base(sk, false, state))
		tell_position(sk, state, &state->swept_seq, cookie, PROBE_RECORD_SWEPT);
	return 0;
}

#endif
