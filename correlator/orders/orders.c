/* SPDX-License-Identifier: BSD-2-Clause */
#include "orders.h"

#include "prof/clock.h"

void orders_message(struct orders *orders, const struct corr_message *message)
{
	bool is_read = message->has_kernel && message->doubt_layer != PROF_LAYER_KERNEL;

	if (!message->user_ns)
		return;
	orders->causes[orders->message_count++ % ORDERS_MESSAGE_COUNT] = (struct corr_tick){
		.seq = message->seq,
		.cookie = message->cookie,
		.tick_ns = message->has_nic && message->doubt_layer != PROF_LAYER_NIC
				   ? message->nic_ns
				   : 0,
		.read_ns = is_read ? message->kernel_ns : 0,
		.user_ns = message->user_ns,
		.conn_number = message->conn_number,
		.message_index = message->message_index,
		.tid = is_read ? message->reader_tid : 0,
		.tcp_seq = message->tcp_seq,
	};
}

static uint64_t kept_count(const struct orders *orders)
{
	return orders->message_count < ORDERS_MESSAGE_COUNT ? orders->message_count
							    : ORDERS_MESSAGE_COUNT;
}

/* The i-th newest. */
static const struct corr_tick *cause_at(const struct orders *orders, uint64_t i)
{
	return &orders->causes[(orders->message_count - 1 - i) % ORDERS_MESSAGE_COUNT];
}

/* Several clients may number alike. */
static bool find_by_number(const struct orders *orders, const struct corr_trip *trip,
			   struct corr_tick *ret_cause)
{
	uint32_t found_count = 0;

	for (uint64_t i = 0; i < kept_count(orders); i++) {
		const struct corr_tick *cause = cause_at(orders, i);

		if (cause->message_index != trip->cause_message_index ||
		    cause->conn_number != trip->cause_conn_number)
			continue;
		*ret_cause = *cause;
		found_count++;
	}
	return found_count == 1 && prof_delta_ns(ret_cause->user_ns, trip->write_ns) >= 0;
}

/*
 * The last one that the thread had before it wrote.  Two at the same time, or one since then
 * that nobody knows the reader of: then nothing is known.
 */
static bool find_by_thread(const struct orders *orders, const struct corr_trip *trip,
			   struct corr_tick *ret_cause)
{
	const struct corr_tick *last = NULL;
	bool is_sure = false;

	for (uint64_t i = 0; trip->tid && i < kept_count(orders); i++) {
		const struct corr_tick *cause = cause_at(orders, i);
		int64_t later_ns = last ? prof_delta_ns(last->user_ns, cause->user_ns) : 1;

		if ((cause->tid && cause->tid != trip->tid) || later_ns < 0 ||
		    prof_delta_ns(cause->user_ns, trip->write_ns) < 0)
			continue;
		is_sure = cause->tid && later_ns > 0;
		last = cause;
	}
	if (is_sure)
		*ret_cause = *last;
	return is_sure;
}

void orders_link(const struct orders *orders, const struct corr_trip *trip,
		 struct corr_order *ret_order)
{
	struct corr_tick by_thread = { 0 };
	bool has_thread = find_by_thread(orders, trip, &by_thread);

	*ret_order = (struct corr_order){ .trip = *trip, .class_id = CORR_ORDER_AMBIGUOUS };
	if (has_thread)
		ret_order->thread_seq = by_thread.seq;
	if (trip->proof == PROF_PROOF_ID) {
		if (find_by_number(orders, trip, &ret_order->cause))
			ret_order->class_id = CORR_ORDER_ID;
		else
			ret_order->cause = (struct corr_tick){ 0 };
	} else if (has_thread) {
		ret_order->class_id = CORR_ORDER_THREAD;
		ret_order->cause = by_thread;
	}
	corr_order_split(ret_order);
}
