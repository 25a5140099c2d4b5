/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "prof/clock.h"
#include "shm/segment/bus_owner.h"
#include "shm/segment/bus_private.h"

/* Copied before the attempt to take them, and thrown away if another consumer was faster. */
#define BATCH_COUNT_MAX 32

/*
 * A full batch means that more is waiting: its lines are asked for before the
 * compare-and-swap, behind which no load would start early.  131 -> 170 M
 * events/s between two cores.
 */
#define PREFETCH_COUNT 16

/* Each lost attempt means that others have taken events; a bound for hostile memory only. */
#define TAKE_ATTEMPTS 1000

#define SPIN_COUNT  200
#define YIELD_COUNT 4

/* A wake-up that got lost (membarrier refused, producer killed in the middle) costs this. */
#define SLEEP_SLICE_MS 10

static bool is_held_here(const struct prof_bus *bus, uint32_t index)
{
	pid_t tid = bus->consumer_tids[index];

	return tid && (syscall(SYS_tgkill, getpid(), tid, 0) == 0 || errno != ESRCH);
}

/* Called with bus->mutex held.  Returns the page's index or -ENOSPC. */
static int claim_page(struct prof_bus *bus)
{
	for (uint32_t i = 0; i < BUS_CONSUMER_COUNT; i++) {
		struct bus_consumer_control *control = bus_consumer(bus, i);

		if (is_held_here(bus, i) || bus_owner_state(control) == BUS_OWNER_ALIVE ||
		    bus_owner_take(control) != 0)
			continue;
		bus->consumer_tids[i] = gettid();
		/* A dead predecessor's last batch is nobody's any more: it stays unprocessed. */
		atomic_store_explicit(&control->pending, 0, memory_order_relaxed);
		return (int)i;
	}
	return -ENOSPC;
}

int prof_consumer_attach(struct prof_bus *bus, struct prof_consumer **ret_consumer)
{
	struct prof_consumer *consumer = aligned_alloc(BUS_LINE_BYTES, BUS_LINE_BYTES);
	int index;

	if (!consumer)
		return -ENOMEM;
	(void)pthread_mutex_lock(&bus->mutex);
	index = claim_page(bus);
	(void)pthread_mutex_unlock(&bus->mutex);
	if (index < 0) {
		free(consumer);
		return index;
	}
	*consumer = (struct prof_consumer){
		.bus = bus,
		.control = bus_consumer(bus, (uint32_t)index),
		.index = (uint32_t)index,
	};
	*ret_consumer = consumer;
	return 0;
}

/* What was taken last has been dealt with: its taker has come back for more. */
static void settle_pending(struct prof_consumer *consumer)
{
	_Atomic uint64_t *total = &consumer->control->processed_count[consumer->pending_lane];

	if (!consumer->pending_count)
		return;
	/* We are its only writer. */
	atomic_store_explicit(
		total, atomic_load_explicit(total, memory_order_relaxed) + consumer->pending_count,
		memory_order_relaxed);
	BUS_PAUSE("settled");
	atomic_store_explicit(&consumer->control->pending, 0, memory_order_relaxed);
	consumer->pending_count = 0;
}

struct prof_consumer *prof_consumer_detach(struct prof_consumer *consumer)
{
	struct prof_bus *bus;

	if (!consumer)
		return NULL;
	bus = consumer->bus;
	settle_pending(consumer);
	(void)pthread_mutex_lock(&bus->mutex);
	if (bus->consumer_tids[consumer->index] == gettid() &&
	    bus_owner_release(consumer->control) == 0)
		bus->consumer_tids[consumer->index] = 0;
	(void)pthread_mutex_unlock(&bus->mutex);
	free(consumer);
	return NULL;
}

/*
 * One word, by value: collected in an array first, they would go through the
 * stack, where wide loads wait for narrow stores.
 */
static inline void copy_word(const struct prof_slot *slot, char *ret_event, size_t i)
{
	uint64_t word = atomic_load_explicit(&slot->words[i], memory_order_relaxed);

	memcpy(ret_event + i * sizeof(word), &word, sizeof(word));
}

static inline void copy_event(const struct prof_slot *slot, struct prof_event *ret_event)
{
	char *bytes = (char *)ret_event;

	copy_word(slot, bytes, 0);
	copy_word(slot, bytes, 1);
	copy_word(slot, bytes, 2);
	copy_word(slot, bytes, 3);
	copy_word(slot, bytes, 4);
	copy_word(slot, bytes, 5);
	copy_word(slot, bytes, 6);
}

