/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bounded MPMC queue with a turn in each slot (Vyukov 2011), written anew:
 * both ends claim a position with a compare-and-swap.
 */
#include "ring.h"

struct vyukov_slot {
	_Atomic uint64_t turn;
	struct prof_event event;
};

struct vyukov {
	_Alignas(128) _Atomic uint64_t push_position;
	_Alignas(128) _Atomic uint64_t pop_position;
	_Alignas(128) struct vyukov_slot slots[RING_CAPACITY];
};

struct vyukov_side {
	struct vyukov *ring;
};

static size_t vyukov_size(void)
{
	return sizeof(struct vyukov);
}

static int vyukov_setup(void *memory)
{
	struct vyukov *ring = memory;

	for (uint64_t i = 0; i < RING_CAPACITY; i++)
		atomic_init(&ring->slots[i].turn, i);
	return 0;
}

static void ring_side_open(struct ring_worker *worker, int which, bool is_producer,
			   struct vyukov_side *side)
{
	(void)is_producer;
	side->ring = worker->rings[which];
}

static void ring_side_close(struct vyukov_side *side)
{
	side->ring = NULL;
}

static inline bool push_one(struct vyukov *ring, const struct prof_event *event)
{
	uint64_t position = atomic_load_explicit(&ring->push_position, memory_order_relaxed);

	for (;;) {
		struct vyukov_slot *slot = &ring->slots[position % RING_CAPACITY];
		/* Pairs with the release in pop_one(): its reader is done. */
		uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);

		if (turn == position) {
			if (!atomic_compare_exchange_weak_explicit(
				    &ring->push_position, &position, position + 1,
				    memory_order_relaxed, memory_order_relaxed))
				continue;
			slot->event = *event;
			/* Pairs with the acquire in pop_one(): the event is whole. */
			atomic_store_explicit(&slot->turn, position + 1, memory_order_release);
			return true;
		}
		if ((int64_t)(turn - position) < 0)
			return false;
		position = atomic_load_explicit(&ring->push_position, memory_order_relaxed);
	}
}

static inline bool pop_one(struct vyukov *ring, struct prof_event *ret_event)
{
	uint64_t position = atomic_load_explicit(&ring->pop_position, memory_order_relaxed);

	for (;;) {
		struct vyukov_slot *slot = &ring->slots[position % RING_CAPACITY];
		/* Pairs with the release in push_one(). */
		uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);

		if (turn == position + 1) {
			if (!atomic_compare_exchange_weak_explicit(
				    &ring->pop_position, &position, position + 1,
				    memory_order_relaxed, memory_order_relaxed))
				continue;
			*ret_event = slot->event;
			/* Pairs with the acquire in push_one(). */
			atomic_store_explicit(&slot->turn, position + RING_CAPACITY,
					      memory_order_release);
			return true;
		}
		if ((int64_t)(turn - (position + 1)) < 0)
			return false;
		position = atomic_load_explicit(&ring->pop_position, memory_order_relaxed);
	}
}

static inline size_t ring_push(struct vyukov_side *side, const struct prof_event *events,
			       size_t count)
{
	size_t done = 0;

	while (done < count && push_one(side->ring, &events[done]))
		done++;
	return done;
}

static inline size_t ring_pop(struct vyukov_side *side, struct prof_event *events, size_t max)
{
	size_t done = 0;

	while (done < max && pop_one(side->ring, &events[done]))
		done++;
	return done;
}

#define RING_SIZE	       vyukov_size
#define RING_SETUP	       vyukov_setup
#define RING_SIDE	       vyukov_side
#define RING_ITEM	       prof_event
#define RING_SET(item, number) ring_event_set(&(item), number)
#define RING_TIME(item)	       ((item).time_ns ^ (item).message.end_offset)

#define RING_ID	   vyukov
#define RING_LABEL "vyukov"
#define RING_BURST 1
#define RING_POP   1
#include "ring_loops.h"

const struct ring_kind *const ring_vyukov_kinds[] = { &kind_vyukov, NULL };
