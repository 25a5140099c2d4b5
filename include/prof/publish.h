/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prof_publish() as an inline function, for C programs to which two
 * nanoseconds an event matter: an event that is built right before goes
 * straight from registers into its slot.
 *
 * What is declared here beside prof_publish_inline() belongs to the library
 * and may change with it; bus.h is the interface that stays.
 *
 * One thing in two files: here is what has to be inlined, in
 * shm/lanes/bus_producer.c what need not be - the slow ways of it, and
 * prof_publish(), which is this very function called.
 */
#ifndef PROF_PUBLISH_H
#define PROF_PUBLISH_H

#include <stdatomic.h>
#include <string.h>

#include "prof/bus.h"

#define PROF_EVENT_WORDS 7

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "as prof_push_words() packs them");

/* Where the crash tests of the bus stop a producer; nothing for anybody else. */
#ifndef PROF_PUBLISH_PAUSE
#define PROF_PUBLISH_PAUSE(where) ((void)0)
#endif

/*
 * So many slots ahead of the one it writes - a page - a producer asks for the
 * line and with it for the page's translation.  Without that, one push in 64
 * waited for the latter (p99 95 ns instead of 9), and each for its line to
 * come from the consumer's core (131 -> 210 M events/s).
 */
#define PROF_PUSH_PREFETCH_COUNT 64

/* One cache line of a lane. */
struct prof_slot {
	_Atomic uint64_t words[PROF_EVENT_WORDS];
	_Atomic uint64_t turn; /* position + 1 once committed; stored last */
};