/* Copies what is committed from position on, at most event_count_max events. */
static size_t copy_committed(const struct prof_slot *slots, uint64_t slot_mask, uint64_t position,
			     struct prof_event *ret_events, size_t event_count_max)
{
	size_t event_count = 0;

	while (event_count < event_count_max) {
		const struct prof_slot *slot = &slots[(position + event_count) & slot_mask];

		/* Pairs with the release in prof_publish(): the event is whole. */
		if (atomic_load_explicit(&slot->turn, memory_order_acquire) !=
		    position + event_count + 1)
			break;
		copy_event(slot, &ret_events[event_count]);
		event_count++;
	}
	return event_count;
}

static void prefetch(const struct prof_slot *slots, uint64_t slot_mask, uint64_t position)
{
	for (size_t i = 0; i < PREFETCH_COUNT; i++)
		__builtin_prefetch(&slots[(position + i) & slot_mask]);
}

size_t prof_take(struct prof_consumer *consumer, uint32_t lane_index, struct prof_event *ret_events,
		 size_t event_count_max, uint64_t *ret_position)
{
	const struct prof_bus *bus = consumer->bus;
	size_t batch_max = event_count_max < BATCH_COUNT_MAX ? event_count_max : BATCH_COUNT_MAX;
	const struct prof_slot *slots;
	struct bus_lane_control *lane;
	uint64_t head;

	settle_pending(consumer);
	if (lane_index >= bus->shape.lane_count)
		return 0;
	lane = bus_lane(bus, lane_index);
	if (!atomic_load_explicit(&lane->identity.generation, memory_order_relaxed))
		return 0; /* never owned: looking at its slots would allocate them */
	slots = bus_lane_slots(bus, lane_index);
	head = atomic_load_explicit(&lane->head, memory_order_relaxed);
	for (int i = 0; i < TAKE_ATTEMPTS; i++) {
		size_t event_count = copy_committed(slots, bus->shape.slot_count - 1, head,
						    ret_events, batch_max);

		if (!event_count)
			return 0;
		if (event_count == BATCH_COUNT_MAX)
			prefetch(slots, bus->shape.slot_count - 1, head + event_count);
		BUS_PAUSE("take");
		/*
		 * Release: pairs with the acquire in prof_push_has_room(), the copies above are
		 * made. If it fails, somebody else has these events and head is where he stopped.
		 */
		if (!atomic_compare_exchange_strong_explicit(&lane->head, &head, head + event_count,
							     memory_order_release,
							     memory_order_relaxed))
			continue;
		BUS_PAUSE("taken");
		consumer->pending_lane = lane_index;
		consumer->pending_count = (uint32_t)event_count;
		atomic_store_explicit(&consumer->control->pending,
				      (uint64_t)lane_index << 32 | event_count,
				      memory_order_relaxed);
		if (ret_position)
			*ret_position = head;
		return event_count;
	}
	return 0;
}

static void relax_processor(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

/* Says that we are going to sleep, and makes every producer see it or us see its events. */
static void announce_sleep(struct bus_header *header)
{
	atomic_store_explicit(&header->sleeping, 1, memory_order_seq_cst);
	(void)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
}

static void sleep_until_woken(struct bus_header *header, uint32_t wake_seq, int64_t limit_ns)
{
	int64_t slice_ns = SLEEP_SLICE_MS * (int64_t)PROF_NS_PER_MS;
	int64_t delay_ns = limit_ns < slice_ns ? limit_ns : slice_ns;
	struct timespec delay = { .tv_sec = 0, .tv_nsec = (long)delay_ns };

	(void)syscall(SYS_futex, &header->wake_seq, FUTEX_WAIT, wake_seq, &delay, NULL, 0);
}

bool prof_consumer_wait(struct prof_consumer *consumer, uint32_t timeout_ms)
{
	const struct prof_bus *bus = consumer->bus;
	struct bus_header *header = bus->header;
	uint64_t until_ns = prof_now_ns() + (uint64_t)timeout_ms * PROF_NS_PER_MS;

	settle_pending(consumer);
	for (int i = 0; i < SPIN_COUNT; i++) {
		if (bus_has_events(bus))
			return true;
		relax_processor();
	}
	for (int i = 0; i < YIELD_COUNT; i++) {
		(void)sched_yield();
		if (bus_has_events(bus))
			return true;
	}
	for (;;) {
		uint32_t wake_seq = atomic_load_explicit(&header->wake_seq, memory_order_acquire);
		int64_t left_ns;

		announce_sleep(header);
		if (bus_has_events(bus))
			return true;
		left_ns = prof_delta_ns(prof_now_ns(), until_ns);
		if (left_ns <= 0)
			return false;
		sleep_until_woken(header, wake_seq, left_ns);
	}
}
