/* SPDX-License-Identifier: BSD-2-Clause */
#include "pen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- The head -------------------------------------------------------------- */

static void draw_title(struct pen *pen, const struct top_view *view,
		       const struct layout_choice *choice)
{
	uint32_t last = pen->layout->column_count;

	pen_print(pen, LAYOUT_TITLE, " %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 "%s  %s",
		  view->elapsed_s / 3600, view->elapsed_s / 60 % 60, view->elapsed_s % 60,
		  view->is_over ? "  ended" : "", choice->source);
	for (uint32_t column = pen->column; column < last; column++)
		pen_put(pen, LAYOUT_TITLE, " ");
	if (last >= 60) {
		pen->column = last - 34;
		pen_put(pen, LAYOUT_TITLE, "s m r: span  w: waterfall  q: quit");
	} else if (last >= 34) {
		pen->column = last - 7;
		pen_put(pen, LAYOUT_TITLE, "q: quit");
	}
	pen_new_line(pen);
}

static void draw_rates(struct pen *pen, const struct top_view *view)
{
	uint64_t all = view->message_count;
	double part = all ? 100.0 * (double)view->correlated_count / (double)all : 0;

	pen_print(pen, LAYOUT_HEAD, "%" PRIu64 " msg/s", view->rates[TOP_SECOND]);
	pen_print(pen, LAYOUT_PLAIN, "  minute %" PRIu64 "  run %" PRIu64, view->rates[TOP_MINUTE],
		  view->rates[TOP_RUN]);
	/* Rounded down: 100 % is all of them. */
	pen_print(pen, LAYOUT_PLAIN,
		  "  messages %" PRIu64 "  correlated %" PRIu64 ".%02" PRIu64 " %%", all,
		  (uint64_t)part, (uint64_t)(part * 100) % 100);
	pen_new_line(pen);
}

/* Words of a line that is cut between words, not within one. */
static bool add_word(struct pen *pen, enum layout_look look, const char *name, uint64_t count)
{
	char word[64];
	int columns = snprintf(word, sizeof(word), "%s %" PRIu64 "  ", name, count);

	if (pen->column + (uint32_t)columns - 2 > pen->layout->column_count)
		return false;
	pen_put(pen, look, word);
	return true;
}

static void draw_classes(struct pen *pen, const struct top_view *view)
{
	if (view->lost_count)
		(void)add_word(pen, LAYOUT_ALERT, "lost", view->lost_count);
	if (view->disagree_count)
		(void)add_word(pen, LAYOUT_ALERT, "disagreed", view->disagree_count);
	for (int i = 0; i < CORR_CLASS_COUNT; i++) {
		bool is_bad = i == CORR_CLASS_INVERTED && view->class_count[i];

		if (view->class_count[i] || i == CORR_CLASS_EXACT)
			(void)add_word(pen, is_bad ? LAYOUT_ALERT : LAYOUT_PLAIN,
				       corr_class_name(i), view->class_count[i]);
	}
	if (view->negative_count)
		(void)add_word(pen, LAYOUT_ALERT, "negative", view->negative_count);
	if (view->pending_count)
		(void)add_word(pen, LAYOUT_PLAIN, "waiting", view->pending_count);
	pen_new_line(pen);
}

/* ---- Who is there ------------------------------------------------------------ */

static void draw_producers(struct pen *pen, const struct top_view *view)
{
	uint32_t shown = view->producer_count < TOP_PRODUCER_COUNT_MAX ? view->producer_count
								       : TOP_PRODUCER_COUNT_MAX;

	if (!pen_has_room(pen, 3))
		return;
	pen_new_line(pen);
	pen_print(pen, LAYOUT_HEAD, "%-22s %-7s %12s %10s", "producer", "layer", "events", "lost");
	pen_new_line(pen);
	for (uint32_t i = 0; i < shown && pen_has_room(pen, 1); i++) {
		const struct top_producer *producer = &view->producers[i];

		pen_print(pen, LAYOUT_PLAIN, "%-22.22s %-7s %12" PRIu64 " ", producer->name,
			  corr_layer_name(producer->layer), producer->event_count);
		pen_print(pen, producer->lost_count ? LAYOUT_ALERT : LAYOUT_PLAIN, "%10" PRIu64,
			  producer->lost_count);
		pen_put(pen, LAYOUT_PLAIN, producer->is_live ? "" : "  ended");
		pen_new_line(pen);
	}
}

