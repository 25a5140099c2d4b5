/* SPDX-License-Identifier: BSD-2-Clause */
#include "metrics.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_MS 1000000

/*
 * Eleven a decade from 1 us to 10 s: a bucket is a quarter wide at most.  The
 * first one holds what took no time, so that its quantiles are 0.
 */
const struct metrics_bound metrics_bounds[METRICS_BOUND_COUNT] = {
	{ INT64_C(0), "0.0" },
	{ INT64_C(250), "2.5e-07" },
	{ INT64_C(500), "5e-07" },
	{ INT64_C(1000), "1e-06" },
	{ INT64_C(1250), "1.25e-06" },
	{ INT64_C(1500), "1.5e-06" },
	{ INT64_C(1800), "1.8e-06" },
	{ INT64_C(2250), "2.25e-06" },
	{ INT64_C(2800), "2.8e-06" },
	{ INT64_C(3500), "3.5e-06" },
	{ INT64_C(4200), "4.2e-06" },
	{ INT64_C(5200), "5.2e-06" },
	{ INT64_C(6500), "6.5e-06" },
	{ INT64_C(8000), "8e-06" },
	{ INT64_C(10000), "1e-05" },
	{ INT64_C(12500), "1.25e-05" },
	{ INT64_C(15000), "1.5e-05" },
	{ INT64_C(18000), "1.8e-05" },
	{ INT64_C(22500), "2.25e-05" },
	{ INT64_C(28000), "2.8e-05" },
	{ INT64_C(35000), "3.5e-05" },
	{ INT64_C(42000), "4.2e-05" },
	{ INT64_C(52000), "5.2e-05" },
	{ INT64_C(65000), "6.5e-05" },
	{ INT64_C(80000), "8e-05" },
	{ INT64_C(100000), "0.0001" },
	{ INT64_C(125000), "0.000125" },
	{ INT64_C(150000), "0.00015" },
	{ INT64_C(180000), "0.00018" },
	{ INT64_C(225000), "0.000225" },
	{ INT64_C(280000), "0.00028" },
	{ INT64_C(350000), "0.00035" },
	{ INT64_C(420000), "0.00042" },
	{ INT64_C(520000), "0.00052" },
	{ INT64_C(650000), "0.00065" },
	{ INT64_C(800000), "0.0008" },
	{ INT64_C(1000000), "0.001" },
	{ INT64_C(1250000), "0.00125" },
	{ INT64_C(1500000), "0.0015" },
	{ INT64_C(1800000), "0.0018" },
	{ INT64_C(2250000), "0.00225" },
	{ INT64_C(2800000), "0.0028" },
	{ INT64_C(3500000), "0.0035" },
	{ INT64_C(4200000), "0.0042" },
	{ INT64_C(5200000), "0.0052" },
	{ INT64_C(6500000), "0.0065" },
	{ INT64_C(8000000), "0.008" },
	{ INT64_C(10000000), "0.01" },
	{ INT64_C(12500000), "0.0125" },
	{ INT64_C(15000000), "0.015" },
	{ INT64_C(18000000), "0.018" },
	{ INT64_C(22500000), "0.0225" },
	{ INT64_C(28000000), "0.028" },
	{ INT64_C(35000000), "0.035" },
	{ INT64_C(42000000), "0.042" },
	{ INT64_C(52000000), "0.052" },
	{ INT64_C(65000000), "0.065" },
	{ INT64_C(80000000), "0.08" },
	{ INT64_C(100000000), "0.1" },
	{ INT64_C(125000000), "0.125" },
	{ INT64_C(150000000), "0.15" },
	{ INT64_C(180000000), "0.18" },
	{ INT64_C(225000000), "0.225" },
	{ INT64_C(280000000), "0.28" },
	{ INT64_C(350000000), "0.35" },
	{ INT64_C(420000000), "0.42" },
	{ INT64_C(520000000), "0.52" },
	{ INT64_C(650000000), "0.65" },
	{ INT64_C(800000000), "0.8" },
	{ INT64_C(1000000000), "1.0" },
	{ INT64_C(1250000000), "1.25" },
	{ INT64_C(1500000000), "1.5" },
	{ INT64_C(1800000000), "1.8" },
	{ INT64_C(2250000000), "2.25" },
	{ INT64_C(2800000000), "2.8" },
	{ INT64_C(3500000000), "3.5" },
	{ INT64_C(4200000000), "4.2" },
	{ INT64_C(5200000000), "5.2" },
	{ INT64_C(6500000000), "6.5" },
	{ INT64_C(8000000000), "8.0" },
	{ INT64_C(10000000000), "10.0" },
};

