/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probed functions' parameters, by the kernel's own description (BTF), so that no
 * version is compared.  Calls libbpf's BTF reader.
 */
#ifndef EBPF_LOADER_FUNCTION_H
#define EBPF_LOADER_FUNCTION_H

#include <stdbool.h>

#include <linux/types.h>

#include "ebpf/probe.h"

#define FUNCTION_RECVMSG "tcp_recvmsg"
#define FUNCTION_MPTCP	 "mptcp_recvmsg"

#define FUNCTION_PARAM_COUNT_MAX 7

/* A function's parameters by name, "" where they have none. */
struct function_params {
	__u32 count; /* may be more than the names kept */
	char names[FUNCTION_PARAM_COUNT_MAX][16];
};

/*
 * Are these parameters those that the probe knows how to read: six (before 5.19), five or,
 * on 7.x, four, with the socket first and the flags where the probe looks?  Pure.
 */
bool function_is_understood(const struct function_params *params);

/*
 * Fills in what the probe must know of the functions.  0 and *ret_params as found; -EPROTO if
 * tcp_recvmsg() is not as the probe knows it; another negative errno if the kernel does not
 * describe it.
 */
int function_describe(struct probe_config *config, struct function_params *ret_params);

#endif
