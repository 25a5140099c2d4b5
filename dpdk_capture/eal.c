/* SPDX-License-Identifier: BSD-2-Clause */
#include "eal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

/* More than any kernel is built for. */
#define CORE_COUNT_MAX 8192

static uint64_t read_free_huge_bytes(void)
{
	unsigned long long free_count = 0;
	unsigned long long size_kb = 0;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		(void)sscanf(line, "HugePages_Free: %llu", &free_count);
		(void)sscanf(line, "Hugepagesize: %llu", &size_kb);
	}
	(void)fclose(file);
	return free_count * size_kb * 1024;
}

/* True if a hugetlbfs is mounted where we may write. */
static bool has_hugetlbfs(void)
{
	char line[512];
	char where[256];
	char type[64];
	bool is_found = false;
	FILE *file = fopen("/proc/mounts", "re");

	if (!file)
		return false;
	while (!is_found && fgets(line, sizeof(line), file))
		is_found = sscanf(line, "%*s %255s %63s", where, type) == 2 &&
			   strcmp(type, "hugetlbfs") == 0 && access(where, W_OK) == 0;
	(void)fclose(file);
	return is_found;
}

static void read_machine(struct machine *machine, bool is_core_usable[CORE_COUNT_MAX])
{
	cpu_set_t cores[CPU_ALLOC_SIZE(CORE_COUNT_MAX) / sizeof(cpu_set_t)];

	CPU_ZERO_S(sizeof(cores), cores);
	(void)sched_getaffinity(0, sizeof(cores), cores); /* none usable is found out later */
	for (size_t core = 0; core < CORE_COUNT_MAX; core++)
		is_core_usable[core] = CPU_ISSET_S(core, sizeof(cores), cores);
	machine->huge_free_bytes = read_free_huge_bytes();
	machine->is_hugetlbfs_mounted = has_hugetlbfs();
	machine->is_core_usable = is_core_usable;
	machine->core_count = CORE_COUNT_MAX;
	machine->lcore_count = RTE_MAX_LCORE;
}

/*
 * Stdout is for data, but there EAL answers a wrong word with a hundred lines of
 * usage: until it is up, nobody listens.  What is wrong it says on stderr.
 */
static int init_quietly(struct word_list *words)
{
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int count;

	(void)rte_openlog_stream(stderr);
	if (out >= 0 && null >= 0)
		(void)dup2(null, STDOUT_FILENO); /* or it goes to stdout: no harm */
	count = rte_eal_init(words->count, words->words);
	(void)fflush(stdout);
	if (out >= 0) {
		(void)dup2(out, STDOUT_FILENO); /* was open a moment ago */
		(void)close(out);
	}
	if (null >= 0)
		(void)close(null);
	return count;
}

/* Ours alone (--file-prefix); one in use by others is not empty and stays. */
static void remove_directory(void)
{
	(void)rmdir(rte_eal_get_runtime_dir());
}

int eal_start(struct word_list *words, bool is_verbose, struct eal_choice *ret_choice,
	      struct fault *ret_fault)
{
	static const char trouble[] = "the lines above say what is wrong; see dpdk_capture --help";
	/* EAL keeps pointers into its words for as long as it lives. */
	static struct eal_texts texts;
	bool is_core_usable[CORE_COUNT_MAX];
	struct machine machine;

	read_machine(&machine, is_core_usable);
	if (!command_line_complete(words, &machine, (uint32_t)getpid(), is_verbose, &texts,
				   ret_choice)) {
		if (ret_choice->is_coreless)
			return fault_set(ret_fault, -ENODEV, "processor cores",
					 "this process may use none", "taskset -pc shows which");
		return fault_set(ret_fault, -E2BIG, "EAL options", "too many", "give fewer");
	}
	if (init_quietly(words) < 0) {
		int err = -rte_errno;

		remove_directory();
		return fault_set(ret_fault, err, "EAL", rte_strerror(-err), trouble);
	}
	/* Nobody looks into it again, and so nothing is left behind even if we are killed. */
	remove_directory();
	return 0;
}

void eal_stop(void)
{
	(void)rte_eal_cleanup();
	remove_directory();
}
