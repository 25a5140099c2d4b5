/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segment as a file: created complete or not at all, found, replaced when
 * nobody uses it, removed by its last user.
 *
 * "In use" is a lock on the file, which the kernel drops with its holder:
 * every process that has the bus open holds flock(LOCK_SH) on it.  Whoever
 * gets LOCK_EX is alone with it.  A lock may have been granted on a file that
 * has lost its name meanwhile, so the name is looked up again afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus_private.h"
#include "prof/clock.h"

#define SHM_FOLDER "/dev/shm"
#define RETRY_NS (1 * PROF_NS_PER_MS)
/* Others hold the exclusive lock for microseconds; this is for those that were stopped. */
#ifndef BUSY_LIMIT_MS /* tests of hostile memory lower it */
#define BUSY_LIMIT_MS 2000
#endif
#define BUSY_LIMIT_NS (BUSY_LIMIT_MS * (uint64_t)PROF_NS_PER_MS)

static bool name_is_valid(const char *name)
{
	size_t size_bytes = name ? strlen(name) : 0;

	return size_bytes >= 2 && size_bytes < sizeof(((struct prof_bus *)0)->name) &&
	       name[0] == '/' && !strchr(name + 1, '/') && strcmp(name, "/.") != 0 &&
	       strcmp(name, "/..") != 0;
}

static void name_to_path(const char *name, char ret_path[PATH_MAX])
{
	(void)snprintf(ret_path, PATH_MAX, "%s%s", SHM_FOLDER, name);
}

static void sleep_ns(long delay_ns)
{
	struct timespec delay = { .tv_sec = 0, .tv_nsec = delay_ns };

	(void)nanosleep(&delay, NULL); /* cut short by a signal: the caller looks at the clock */
}

static bool is_over(uint64_t until_ns)
{
	return prof_delta_ns(until_ns, prof_now_ns()) >= 0;
}

/* Does the path still lead to the file behind fd? */
static bool is_named(int fd, const char *path)
{
	struct stat by_fd;
	struct stat by_path;

	return fstat(fd, &by_fd) == 0 && lstat(path, &by_path) == 0 &&
	       by_fd.st_dev == by_path.st_dev && by_fd.st_ino == by_path.st_ino;
}

/* A regular file that not everybody may write to, and owned by somebody we trust. */
static int check_file(int fd, uint64_t *ret_size_bytes)
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
	if (uid != 0 && status.st_uid != uid && status.st_uid != 0 &&
	    !(status.st_mode & S_IWGRP))
		return -EACCES;
	*ret_size_bytes = (uint64_t)status.st_size;
	return 0;
}

/* O_CREAT is never passed for a file that may exist: fs.protected_regular would refuse root. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR || errno == ENXIO ? -EPROTO : -errno;
	return fd;
}

/* Copies the header out with a system call, which a shrunk file cannot hurt. */
static int read_header(int fd, uint64_t file_bytes, struct bus_shape *ret_shape)
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

static struct prof_bus *allocate(const char *name)
{
	struct prof_bus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		return NULL;
	bus->fd = -1;
	bus->guard_index = -1;
	(void)snprintf(bus->name, sizeof(bus->name), "%s", name);
	if (pthread_mutex_init(&bus->mutex, NULL)) {
		free(bus);
		return NULL;
	}
	return bus;
}

static void deallocate(struct prof_bus *bus)
{
	(void)pthread_mutex_destroy(&bus->mutex);
	free(bus);
}

/* Makes a bus of an open, locked file.  The descriptor is the bus's on success only. */
static int adopt(const char *name, int fd, const struct bus_shape *shape, struct prof_bus **ret_bus)
{
	struct prof_bus *bus = allocate(name);
	int err;

	if (!bus)
		return -ENOMEM;
	err = bus_map(bus, fd, shape);
	if (err) {
		deallocate(bus);
		return err;
	}
	bus->fd = fd;
	*ret_bus = bus;
	return 0;
}

/*
 * Removes the file at path if nobody uses it.  Returns 0 if the name is free
 * now, -EEXIST if it is in use, -EPROTO if it is no bus at all and only a bus
 * is meant.
 */
static int remove_unused(const char *path, bool is_anything_meant)
{
	uint64_t file_bytes = 0;
	struct bus_shape shape;
	int fd = open_file(path);
	int err;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = check_file(fd, &file_bytes);
	if (err)
		goto out_close;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err = errno == EWOULDBLOCK ? -EEXIST : -errno;
		goto out_close;
	}
	if (!is_named(fd, path))
		goto out_close; /* somebody was faster; the caller tries again */
	err = read_header(fd, file_bytes, &shape);
	if (err == -EPROTO && !is_anything_meant)
		goto out_close; /* not ours to delete */
	err = unlink(path) < 0 && errno != ENOENT ? -errno : 0;