/* That it is negative is told, by how much the lines do. */
static void draw_conn(struct pen *pen, const struct top_conn *conn)
{
	char last[8] = "-";
	bool is_negative = conn->has_last && conn->last_ns < 0;

	if (is_negative)
		(void)snprintf(last, sizeof(last), "<0");
	else if (conn->has_last)
		layout_duration(conn->last_ns, last);
	pen_print(pen, LAYOUT_PLAIN, "%5" PRIu32 " %-26.26s %8" PRIu64 " %12" PRIu64 " ",
		  conn->conn_number, conn->stream, conn->second_count, conn->count);
	pen_print(pen, is_negative ? LAYOUT_ALERT : LAYOUT_PLAIN, "%6s", last);
	pen_new_line(pen);
}

static void draw_conns(struct pen *pen, const struct top_view *view)
{
	if (!view->conn_count || !pen_has_room(pen, 3))
		return;
	pen_new_line(pen);
	pen_print(pen, LAYOUT_HEAD, "%5s %-26s %8s %12s %6s", "conn", "stream", "msg/s", "messages",
		  "last");
	pen_new_line(pen);
	for (uint32_t i = 0; i < view->conn_count && pen_has_room(pen, 1); i++)
		draw_conn(pen, &view->conns[i]);
	if (view->conn_forgotten_count && pen_has_room(pen, 1))
		pen_print(pen, LAYOUT_PLAIN, "and %" PRIu64 " before these",
			  view->conn_forgotten_count);
}

/* ---- What was sent and answered ------------------------------------------- */

static void draw_median(struct pen *pen, const struct window_figures *figures)
{
	char text[8] = "-";

	if (figures->count)
		layout_duration(figures->p50_ns, text);
	pen_print(pen, LAYOUT_PLAIN, " %6s", text);
}

static void draw_trip(struct pen *pen, const char *name, const struct top_trips *trips)
{
	const struct window_figures *rtt = &trips->parts[CORR_PART_RTT];
	char last[8] = "<0";
	char p99[8] = "-";
	char max[8] = "-";

	if (trips->last_ns >= 0)
		layout_duration(trips->last_ns, last);
	if (rtt->count) {
		layout_duration(rtt->p99_ns, p99);
		layout_duration(rtt->max_ns, max);
	}
	pen_print(pen, LAYOUT_PLAIN, "%-10s %8" PRIu64, name, trips->count);
	draw_median(pen, rtt);
	pen_print(pen, LAYOUT_PLAIN, " %6s %6s", p99, max);
	for (int part = CORR_PART_OUT; part <= CORR_PART_IN; part++)
		draw_median(pen, &trips->parts[part]);
	pen_print(pen, trips->last_ns < 0 ? LAYOUT_ALERT : LAYOUT_PLAIN, " %6s", last);
	pen_new_line(pen);
}

static void draw_trips(struct pen *pen, const struct top_view *view)
{
	bool has_head = false;

	for (int what = 0; what < PROF_PURPOSE_COUNT; what++) {
		if (!view->trips[what].count || !pen_has_room(pen, has_head ? 1 : 3))
			continue;
		if (!has_head) {
			pen_new_line(pen);
			pen_print(pen, LAYOUT_HEAD, "%-10s %8s %6s %6s %6s %6s %6s %6s %6s",
				  "round trip", "count", "p50", "p99", "max", "out50", "wire50",
				  "in50", "last");
			pen_new_line(pen);
		}
		has_head = true;
		draw_trip(pen, corr_purpose_name((enum prof_purpose)what), &view->trips[what]);
	}
}

