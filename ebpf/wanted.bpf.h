/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The maps of wanted sockets.  They are the probe's; the loader puts them in the place of
 * those that other objects have by these names.
 */
#ifndef EBPF_WANTED_BPF_H
#define EBPF_WANTED_BPF_H

#include "probe.h"

/* The registered sockets: what the loader has entered. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PROBE_ROW_COUNT);
	__type(key, __u32);
	__type(value, struct probe_row);
} probe_rows SEC(".maps");

/* The matching sockets: what the probe itself has admitted. */
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

/* The cookie under which a matching socket is known, 0 if under none. */
static __always_inline __u64 known_cookie(struct sock *sk, enum probe_mode mode)
{
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	__u64 address = (__u64)(unsigned long)sk;
	__u64 *substitute;

	if (cookie || mode == PROBE_MODE_REGISTERED)
		return cookie;
	substitute = bpf_map_lookup_elem(&probe_substitutes, &address);
	return substitute ? *substitute : 0;
}

#endif
