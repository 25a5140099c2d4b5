/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bus_claim.h"
#include "bus_lane.h"
#include "prof/clock.h"

/* Writes who we are.  The lane is ours, but its last owner may have died in here. */
static void sign(struct bus_lane_control *lane, const struct prof_producer_options *options)
{
	struct bus_lane_identity *identity = &lane->identity;
	uint32_t seq = atomic_load_explicit(&identity->seq, memory_order_relaxed) | 1;
	uint32_t generation = atomic_load_explicit(&identity->generation, memory_order_relaxed) + 1;
	uint64_t now_ns = prof_now_ns();
	uint64_t name[BUS_LANE_NAME_WORDS] = { 0 };

	memcpy(name, options->name, strnlen(options->name, PROF_LANE_NAME_BYTES - 1));
	/*
	 * A reader that sees any of the stores below sees the odd number when it
	 * looks again: each of them is a release, and read_owner() acquires.
	 */
	atomic_store_explicit(&identity->seq, seq, memory_order_relaxed);
	BUS_PAUSE("sign");
	atomic_store_explicit(&identity->layer, (uint32_t)options->layer, memory_order_release);
	atomic_store_explicit(&identity->pid, (uint32_t)getpid(), memory_order_release);
	atomic_store_explicit(&identity->tid, (uint32_t)gettid(), memory_order_release);
	atomic_store_explicit(&identity->since_ns, options->since_ns ? options->since_ns : now_ns,
			      memory_order_release);
	for (size_t i = 0; i < BUS_LANE_NAME_WORDS; i++)
		atomic_store_explicit(&identity->name[i], name[i], memory_order_release);
	for (size_t i = 0; i < PROF_LOSS_KIND_COUNT; i++)
		atomic_store_explicit(&lane->loss_count[i], 0, memory_order_release);
	atomic_store_explicit(&lane->mark_ns, 0, memory_order_release);
	atomic_store_explicit(&lane->heartbeat_ns, now_ns, memory_order_release);
	atomic_store_explicit(&identity->generation, generation ? generation : 1,
			      memory_order_release);
	BUS_PAUSE("signed");
	/* Pairs with the acquire in read_owner(). */
	atomic_store_explicit(&identity->seq, seq + 1, memory_order_release);
}

/* Lets consumers that are about to sleep see what we published without a fence of ours. */
static void join_barrier(void)
{
	/* Where it is missing, a sleeper notices at its next look, SLEEP_SLICE_MS later. */
	(void)syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
}

int prof_producer_attach(struct prof_bus *bus, const struct prof_producer_options *options,
			 struct prof_producer **ret_producer)
{
	struct prof_producer *producer;
	int lane_index;

	if (!options || !options->name || options->layer <= PROF_LAYER_NONE ||
	    options->layer >= PROF_LAYER_COUNT)
		return -EINVAL;
	producer = aligned_alloc(BUS_LINE_BYTES, 2 * BUS_LINE_BYTES);
	if (!producer)
		return -ENOMEM;
	(void)pthread_mutex_lock(&bus->mutex);
	lane_index = bus_lane_claim(bus);
	(void)pthread_mutex_unlock(&bus->mutex);
	if (lane_index < 0) {
		free(producer);
		return lane_index;
	}
	*producer = (struct prof_producer){
		.push = { .slot_count = bus->shape.slot_count,
			  .slot_mask = bus->shape.slot_count - 1,
			  .slots = bus_lane_slots(bus, (uint32_t)lane_index),
			  .sleeping = &bus->header->sleeping },
		.lane = bus_lane(bus, (uint32_t)lane_index),
		.bus = bus,
		.lane_index = (uint32_t)lane_index,
	};
	/* Pairs with the release in prof_take(): slots before it may be written again. */
	producer->push.head_seen = atomic_load_explicit(&producer->lane->head,
							memory_order_acquire);
	producer->push.tail = bus_lane_tail(bus, producer->lane_index, producer->push.head_seen);
	sign(producer->lane, options);
	join_barrier();
	*ret_producer = producer;
	return 0;
}

