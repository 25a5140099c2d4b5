/* SPDX-License-Identifier: BSD-2-Clause */
#include "order_line.h"

#include "field.h"

/* In the order in which they follow each other; the sum stands behind its parts. */
static const enum corr_order_part shown[] = {
	CORR_ORDER_TICK_READ,	  CORR_ORDER_READ_USER, CORR_ORDER_USER_WRITE,
	CORR_ORDER_WRITE_LEFT,	  CORR_ORDER_TOTAL,	CORR_ORDER_LEFT_ACKED,
	CORR_ORDER_LEFT_ANSWERED,
};

/* The same way by the calls into the kernel, where those are known. */
static const enum corr_order_part shown_last[] = { CORR_ORDER_READ_CALL, CORR_ORDER_CALL_LEFT };

static void add_part(struct text *text, const struct corr_order *order, enum corr_order_part part,
		     enum corr_unit unit)
{
	text_add(text, " ");
	text_add(text, corr_order_part_words(part));
	text_add(text, "=");
	if (!corr_order_part_is_known(order, part)) {
		text_add(text, "n/a");
		return;
	}
	text_add_i64(text, corr_in_unit(order->part_ns[part], unit));
	text_add(text, unit == CORR_UNIT_NS ? "ns" : "us");
}

void order_add_line(struct text *text, const struct corr_order *order, enum corr_unit unit)
{
	const struct corr_tick *cause = &order->cause;

	text_add(text, "[ORDER] order=");
	text_add_u64(text, order->trip.request_id);
	field_add_u64(text, " seq=", cause->seq, cause->seq, "n/a");
	text_add(text, " class=");
	text_add(text, corr_order_class_name(order->class_id));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		add_part(text, order, shown[i], unit);
	field_add_u64(text, " tcp_seq=", cause->tick_ns, cause->tcp_seq, "n/a");
	field_add_u64(text, " order_tcp_seq=", order->trip.left_ns, order->trip.tcp_seq, "n/a");
	for (size_t i = 0; i < sizeof(shown_last) / sizeof(shown_last[0]); i++)
		add_part(text, order, shown_last[i], unit);
	text_add(text, "\n");
}

static void add_points(struct text *text, const struct corr_order *order)
{
	field_add_time(text, ",\"tick_ns\":", order->cause.tick_ns);
	field_add_time(text, ",\"read_ns\":", order->cause.read_ns);
	field_add_time(text, ",\"user_ns\":", order->cause.user_ns);
	field_add_time(text, ",\"write_ns\":", order->trip.write_ns);
	field_add_time(text, ",\"call_ns\":", order->trip.call_ns);
	field_add_time(text, ",\"left_ns\":", order->trip.left_ns);
	field_add_time(text, ",\"acked_ns\":", order->trip.acked_ns);
	field_add_time(text, ",\"answer_ns\":", order->trip.answer_ns);
}

static void add_json_part(struct text *text, const struct corr_order *order,
			  enum corr_order_part part)
{
	text_add(text, ",\"");
	text_add(text, corr_order_part_name(part));
	field_add_part(text, "_ns\":", corr_order_part_is_known(order, part), order->part_ns[part]);
}

static void add_parts(struct text *text, const struct corr_order *order)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		add_json_part(text, order, shown[i]);
	for (size_t i = 0; i < sizeof(shown_last) / sizeof(shown_last[0]); i++)
		add_json_part(text, order, shown_last[i]);
}

void order_add_json(struct text *text, const struct corr_order *order,
		    const struct trip_origin *origin)
{
	const struct corr_tick *cause = &order->cause;
	const struct corr_trip *trip = &order->trip;

	text_add(text, "{\"what\":\"tick-to-order\",\"class\":\"");
	text_add(text, corr_order_class_name(order->class_id));
	text_add(text, "\",\"request_id\":");
	text_add_u64(text, trip->request_id);
	text_add(text, ",\"order_conn\":");
	text_add_u64(text, trip->conn_number);
	field_add_u64(text, ",\"seq\":", cause->seq, cause->seq, "null");
	field_add_u64(text, ",\"conn\":", cause->seq, cause->conn_number, "null");
	field_add_u64(text, ",\"message_index\":", cause->seq, cause->message_index, "null");
	field_add_u64(text, ",\"thread_seq\":", order->thread_seq, order->thread_seq, "null");
	field_add_u64(text, ",\"tid\":", trip->tid, trip->tid, "null");
	field_add_u64(text, ",\"tcp_seq\":", cause->tick_ns, cause->tcp_seq, "null");
	field_add_u64(text, ",\"order_tcp_seq\":", trip->left_ns, trip->tcp_seq, "null");
	add_points(text, order);
	add_parts(text, order);
	trip_add_origin(text, trip, origin);
}
