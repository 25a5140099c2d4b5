/* SPDX-License-Identifier: BSD-2-Clause */
/* Distributions of tick to order, by the proof of what the order was for. */
#ifndef CORR_STATS_ORDERS_H
#define CORR_STATS_ORDERS_H

#include "correlator/message/order.h"
#include "hist.h"

/* Zeroed memory is empty. */
struct order_stats {
	uint64_t count[CORR_ORDER_CLASS_COUNT];
	/* Of those that an id proves: what the thread alone would have said is the same, or not. */
	uint64_t thread_agree_count;
	uint64_t thread_differ_count;
	struct hist parts[CORR_ORDER_AMBIGUOUS][CORR_ORDER_PART_COUNT]; /* of the classes before */
};

void order_stats_add(struct order_stats *stats, const struct corr_order *order);

#endif
