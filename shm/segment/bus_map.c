/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus_owner.h"
#include "bus_private.h"
#include "prof/clock.h"

/* The kernel's random name for this boot, as two words; 0 where it is hidden. */
static void read_boot_id(uint64_t ret_words[2])
{
	char text[64] = { 0 };
	size_t digit_count = 0;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t size_bytes = -1;

	ret_words[0] = 0;
	ret_words[1] = 0;
	if (fd >= 0) {
		size_bytes = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	for (ssize_t i = 0; i < size_bytes && digit_count < 32; i++) {
		char c = text[i];
		uint64_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint64_t)(c - 'a') + 10;
		else
			continue;
		ret_words[digit_count / 16] = ret_words[digit_count / 16] << 4 | digit;
		digit_count++;
	}
}

int bus_header_write(struct bus_header *header, const struct bus_shape *shape)
{
	uint64_t boot_id[2];

	read_boot_id(boot_id);
	atomic_store_explicit(&header->layout_hash, bus_layout_hash(), memory_order_relaxed);
	atomic_store_explicit(&header->lane_count, shape->lane_count, memory_order_relaxed);
	atomic_store_explicit(&header->slot_count, shape->slot_count, memory_order_relaxed);
	atomic_store_explicit(&header->socket_count, shape->socket_count, memory_order_relaxed);
	atomic_store_explicit(&header->stream_count, shape->stream_count, memory_order_relaxed);
	atomic_store_explicit(&header->size_bytes, bus_shape_offsets(shape).size_bytes,
			      memory_order_relaxed);
	atomic_store_explicit(&header->created_ns, prof_now_ns(), memory_order_relaxed);
	atomic_store_explicit(&header->boot_id[0], boot_id[0], memory_order_relaxed);
	atomic_store_explicit(&header->boot_id[1], boot_id[1], memory_order_relaxed);
	atomic_store_explicit(&header->creator_pid, (uint32_t)getpid(), memory_order_relaxed);
	atomic_store_explicit(&header->stream_used, 1, memory_order_relaxed); /* the empty name */
	atomic_store_explicit(&header->magic, BUS_MAGIC, memory_order_relaxed);
	/* Pairs with the acquire in bus_header_check(): the header is whole. */
	atomic_store_explicit(&header->version, BUS_VERSION, memory_order_release);
	return 0;
}

int bus_header_check(const struct bus_header *header, uint64_t file_bytes,
		     struct bus_shape *ret_shape)
{
	/* Pairs with the release in bus_header_write(). */
	uint32_t version = atomic_load_explicit(&header->version, memory_order_acquire);
	uint64_t magic = atomic_load_explicit(&header->magic, memory_order_relaxed);
	uint64_t boot_id[2];
	struct bus_shape shape;

	if (!version && (magic == 0 || magic == BUS_MAGIC))
		return -EAGAIN;
	if (magic != BUS_MAGIC)
		return -EPROTO;
	if (version != BUS_VERSION ||
	    atomic_load_explicit(&header->layout_hash, memory_order_relaxed) != bus_layout_hash())
		return -EPROTONOSUPPORT;
	shape.lane_count = atomic_load_explicit(&header->lane_count, memory_order_relaxed);
	shape.slot_count = atomic_load_explicit(&header->slot_count, memory_order_relaxed);
	shape.socket_count = atomic_load_explicit(&header->socket_count, memory_order_relaxed);
	shape.stream_count = atomic_load_explicit(&header->stream_count, memory_order_relaxed);
	if (!bus_shape_is_valid(&shape) ||
	    atomic_load_explicit(&header->size_bytes, memory_order_relaxed) != file_bytes ||
	    bus_shape_offsets(&shape).size_bytes != file_bytes)
		return -EPROTO;
	read_boot_id(boot_id);
	if (atomic_load_explicit(&header->boot_id[0], memory_order_relaxed) != boot_id[0] ||
	    atomic_load_explicit(&header->boot_id[1], memory_order_relaxed) != boot_id[1])
		return -ESTALE;
	*ret_shape = shape;
	return 0;
}

/* This process's private halves of all owner mutexes. */
static int prepare_owners(struct prof_bus *bus)
{
	int err = bus_owner_prepare(bus->header);

	for (uint32_t i = 0; !err && i < bus->shape.lane_count; i++)
		err = bus_owner_prepare(bus_lane(bus, i));
	for (uint32_t i = 0; !err && i < BUS_CONSUMER_COUNT; i++)
		err = bus_owner_prepare(bus_consumer(bus, i));
	return err;
}

int bus_reserve(int fd, uint64_t offset, uint64_t size_bytes)
{
	sigset_t all;
	sigset_t before;
	int err;

	/*
	 * On Linux 6.1 (not on 6.18) tmpfs gives up with EINTR and undoes what it
	 * did when any signal comes; DPDK's tap driver sends itself so many
	 * that trying again would never end.
	 */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = posix_fallocate(fd, (off_t)offset, (off_t)size_bytes);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err == ENOSPC ? -ENOMEM : -err;
}

int bus_map(struct prof_bus *bus, int fd, const struct bus_shape *shape)
{
	struct bus_offsets at = bus_shape_offsets(shape);
	void *base;
	int err;

	if (sysconf(_SC_PAGESIZE) != BUS_PAGE_BYTES)
		return -ENOTSUP;
	base = mmap(NULL, at.size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	bus->base = base;
	bus->header = base;
	bus->shape = *shape;
	bus->at = at;
	err = prepare_owners(bus);
	if (err) {
		(void)munmap(base, at.size_bytes);
		bus->base = NULL;
		return err;
	}
	bus_guard_add(bus);
	return 0;
}

/* A thread's list of robust mutexes leads through a page that it never gave back. */
static bool has_owned_pages(const struct prof_bus *bus)
{
	for (uint32_t i = 0; i < PROF_LANE_COUNT_MAX; i++)
		if (bus->lane_tids[i])
			return true;
	for (uint32_t i = 0; i < BUS_CONSUMER_COUNT; i++)
		if (bus->consumer_tids[i])
			return true;
	return bus->is_header_stuck;
}

void bus_unmap(struct prof_bus *bus)
{
	if (!bus->base)
		return;
	bus_guard_remove(bus);
	if (!has_owned_pages(bus)) /* rather a leak than a wild pointer for a careless caller */
		(void)munmap(bus->base, bus->at.size_bytes);
	bus->base = NULL;
}