/* The first bound that the value does not exceed; METRICS_BOUND_COUNT if it exceeds all. */
static uint32_t bucket_of(int64_t value_ns)
{
	uint32_t low = 0;
	uint32_t high = METRICS_BOUND_COUNT;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (value_ns <= metrics_bounds[middle].highest_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void metrics_hist_add(struct metrics_hist *hist, int64_t value_ns)
{
	if (value_ns < 0) {
		hist->negative_count++;
		return;
	}
	hist->bucket_count[bucket_of(value_ns)]++;
	hist->count++;
	/* Of hostile stamps: the most it can hold, as a counter must not fall. */
	if (__builtin_add_overflow(hist->sum_ns, value_ns, &hist->sum_ns))
		hist->sum_ns = INT64_MAX;
}

/* Two streams of one name would be one series told twice. */
static uint8_t place_of(struct metrics *metrics, const char *name)
{
	struct metrics_stream *last = &metrics->streams[METRICS_STREAM_COUNT_MAX - 1];

	for (uint32_t i = 0; i < metrics->stream_count; i++) {
		if (strncmp(metrics->streams[i].name, name, sizeof(last->name) - 1) == 0)
			return (uint8_t)(i + 1);
	}
	if (metrics->stream_count == METRICS_STREAM_COUNT_MAX) {
		(void)snprintf(last->name, sizeof(last->name), "(others)");
		return METRICS_STREAM_COUNT_MAX;
	}
	(void)snprintf(metrics->streams[metrics->stream_count].name, sizeof(last->name), "%s",
		       name);
	return (uint8_t)++metrics->stream_count;
}

static struct metrics_stream *stream_of(struct metrics_gather *gather,
					const struct corr_message *message)
{
	uint8_t *place = &gather->stream_places[message->stream_index];

	if (!*place)
		*place = place_of(&gather->metrics,
				  *message->stream ? message->stream : "(unnamed)");
	return &gather->metrics.streams[*place - 1];
}

void metrics_message(struct metrics_gather *gather, const struct corr_message *message)
{
	struct metrics_stream *stream = stream_of(gather, message);

	minute_message(&gather->minute, message);
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		if (corr_stage_is_known(message, stage))
			metrics_hist_add(&stream->stages[stage], message->stage_ns[stage]);
	}
	if (!message->has_exchange || message->exchange_ms >= INT64_MAX / NS_PER_MS)
		return;
	/* How far below zero is not told, so it need not fit. */
	metrics_hist_add(&stream->exchange,
			 message->exchange_ms < 0 ? -1 : message->exchange_ms * NS_PER_MS);
}

void metrics_trip(struct metrics_gather *gather, const struct corr_trip *trip)
{
	if (trip->purpose >= PROF_PURPOSE_COUNT)
		return;
	for (int part = 0; part < CORR_PART_COUNT; part++)
		if (corr_part_is_known(trip, part))
			metrics_hist_add(&gather->metrics.trips.parts[trip->purpose][part],
					 trip->part_ns[part]);
}

void metrics_order(struct metrics_gather *gather, const struct corr_order *order)
{
	if (order->class_id >= CORR_ORDER_AMBIGUOUS)
		return;
	for (int part = 0; part < CORR_ORDER_PART_COUNT; part++)
		if (corr_order_part_is_known(order, part))
			metrics_hist_add(&gather->metrics.orders.parts[order->class_id][part],
					 order->part_ns[part]);
}

/* A producer that came back counts on where it was: a counter must never fall. */
static struct metrics_producer *producer_of(struct metrics *metrics, const struct prof_lane *facts)
{
	struct metrics_producer *producer = metrics->producers;
	struct metrics_producer *end = producer + metrics->producer_count;

	for (; producer < end; producer++) {
		if (producer->layer == facts->layer && strcmp(producer->name, facts->name) == 0)
			return producer;
	}
	if (metrics->producer_count == METRICS_PRODUCER_COUNT_MAX) {
		producer = &metrics->producers[METRICS_PRODUCER_COUNT_MAX - 1];
		(void)snprintf(producer->name, sizeof(producer->name), "(others)");
		return producer;
	}
	metrics->producer_count++;
	*producer = (struct metrics_producer){ .layer = facts->layer };
	(void)snprintf(producer->name, sizeof(producer->name), "%s", facts->name);
	return producer;
}

static void take_producers(struct metrics *metrics, const struct corr_engine *engine)
{
	struct corr_producer seen;

	metrics->producer_count = 0;
	for (uint32_t i = 0; corr_engine_producer(engine, i, &seen); i++) {
		struct metrics_producer *producer = producer_of(metrics, &seen.facts);

		producer->live_count += seen.facts.is_owned && !seen.facts.is_owner_dead;
		producer->event_count += seen.event_count;
		producer->bus_drop_count += seen.facts.dropped_count;
		producer->abandoned_count += seen.facts.abandoned_count;
		for (int kind = 0; kind < PROF_LOSS_KIND_COUNT; kind++)
			producer->loss_count[kind] += seen.facts.loss_count[kind];
	}
}

static void take_blinds(struct metrics *metrics, const struct corr_engine *engine)
{
	struct corr_blind blind;

	for (uint32_t i = 0; corr_engine_blind(engine, i, &blind); i++) {
		metrics->blind_count[blind.cause] = blind.conn_count;
		metrics->blind_layer[blind.cause] = (uint8_t)blind.layer;
	}
}

static void take_trips(struct metrics_trips *trips, const struct corr_summary *summary)
{
	trips->outward = *corr_engine_outward(summary->engine);
	if (!summary->trips)
		return;
	memcpy(trips->count, summary->trips->count, sizeof(trips->count));
	memcpy(trips->whole_count, summary->trips->whole_count, sizeof(trips->whole_count));
	memcpy(trips->retransmit_count, summary->trips->retransmit_count,
	       sizeof(trips->retransmit_count));
}

static void take_orders(struct metrics_orders *orders, const struct order_stats *stats)
{
	if (!stats)
		return;
	memcpy(orders->count, stats->count, sizeof(orders->count));
	orders->thread_agree_count = stats->thread_agree_count;
	orders->thread_differ_count = stats->thread_differ_count;
}

void metrics_round(struct metrics_gather *gather, const struct corr_summary *summary,
		   uint64_t now_ns)
{
	struct metrics *metrics = &gather->metrics;
	const struct corr_stats *stats = summary->stats;

	memcpy(metrics->class_count, stats->class_count, sizeof(metrics->class_count));
	memcpy(metrics->nic_reason_count, stats->nic_reason_count,
	       sizeof(metrics->nic_reason_count));
	memcpy(metrics->kernel_reason_count, stats->kernel_reason_count,
	       sizeof(metrics->kernel_reason_count));
	memcpy(metrics->doubt_count, stats->doubt_count, sizeof(metrics->doubt_count));
	metrics->uncertainty_ns_max = stats->uncertainty_ns_max;
	metrics->pending_count = corr_engine_pending_count(summary->engine);
	metrics->counts = *corr_engine_counts(summary->engine);
	take_producers(metrics, summary->engine);
	take_blinds(metrics, summary->engine);
	take_trips(&metrics->trips, summary);
	take_orders(&metrics->orders, summary->orders);
	minute_round(&gather->minute, now_ns, metrics->last_minute);
}

size_t metrics_size_bytes(const struct metrics *metrics)
{
	return offsetof(struct metrics, streams) +
	       metrics->stream_count * sizeof(metrics->streams[0]);
}
