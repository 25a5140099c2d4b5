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

#include "bus_file.h"
#include "bus_private.h"
#include "prof/clock.h"

#define RETRY_NS PROF_NS_PER_MS
/* Others hold the exclusive lock for microseconds; this is for those that were stopped. */
#ifndef BUSY_LIMIT_MS /* tests of hostile memory lower it */
#define BUSY_LIMIT_MS 2000
#endif
#define BUSY_LIMIT_NS (BUSY_LIMIT_MS * (uint64_t)PROF_NS_PER_MS)

static void sleep_ns(long delay_ns)
{
	struct timespec delay = { .tv_sec = 0, .tv_nsec = delay_ns };

	(void)nanosleep(&delay, NULL); /* cut short by a signal: the caller looks at the clock */
}

static bool is_over(uint64_t until_ns)
{
	return prof_delta_ns(until_ns, prof_now_ns()) >= 0;
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
		.socket_count = or_default(options->socket_count, 4096),
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
	if (!bus_name_is_valid(name) || !bus_shape_is_valid(&shape))
		return -EINVAL;
	bus_name_to_path(name, path);
	fd = bus_file_create(temporary);
	if (fd < 0)
		return fd;
	err = build(fd, options, &shape);
	if (err)
		goto out_close;
	do {
		err = bus_file_link(fd, temporary, path);
		if (err != -EEXIST)
			break;
		err = bus_file_remove_unused(path, false);
	} while (!err && !is_over(until_ns));
	if (err)
		goto out_close;
	err = adopt(name, fd, &shape, ret_bus);
	if (err && bus_file_is_named(fd, path))
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
	int fd = bus_file_open(path);
	int err;

	if (fd < 0)
		return fd;
	err = bus_file_check(fd, &file_bytes);
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
	if (!bus_file_is_named(fd, path))
		err = -EAGAIN;
	if (!err)
		err = bus_file_read_header(fd, file_bytes, &shape);
	if (!err)
		err = adopt(name, fd, &shape, ret_bus);
out_close:
	if (err)
		(void)close(fd);
	return err;
}

int prof_bus_open(const char *name, uint32_t timeout_ms, struct prof_bus **ret_bus)
{
	uint64_t until_ns = prof_now_ns() + timeout_ms * (uint64_t)PROF_NS_PER_MS;
	uint64_t busy_until_ns = prof_now_ns() + BUSY_LIMIT_NS;
	char path[PATH_MAX];

	if (!bus_name_is_valid(name))
		return -EINVAL;
	bus_name_to_path(name, path);
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

	if (!bus_name_is_valid(name))
		return -EINVAL;
	bus_name_to_path(name, path);
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

	if (!bus_name_is_valid(name))
		return -EINVAL;
	bus_name_to_path(name, path);
	fd = bus_file_open(path);
	if (fd < 0)
		return fd;
	err = bus_file_check(fd, &file_bytes);
	if (!err)
		err = bus_file_read_header(fd, file_bytes, &shape);
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

	bus_name_to_path(bus->name, path);
	return bus_file_is_named(bus->fd, path);
}

int bus_remove_unused(const char *name)
{
	char path[PATH_MAX];

	if (!bus_name_is_valid(name))
		return -EINVAL;
	bus_name_to_path(name, path);
	if (access(path, F_OK) < 0)
		return -errno;
	return bus_file_remove_unused(path, true);
}

static bool lane_has_events(const struct prof_bus *bus, uint32_t lane_index)
{
	const struct bus_lane_control *lane = bus_lane(bus, lane_index);
	uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
	const struct prof_slot *slot = &bus_lane_slots(
		bus, lane_index)[head & (bus->shape.slot_count - 1)];

	return bus_lane_was_owned(lane) &&
	       atomic_load_explicit(&slot->turn, memory_order_relaxed) == head + 1;
}

bool bus_has_events(const struct prof_bus *bus)
{
	for (uint32_t i = 0; i < bus->shape.lane_count; i++)
		if (lane_has_events(bus, i))
			return true;
	return false;
}

struct prof_bus *prof_bus_close(struct prof_bus *bus)
{
	char path[PATH_MAX];
	bool has_events;

	if (!bus)
		return NULL;
	has_events = bus_has_events(bus);
	bus_unmap(bus);
	bus_name_to_path(bus->name, path);
	if (!has_events && !bus->is_observer && flock(bus->fd, LOCK_EX | LOCK_NB) == 0 &&
	    bus_file_is_named(bus->fd, path))
		(void)unlink(path); /* not permitted to others in a sticky folder: it stays */
	(void)close(bus->fd);
	deallocate(bus);
	return NULL;
}

int prof_bus_unlink(const char *name)
{
	char path[PATH_MAX];

	if (!bus_name_is_valid(name))
		return -EINVAL;
	bus_name_to_path(name, path);
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
