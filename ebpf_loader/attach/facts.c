/* SPDX-License-Identifier: BSD-2-Clause */
#include "refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"

#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"

/* Reads the start of a small file.  0, or a negative errno. */
static int read_text(const char *path, char *text, size_t size_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, text, size_bytes - 1);
	if (got < 0)
		got = 0;
	text[got] = '\0';
	(void)close(fd);
	return 0;
}

/* A file with one number; 0 if there is none, or a negative one. */
static uint32_t read_number(const char *path)
{
	char text[32];
	long number = read_text(path, text, sizeof(text)) == 0 ? strtol(text, NULL, 10) : 0;

	return number > 0 && number <= INT32_MAX ? (uint32_t)number : 0;
}

bool facts_is_ftrace_off(void)
{
	char text[8];

	return read_text("/proc/sys/kernel/ftrace_enabled", text, sizeof(text)) == 0 &&
	       text[0] == '0';
}

/*
 * For the child: securityfs is not mounted in many containers and VMs, so it
 * is mounted where only this process sees it; nothing of it outlives it.
 */
static int read_unmounted_lockdown(void)
{
	char text[128];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("securityfs", "/sys/kernel/security", "securityfs", MS_RDONLY, NULL) < 0)
		return LOCKDOWN_UNKNOWN;
	if (read_text(LOCKDOWN_FILE, text, sizeof(text)) < 0)
		return LOCKDOWN_UNKNOWN;
	return (int)lockdown_parse(text);
}

static enum lockdown read_lockdown(void)
{
	char text[128];
	int status = 0;
	pid_t child;

	if (read_text(LOCKDOWN_FILE, text, sizeof(text)) == 0)
		return lockdown_parse(text);
	child = fork();
	if (child == 0)
		_exit(read_unmounted_lockdown());
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return LOCKDOWN_UNKNOWN;
	return (enum lockdown)WEXITSTATUS(status);
}

/* Which of some symbols the kernel has; all of them, if it shows none to us. */
static void look_for_symbols(const char *const *wanted, bool *ret_found, size_t count)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	bool is_listed = false;
	size_t missing_count = count;
	char line[512];
	char name[256];

	memset(ret_found, 0, count * sizeof(*ret_found));
	while (file && missing_count && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %*s %255s", name) != 1)
			continue;
		is_listed = true;
		for (size_t i = 0; i < count; i++) {
			if (ret_found[i] || strcmp(name, wanted[i]) != 0)
				continue;
			ret_found[i] = true;
			missing_count--;
		}
	}
	if (file)
		(void)fclose(file);
	for (size_t i = 0; i < count && !is_listed; i++)
		ret_found[i] = true;
}

void facts_gather(struct kernel_facts *ret_facts)
{
	struct utsname name;
	struct rlimit memlock;
	static const char *const symbols[] = { "tcp_recvmsg", "register_kprobe" };
	bool has_symbols[2];

	memset(ret_facts, 0, sizeof(*ret_facts));
	if (uname(&name) == 0)
		(void)snprintf(ret_facts->release, sizeof(ret_facts->release), "%s", name.release);
	ret_facts->lockdown = read_lockdown();
	ret_facts->has_btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
	look_for_symbols(symbols, has_symbols, 2);
	ret_facts->has_function = has_symbols[0];
	ret_facts->has_kprobes = has_symbols[1];
	ret_facts->memlock_bytes = getrlimit(RLIMIT_MEMLOCK, &memlock) < 0 ? UINT64_MAX
									   : memlock.rlim_cur;
	ret_facts->perf_paranoid = read_number("/proc/sys/kernel/perf_event_paranoid");
	ret_facts->is_ftrace_off = facts_is_ftrace_off();
	ret_facts->is_admin = caps_has(CAPS_ADMIN);
	ret_facts->can_bpf = caps_has(CAPS_BPF);
	ret_facts->can_trace = caps_has(CAPS_PERFMON);
}