/* How every struct prof_producer begins; private to its thread. */
struct prof_push {
	uint64_t tail;	    /* next position to be written */
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
 * The words of an event.  The kinds that programs build one at a time are read
 * member by member: a load of 8 bytes from two members stored a moment ago
 * would wait until both stores have left the store buffer (12 ns instead of 2).
 */
static inline void prof_push_words(const struct prof_event *event,
				   uint64_t ret_words[PROF_EVENT_WORDS])
{
	uint64_t tag = (uint64_t)event->kind | (uint64_t)event->stamp_source << 8 |
		       (uint64_t)event->uncertainty_log2_ns << 16 | (uint64_t)event->flags << 24;

	if (event->kind == PROF_EVENT_MESSAGE) {
		ret_words[2] = tag | (uint64_t)event->stream_index << 32 |
			       (uint64_t)event->conn_number << 48;
		ret_words[3] = event->message.end_offset;
		ret_words[4] = event->message.exch_time_us;
		ret_words[5] = event->message.message_index | (uint64_t)event->message.size_bytes
								      << 32;
		ret_words[6] = event->message.recv_before_ns |
			       (uint64_t)event->message.parsed_after_ns << 32;
	} else if (event->kind == PROF_EVENT_READ) {
		ret_words[2] = tag | (uint64_t)event->base_seq << 32;
		ret_words[3] = event->read.return_ns;
		ret_words[4] = event->read.flow_id;
		ret_words[5] = event->read.start_offset;
		ret_words[6] = event->read.size_bytes | (uint64_t)event->read.tid << 32;
	} else if (event->kind == PROF_EVENT_SEGMENT) {
		ret_words[2] = tag | (uint64_t)event->seq << 32;
		ret_words[3] = event->segment.size_bytes |
			       (uint64_t)event->segment.wire_segment_count << 32 |
			       (uint64_t)event->segment.tcp_flags << 48 |
			       (uint64_t)event->segment.handed_uncertainty_log2_ns << 56;
		ret_words[4] = (uint32_t)event->segment.handed_after_ns |
			       (uint64_t)event->segment.ack_seq << 32;
		ret_words[5] = 0;
		ret_words[6] = 0;
	} else {
		memcpy(ret_words, event, PROF_EVENT_WORDS * sizeof(ret_words[0]));
	}
	ret_words[0] = event->time_ns;
	ret_words[1] = event->conn_key;
}

#define PROF_PUSH_WORD(i)                                                                          \
	do {                                                                                       \
		atomic_store_explicit(&slot->words[i], words[i], memory_order_relaxed);            \
		PROF_PUBLISH_PAUSE("word");                                                        \
	} while (0)

/*
 * Word by word, because a consumer may be copying the slot's last lap (it will
 * throw that copy away); written out, because compilers leave a loop a loop.
 */
static inline void prof_push_fill(struct prof_slot *slot, const uint64_t words[PROF_EVENT_WORDS])
{
	PROF_PUBLISH_PAUSE("push");
	PROF_PUSH_WORD(0);
	PROF_PUSH_WORD(1);
	PROF_PUSH_WORD(2);
	PROF_PUSH_WORD(3);
	PROF_PUSH_WORD(4);
	PROF_PUSH_WORD(5);
	PROF_PUSH_WORD(6);
}

#undef PROF_PUSH_WORD

static inline void prof_push_commit(struct prof_slot *slot, uint64_t position)
{
	PROF_PUBLISH_PAUSE("commit");
	/* Pairs with the acquire in prof_take(): the event is whole. */
	atomic_store_explicit(&slot->turn, position + 1, memory_order_release);
	PROF_PUBLISH_PAUSE("committed");
}

static inline void prof_push_write(struct prof_slot *slot, const uint64_t words[PROF_EVENT_WORDS],
				   uint64_t position)
{
	prof_push_fill(slot, words);
	prof_push_commit(slot, position);
}

static inline void prof_push_prefetch(const struct prof_push *push, uint64_t position)
{
	__builtin_prefetch(&push->slots[(position + PROF_PUSH_PREFETCH_COUNT) & push->slot_mask],
			   1);
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

/* Would prof_publish() find room?  For a producer that can wait. */
static inline bool prof_publish_has_room(struct prof_producer *producer)
{
	struct prof_push *push = (struct prof_push *)(void *)producer;

	return push->tail - push->head_seen < push->slot_count || prof_push_has_room(push);
}

/* As prof_publish(). */
static inline bool prof_publish_inline(struct prof_producer *producer,
				       const struct prof_event *event)
{
	struct prof_push *push = (struct prof_push *)(void *)producer;
	uint64_t tail = push->tail;
	uint64_t words[PROF_EVENT_WORDS];

	if (tail - push->head_seen >= push->slot_count && !prof_push_has_room(push)) {
		prof_push_drop(push, 1);
		return false;
	}
	prof_push_words(event, words);
	prof_push_write(&push->slots[tail & push->slot_mask], words, tail);
	push->tail = tail + 1;
	prof_push_prefetch(push, tail);
	prof_push_wake_sleeper(push);
	return true;
}

/*
 * Several events right after each other, given as their words (prof_push_words()): each is
 * written to its slot at once, all are committed at the end.  A consumer that waits at the
 * lane's end so pulls one line away from the producer, not one for each event.
 */
struct prof_run {
	struct prof_push *push;
	uint64_t tail; /* next position to be written */
};

static inline void prof_run_begin(struct prof_run *run, struct prof_producer *producer)
{
	run->push = (struct prof_push *)(void *)producer;
	run->tail = run->push->tail;
}

/* False if the lane is full: the event is dropped, and counted. */
static inline bool prof_run_add(struct prof_run *run, const uint64_t words[PROF_EVENT_WORDS])
{
	struct prof_push *push = run->push;
	struct prof_slot *slot = &push->slots[run->tail & push->slot_mask];

	if (run->tail - push->head_seen >= push->slot_count &&
	    !(prof_push_has_room(push) && run->tail - push->head_seen < push->slot_count)) {
		prof_push_drop(push, 1);
		return false;
	}
	prof_push_fill(slot, words);
	/* As prof_push_prefetch(); at the lane's end it asks for what is behind, in vain. */
	__builtin_prefetch(slot + PROF_PUSH_PREFETCH_COUNT, 1);
	run->tail++;
	return true;
}

/* To be called before anything else is published, and soon: nobody sees the events before. */
static inline void prof_run_commit(struct prof_run *run)
{
	struct prof_push *push = run->push;
	struct prof_slot *slots = push->slots;
	uint64_t mask = push->slot_mask;

	for (uint64_t position = push->tail; position != run->tail; position++)
		prof_push_commit(&slots[position & mask], position);
	push->tail = run->tail;
	prof_push_wake_sleeper(push);
}

#endif
