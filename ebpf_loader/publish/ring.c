/* SPDX-License-Identifier: BSD-2-Clause */
#include "ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* include/uapi/linux/bpf.h: the head of every record. */
#define RECORD_HEAD_BYTES 8u
#define RECORD_BUSY	  (1u << 31) /* still being written */
#define RECORD_DISCARDED  (1u << 30)

struct ring {
	_Atomic uint64_t *reader_position;    /* a page that only we write */
	const _Atomic uint64_t *end_position; /* a page that only the kernel writes */
	const uint8_t *data;		      /* mapped twice in a row: no record is split */
	size_t ring_bytes;
	size_t page_bytes;
};

int ring_open(int map_fd, size_t ring_bytes, struct ring **ret_ring)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	void *page;
	int err;

	if (!ring)
		return -ENOMEM;
	ring->ring_bytes = ring_bytes;
	ring->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	page = mmap(NULL, ring->page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (page == MAP_FAILED) {
		err = -errno;
		goto out_free;
	}
	ring->reader_position = page;
	page = mmap(NULL, ring->page_bytes + 2 * ring_bytes, PROT_READ, MAP_SHARED, map_fd,
		    (off_t)ring->page_bytes);
	if (page == MAP_FAILED) {
		err = -errno;
		goto out_unmap;
	}
	ring->end_position = page;
	ring->data = (const uint8_t *)page + ring->page_bytes;
	*ret_ring = ring;
	return 0;

out_unmap:
	(void)munmap(ring->reader_position, ring->page_bytes);
out_free:
	free(ring);
	return err;
}

struct ring *ring_close(struct ring *ring)
{
	if (!ring)
		return NULL;
	(void)munmap((void *)(uintptr_t)ring->end_position,
		     ring->page_bytes + 2 * ring->ring_bytes);
	(void)munmap(ring->reader_position, ring->page_bytes);
	free(ring);
	return NULL;
}

uint64_t ring_end(const struct ring *ring)
{
	/* Pairs with the kernel's release in bpf_ringbuf_reserve(). */
	return atomic_load_explicit(ring->end_position, memory_order_acquire);
}

uint64_t ring_position(const struct ring *ring)
{
	return atomic_load_explicit(ring->reader_position, memory_order_relaxed);
}

size_t ring_take(struct ring *ring, uint64_t end, size_t record_count_max, ring_record_fn take,
		 void *context)
{
	uint64_t position = ring_position(ring);
	size_t count = 0;

	while (position < end && count < record_count_max) {
		const uint8_t *head = ring->data + (position & (ring->ring_bytes - 1));
		/* Pairs with the kernel's exchange in bpf_ringbuf_submit(): the record is whole. */
		uint32_t word = atomic_load_explicit((const _Atomic uint32_t *)(const void *)head,
						     memory_order_acquire);
		uint32_t size_bytes = word & ~(RECORD_BUSY | RECORD_DISCARDED);

		if (word & RECORD_BUSY)
			break;
		if (!(word & RECORD_DISCARDED)) {
			take(context, head + RECORD_HEAD_BYTES, size_bytes);
			count++;
		}
		position += (size_bytes + RECORD_HEAD_BYTES + 7) & ~UINT64_C(7);
		/* Pairs with the kernel's acquire in bpf_ringbuf_reserve(): we are done reading. */
		atomic_store_explicit(ring->reader_position, position, memory_order_release);
	}
	return count;
}
