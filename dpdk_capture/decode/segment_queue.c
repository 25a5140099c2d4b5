/* SPDX-License-Identifier: BSD-2-Clause */
#include "segment_queue.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static_assert(sizeof(struct queue_entry) % 8 == 0, "payloads and entries are aligned");

/* What each side writes lies on a cache line of its own. */
struct segment_queue {
	uint8_t *bytes;
	size_t size_bytes;
	alignas(64) _Atomic uint64_t put;   /* the writer's; counts bytes for ever */
	uint64_t taken_seen;		    /* the writer's copy of the one below */
	alignas(64) _Atomic uint64_t taken; /* the reader's */
};

struct segment_queue *queue_create(size_t size_bytes)
{
	struct segment_queue *queue = aligned_alloc(64, sizeof(*queue));
	void *bytes;

	if (!queue)
		return NULL;
	/* Touched as far as it is needed. */
	bytes = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED) {
		free(queue);
		return NULL;
	}
	(void)madvise(bytes, size_bytes, MADV_DONTDUMP); /* there may be plaintext in it */
	memset(queue, 0, sizeof(*queue));
	queue->bytes = bytes;
	queue->size_bytes = size_bytes;
	return queue;
}

struct segment_queue *queue_destroy(struct segment_queue *queue)
{
	if (!queue)
		return NULL;
	(void)munmap(queue->bytes, queue->size_bytes);
	free(queue);
	return NULL;
}

static struct queue_entry *entry_at(const struct segment_queue *queue, uint64_t position)
{
	return (struct queue_entry *)(void *)(queue->bytes + (position & (queue->size_bytes - 1)));
}

/* Bytes from there to the ring's end. */
static size_t tail_bytes(const struct segment_queue *queue, uint64_t position)
{
	return queue->size_bytes - (size_t)(position & (queue->size_bytes - 1));
}

static bool has_room(struct segment_queue *queue, uint64_t put, size_t want_bytes)
{
	if (put + want_bytes - queue->taken_seen <= queue->size_bytes)
		return true;
	/* Pairs with the release in queue_drop(): its bytes have been read. */
	queue->taken_seen = atomic_load_explicit(&queue->taken, memory_order_acquire);
	return put + want_bytes - queue->taken_seen <= queue->size_bytes;
}

bool queue_put(struct segment_queue *queue, const struct queue_entry *entry, const uint8_t *payload)
{
	size_t want_bytes = (sizeof(*entry) + entry->captured_bytes + 7) & ~(size_t)7;
	uint64_t put = atomic_load_explicit(&queue->put, memory_order_relaxed);
	size_t left_bytes = tail_bytes(queue, put);
	size_t skip_bytes = left_bytes < want_bytes ? left_bytes : 0;
	struct queue_entry *to;

	if (!has_room(queue, put, skip_bytes + want_bytes))
		return false;
	if (skip_bytes) { /* at least 8: the size and the kind fit */
		to = entry_at(queue, put);
		to->size_bytes = (uint32_t)skip_bytes;
		to->kind = QUEUE_SKIP;
		put += skip_bytes;
	}
	to = entry_at(queue, put);
	*to = *entry;
	to->size_bytes = (uint32_t)want_bytes;
	if (entry->captured_bytes)
		memcpy(to + 1, payload, entry->captured_bytes);
	/* Pairs with the acquire in queue_peek(): the entry is whole. */
	atomic_store_explicit(&queue->put, put + want_bytes, memory_order_release);
	return true;
}

const struct queue_entry *queue_peek(struct segment_queue *queue)
{
	uint64_t taken = atomic_load_explicit(&queue->taken, memory_order_relaxed);

	for (;;) {
		const struct queue_entry *entry = entry_at(queue, taken);

		/* Pairs with the release in queue_put(). */
		if (taken == atomic_load_explicit(&queue->put, memory_order_acquire))
			return NULL;
		if (entry->kind != QUEUE_SKIP)
			return entry;
		taken += entry->size_bytes;
		atomic_store_explicit(&queue->taken, taken, memory_order_release);
	}
}

void queue_drop(struct segment_queue *queue)
{
	uint64_t taken = atomic_load_explicit(&queue->taken, memory_order_relaxed);

	/* Pairs with the acquire in has_room(). */
	atomic_store_explicit(&queue->taken, taken + entry_at(queue, taken)->size_bytes,
			      memory_order_release);
}
