/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scenarios.h"
#include "uring.h"

int uring_open(struct uring *ring)
{
	size_t rings_bytes;

	*ring = (struct uring){ 0 };
	ring->fd = (int)syscall(SYS_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		return -errno;
	rings_bytes = ring->params.cq_off.cqes +
		      ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->rings_bytes = ring->params.sq_off.array + ring->params.sq_entries * sizeof(uint32_t);
	if (ring->rings_bytes < rings_bytes)
		ring->rings_bytes = rings_bytes;
	ring->entries_bytes = ring->params.sq_entries * sizeof(struct io_uring_sqe);
	/* One mapping serves both rings since 5.4 (IORING_FEAT_SINGLE_MMAP). */
	ring->rings = mmap(NULL, ring->rings_bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, ring->entries_bytes, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	if (ring->rings == MAP_FAILED || ring->entries == MAP_FAILED)
		die("io_uring mmap");
	return 0;
}

void uring_close(struct uring *ring)
{
	(void)munmap(ring->rings, ring->rings_bytes);
	(void)munmap(ring->entries, ring->entries_bytes);
	(void)close(ring->fd);
}

static uint32_t *word_at(const struct uring *ring, uint32_t offset)
{
	return (uint32_t *)(void *)(ring->rings + offset);
}

static _Atomic uint32_t *shared_word_at(const struct uring *ring, uint32_t offset)
{
	return (_Atomic uint32_t *)(void *)(ring->rings + offset);
}

static void submit_receive(const struct uring *ring, int fd, void *buffer, size_t size_bytes)
{
	_Atomic uint32_t *tail = shared_word_at(ring, ring->params.sq_off.tail);
	uint32_t slot = atomic_load_explicit(tail, memory_order_relaxed) &
			*word_at(ring, ring->params.sq_off.ring_mask);
	struct io_uring_sqe *entry = &((struct io_uring_sqe *)ring->entries)[slot];

	memset(entry, 0, sizeof(*entry));
	entry->opcode = IORING_OP_RECV;
	entry->fd = fd;
	entry->addr = (uint64_t)(uintptr_t)buffer;
	entry->len = (uint32_t)size_bytes;
	word_at(ring, ring->params.sq_off.array)[slot] = slot;
	/* Pairs with the kernel's acquire: the entry is whole. */
	atomic_fetch_add_explicit(tail, 1, memory_order_release);
}

/* The one completion that there is. */
static int take_result(const struct uring *ring)
{
	_Atomic uint32_t *head = shared_word_at(ring, ring->params.cq_off.head);
	const struct io_uring_cqe *done =
		(const struct io_uring_cqe *)(const void *)(ring->rings + ring->params.cq_off.cqes);
	uint32_t slot = atomic_load_explicit(head, memory_order_relaxed) &
			*word_at(ring, ring->params.cq_off.ring_mask);
	int result = done[slot].res;

	/* Pairs with the kernel's acquire: the place is free. */
	atomic_fetch_add_explicit(head, 1, memory_order_release);
	return result;
}

int uring_receive_on(struct uring *ring, int fd, void *buffer, size_t size_bytes)
{
	submit_receive(ring, fd, buffer, size_bytes);
	while (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return take_result(ring);
}

int uring_receive(int fd, void *buffer, size_t size_bytes)
{
	struct uring ring;
	int result = uring_open(&ring);

	if (result < 0)
		return result;
	result = uring_receive_on(&ring, fd, buffer, size_bytes);
	uring_close(&ring);
	return result;
}
