/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus_file.h"
#include "bus_private.h"

#define SHM_FOLDER "/dev/shm"

bool bus_name_is_valid(const char *name)
{
	size_t size_bytes = name ? strlen(name) : 0;

	return size_bytes >= 2 && size_bytes < sizeof(((struct prof_bus *)0)->name) &&
	       name[0] == '/' && !strchr(name + 1, '/') && strcmp(name, "/.") != 0 &&
	       strcmp(name, "/..") != 0;
}

void bus_name_to_path(const char *name, char ret_path[PATH_MAX])
{
	(void)snprintf(ret_path, PATH_MAX, "%s%s", SHM_FOLDER, name);
}

bool bus_file_is_named(int fd, const char *path)
{
	struct stat by_fd;
	struct stat by_path;

	return fstat(fd, &by_fd) == 0 && lstat(path, &by_path) == 0 &&
	       by_fd.st_dev == by_path.st_dev && by_fd.st_ino == by_path.st_ino;
}

int bus_file_check(int fd, uint64_t *ret_size_bytes)
{
	struct stat status;
	uid_t uid = geteuid();

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EPROTO;
	if (status.st_mode & S_IRWXO)
		return -EACCES;
	/*
	 * Root joins the segment of the user it works for; a user joins root's
	 * or a group's only where the mode lets him.
	 */
	if (uid != 0 && status.st_uid != uid && status.st_uid != 0 && !(status.st_mode & S_IWGRP))
		return -EACCES;
	*ret_size_bytes = (uint64_t)status.st_size;
	return 0;
}

/* O_CREAT is never passed for a file that may exist: fs.protected_regular would refuse root. */
int bus_file_open(const char *path)
{
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR || errno == ENXIO ? -EPROTO : -errno;
	return fd;
}

int bus_file_read_header(int fd, uint64_t file_bytes, struct bus_shape *ret_shape)
{
	struct bus_header *header;
	ssize_t read_bytes;
	int err = -ENOMEM;

	if (file_bytes < BUS_PAGE_BYTES)
		return file_bytes ? -EPROTO : -EAGAIN;
	header = aligned_alloc(BUS_LINE_BYTES, sizeof(*header));
	if (!header)
		return err;
	read_bytes = pread(fd, header, sizeof(*header), 0);
	if (read_bytes == (ssize_t)sizeof(*header))
		err = bus_header_check(header, file_bytes, ret_shape);
	else
		err = read_bytes < 0 ? -errno : -EPROTO;
	free(header);
	return err;
}

int bus_file_remove_unused(const char *path, bool is_anything_meant)
{
	uint64_t file_bytes = 0;
	struct bus_shape shape;
	int fd = bus_file_open(path);
	int err;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = bus_file_check(fd, &file_bytes);
	if (err)
		goto out_close;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err = errno == EWOULDBLOCK ? -EEXIST : -errno;
		goto out_close;
	}
	if (!bus_file_is_named(fd, path))
		goto out_close; /* somebody was faster; the caller tries again */
	err = bus_file_read_header(fd, file_bytes, &shape);
	if (err == -EPROTO && !is_anything_meant)
		goto out_close; /* not ours to delete */
	err = unlink(path) < 0 && errno != ENOENT ? -errno : 0;
out_close:
	(void)close(fd);
	return err;
}

int bus_file_create(char ret_temporary[PATH_MAX])
{
	int fd = open(SHM_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	ret_temporary[0] = '\0';
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
		return -errno;
	(void)snprintf(ret_temporary, PATH_MAX, "%s/.prof-%ld-XXXXXX", SHM_FOLDER, (long)getpid());
	fd = mkostemp(ret_temporary, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int bus_file_link(int fd, const char *temporary, const char *path)
{
	char source[64];

	if (*temporary)
		return link(temporary, path) < 0 ? -errno : 0;
	(void)snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}
