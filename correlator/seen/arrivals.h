/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When each stretch of a socket's stream was in its receive queue, in order, and
 * when the socket was told so; in stream order, a list for each socket.
 */
#ifndef CORR_ARRIVALS_H
#define CORR_ARRIVALS_H

#include "pool.h"
#include "prof/event.h"

struct arrival {
	uint32_t next;
	bool is_nested; /* no wake-up can be tied to it */
	uint64_t start;
	uint64_t end;
	uint64_t queue_ns; /* 0: not seen */
	uint64_t ready_ns;
};

/* Of one socket; zeroed memory is an empty list. */
struct arrival_list {
	uint32_t head;
	uint32_t tail;
	uint32_t count;
	uint64_t low;	  /* offsets below were never told; if has_any */
	uint64_t evicted; /* offsets below were forgotten for want of memory */
	bool has_any;
};

struct arrivals {
	struct pool pool;
	uint64_t evicted_count;
};

bool arrivals_open(struct arrivals *arrivals, uint32_t capacity);
void arrivals_close(struct arrivals *arrivals);

/* A READY event.  False if it contradicts what is there, or if there is no room for it. */
bool arrivals_add(struct arrivals *arrivals, struct arrival_list *list,
		  const struct prof_event *event);

/* The stretch with this byte; NULL if none was told. */
const struct arrival *arrivals_find(const struct arrivals *arrivals,
				    const struct arrival_list *list, uint64_t offset);

/* Nothing below this stream offset will be asked for again. */
void arrivals_prune(struct arrivals *arrivals, struct arrival_list *list, uint64_t offset);

#endif
