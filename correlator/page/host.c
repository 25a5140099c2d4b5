/* SPDX-License-Identifier: BSD-2-Clause */
#include "host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "prof/clock.h"

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

/* Time that the machine slept; by it other traces of the machine are related to ours. */
static void read_boot_offset(char words[HOST_FACT_BYTES])
{
	struct timespec before;
	struct timespec boot;

	(void)clock_gettime(CLOCK_MONOTONIC, &before); /* neither can fail */
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	(void)snprintf(words, HOST_FACT_BYTES, "%lld",
		       ((long long)boot.tv_sec - before.tv_sec) * PROF_NS_PER_S +
			       (boot.tv_nsec - before.tv_nsec));
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
	read_boot_offset(ret_facts->words[HOST_BOOT_OFFSET]);
	(void)snprintf(ret_facts->words[HOST_CORES], HOST_FACT_BYTES, "%ld",
		       sysconf(_SC_NPROCESSORS_ONLN));
}
