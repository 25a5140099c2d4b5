/* SPDX-License-Identifier: BSD-2-Clause */
#include "orders.h"

void order_stats_add(struct order_stats *stats, const struct corr_order *order)
{
	stats->count[order->class_id]++;
	if (order->class_id == CORR_ORDER_AMBIGUOUS)
		return;
	if (order->class_id == CORR_ORDER_ID && order->thread_seq) {
		stats->thread_agree_count += order->thread_seq == order->cause.seq;
		stats->thread_differ_count += order->thread_seq != order->cause.seq;
	}
	for (int part = 0; part < CORR_ORDER_PART_COUNT; part++)
		if (corr_order_part_is_known(order, (enum corr_order_part)part))
			hist_add(&stats->parts[order->class_id][part], order->part_ns[part]);
}