out_close:
	(void)close(fd);
	return err;
}

/* A file without a name, or with a temporary one where the file system knows no other way. */
static int open_nameless(char ret_temporary[PATH_MAX])
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

/* Gives the finished file its name; -EEXIST if somebody else has it. */
static int link_name(int fd, const char *temporary, const char *path)
{
	char source[64];

	if (*temporary)
		return link(temporary, path) < 0 ? -errno : 0;
	(void)snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int set_access(int fd, const struct prof_bus_options *options)
{
	bool is_shared = options->is_group_shared;

	if (is_shared && fchown(fd, (uid_t)-1, (gid_t)options->group_id) < 0)
		return -errno;
	return fchmod(fd, is_shared ? 0660 : 0600) < 0 ? -errno : 0;
}

/* Fills a nameless file; it is locked before it can be found. */
static int build(int fd, const struct prof_bus_options *options, const struct bus_shape *shape)
{
	struct bus_offsets at = bus_shape_offsets(shape);
	struct bus_header *header;
	int err = set_access(fd, options);

	if (err)
		return err;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return -errno;
	if (ftruncate(fd, (off_t)at.size_bytes) < 0)
		return -errno;
	/* Reserved now, because running out of memory later would be a SIGBUS. */
	err = bus_reserve(fd, 0, at.slots);
	if (err)
		return err;
	header = mmap(NULL, BUS_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		return -errno;
	err = bus_header_write(header, shape);
	(void)munmap(header, BUS_PAGE_BYTES);
	return err;
}

static uint32_t or_default(uint32_t value, uint32_t default_value)
{
	return value ? value : default_value;
}

static struct bus_shape shape_of(const struct prof_bus_options *options)
{
	return (struct bus_shape){
		.lane_count = or_default(options->lane_count, 16),
		.slot_count = or_default(options->slot_count, 65536),
		.socket_count = or_default(options->socket_count, 256),
		.stream_count = or_default(options->stream_count, 1024),
	};
}

int prof_bus_create(const char *name, const struct prof_bus_options *options,
		    struct prof_bus **ret_bus)
{
	const struct prof_bus_options defaults = { 0 };
	uint64_t until_ns = prof_now_ns() + BUSY_LIMIT_NS;
	char temporary[PATH_MAX];
	char path[PATH_MAX];
	struct bus_shape shape;
	int err;
	int fd;

	if (!options)
		options = &defaults;
	shape = shape_of(options);
	if (!name_is_valid(name) || !bus_shape_is_valid(&shape))
		return -EINVAL;
	name_to_path(name, path);
	fd = open_nameless(temporary);
	if (fd < 0)
		return fd;
	err = build(fd, options, &shape);
	if (err)
		goto out_close;
	do {
		err = link_name(fd, temporary, path);
		if (err != -EEXIST)
			break;
		err = remove_unused(path, false);
	} while (!err && !is_over(until_ns));
	if (err)
		goto out_close;
	err = adopt(name, fd, &shape, ret_bus);
	if (err && is_named(fd, path))
		(void)unlink(path);
out_close:
	if (*temporary)
		(void)unlink(temporary);
	if (err)
		(void)close(fd);
	return err;
}

/*
 * One attempt.  -EAGAIN: worth another (it is being created, replaced or
 * looked at).  With want_user, -ENOENT also if nobody uses the segment.
 */
static int try_open(const char *name, const char *path, bool want_user, struct prof_bus **ret_bus)
{
	uint64_t file_bytes = 0;
	struct bus_shape shape = { 0 };
	int fd = open_file(path);
	int err;

	if (fd < 0)
		return fd;
	err = check_file(fd, &file_bytes);
	if (err)
		goto out_close;
	if (want_user && flock(fd, LOCK_EX | LOCK_NB) == 0) {
		err = -ENOENT;
		goto out_close;
	}
	if (flock(fd, LOCK_SH | LOCK_NB) < 0) {
		err = errno == EWOULDBLOCK ? -EAGAIN : -errno;
		goto out_close;
	}
	if (!is_named(fd, path))
		err = -EAGAIN;
	if (!err)
		err = read_header(fd, file_bytes, &shape);
	if (!err)
		err = adopt(name, fd, &shape, ret_bus);
out_close:
	if (err)
		(void)close(fd);
	return err;
}

int prof_bus_open(const char *name, uint32_t timeout_ms, struct prof_bus **ret_bus)
{
	uint64_t until_ns = prof_now_ns() + (uint64_t)timeout_ms * PROF_NS_PER_MS;
	uint64_t busy_until_ns = prof_now_ns() + BUSY_LIMIT_NS;
	char path[PATH_MAX];

	if (!name_is_valid(name))
		return -EINVAL;
	name_to_path(name, path);
	for (;;) {
		int err = try_open(name, path, false, ret_bus);

		if (err == -EAGAIN && is_over(until_ns) && is_over(busy_until_ns))
			return -EPROTO;
		if (err != -EAGAIN && (err != -ENOENT || is_over(until_ns)))
			return err;
		sleep_ns(RETRY_NS);
	}
}

int prof_bus_join(const char *name, const struct prof_bus_options *options,
		  struct prof_bus **ret_bus)
{
	uint64_t until_ns = prof_now_ns() + BUSY_LIMIT_NS;
	char path[PATH_MAX];

	if (!name_is_valid(name))
		return -EINVAL;
	name_to_path(name, path);
	for (;;) {
		int err = try_open(name, path, true, ret_bus);

		if (err == -ENOENT) {
			err = prof_bus_create(name, options, ret_bus);
			if (err == -EEXIST)
				err = -EAGAIN; /* somebody else has just created it */
		}
		if (err != -EAGAIN)
			return err;
		if (is_over(until_ns))
			return -EPROTO;
		sleep_ns(RETRY_NS);
	}
}

int bus_observe(const char *name, struct prof_bus **ret_bus)
{
	uint64_t file_bytes = 0;
	struct bus_shape shape = { 0 };
	char path[PATH_MAX];
	int err;
	int fd;

	if (!name_is_valid(name))
		return -EINVAL;
	name_to_path(name, path);
	fd = open_file(path);
	if (fd < 0)
		return fd;
	err = check_file(fd, &file_bytes);
	if (!err)
		err = read_header(fd, file_bytes, &shape);
	if (!err)
		err = adopt(name, fd, &shape, ret_bus);
	if (err) {
		(void)close(fd);
		return err == -EAGAIN ? -EPROTO : err;
	}
	(*ret_bus)->is_observer = true;
	return 0;
}

bool bus_is_used(const struct prof_bus *bus)
{
	if (flock(bus->fd, LOCK_EX | LOCK_NB) < 0)
		return true;
	(void)flock(bus->fd, LOCK_UN);
	return false;
}

bool bus_is_named(const struct prof_bus *bus)
{
	char path[PATH_MAX];

	name_to_path(bus->name, path);
	return is_named(bus->fd, path);
}

int bus_remove_unused(const char *name)
{
	char path[PATH_MAX];

	if (!name_is_valid(name))
		return -EINVAL;
	name_to_path(name, path);
	if (access(path, F_OK) < 0)
		return -errno;
	return remove_unused(path, true);
}

struct prof_bus *prof_bus_close(struct prof_bus *bus)
{
	char path[PATH_MAX];
	bool has_events;

	if (!bus)
		return NULL;
	has_events = bus_has_events(bus);
	bus_unmap(bus);
	name_to_path(bus->name, path);
	if (!has_events && !bus->is_observer && flock(bus->fd, LOCK_EX | LOCK_NB) == 0 &&
	    is_named(bus->fd, path))
		(void)unlink(path); /* not permitted to others in a sticky folder: it stays */
	(void)close(bus->fd);
	deallocate(bus);
	return NULL;
}

int prof_bus_unlink(const char *name)
{
	char path[PATH_MAX];

	if (!name_is_valid(name))
		return -EINVAL;
	name_to_path(name, path);
	return unlink(path) < 0 ? -errno : 0;
}

int prof_bus_check(const struct prof_bus *bus)
{
	struct stat status;

	if (bus_guard_was_hit(bus))
		return -EIO;
	if (fstat(bus->fd, &status) < 0)
		return -errno;
	return (uint64_t)status.st_size == bus->at.size_bytes ? 0 : -EIO;
}

uint32_t prof_bus_lane_count(const struct prof_bus *bus)
{
	return bus->shape.lane_count;
}

uint32_t prof_bus_slot_count(const struct prof_bus *bus)
{
	return bus->shape.slot_count;
}

uint32_t prof_bus_socket_count(const struct prof_bus *bus)
{
	return bus->shape.socket_count;
}

uint32_t prof_bus_stream_count(const struct prof_bus *bus)
{
	return bus->shape.stream_count;
}
