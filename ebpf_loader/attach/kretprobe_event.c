/* SPDX-License-Identifier: BSD-2-Clause */
#include "kretprobe_event.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <linux/perf_event.h>
#include <sys/syscall.h>

#define GROUP "ws_latency"

static const char *const tracefs_dirs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

/* One line a write, as the kernel parses it. */
static int write_definition(int list_fd, const char *text)
{
	return write(list_fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* The events of this program are named after its process: GROUP/FUNCTION_PID. */
static void remove_if_stale(int list_fd, char *line)
{
	char *name = strstr(line, ":" GROUP "/");
	char removal[128];
	char *pid;

	if (!name)
		return;
	name[strcspn(name, " \n")] = '\0';
	pid = strrchr(name, '_');
	if (!pid || kill((pid_t)strtol(pid + 1, NULL, 10), 0) == 0 || errno != ESRCH)
		return;
	if ((size_t)snprintf(removal, sizeof(removal), "-%s\n", name) < sizeof(removal))
		(void)write_definition(list_fd, removal); /* one in use stays */
}

static void remove_stale(const char *path, int list_fd)
{
	FILE *list = fopen(path, "re");
	char line[256];

	if (!list)
		return;
	while (fgets(line, sizeof(line), list))
		remove_if_stale(list_fd, line);
	(void)fclose(list);
}

/* The number by which perf knows the event, or a negative errno. */
static int event_id(const char *dir, const char *name)
{
	char path[192];
	FILE *file;
	int id;

	(void)snprintf(path, sizeof(path), "%s/events/%s/id", dir, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (fscanf(file, "%d", &id) != 1)
		id = -EPROTO;
	(void)fclose(file);
	return id;
}

/* On one CPU: a program on a probe runs on whichever the probe is hit. */
static int open_perf_event(int id)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = (__u64)id,
		.sample_period = 1,
		.wakeup_events = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_in(const char *dir, const char *function, struct kretprobe_event *event)
{
	char definition[160];
	char path[64];
	int id;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/kprobe_events", dir);
	event->list_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC); /* truncated, it loses all */
	if (event->list_fd < 0)
		return -errno;
	remove_stale(path, event->list_fd);
	(void)snprintf(event->name, sizeof(event->name), GROUP "/%s_%d", function, (int)getpid());
	(void)snprintf(definition, sizeof(definition), "r%d:%s %s\n", KRETPROBE_EVENT_CALLS_MAX,
		       event->name, function);
	fd = write_definition(event->list_fd, definition);
	if (fd < 0) {
		(void)close(event->list_fd);
		event->list_fd = -1;
		return fd;
	}
	id = event_id(dir, event->name);
	fd = id < 0 ? id : open_perf_event(id);
	if (fd < 0)
		kretprobe_event_close(event);
	return fd;
}

int kretprobe_event_open(const char *function, struct kretprobe_event *ret_event)
{
	int fd = -ENOENT;

	for (size_t i = 0; i < sizeof(tracefs_dirs) / sizeof(*tracefs_dirs) && fd == -ENOENT; i++)
		fd = open_in(tracefs_dirs[i], function, ret_event);
	if (fd < 0)
		ret_event->list_fd = -1;
	return fd;
}

void kretprobe_event_close(struct kretprobe_event *event)
{
	char removal[80];

	if (event->list_fd < 0)
		return;
	(void)snprintf(removal, sizeof(removal), "-:%s\n", event->name);
	(void)write_definition(event->list_fd, removal);
	(void)close(event->list_fd);
	event->list_fd = -1;
}

/* include/uapi/linux/bpf.h from 6.7 on: what the kernel says of a link to a kretprobe. */
struct kretprobe_link_info {
	__u32 type;
	__u32 id;
	__u32 program_id;
	__u32 reserved;
	__u32 event_type;
	__u32 reserved_event;
	__u64 function_name;
	__u32 name_bytes;
	__u32 offset;
	__u64 address;
	__u64 missed_count; /* left as it was by older kernels */
	__u64 cookie;
};

#define EVENT_TYPE_KRETPROBE 4 /* BPF_PERF_EVENT_KRETPROBE */

uint64_t kretprobe_event_missed(const struct bpf_link *link)
{
	struct kretprobe_link_info info = { 0 };
	__u32 info_bytes = sizeof(info);

	if (!link || bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &info_bytes) ||
	    info.event_type != EVENT_TYPE_KRETPROBE)
		return 0;
	return info.missed_count;
}
