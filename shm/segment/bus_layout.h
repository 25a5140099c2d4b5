/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies in the shared segment, and where.  Internal to shm/.
 *
 * The segment, every part beginning on a page:
 *
 *   header          1 shared page + 1 private page
 *   lane control    1 shared page + 1 private page, for each lane
 *   consumer        1 shared page + 1 private page, BUS_CONSUMER_COUNT times
 *   sockets         BUS_SOCKET_BYTES each
 *   streams         BUS_STREAM_BYTES each
 *   slots           64 bytes each, slot_count for each lane
 *
 * The private pages are holes in the file over which each process maps memory
 * of its own; bus_owner.h tells why.  Everything that may change while it is
 * mapped is _Atomic, and nothing read from here is used before it has been
 * checked or masked: any byte may have been written by somebody hostile.
 */
#ifndef SHM_BUS_LAYOUT_H
#define SHM_BUS_LAYOUT_H

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/bus.h"

/* A stop-here for the crash tests, which define the function; nothing otherwise. */
#ifdef PROF_BUS_PAUSE_POINTS
void bus_pause_point(const char *where);
#define BUS_PAUSE(where)	  bus_pause_point(where)
#define PROF_PUBLISH_PAUSE(where) bus_pause_point(where)
#else
#define BUS_PAUSE(where) ((void)0)
#endif

#include "prof/publish.h"

#define BUS_MAGIC	   UINT64_C(0x317375624c734e57)
#define BUS_VERSION	   1u
#define BUS_PAGE_BYTES	   4096u
#define BUS_LINE_BYTES	   64u
#define BUS_CONSUMER_COUNT 16u
#define BUS_SLOT_COUNT_MIN 64u

/* Room at the end of a shared page for the owner's futex word. */
#define BUS_OWNER_BYTES 8u

struct bus_header {
	_Atomic uint64_t magic;
	_Atomic uint32_t version; /* stored last by the creator */
	_Atomic uint32_t layout_hash;
	_Atomic uint32_t lane_count;
	_Atomic uint32_t slot_count;
	_Atomic uint32_t socket_count;
	_Atomic uint32_t stream_count;
	_Atomic uint64_t size_bytes;
	_Atomic uint64_t created_ns;
	_Atomic uint64_t boot_id[2];
	_Atomic uint32_t creator_pid;
	alignas(BUS_LINE_BYTES) _Atomic uint32_t sleeping; /* a consumer sleeps, or is about to */
	_Atomic uint32_t wake_seq;			   /* the futex it sleeps on */
	alignas(BUS_LINE_BYTES) _Atomic uint64_t socket_epoch;
	_Atomic uint32_t stream_used; /* names entered, the empty one included */
	uint8_t reserved[BUS_PAGE_BYTES - 3 * BUS_LINE_BYTES - 12 - BUS_OWNER_BYTES];
	_Atomic uint32_t lock; /* held by whoever writes the registry; see bus_owner.h */
	uint32_t lock_reserved;
};

#define BUS_LANE_NAME_WORDS (PROF_LANE_NAME_BYTES / 8)

/* What is said about a lane's owner; a seqlock, written by the owner alone. */
struct bus_lane_identity {
	_Atomic uint32_t seq; /* odd while it is being written */
	_Atomic uint32_t generation;
	_Atomic uint32_t layer;
	_Atomic uint32_t pid;
	_Atomic uint32_t tid;
	_Atomic uint32_t reserved;
	_Atomic uint64_t since_ns;
	_Atomic uint64_t name[BUS_LANE_NAME_WORDS];
};

struct bus_lane_control {
	alignas(BUS_LINE_BYTES) struct bus_lane_identity identity;
	/* Two lines, because adjacent ones are prefetched together. */
	alignas(2 * BUS_LINE_BYTES) _Atomic uint64_t head; /* first position not taken */
	alignas(2 * BUS_LINE_BYTES) _Atomic uint64_t mark_ns;
	_Atomic uint64_t heartbeat_ns;
	_Atomic uint64_t dropped_count;
	_Atomic uint64_t loss_count[PROF_LOSS_KIND_COUNT];
	uint8_t reserved[BUS_PAGE_BYTES - 256 - (3 + PROF_LOSS_KIND_COUNT) * 8 - BUS_OWNER_BYTES];
	_Atomic uint32_t lock; /* held by the owner for as long as it lives */
	uint32_t lock_reserved;
};

struct bus_consumer_control {
	_Atomic uint64_t pending; /* lane index << 32 | events taken but not yet processed */
	uint64_t reserved0[7];
	_Atomic uint64_t processed_count[PROF_LANE_COUNT_MAX]; /* since creation of the bus */
	uint8_t reserved1[BUS_PAGE_BYTES - 64 - PROF_LANE_COUNT_MAX * 8 - BUS_OWNER_BYTES];
	_Atomic uint32_t lock;
	uint32_t lock_reserved;
};

#define BUS_SOCKET_WORDS (sizeof(struct prof_socket) / 8)

struct bus_socket {
	_Atomic uint64_t seq; /* odd while it is being written */
	_Atomic uint64_t words[BUS_SOCKET_WORDS];
	uint64_t reserved[15 - BUS_SOCKET_WORDS];
};

#define BUS_STREAM_WORDS (PROF_STREAM_NAME_BYTES / 8)

struct bus_stream {
	_Atomic uint64_t words[BUS_STREAM_WORDS];
	uint64_t reserved;
};

static_assert(sizeof(struct prof_slot) == BUS_LINE_BYTES, "a slot is a cache line");
static_assert(sizeof(struct prof_event) == 8 * PROF_EVENT_WORDS, "an event is whole words");
static_assert(sizeof(struct bus_header) == BUS_PAGE_BYTES, "one page");
static_assert(sizeof(struct bus_lane_control) == BUS_PAGE_BYTES, "one page");
static_assert(sizeof(struct bus_consumer_control) == BUS_PAGE_BYTES, "one page");
static_assert(offsetof(struct bus_header, lock) == BUS_PAGE_BYTES - BUS_OWNER_BYTES, "last");
static_assert(offsetof(struct bus_lane_control, lock) == BUS_PAGE_BYTES - BUS_OWNER_BYTES, "last");
static_assert(offsetof(struct bus_consumer_control, lock) == BUS_PAGE_BYTES - BUS_OWNER_BYTES,
	      "last");
static_assert(sizeof(struct bus_lane_identity) <= BUS_LINE_BYTES, "one line");
static_assert(sizeof(struct prof_socket) % 8 == 0, "a socket is whole words");
static_assert(sizeof(struct bus_socket) == 2 * BUS_LINE_BYTES, "two lines");
static_assert(sizeof(struct bus_stream) == BUS_LINE_BYTES, "one line");
static_assert(sizeof(_Atomic uint64_t) == 8 && sizeof(_Atomic uint32_t) == 4, "lock-free words");

/* Sizes of a segment, checked; a process's own copy, never read from the segment twice. */
struct bus_shape {
	uint32_t lane_count;
	uint32_t slot_count;
	uint32_t socket_count;
	uint32_t stream_count;
};

/* Where the parts begin, in bytes from the start of the segment. */
struct bus_offsets {
	size_t lanes;
	size_t consumers;
	size_t sockets;
	size_t streams;
	size_t slots;
	size_t size_bytes;
};

/* True if every number is in range. */
bool bus_shape_is_valid(const struct bus_shape *shape);

/* The offsets of a valid shape. */
struct bus_offsets bus_shape_offsets(const struct bus_shape *shape);

/* Changes whenever the layout of a record in the segment does. */
uint32_t bus_layout_hash(void);

#endif
