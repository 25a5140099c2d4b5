/* SPDX-License-Identifier: BSD-2-Clause */
#include "host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a file of the kernel's. */
static void read_line(const char *path, char *line, size_t size_bytes)
{
	FILE *file = fopen(path, "re");

	line[0] = '\0';
	if (!file)
		return;
	if (!fgets(line, (int)size_bytes, file))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	(void)fclose(file);
}

static void read_processor(struct host_facts *facts)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[4096]; /* the flags are long */

	if (!file)
		return;
	while (fgets(line, sizeof(line), file) && line[0] != '\n') {
		const char *value = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		if (value && strncmp(line, "model name", 10) == 0)
			(void)snprintf(facts->words[HOST_PROCESSOR], HOST_FACT_BYTES, "%s",
				       value + 1 + strspn(value + 1, " "));
		if (value && strncmp(line, "flags", 5) == 0)
			(void)snprintf(facts->words[HOST_HYPERVISOR], HOST_FACT_BYTES, "%s",
				       strstr(value, " hypervisor") ? "yes" : "no");
	}
	(void)fclose(file);
}

void host_read(struct host_facts *ret_facts)
{
	struct utsname system;

	*ret_facts = (struct host_facts){ 0 };
	if (uname(&system) == 0)
		(void)snprintf(ret_facts->words[HOST_KERNEL], HOST_FACT_BYTES, "%.40s %.60s %.20s",
			       system.sysname, system.release, system.machine);
	read_processor(ret_facts);
	read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		  ret_facts->words[HOST_CLOCKSOURCE], HOST_FACT_BYTES);
	read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
		  ret_facts->words[HOST_GOVERNOR], HOST_FACT_BYTES);
	(void)snprintf(ret_facts->words[HOST_CORES], HOST_FACT_BYTES, "%ld",
		       sysconf(_SC_NPROCESSORS_ONLN));
}
