/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/io_uring.h>

#include "scenarios.h"

/* One submission and its completion on a ring mapped from ring_fd. */
static int receive_on(int ring_fd, const struct io_uring_params *params, uint8_t *rings,
		      struct io_uring_sqe *entries, int fd, void *buffer, size_t size_bytes)
{
	_Atomic uint32_t *tail = (_Atomic uint32_t *)(void *)(rings + params->sq_off.tail);
	uint32_t mask = *(uint32_t *)(void *)(rings + params->sq_off.ring_mask);
	uint32_t *order = (uint32_t *)(void *)(rings + params->sq_off.array);
	const struct io_uring_cqe *done;
	uint32_t slot = atomic_load_explicit(tail, memory_order_relaxed) & mask;

	memset(&entries[slot], 0, sizeof(entries[slot]));
	entries[slot].opcode = IORING_OP_RECV;
	entries[slot].fd = fd;
	entries[slot].addr = (uint64_t)(uintptr_t)buffer;
	entries[slot].len = (uint32_t)size_bytes;
	order[slot] = slot;
	/* Pairs with the kernel's acquire: the entry is whole. */
	atomic_fetch_add_explicit(tail, 1, memory_order_release);
	while (syscall(SYS_io_uring_enter, ring_fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		if (errno != EINTR)
			return -errno;
	done = (const struct io_uring_cqe *)(const void *)(rings + params->cq_off.cqes);
	return done[0].res; /* the ring is used once */
}

int uring_receive(int fd, void *buffer, size_t size_bytes)
{
	struct io_uring_params params = { 0 };
	int ring_fd = (int)syscall(SYS_io_uring_setup, 4, &params);
	size_t rings_bytes;
	size_t entries_bytes;
	uint8_t *rings;
	void *entries;
	int result;

	if (ring_fd < 0)
		return -errno;
	rings_bytes = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	if (rings_bytes < params.sq_off.array + params.sq_entries * sizeof(uint32_t))
		rings_bytes = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
	entries_bytes = params.sq_entries * sizeof(struct io_uring_sqe);
	/* One mapping serves both rings since 5.4 (IORING_FEAT_SINGLE_MMAP). */
	rings = mmap(NULL, rings_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd,
		     IORING_OFF_SQ_RING);
	entries = mmap(NULL, entries_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		       ring_fd, IORING_OFF_SQES);
	if (rings == MAP_FAILED || entries == MAP_FAILED)
		die("io_uring mmap");
	result = receive_on(ring_fd, &params, rings, entries, fd, buffer, size_bytes);
	(void)munmap(rings, rings_bytes);
	(void)munmap(entries, entries_bytes);
	(void)close(ring_fd);
	return result;
}
