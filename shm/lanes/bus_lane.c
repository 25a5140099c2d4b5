/* SPDX-License-Identifier: BSD-2-Clause */
/* Lanes as others than their owner see them. */
#include "bus_lane.h"

#include <string.h>

#include "shm/segment/bus_owner.h"

/* An owner that is stopped while it signs leaves an odd number for as long. */
#define IDENTITY_ATTEMPTS 1000

/*
 * Committed, perhaps for a later lap already.  Anything else - an older lap's
 * turn, or nonsense - is not.
 */
static bool is_committed(const struct prof_bus *bus, uint64_t turn, uint64_t position)
{
	uint64_t ahead = turn - (position + 1);

	return ahead < UINT64_MAX / 2 && (ahead & (bus->shape.slot_count - 1)) == 0;
}

uint64_t bus_lane_tail(const struct prof_bus *bus, uint32_t lane_index, uint64_t head)
{
	const struct prof_slot *slots = bus_lane_slots(bus, lane_index);
	uint32_t slot_mask = bus->shape.slot_count - 1;
	uint32_t below = 0;
	uint32_t above = bus->shape.slot_count;

	/* Slots are committed in order, so the first that is not can be bisected. */
	while (below < above) {
		uint32_t middle = below + (above - below) / 2;
		uint64_t position = head + middle;
		/* Pairs with the release in prof_publish(): a new owner may follow a dead one. */
		uint64_t turn = atomic_load_explicit(&slots[position & slot_mask].turn,
						     memory_order_acquire);

		if (is_committed(bus, turn, position))
			below = middle + 1;
		else
			above = middle;
	}
	return head + below;
}

/*
 * The loads of both copies acquire, for two reasons: a copy that saw a new
 * owner's store then also sees the odd number stored before it, and what the
 * mark promises is in the slots.  They pair with the releases in bus_producer.c.
 */
static void copy_totals(const struct bus_lane_control *lane, struct prof_lane *ret_lane)
{
	ret_lane->mark_ns = atomic_load_explicit(&lane->mark_ns, memory_order_acquire);
	ret_lane->heartbeat_ns = atomic_load_explicit(&lane->heartbeat_ns, memory_order_acquire);
	ret_lane->dropped_count = atomic_load_explicit(&lane->dropped_count, memory_order_acquire);
	for (size_t i = 0; i < PROF_LOSS_KIND_COUNT; i++)
		ret_lane->loss_count[i] = atomic_load_explicit(&lane->loss_count[i],
							       memory_order_acquire);
}

static void copy_identity(const struct bus_lane_identity *identity, struct prof_lane *ret_lane)
{
	uint64_t name[BUS_LANE_NAME_WORDS];
	uint32_t layer = atomic_load_explicit(&identity->layer, memory_order_acquire);

	ret_lane->generation = atomic_load_explicit(&identity->generation, memory_order_acquire);
	ret_lane->layer = layer < PROF_LAYER_COUNT ? (enum prof_layer)layer : PROF_LAYER_NONE;
	ret_lane->pid = atomic_load_explicit(&identity->pid, memory_order_acquire);
	ret_lane->tid = atomic_load_explicit(&identity->tid, memory_order_acquire);
	ret_lane->since_ns = atomic_load_explicit(&identity->since_ns, memory_order_acquire);
	for (size_t i = 0; i < BUS_LANE_NAME_WORDS; i++)
		name[i] = atomic_load_explicit(&identity->name[i], memory_order_acquire);
	memcpy(ret_lane->name, name, sizeof(name));
	ret_lane->name[sizeof(ret_lane->name) - 1] = '\0';
}

/* Everything that belongs to one owner, of one and the same owner. */
static bool read_owner(const struct bus_lane_control *lane, struct prof_lane *ret_lane)
{
	for (int i = 0; i < IDENTITY_ATTEMPTS; i++) {
		/* Pairs with the release that ends sign() in bus_producer.c. */
		uint32_t before = atomic_load_explicit(&lane->identity.seq, memory_order_acquire);
		uint32_t after;

		if (before & 1)
			continue;
		copy_identity(&lane->identity, ret_lane);
		copy_totals(lane, ret_lane);
		after = atomic_load_explicit(&lane->identity.seq, memory_order_relaxed);
		if (after == before)
			return true;
	}
	return false;
}

/* Taken from the lane and neither processed nor in a living consumer's hands. */
static uint64_t count_lost(const struct prof_bus *bus, uint32_t lane_index, uint64_t taken_count)
{
	uint64_t known_count = 0;

	for (uint32_t i = 0; i < BUS_CONSUMER_COUNT; i++) {
		const struct bus_consumer_control *control = bus_consumer(bus, i);
		uint64_t pending = atomic_load_explicit(&control->pending, memory_order_relaxed);

		known_count += atomic_load_explicit(&control->processed_count[lane_index],
						    memory_order_relaxed);
		if (pending >> 32 == lane_index && bus_owner_state(control) == BUS_OWNER_ALIVE)
			known_count += (uint32_t)pending;
	}
	return taken_count - known_count < UINT64_MAX / 2 ? taken_count - known_count : 0;
}

bool prof_lane_read(const struct prof_bus *bus, uint32_t lane_index, struct prof_lane *ret_lane)
{
	const struct bus_lane_control *lane;
	enum bus_owner_state owner;
	struct prof_lane seen;

	if (lane_index >= bus->shape.lane_count)
		return false;
	lane = bus_lane(bus, lane_index);
	if (!bus_lane_was_owned(lane))
		return false;
	/* Before the rest: a lane seen dead is then seen with all that its owner did. */
	owner = bus_owner_state(lane);
	if (!read_owner(lane, &seen))
		return false;
	seen.is_owned = owner == BUS_OWNER_ALIVE;
	seen.is_owner_dead = owner == BUS_OWNER_DEAD;
	/* Pairs with the release in prof_take(). */
	seen.taken_count = atomic_load_explicit(&lane->head, memory_order_acquire);
	seen.pushed_count = bus_lane_tail(bus, lane_index, seen.taken_count);
	seen.abandoned_count = count_lost(bus, lane_index, seen.taken_count);
	*ret_lane = seen;
	return true;
}
