/* SPDX-License-Identifier: BSD-2-Clause */
/* Our bus: a lane for each producer, consumers that go round the lanes. */
#include <stdio.h>
#include <stdlib.h>

#include "prof/publish.h"
#include "ring.h"

struct lanes_side {
	struct prof_producer *producer;
	struct prof_consumer *consumer;
	uint32_t lane_count;
	uint32_t lane_index;
};

static void ring_side_open(struct ring_worker *worker, int which, bool is_producer,
			   struct lanes_side *side)
{
	const struct prof_producer_options options = { .name = "bench", .layer = PROF_LAYER_USER };
	struct prof_bus *bus = worker->buses[which];
	int err;

	*side = (struct lanes_side){ .lane_count = prof_bus_lane_count(bus) };
	if (is_producer)
		err = prof_producer_attach(bus, &options, &side->producer);
	else
		err = prof_consumer_attach(bus, &side->consumer);
	if (err) {
		(void)fprintf(stderr, "bench_ring: attach: %s\n", prof_bus_explain(err).why);
		exit(1);
	}
}

static void ring_side_close(struct lanes_side *side)
{
	side->producer = prof_producer_detach(side->producer);
	side->consumer = prof_consumer_detach(side->consumer);
}

static inline size_t ring_push(struct lanes_side *side, const struct prof_event *events,
			       size_t count)
{
	if (count > 1)
		return prof_publish_burst(side->producer, events, count);
	return prof_publish_inline(side->producer, events);
}

/* Stays on a lane while there is something in it, else looks once at each. */
static inline size_t ring_pop(struct lanes_side *side, struct prof_event *events, size_t max)
{
	for (uint32_t i = 0; i < side->lane_count; i++) {
		size_t count = prof_take(side->consumer, side->lane_index, events, max, NULL);

		if (count)
			return count;
		if (++side->lane_index == side->lane_count)
			side->lane_index = 0;
	}
	return 0;
}

#define RING_SIZE	       NULL
#define RING_SETUP	       NULL
#define RING_SIDE	       lanes_side
#define RING_ITEM	       prof_event
#define RING_SET(item, number) ring_event_set(&(item), number)
#define RING_TIME(item)	       ((item).time_ns ^ (item).message.end_offset)

#define RING_ID	   lanes
#define RING_LABEL "lanes"
#define RING_BURST 1
#define RING_POP   32
#include "ring_loops.h"

#define RING_ID	   lanes_single
#define RING_LABEL "lanes, one at a time"
#define RING_BURST 1
#define RING_POP   1
#include "ring_loops.h"

#define RING_ID	   lanes_burst
#define RING_LABEL "lanes, bursts of 32"
#define RING_BURST 32
#define RING_POP   32
#include "ring_loops.h"

const struct ring_kind *const ring_lanes_kinds[] = { &kind_lanes, &kind_lanes_single,
						     &kind_lanes_burst, NULL };
