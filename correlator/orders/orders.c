/* SPDX-License-Identifier: BSD-2-Clause */
#include "orders.h"

#include "prof/clock.h"

void orders_message(struct orders *orders, const struct corr_message *message)
{
	bool is_read = message->has_kernel && message->doubt_layer != PROF_LAYER_KERNEL;
	uint64_t had_ns = corr_message_time_ns(message);

	if (!had_ns)
		return;
	orders->causes[orders->message_count++ % ORDERS_MESSAGE_COUNT] = (struct orders_cause){
		.seq = message->seq & (UINT64_MAX >> 2),
		.has_user = message->user_ns != 0,
		.was_asleep = message->is_waited || message->wait == CORR_WAIT_ASLEEP,
		.cookie = message->cookie,
		.tick_ns = message->has_nic && message->doubt_layer != PROF_LAYER_NIC
				   ? message->nic_ns
				   : 0,
		.read_ns = is_read ? message->kernel_ns : 0,
		.had_ns = had_ns,
		.id_hash = message->id_hash,
		.conn_number = message->conn_number,
		.message_index = message->message_index,
		.tid = is_read ? message->reader_tid : 0,
		.tcp_seq = message->tcp_seq,
	};
}

static struct corr_tick tick_of(const struct orders_cause *cause)
{
	return (struct corr_tick){
		.seq = cause->seq,
		.cookie = cause->cookie,
		.tick_ns = cause->tick_ns,
		.read_ns = cause->read_ns,
		.user_ns = cause->has_user ? cause->had_ns : 0,
		.had_ns = cause->had_ns,
		.id_hash = cause->id_hash,
		.conn_number = cause->conn_number,
		.message_index = cause->message_index,
		.tid = cause->tid,
		.was_asleep = cause->was_asleep,
		.tcp_seq = cause->tcp_seq,
	};
}

static uint64_t kept_count(const struct orders *orders)
{
	return orders->message_count < ORDERS_MESSAGE_COUNT ? orders->message_count
							    : ORDERS_MESSAGE_COUNT;
}

/* The i-th newest. */
static const struct orders_cause *cause_at(const struct orders *orders, uint64_t i)
{
	return &orders->causes[(orders->message_count - 1 - i) % ORDERS_MESSAGE_COUNT];
}

/* When it was handed over, by whom that is known of. */
static uint64_t sent_ns(const struct corr_trip *trip)
{
	return trip->write_ns ? trip->write_ns : trip->call_ns ? trip->call_ns : trip->left_ns;
}

static bool is_named(const struct orders_cause *cause, const struct corr_trip *trip)
{
	if (trip->cause_id_hash)
		return cause->id_hash == trip->cause_id_hash;
	return cause->message_index == trip->cause_message_index &&
	       cause->conn_number == trip->cause_conn_number;
}

/* Several clients may number alike, and several messages carry the same id. */
static bool find_by_id(const struct orders *orders, const struct corr_trip *trip,
		       struct corr_tick *ret_cause)
{
	uint32_t found_count = 0;

	for (uint64_t i = 0; i < kept_count(orders); i++) {
		const struct orders_cause *cause = cause_at(orders, i);

		if (!is_named(cause, trip))
			continue;
		*ret_cause = tick_of(cause);
		found_count++;
	}
	return found_count == 1 && prof_delta_ns(ret_cause->had_ns, sent_ns(trip)) >= 0;
}

/*
 * The last one that the thread had before it wrote.  Two at the same time, or one since then
 * that nobody knows the reader of: then nothing is known.  Nor is it of somebody else's client,
 * of which only calls are seen, unless the thread had slept before it read: it may read ahead of
 * what it is at, as event loops do; and not of several that one call took.
 */
static bool find_by_thread(const struct orders *orders, const struct corr_trip *trip,
			   struct corr_tick *ret_cause)
{
	const struct orders_cause *last = NULL;
	uint64_t write_ns = sent_ns(trip);
	bool is_sure = false;

	for (uint64_t i = 0; trip->tid && !trip->is_sent_with_more && i < kept_count(orders); i++) {
		const struct orders_cause *cause = cause_at(orders, i);
		int64_t later_ns = last ? prof_delta_ns(last->had_ns, cause->had_ns) : 1;

		if ((cause->tid && cause->tid != trip->tid) || later_ns < 0 ||
		    prof_delta_ns(cause->had_ns, write_ns) < 0)
			continue;
		is_sure = cause->tid && later_ns > 0 && (trip->write_ns || cause->was_asleep);
		last = cause;
	}
	if (is_sure)
		*ret_cause = tick_of(last);
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
		if (find_by_id(orders, trip, &ret_order->cause))
			ret_order->class_id = CORR_ORDER_ID;
		else
			ret_order->cause = (struct corr_tick){ 0 };
	} else if (has_thread) {
		ret_order->class_id = CORR_ORDER_THREAD;
		ret_order->cause = by_thread;
	}
	corr_order_split(ret_order);
}
