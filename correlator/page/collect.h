/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the report's page keeps of the messages: the stalls, the most negative
 * ones whole, a sample of all of them as points, and how they were coalesced.
 * Bounded and deterministic.  Pure.
 */
#ifndef CORR_PAGE_COLLECT_H
#define CORR_PAGE_COLLECT_H

#include "correlator/stats/hist.h"
#include "stalls.h"

#define COLLECT_LOWEST_COUNT_MAX 32
#define COLLECT_POINT_COUNT_MAX	 4096
/* Larger groups are counted with those of this size. */
#define COLLECT_GROUP_SIZE_MAX 1024

/* NIC->User, or Kernel->User where the NIC layer does not know the message. */
struct collect_point {
	uint64_t seq;
	uint64_t user_ns;
	int64_t latency_ns;
	uint8_t class_id;
};

struct collect_lowest {
	int64_t latency_ns;
	struct corr_message message; /* its stream points to the name below */
	char stream[64];
	uint64_t frame_number; /* as of a stall */
};

/* How many messages were the first, second, third ... of their group, and so on. */
struct collect_groups {
	uint64_t place_count[COLLECT_GROUP_SIZE_MAX + 2];
};

struct collect {
	uint64_t message_count;
	uint64_t point_count_all; /* messages with a latency that can be drawn */
	uint64_t negative_count;
	uint64_t first_ns; /* of the callbacks */
	uint64_t last_ns;
	uint64_t stamp_count[8];      /* by enum prof_stamp_source */
	struct hist uncertainty;      /* of these stamps */
	struct hist wire_uncertainty; /* of the stage WIRE_NIC, both its ends */
	uint64_t seed;
	bool is_finished;
	uint32_t point_count;
	uint32_t lowest_count; /* the most negative ones, a heap until collect_finish() */
	struct collect_groups records;
	struct collect_groups reads;
	uint64_t segment_count[COLLECT_GROUP_SIZE_MAX + 2]; /* messages of so many segments */
	struct collect_point points[COLLECT_POINT_COUNT_MAX];
	struct collect_lowest lowest[COLLECT_LOWEST_COUNT_MAX];
	struct stalls stalls;
};

/* Zeroed memory is an empty collection. */
void collect_add(struct collect *collect, const struct corr_message *message);

/*
 * Chooses the stalls, sorts the negative ones, the lowest last; nothing may be added after it.
 * Once: a second call does nothing.
 */
void collect_finish(struct collect *collect);

/* Groups of exactly size messages (COLLECT_GROUP_SIZE_MAX: or more). */
uint64_t collect_groups_of(const struct collect_groups *groups, uint32_t size);

#endif
