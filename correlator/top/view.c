/* SPDX-License-Identifier: BSD-2-Clause */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "prof/clock.h"

/* ---- Messages -------------------------------------------------------------- */

/* The one seen longest ago makes room. */
static struct top_conn *new_conn(struct top_view *view)
{
	struct top_conn *oldest = view->conns;

	if (view->conn_count < TOP_CONN_COUNT_MAX)
		return &view->conns[view->conn_count++];
	for (uint32_t i = 1; i < TOP_CONN_COUNT_MAX; i++) {
		if (prof_delta_ns(oldest->seen_ns, view->conns[i].seen_ns) < 0)
			oldest = &view->conns[i];
	}
	view->conn_forgotten_count++;
	return oldest;
}

static struct top_conn *conn_of(struct top_view *view, const struct corr_message *message)
{
	struct top_conn *conn = view->conns;

	for (; conn < view->conns + view->conn_count; conn++) {
		if (conn->cookie == message->cookie && conn->stream_index == message->stream_index)
			return conn;
	}
	conn = new_conn(view);
	*conn = (struct top_conn){ .cookie = message->cookie,
				   .stream_index = message->stream_index };
	return conn;
}

void top_message(struct top_gather *gather, const struct corr_message *message)
{
	struct top_conn *conn = conn_of(&gather->view, message);

	gather->running_count++;
	conn->conn_number = message->conn_number;
	conn->count++;
	conn->running_count++;
	conn->seen_ns = corr_message_time_ns(message);
	conn->has_last = corr_stage_is_known(message, CORR_STAGE_TOTAL);
	conn->last_ns = message->stage_ns[CORR_STAGE_TOTAL];
	(void)snprintf(conn->stream, sizeof(conn->stream), "%s", message->stream);
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		if (corr_stage_is_known(message, stage))
			window_add(&gather->windows[stage], message->stage_ns[stage]);
	}
}

void top_trip(struct top_gather *gather, const struct corr_trip *trip)
{
	if (trip->purpose < PROF_PURPOSE_COUNT)
		gather->view.trips[trip->purpose].last_ns = trip->part_ns[CORR_PART_RTT];
}

/* ---- Seconds --------------------------------------------------------------- */

static void turn(struct top_gather *gather)
{
	gather->turned_s++;
	gather->place = (gather->place + 1) % WINDOW_SECOND_COUNT;
	gather->second_counts[gather->place] = (uint32_t)gather->running_count;
	gather->running_count = 0;
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++)
		window_turn(&gather->windows[stage]);
	for (uint32_t i = 0; i < gather->view.conn_count; i++) {
		gather->view.conns[i].second_count = gather->view.conns[i].running_count;
		gather->view.conns[i].running_count = 0;
	}
}

static void look_at_rates(struct top_gather *gather)
{
	struct top_view *view = &gather->view;
	uint64_t seconds = gather->turned_s < WINDOW_SECOND_COUNT ? gather->turned_s
								  : WINDOW_SECOND_COUNT;
	uint64_t minute_count = 0;

	for (uint32_t i = 0; i < WINDOW_SECOND_COUNT; i++)
		minute_count += gather->second_counts[i];
	view->rates[TOP_SECOND] = gather->second_counts[gather->place];
	view->rates[TOP_MINUTE] = seconds ? minute_count / seconds : 0;
	view->rates[TOP_RUN] = view->elapsed_s ? view->message_count / view->elapsed_s : 0;
}

static struct window_figures figures_of(const struct hist *hist)
{
	return (struct window_figures){ .count = hist->count,
					.p50_ns = hist_percentile_ns(hist, 50),
					.p99_ns = hist_percentile_ns(hist, 99),
					.max_ns = hist->max_ns };
}

static void look_at_stages(struct top_gather *gather, const struct corr_stats *stats)
{
	struct top_view *view = &gather->view;

	view->negative_count = 0;
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		const struct hist *hist = &stats->stages[stage];

		window_second(&gather->windows[stage], &view->stages[stage][TOP_SECOND]);
		window_minute(&gather->windows[stage], &view->stages[stage][TOP_MINUTE]);
		view->stages[stage][TOP_RUN] = figures_of(hist);
		if (stage <= CORR_STAGE_USER_PARSED)
			view->negative_count += hist->negative_count;
	}
}

