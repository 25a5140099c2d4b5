/* SPDX-License-Identifier: BSD-2-Clause */
#include "bus_claim.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bus_lane.h"
#include "shm/segment/bus_owner.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* In which order lanes are tried: whatever a late consumer may still want is kept longest. */
enum lane_choice { CHOICE_UNUSED, CHOICE_EMPTY, CHOICE_ANY, CHOICE_COUNT };

static bool is_eligible(const struct prof_bus *bus, uint32_t lane_index, enum lane_choice choice)
{
	const struct bus_lane_control *lane = bus_lane(bus, lane_index);
	uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
	bool was_used = atomic_load_explicit(&lane->identity.generation, memory_order_relaxed) != 0;

	if (choice == CHOICE_UNUSED)
		return !was_used;
	if (choice == CHOICE_EMPTY)
		return was_used && bus_lane_tail(bus, lane_index, head) == head;
	return true;
}

/* A lane of ours whose thread still runs; its mutex must not be touched by another thread. */
static bool is_held_here(const struct prof_bus *bus, uint32_t lane_index)
{
	pid_t tid = bus->lane_tids[lane_index];

	return tid && (syscall(SYS_tgkill, getpid(), tid, 0) == 0 || errno != ESRCH);
}

/* Returns the lane's index or -ENOSPC. */
static int take_lane(struct prof_bus *bus)
{
	for (enum lane_choice choice = CHOICE_UNUSED; choice < CHOICE_COUNT; choice++) {
		for (uint32_t i = 0; i < bus->shape.lane_count; i++) {
			struct bus_lane_control *lane = bus_lane(bus, i);

			if (is_held_here(bus, i) || bus_owner_state(lane) == BUS_OWNER_ALIVE ||
			    !is_eligible(bus, i, choice) || bus_owner_take(lane) != 0)
				continue;
			BUS_PAUSE("claimed");
			bus->lane_tids[i] = gettid();
			return (int)i;
		}
	}
	return -ENOSPC;
}

void bus_lane_release(struct prof_bus *bus, uint32_t lane_index)
{
	if (bus->lane_tids[lane_index] != gettid())
		return; /* not the thread that attached: the lane is given back when that ends */
	if (bus_owner_release(bus_lane(bus, lane_index)) == 0)
		bus->lane_tids[lane_index] = 0;
}

/* So much of a lane at once: a few system calls, and less than any second-level cache. */
#define POPULATE_BYTES ((size_t)256 * 1024)

static int populate_part(const struct prof_bus *bus, char *part, size_t size_bytes)
{
	int err = bus_reserve(bus->fd, (uint64_t)(part - bus->base), size_bytes);

	if (err)
		return err;
	if (madvise(part, size_bytes, MADV_POPULATE_WRITE) == 0)
		return 0;
	/* Before Linux 5.14: adding nothing to a word of each page maps it for writing. */
	for (size_t at = 0; at < size_bytes; at += BUS_PAGE_BYTES)
		(void)atomic_fetch_add_explicit((_Atomic uint64_t *)(void *)(part + at), 0,
						memory_order_relaxed);
	return 0;
}

/*
 * Memory for the slots, now: the first lap would pay for each page, or die for
 * lack of one.  From the end to the beginning, because the kernel clears what
 * it gives and what it cleared last is still in this core's cache: a producer
 * whose first burst follows its attach writes where the lines already are.
 */
static int populate(const struct prof_bus *bus, uint32_t lane_index)
{
	char *slots = (char *)bus_lane_slots(bus, lane_index);
	size_t left_bytes = (size_t)bus->shape.slot_count * sizeof(struct prof_slot);
	int err = 0;

	while (left_bytes && !err) {
		size_t part_bytes = left_bytes < POPULATE_BYTES ? left_bytes : POPULATE_BYTES;

		left_bytes -= part_bytes;
		err = populate_part(bus, slots + left_bytes, part_bytes);
	}
	return err;
}

int bus_lane_claim(struct prof_bus *bus)
{
	int lane_index = take_lane(bus);
	int err = lane_index < 0 ? lane_index : populate(bus, (uint32_t)lane_index);

	if (lane_index >= 0 && err)
		bus_lane_release(bus, (uint32_t)lane_index);
	return err ? err : lane_index;
}
