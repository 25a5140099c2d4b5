/* SPDX-License-Identifier: BSD-2-Clause */
#include "order.h"

static void set_part(struct corr_order *order, enum corr_order_part part, uint64_t earlier_ns,
		     uint64_t later_ns)
{
	corr_part_set(order->part_ns, &order->part_mask, part, earlier_ns, later_ns);
}

void corr_order_split(struct corr_order *order)
{
	const struct corr_trip *trip = &order->trip;
	const struct corr_tick *cause = &order->cause;

	order->part_mask = 0;
	set_part(order, CORR_ORDER_TOTAL, cause->tick_ns, trip->left_ns);
	set_part(order, CORR_ORDER_TICK_READ, cause->tick_ns, cause->read_ns);
	set_part(order, CORR_ORDER_READ_USER, cause->read_ns, cause->user_ns);
	set_part(order, CORR_ORDER_USER_WRITE, cause->user_ns, trip->write_ns);
	set_part(order, CORR_ORDER_WRITE_LEFT, trip->write_ns, trip->left_ns);
	set_part(order, CORR_ORDER_LEFT_ACKED, trip->left_ns, trip->acked_ns);
	set_part(order, CORR_ORDER_LEFT_ANSWERED, trip->left_ns,
		 trip->answer_ns ? trip->answer_ns : trip->arrived_ns);
	set_part(order, CORR_ORDER_READ_CALL, cause->read_ns, trip->call_ns);
	set_part(order, CORR_ORDER_CALL_LEFT, trip->call_ns, trip->left_ns);
}

const char *corr_order_class_name(enum corr_order_class class_id)
{
	static const char *const names[CORR_ORDER_CLASS_COUNT] = {
		[CORR_ORDER_ID] = "id",
		[CORR_ORDER_THREAD] = "thread",
		[CORR_ORDER_AMBIGUOUS] = "ambiguous",
	};

	return names[class_id];
}

const char *corr_order_part_words(enum corr_order_part part)
{
	static const char *const words[CORR_ORDER_PART_COUNT] = {
		[CORR_ORDER_TOTAL] = "Total",
		[CORR_ORDER_TICK_READ] = "Tick->Read",
		[CORR_ORDER_READ_USER] = "Read->User",
		[CORR_ORDER_USER_WRITE] = "User->Write",
		[CORR_ORDER_WRITE_LEFT] = "Write->Left",
		[CORR_ORDER_LEFT_ACKED] = "Left->Acked",
		[CORR_ORDER_LEFT_ANSWERED] = "Left->Answered",
		[CORR_ORDER_READ_CALL] = "Read->Call",
		[CORR_ORDER_CALL_LEFT] = "Call->Left",
	};

	return words[part];
}

const char *corr_order_part_name(enum corr_order_part part)
{
	static const char *const names[CORR_ORDER_PART_COUNT] = {
		[CORR_ORDER_TOTAL] = "total",
		[CORR_ORDER_TICK_READ] = "tick_read",
		[CORR_ORDER_READ_USER] = "read_user",
		[CORR_ORDER_USER_WRITE] = "user_write",
		[CORR_ORDER_WRITE_LEFT] = "write_left",
		[CORR_ORDER_LEFT_ACKED] = "left_acked",
		[CORR_ORDER_LEFT_ANSWERED] = "left_answer",
		[CORR_ORDER_READ_CALL] = "read_call",
		[CORR_ORDER_CALL_LEFT] = "call_left",
	};

	return names[part];
}