static void look_at_trips(struct top_view *view, const struct trip_stats *stats)
{
	for (int what = 0; stats && what < PROF_PURPOSE_COUNT; what++) {
		view->trips[what].count = stats->count[what];
		for (int part = 0; part <= CORR_PART_IN; part++)
			view->trips[what].parts[part] = figures_of(&stats->parts[what][part]);
	}
}

static void look_at_orders(struct top_view *view, const struct order_stats *stats)
{
	for (int i = 0; stats && i < CORR_ORDER_AMBIGUOUS; i++) {
		view->orders[i].count = stats->count[i];
		for (int part = 0; part < CORR_ORDER_PART_COUNT; part++)
			view->orders[i].parts[part] = figures_of(&stats->parts[i][part]);
	}
	view->ambiguous_count = stats ? stats->count[CORR_ORDER_AMBIGUOUS] : 0;
}

static void look_at_producers(struct top_view *view, const struct corr_engine *engine)
{
	struct corr_producer seen;

	view->lost_count = 0;
	for (view->producer_count = 0; corr_engine_producer(engine, view->producer_count, &seen);
	     view->producer_count++) {
		struct top_producer *producer =
			&view->producers[view->producer_count % TOP_PRODUCER_COUNT_MAX];

		*producer = (struct top_producer){
			.layer = seen.facts.layer,
			.is_live = seen.facts.is_owned && !seen.facts.is_owner_dead,
			.event_count = seen.event_count,
			.lost_count = seen.facts.dropped_count + seen.facts.abandoned_count,
		};
		(void)snprintf(producer->name, sizeof(producer->name), "%s", seen.facts.name);
		for (int kind = 0; kind < PROF_LOSS_KIND_COUNT; kind++)
			producer->lost_count += seen.facts.loss_count[kind];
		view->lost_count += producer->lost_count;
	}
}

static void look(struct top_gather *gather, const struct corr_summary *summary)
{
	struct top_view *view = &gather->view;
	const struct corr_stats *stats = summary->stats;

	view->is_over = summary->is_over;
	view->unit = summary->unit;
	view->message_count = stats->count;
	view->correlated_count = stats->correlated_count;
	memcpy(view->class_count, stats->class_count, sizeof(view->class_count));
	view->disagree_count = corr_engine_counts(summary->engine)->check_disagree_count +
			       corr_engine_counts(summary->engine)->wire_disagree_count;
	view->pending_count = corr_engine_pending_count(summary->engine);
	look_at_rates(gather);
	look_at_stages(gather, stats);
	look_at_trips(view, summary->trips);
	look_at_orders(view, summary->orders);
	look_at_producers(view, summary->engine);
	view->is_blind = corr_engine_blind(summary->engine, 0, &view->blind);
}

bool top_round(struct top_gather *gather, const struct corr_summary *summary, uint64_t now_ns)
{
	int64_t elapsed_ns;
	uint64_t over_s;
	bool is_new = !gather->first_ns || summary->is_over > gather->view.is_over;

	if (!gather->first_ns)
		gather->first_ns = now_ns;
	elapsed_ns = prof_delta_ns(gather->first_ns, now_ns);
	over_s = elapsed_ns > 0 ? (uint64_t)elapsed_ns / PROF_NS_PER_S : 0;
	gather->view.elapsed_s = over_s;
	/* After a long sleep nothing is left of the last minute: no need to turn more often. */
	if (over_s > gather->turned_s + WINDOW_SECOND_COUNT + 1)
		gather->turned_s = over_s - WINDOW_SECOND_COUNT - 1;
	while (gather->turned_s < over_s) {
		turn(gather);
		is_new = true;
	}
	if (is_new)
		look(gather, summary);
	return is_new;
}
