/* SPDX-License-Identifier: BSD-2-Clause */
/* A process's view of the segment, and the helpers that the parts share.  Internal to shm/. */
#ifndef SHM_BUS_PRIVATE_H
#define SHM_BUS_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bus_layout.h"

struct prof_bus {
	/* Everything below was checked at open and does not change afterwards. */
	char *base;
	struct bus_header *header;
	struct bus_shape shape;
	struct bus_offsets at;
	int fd;		  /* its flock(LOCK_SH) says: this segment is in use */
	bool is_observer; /* holds no lock: nobody waits for it, and it removes nothing */
	int guard_index;  /* bus_guard.c's entry for this mapping, -1 none */
	char name[256];

	pthread_mutex_t mutex; /* serialises this process's use of the bus_owner pages */
	pid_t lane_tids[PROF_LANE_COUNT_MAX];	 /* our threads that hold a lane; 0 none */
	pid_t consumer_tids[BUS_CONSUMER_COUNT]; /* the same for consumer pages */
	bool is_header_stuck;			 /* the registry's mutex could not be given back */
};

struct prof_producer {
	struct prof_push push; /* first: prof_publish_inline() looks for it there */
	struct bus_lane_control *lane;
	struct prof_bus *bus;
	uint32_t lane_index;
	uint64_t mark_ns;
};

struct prof_consumer {
	struct prof_bus *bus;
	struct bus_consumer_control *control;
	uint32_t index;
	uint32_t pending_lane; /* where the last batch was taken; processed at the next call */
	uint32_t pending_count;
};

/* Their own cache lines on the heap, next to nobody else's data. */
static_assert(offsetof(struct prof_producer, push) == 0, "see struct prof_push");
static_assert(sizeof(struct prof_producer) <= 2 * BUS_LINE_BYTES, "what attach allocates");
static_assert(sizeof(struct prof_consumer) <= BUS_LINE_BYTES, "what attach allocates");

static inline struct bus_lane_control *bus_lane(const struct prof_bus *bus, uint32_t lane_index)
{
	return (void *)(bus->base + bus->at.lanes + (size_t)lane_index * 2 * BUS_PAGE_BYTES);
}

static inline struct bus_consumer_control *bus_consumer(const struct prof_bus *bus,
							uint32_t consumer_index)
{
	return (void *)(bus->base + bus->at.consumers +
			(size_t)consumer_index * 2 * BUS_PAGE_BYTES);
}

static inline struct prof_slot *bus_lane_slots(const struct prof_bus *bus, uint32_t lane_index)
{
	return (void *)(bus->base + bus->at.slots +
			(size_t)lane_index * bus->shape.slot_count * sizeof(struct prof_slot));
}

static inline struct bus_socket *bus_socket(const struct prof_bus *bus, uint32_t index)
{
	return (void *)(bus->base + bus->at.sockets + (size_t)index * sizeof(struct bus_socket));
}

static inline struct bus_stream *bus_stream(const struct prof_bus *bus, uint32_t index)
{
	return (void *)(bus->base + bus->at.streams + (size_t)index * sizeof(struct bus_stream));
}

/* A lane nobody ever owned has no slots in memory yet: looking would allocate them. */
static inline bool bus_lane_was_owned(const struct bus_lane_control *lane)
{
	return atomic_load_explicit(&lane->identity.generation, memory_order_relaxed) != 0;
}

/*
 * Gives a stretch of the segment's file memory, so that using it later cannot
 * fail.  0, -ENOMEM if /dev/shm is full, or another negative errno.
 */
int bus_reserve(int fd, uint64_t offset, uint64_t size_bytes);

/*
 * bus_segment.c: opens a segment only to look at it, without becoming its user:
 * it may be replaced meanwhile.  Returns as prof_bus_open() does.
 */
int bus_observe(const char *name, struct prof_bus **ret_bus);

/* Does any process but observers use the segment?  Is it still the one of its name? */
bool bus_is_used(const struct prof_bus *bus);
bool bus_is_named(const struct prof_bus *bus);

/* True if any lane has a committed event that nobody has taken. */
bool bus_has_events(const struct prof_bus *bus);

/* Removes the name if nobody uses what it leads to, bus or not.  0, -EEXIST, or an errno. */
int bus_remove_unused(const char *name);

/* bus_map.c: maps a segment's file (whose size must be right) into bus; 0 or an errno. */
int bus_map(struct prof_bus *bus, int fd, const struct bus_shape *shape);
void bus_unmap(struct prof_bus *bus);

/* Writes a fresh segment's header, the version last. */
int bus_header_write(struct bus_header *header, const struct bus_shape *shape);

/*
 * Reads and checks a header.  0 and the shape; -EAGAIN if its creator has not
 * finished, -EPROTO, -EPROTONOSUPPORT or -ESTALE as prof_bus_open() says.
 */
int bus_header_check(const struct bus_header *header, uint64_t file_bytes,
		     struct bus_shape *ret_shape);

/* bus_guard.c: a shrunk file must not kill its readers. */
void bus_guard_add(struct prof_bus *bus);
void bus_guard_remove(struct prof_bus *bus);
bool bus_guard_was_hit(const struct prof_bus *bus);

#endif
