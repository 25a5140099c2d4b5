/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Inside the kernel a device number is 12 bits of major above 20 of minor. */
#define KERNEL_MINOR_BITS 20

uint32_t target_parse_status(const char *status)
{
	const char *line = strstr(status, "\nNSpid:");
	unsigned long pid = 0;
	char *end;

	if (!line)
		return 0;
	line += strlen("\nNSpid:");
	for (;;) {
		unsigned long next = strtoul(line, &end, 10);

		if (end == line || memchr(line, '\n', (size_t)(end - line)))
			return (uint32_t)pid;
		pid = next;
		line = end;
	}
}

int target_find(uint32_t pid, struct target *ret_target)
{
	char path[64];
	char status[4096];
	struct stat ns;
	FILE *file;
	size_t got;

	(void)snprintf(path, sizeof(path), "/proc/%u/status", pid);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? -ESRCH : -errno;
	got = fread(status, 1, sizeof(status) - 1, file);
	status[got] = '\0';
	(void)fclose(file);

	(void)snprintf(path, sizeof(path), "/proc/%u/ns/pid", pid);
	if (stat(path, &ns) < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	ret_target->pid = target_parse_status(status);
	ret_target->ns_dev = (uint64_t)major(ns.st_dev) << KERNEL_MINOR_BITS | minor(ns.st_dev);
	ret_target->ns_inode = ns.st_ino;
	return ret_target->pid ? 0 : -EPROTO;
}
