/* SPDX-License-Identifier: BSD-2-Clause */
/* Concurrency Kit's ck_ring, many producers and consumers, records of one cache line. */
#include <string.h>

#include <ck_ring.h>

#include "ring.h"

CK_RING_PROTOTYPE(item, ring_item)

struct ck_memory {
	_Alignas(128) struct ck_ring ring;
	_Alignas(128) struct ring_item items[RING_CAPACITY];
};

struct ck_side {
	struct ck_memory *memory;
};

static size_t ck_size(void)
{
	return sizeof(struct ck_memory);
}

static int ck_setup(void *memory)
{
	ck_ring_init(&((struct ck_memory *)memory)->ring, RING_CAPACITY);
	return 0;
}

static void ring_side_open(struct ring_worker *worker, int which, bool is_producer,
			   struct ck_side *side)
{
	(void)is_producer;
	side->memory = worker->rings[which];
}

static void ring_side_close(struct ck_side *side)
{
	side->memory = NULL;
}

static inline size_t ring_push(struct ck_side *side, struct ring_item *items, size_t count)
{
	struct ck_memory *memory = side->memory;
	size_t done = 0;

	while (done < count &&
	       ck_ring_enqueue_mpmc_item(&memory->ring, memory->items, &items[done]))
		done++;
	return done;
}

static inline size_t ring_pop(struct ck_side *side, struct ring_item *items, size_t max)
{
	struct ck_memory *memory = side->memory;
	size_t done = 0;

	while (done < max && ck_ring_dequeue_mpmc_item(&memory->ring, memory->items, &items[done]))
		done++;
	return done;
}

#define RING_SIZE	       ck_size
#define RING_SETUP	       ck_setup
#define RING_SIDE	       ck_side
#define RING_ITEM	       ring_item
#define RING_SET(item, number) (ring_event_set(&(item).event, number), (item).pad = 0)
#define RING_TIME(item)	       ((item).event.time_ns ^ (item).event.message.end_offset)

#define RING_ID	   ck
#define RING_LABEL "ck_ring MPMC"
#define RING_BURST 1
#define RING_POP   1
#include "ring_loops.h"

const struct ring_kind *const ring_ck_kinds[] = { &kind_ck, NULL };
