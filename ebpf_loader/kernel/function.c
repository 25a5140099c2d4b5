/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "function.h"

static int read_params(const struct btf *btf, const char *function, struct function_params *params)
{
	const struct btf_type *proto;
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);

	memset(params, 0, sizeof(*params));
	if (id < 0)
		return id;
	proto = btf__type_by_id(btf, btf__type_by_id(btf, (__u32)id)->type);
	params->count = btf_vlen(proto);
	for (__u32 i = 0; i < params->count && i < FUNCTION_PARAM_COUNT_MAX; i++) {
		const char *name = btf__name_by_offset(btf, btf_params(proto)[i].name_off);

		(void)snprintf(params->names[i], sizeof(params->names[i]), "%s", name ? name : "");
	}
	return 0;
}

int function_describe(struct probe_config *config, struct function_params *ret_params)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct function_params mptcp;
	int err;

	if (!btf)
		return -errno;
	err = read_params(btf, FUNCTION_RECVMSG, ret_params);
	if (!err && !function_is_understood(ret_params))
		err = -EPROTO;
	config->param_count = ret_params->count;
	/* It was changed together with the other, but never had six. */
	if (!read_params(btf, FUNCTION_MPTCP, &mptcp) && function_is_understood(&mptcp) &&
	    mptcp.count <= 5)
		config->mptcp_param_count = mptcp.count;
	btf__free(btf);
	return err;
}
