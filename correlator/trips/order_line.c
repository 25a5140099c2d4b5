/* SPDX-License-Identifier: BSD-2-Clause */
#include "order_line.h"

/* In the order in which they follow each other; the sum stands behind its parts. */
static const enum corr_order_part shown[] = {
	CORR_ORDER_TICK_READ,	  CORR_ORDER_READ_USER, CORR_ORDER_USER_WRITE,
	CORR_ORDER_WRITE_LEFT,	  CORR_ORDER_TOTAL,	CORR_ORDER_LEFT_ACKED,
	CORR_ORDER_LEFT_ANSWERED,
};

static void add_known(struct text *text, const char *key, bool is_known, uint64_t value,
		      const char *otherwise)
{
	text_add(text, key);
	if (is_known)
		text_add_u64(text, value);
	else
		text_add(text, otherwise);
}

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
	add_known(text, " seq=", cause->seq, cause->seq, "n/a");
	text_add(text, " class=");
	text_add(text, corr_order_class_name(order->class_id));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		add_part(text, order, shown[i], unit);
	add_known(text, " tcp_seq=", cause->tick_ns, cause->tcp_seq, "n/a");
	add_known(text, " order_tcp_seq=", order->trip.left_ns, order->trip.tcp_seq, "n/a");
	text_add(text, "\n");
}

static void add_time(struct text *text, const char *key, uint64_t time_ns)
{
	add_known(text, key, time_ns, time_ns, "null");
}

static void add_points(struct text *text, const struct corr_order *order)
{
	add_time(text, ",\"tick_ns\":", order->cause.tick_ns);
	add_time(text, ",\"read_ns\":", order->cause.read_ns);
	add_time(text, ",\"user_ns\":", order->cause.user_ns);
	add_time(text, ",\"write_ns\":", order->trip.write_ns);
	add_time(text, ",\"call_ns\":", order->trip.call_ns);
	add_time(text, ",\"left_ns\":", order->trip.left_ns);
	add_time(text, ",\"acked_ns\":", order->trip.acked_ns);
	add_time(text, ",\"answer_ns\":", order->trip.answer_ns);
}

static void add_parts(struct text *text, const struct corr_order *order)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		text_add(text, ",\"");
		text_add(text, corr_order_part_name(shown[i]));
		text_add(text, "_ns\":");
		if (corr_order_part_is_known(order, shown[i]))
			text_add_i64(text, order->part_ns[shown[i]]);
		else
			text_add(text, "null");
	}
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
	add_known(text, ",\"seq\":", cause->seq, cause->seq, "null");
	add_known(text, ",\"conn\":", cause->seq, cause->conn_number, "null");
	add_known(text, ",\"message_index\":", cause->seq, cause->message_index, "null");
	add_known(text, ",\"thread_seq\":", order->thread_seq, order->thread_seq, "null");
	add_known(text, ",\"tid\":", trip->tid, trip->tid, "null");
	add_known(text, ",\"tcp_seq\":", cause->tick_ns, cause->tcp_seq, "null");
	add_known(text, ",\"order_tcp_seq\":", trip->left_ns, trip->tcp_seq, "null");
	add_points(text, order);
	add_parts(text, order);
	trip_add_origin(text, trip, origin);
}
