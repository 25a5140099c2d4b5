/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prof_publish() as an inline function, for C programs to which two
 * nanoseconds an event matter: an event that is built right before goes
 * straight from registers into its slot.
 *
 * What is declared here beside prof_publish_inline() belongs to the library
 * and may change with it; bus.h is the interface that stays.
 */
#ifndef PROF_PUBLISH_H
#define PROF_PUBLISH_H

#include <stdatomic.h>
#include <string.h>

#include "prof/bus.h"

#define PROF_EVENT_WORDS 7

/* Where the crash tests of the bus stop a producer; nothing for anybody else. */
#ifndef PROF_PUBLISH_PAUSE
#define PROF_PUBLISH_PAUSE(where) ((void)0)
#endif

/* One cache line of a lane. */
struct prof_slot {
	_Atomic uint64_t words[PROF_EVENT_WORDS];
	_Atomic uint64_t turn; /* position + 1 once committed; stored last */
};

/* How every struct prof_producer begins; private to its thread. */
struct prof_push {
	uint64_t tail;      /* next position to be written */
	uint64_t head_seen; /* consumers had taken everything before it; may lag */
	uint64_t slot_count;
	uint64_t slot_mask;
	struct prof_slot *slots;
	const _Atomic uint32_t *sleeping; /* a consumer sleeps, or is about to */
};

/* The slow ways: the lane looks full; it was; a consumer sleeps. */
bool prof_push_has_room(struct prof_push *push);
void prof_push_drop(struct prof_push *push, size_t event_count);
void prof_push_wake(struct prof_push *push);

/*
 * Word by word, because a consumer may be copying the slot's last lap (it will
 * throw that copy away).
 */
static inline void prof_push_write(struct prof_slot *slot, const struct prof_event *event,
				   uint64_t position)
{
	uint64_t words[PROF_EVENT_WORDS];

	memcpy(words, event, sizeof(words));
	PROF_PUBLISH_PAUSE("push");
	for (size_t i = 0; i < PROF_EVENT_WORDS; i++) {
		atomic_store_explicit(&slot->words[i], words[i], memory_order_relaxed);
		PROF_PUBLISH_PAUSE("word");
	}
	PROF_PUBLISH_PAUSE("commit");
	/* Pairs with the acquire in prof_take(): the event is whole. */
	atomic_store_explicit(&slot->turn, position + 1, memory_order_release);
	PROF_PUBLISH_PAUSE("committed");
}

static inline void prof_push_wake_sleeper(struct prof_push *push)
{
	/*
	 * Must not move above the commit.  The compiler is told here; the processor is told
	 * by the membarrier(2) of whoever goes to sleep.
	 */
	atomic_signal_fence(memory_order_seq_cst);
	if (atomic_load_explicit(push->sleeping, memory_order_relaxed))
		prof_push_wake(push);
}

/* As prof_publish(). */
static inline bool prof_publish_inline(struct prof_producer *producer,
				       const struct prof_event *event)
{
	struct prof_push *push = (struct prof_push *)(void *)producer;
	uint64_t tail = push->tail;

	if (tail - push->head_seen >= push->slot_count && !prof_push_has_room(push)) {
		prof_push_drop(push, 1);
		return false;
	}
	prof_push_write(&push->slots[tail & push->slot_mask], event, tail);
	push->tail = tail + 1;
	prof_push_wake_sleeper(push);
	return true;
}

#endif
