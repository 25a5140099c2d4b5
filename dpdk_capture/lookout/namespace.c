/* SPDX-License-Identifier: BSD-2-Clause */
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 64

static void make_path(uint32_t pid, char path[PATH_BYTES])
{
	if (pid)
		(void)snprintf(path, PATH_BYTES, "/proc/%u/ns/net", pid);
	else
		(void)snprintf(path, PATH_BYTES, "/proc/thread-self/ns/net");
}

int namespace_inode(uint32_t pid, uint64_t *ret_inode)
{
	char path[PATH_BYTES];
	struct stat stat_buffer;

	make_path(pid, path);
	if (stat(path, &stat_buffer) < 0)
		return -errno;
	*ret_inode = stat_buffer.st_ino;
	return 0;
}

static int open_namespace(uint32_t pid)
{
	char path[PATH_BYTES];
	int fd;

	make_path(pid, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int namespace_enter(uint32_t pid)
{
	int home_fd = open_namespace(0);
	int fd = home_fd < 0 ? home_fd : open_namespace(pid);
	int err = fd < 0 ? fd : 0;

	if (err == 0 && setns(fd, CLONE_NEWNET) < 0)
		err = -errno;
	if (fd >= 0)
		(void)close(fd);
	if (err == 0)
		return home_fd;
	if (home_fd >= 0)
		(void)close(home_fd);
	return err;
}

int namespace_leave(int home_fd)
{
	int err = setns(home_fd, CLONE_NEWNET) < 0 ? -errno : 0;

	(void)close(home_fd);
	return err;
}
