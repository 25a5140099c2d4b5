/* SPDX-License-Identifier: BSD-2-Clause */
#include "capabilities.h"

#include <stdio.h>

#include <linux/capability.h>

/* The capabilities that we need and do not have, as words; empty if none. */
static void missing_capabilities(char *text, size_t size_bytes)
{
	static const struct {
		const char *name;
		int bit;
	} wanted[] = {
		{ " CAP_NET_ADMIN", CAP_NET_ADMIN },
		{ " CAP_NET_RAW", CAP_NET_RAW },
		{ " CAP_IPC_LOCK", CAP_IPC_LOCK },
	};
	unsigned long long effective = 0;
	size_t used_bytes = 0;
	char line[128];
	FILE *status = fopen("/proc/self/status", "re");

	text[0] = '\0';
	if (!status)
		return;
	while (fgets(line, sizeof(line), status) && sscanf(line, "CapEff: %llx", &effective) != 1)
		;
	(void)fclose(status);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!(effective >> wanted[i].bit & 1) && used_bytes < size_bytes)
			used_bytes += (size_t)snprintf(text + used_bytes, size_bytes - used_bytes,
						       "%s", wanted[i].name);
	}
}

void capabilities_blame(struct fault *fault)
{
	char missing[64];

	missing_capabilities(missing, sizeof(missing));
	if (missing[0])
		(void)snprintf(fault->remedy, sizeof(fault->remedy),
			       "run as root, or give the program%s", missing);
}
