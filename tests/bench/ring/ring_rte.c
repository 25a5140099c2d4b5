/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DPDK's rte_ring in its three multi-producer modes, elements of one cache
 * line.  It needs no EAL when it is initialised in memory of our own.
 */
#define ALLOW_EXPERIMENTAL_API
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "ring.h"

/* One element stays free. */
#define RTE_CAPACITY RING_CAPACITY

struct rte_side {
	struct rte_ring *ring;
};

static size_t rte_size(void)
{
	return (size_t)rte_ring_get_memsize_elem(sizeof(struct ring_item), RTE_CAPACITY);
}

static int setup_mpmc(void *memory)
{
	return rte_ring_init(memory, "mpmc", RTE_CAPACITY, 0);
}

static int setup_hts(void *memory)
{
	return rte_ring_init(memory, "hts", RTE_CAPACITY, RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ);
}

static int setup_rts(void *memory)
{
	return rte_ring_init(memory, "rts", RTE_CAPACITY, RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ);
}

static void ring_side_open(struct ring_worker *worker, int which, bool is_producer,
			   struct rte_side *side)
{
	(void)is_producer;
	side->ring = worker->rings[which];
}

static void ring_side_close(struct rte_side *side)
{
	side->ring = NULL;
}

#define RING_SIZE	       rte_size
#define RING_SIDE	       rte_side
#define RING_ITEM	       ring_item
#define RING_SET(item, number) (ring_event_set(&(item).event, number), (item).pad = 0)
#define RING_TIME(item)	       ((item).event.time_ns ^ (item).event.message.end_offset)

/* The mode is named, not looked up in the ring, so that each gets its own inlined code. */
#define ring_push(side, items, count)                                                              \
	RTE_PUSH((side)->ring, items, sizeof(struct ring_item), (unsigned int)(count), NULL)
#define ring_pop(side, items, max)                                                                 \
	RTE_POP((side)->ring, items, sizeof(struct ring_item), (unsigned int)(max), NULL)

#define RTE_PUSH   rte_ring_mp_enqueue_burst_elem
#define RTE_POP	   rte_ring_mc_dequeue_burst_elem
#define RING_SETUP setup_mpmc
#define RING_ID	   rte_mpmc
#define RING_LABEL "rte_ring MPMC"
#define RING_BURST 1
#define RING_POP   1
#include "ring_loops.h"
#define RING_ID	   rte_mpmc_burst
#define RING_LABEL "rte_ring MPMC, bursts of 32"
#define RING_BURST 32
#define RING_POP   32
#include "ring_loops.h"

#undef RTE_PUSH
#undef RTE_POP
#undef RING_SETUP
#define RTE_PUSH   rte_ring_mp_hts_enqueue_burst_elem
#define RTE_POP	   rte_ring_mc_hts_dequeue_burst_elem
#define RING_SETUP setup_hts
#define RING_ID	   rte_hts
#define RING_LABEL "rte_ring HTS"
#define RING_BURST 1
#define RING_POP   1
#include "ring_loops.h"
#define RING_ID	   rte_hts_burst
#define RING_LABEL "rte_ring HTS, bursts of 32"
#define RING_BURST 32
#define RING_POP   32
#include "ring_loops.h"

#undef RTE_PUSH
#undef RTE_POP
#undef RING_SETUP
#define RTE_PUSH   rte_ring_mp_rts_enqueue_burst_elem
#define RTE_POP	   rte_ring_mc_rts_dequeue_burst_elem
#define RING_SETUP setup_rts
#define RING_ID	   rte_rts
#define RING_LABEL "rte_ring RTS"
#define RING_BURST 1
#define RING_POP   1
#include "ring_loops.h"
#define RING_ID	   rte_rts_burst
#define RING_LABEL "rte_ring RTS, bursts of 32"
#define RING_BURST 32
#define RING_POP   32
#include "ring_loops.h"

const struct ring_kind *const ring_rte_kinds[] = {
	&kind_rte_mpmc, &kind_rte_mpmc_burst, &kind_rte_hts, &kind_rte_hts_burst,
	&kind_rte_rts,	&kind_rte_rts_burst,  NULL
};
