/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <string.h>

#include "function.h"

bool function_is_understood(const struct function_params *params)
{
	/* `nonblock` stood before `flags` until 5.19; `addr_len` came last until 7.0. */
	static const char *const shapes[][6] = {
		[0] = { "sk", "msg", "len", "flags" },
		[1] = { "sk", "msg", "len", "flags", "addr_len" },
		[2] = { "sk", "msg", "len", "nonblock", "flags", "addr_len" },
	};
	const char *const *shape;

	if (params->count < 4 || params->count > 6)
		return false;
	shape = shapes[params->count - 4];
	for (__u32 i = 0; i < params->count; i++)
		if (strcmp(params->names[i], shape[i]) != 0)
			return false;
	return true;
}