struct prof_producer *prof_producer_detach(struct prof_producer *producer)
{
	if (!producer)
		return NULL;
	(void)pthread_mutex_lock(&producer->bus->mutex);
	bus_lane_release(producer->bus, producer->lane_index);
	(void)pthread_mutex_unlock(&producer->bus->mutex);
	free(producer);
	return NULL;
}

static struct prof_producer *producer_of(struct prof_push *push)
{
	return (struct prof_producer *)(void *)push;
}

bool prof_push_has_room(struct prof_push *push)
{
	const struct bus_lane_control *lane = producer_of(push)->lane;

	/* Pairs with the release in prof_take(): its copies are made. */
	push->head_seen = atomic_load_explicit(&lane->head, memory_order_acquire);
	return push->tail - push->head_seen < push->slot_count;
}

void prof_push_drop(struct prof_push *push, size_t event_count)
{
	_Atomic uint64_t *total = &producer_of(push)->lane->dropped_count;

	/* We are its only writer. */
	atomic_store_explicit(total,
			      atomic_load_explicit(total, memory_order_relaxed) + event_count,
			      memory_order_relaxed);
}

void prof_push_wake(struct prof_push *push)
{
	struct bus_header *header = producer_of(push)->bus->header;

	/* Only the first that sees the flag pays. */
	if (!atomic_exchange_explicit(&header->sleeping, 0, memory_order_acq_rel))
		return;
	BUS_PAUSE("wake");
	(void)atomic_fetch_add_explicit(&header->wake_seq, 1, memory_order_release);
	(void)syscall(SYS_futex, &header->wake_seq, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

bool prof_publish(struct prof_producer *producer, const struct prof_event *event)
{
	return prof_publish_inline(producer, event);
}

size_t prof_publish_burst(struct prof_producer *producer, const struct prof_event *events,
			  size_t event_count)
{
	struct prof_push *push = &producer->push;
	uint64_t tail = push->tail;
	uint64_t free_count = push->slot_count - (tail - push->head_seen);
	size_t fitting_count;

	if (free_count < event_count || free_count > push->slot_count)
		free_count = prof_push_has_room(push) ? push->slot_count - (tail - push->head_seen)
						      : 0;
	fitting_count = event_count < free_count ? event_count : (size_t)free_count;
	for (size_t i = 0; i < fitting_count; i++) {
		uint64_t words[PROF_EVENT_WORDS];

		prof_push_prefetch(push, tail + i);
		/* One by one: as a block they would go through vector registers and the stack. */
		for (size_t word = 0; word < PROF_EVENT_WORDS; word++)
			memcpy(&words[word], (const char *)&events[i] + word * sizeof(words[0]),
			       sizeof(words[0]));
		prof_push_write(&push->slots[(tail + i) & push->slot_mask], words, tail + i);
	}
	push->tail = tail + fitting_count;
	if (fitting_count < event_count)
		prof_push_drop(push, event_count - fitting_count);
	if (fitting_count)
		prof_push_wake_sleeper(push);
	return fitting_count;
}

void prof_publish_mark(struct prof_producer *producer, uint64_t up_to_ns)
{
	struct bus_lane_control *lane = producer->lane;

	if (up_to_ns > producer->mark_ns) {
		producer->mark_ns = up_to_ns;
		/* Pairs with the acquire in prof_lane_read(): all it promises is committed. */
		atomic_store_explicit(&lane->mark_ns, up_to_ns, memory_order_release);
	}
	atomic_store_explicit(&lane->heartbeat_ns, prof_now_ns(), memory_order_release);
}

void prof_publish_loss(struct prof_producer *producer, enum prof_loss loss, uint64_t total_count)
{
	if ((unsigned int)loss < PROF_LOSS_KIND_COUNT)
		atomic_store_explicit(&producer->lane->loss_count[loss], total_count,
				      memory_order_release);
}
