/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Sockets that an object beside the probe follows: those that the probe wants, each with a
 * place in an array of FOLLOWED_SOCKET_COUNT, one of two that its address makes.
 */
#ifndef EBPF_FOLLOWED_BPF_H
#define EBPF_FOLLOWED_BPF_H

#include "wanted.bpf.h"

#define FOLLOWED_SOCKET_COUNT 8192

/* The probe's, set by the loader. */
const volatile __u32 followed_mode = 0; /* enum probe_mode */

/* What each place begins with: whose it is. */
struct followed_id {
	__u64 address; /* 0: the place is free */
	__u64 cookie;
};

/* Addresses of sockets are multiples of a power of two: multiplying spreads them. */
static __always_inline __u32 place_of(__u64 address)
{
	return (__u32)(address * 0x9e3779b97f4a7c15ull >> 40) % FOLLOWED_SOCKET_COUNT;
}

/* The socket's place among the places of an array; NULL: it has none. */
static __always_inline void *find_followed(void *places, __u64 address)
{
	__u32 first = place_of(address);
	__u32 second = first ^ 1;
	struct followed_id *id = bpf_map_lookup_elem(places, &first);

	if (id && id->address == address)
		return id;
	id = bpf_map_lookup_elem(places, &second);
	return id && id->address == address ? id : NULL;
}

/* A place for a socket that has none: a free one, or another socket's. */
static __always_inline void *choose_place(void *places, __u64 address)
{
	__u32 place = place_of(address);
	struct followed_id *first = bpf_map_lookup_elem(places, &place);
	struct followed_id *second;

	place ^= 1;
	second = bpf_map_lookup_elem(places, &place);
	if (!first || !second)
		return NULL;
	return first->address && !second->address ? second : first;
}

/* The cookie by which the probe knows the socket; 0: it does not. */
static __always_inline __u64 wanted_cookie(__u64 address)
{
	__u64 cookie = known_cookie((struct sock *)address, followed_mode);
	__u32 row_index = probe_row_of(cookie);
	struct probe_row *row;
	bool is_wanted = false;

	if (!cookie)
		return 0;
	if (followed_mode != PROBE_MODE_REGISTERED)
		return bpf_map_lookup_elem(&probe_sockets, &cookie) ? cookie : 0;
	row = bpf_map_lookup_elem(&probe_rows, &row_index);
	if (!row)
		return 0;
	for (__u32 i = 0; i < PROBE_ROW_SOCKET_COUNT; i++)
		is_wanted |= row->cookies[i] == cookie;
	return is_wanted ? cookie : 0;
}

/* Is the place with its address this socket's, not a closed one's? */
static __always_inline bool is_followed_still(const struct followed_id *id, __u64 address)
{
	struct sock *sk = (struct sock *)address;
	__u64 real_cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);

	return id->cookie == real_cookie || (!real_cookie && id->cookie >> 63);
}

/* A program's first parameter as a number: the verifier lets nobody calculate with a pointer. */
static __always_inline __u64 address_of(__u64 *ctx)
{
	__u64 address = 0;

	(void)bpf_probe_read_kernel(&address, sizeof(address), ctx);
	return address;
}

#endif