static void draw_order(struct pen *pen, const char *name, const struct top_orders *orders)
{
	static const enum corr_order_part medians[] = { CORR_ORDER_TICK_READ, CORR_ORDER_READ_USER,
							CORR_ORDER_USER_WRITE,
							CORR_ORDER_READ_CALL };
	const struct window_figures *total = &orders->parts[CORR_ORDER_TOTAL];
	char p99[8] = "-";
	char max[8] = "-";

	if (total->count) {
		layout_duration(total->p99_ns, p99);
		layout_duration(total->max_ns, max);
	}
	pen_print(pen, LAYOUT_PLAIN, "%-10s %8" PRIu64, name, orders->count);
	draw_median(pen, total);
	pen_print(pen, LAYOUT_PLAIN, " %6s %6s", p99, max);
	for (size_t i = 0; i < sizeof(medians) / sizeof(medians[0]); i++)
		draw_median(pen, &orders->parts[medians[i]]);
	pen_new_line(pen);
}

/* From the tick at the NIC until the order has left it, and its parts. */
static void draw_orders(struct pen *pen, const struct top_view *view)
{
	if (!(view->orders[CORR_ORDER_ID].count + view->orders[CORR_ORDER_THREAD].count +
	      view->ambiguous_count) ||
	    !pen_has_room(pen, 4))
		return;
	pen_new_line(pen);
	pen_print(pen, LAYOUT_HEAD, "%-10s %8s %6s %6s %6s %6s %6s %6s %6s", "tick-order", "count",
		  "p50", "p99", "max", "read50", "user50", "writ50", "call50");
	pen_new_line(pen);
	for (int i = 0; i < CORR_ORDER_AMBIGUOUS; i++)
		if (view->orders[i].count)
			draw_order(pen, corr_order_class_name((enum corr_order_class)i),
				   &view->orders[i]);
	if (!view->ambiguous_count)
		return;
	pen_print(pen, LAYOUT_ALERT, "%-10s %8" PRIu64, "ambiguous", view->ambiguous_count);
	pen_new_line(pen);
}

static void draw_missed(struct pen *pen, const struct top_view *view)
{
	if (!view->missed_count || !pen_has_room(pen, 1))
		return;
	pen_print(pen, LAYOUT_ALERT, "%" PRIu64 " views not shown: the terminal is slow",
		  view->missed_count);
	pen_new_line(pen);
}

static void draw_blind(struct pen *pen, const struct top_view *view)
{
	const struct corr_blind *blind = &view->blind;

	if (!view->is_blind || !pen_has_room(pen, 1))
		return;
	pen_print(pen, LAYOUT_ALERT, "the %s layer sees nothing of connection %" PRIu32 ": %s",
		  corr_layer_name(blind->layer), blind->conn_number,
		  corr_cause_words(blind->cause));
	pen_new_line(pen);
}

void layout_draw(struct layout *layout, const struct top_view *view,
		 const struct layout_choice *choice)
{
	struct pen pen = { .layout = layout };

	if (layout->row_count > LAYOUT_ROW_COUNT_MAX)
		layout->row_count = LAYOUT_ROW_COUNT_MAX;
	if (layout->column_count > LAYOUT_COLUMN_COUNT_MAX)
		layout->column_count = LAYOUT_COLUMN_COUNT_MAX;
	memset(layout->cells, ' ', sizeof(layout->cells));
	memset(layout->looks, LAYOUT_PLAIN, sizeof(layout->looks));
	draw_title(&pen, view, choice);
	draw_rates(&pen, view);
	draw_classes(&pen, view);
	draw_missed(&pen, view);
	draw_blind(&pen, view);
	waterfall_draw(&pen, view, choice);
	draw_trips(&pen, view);
	draw_orders(&pen, view);
	draw_producers(&pen, view);
	draw_conns(&pen, view);
}
