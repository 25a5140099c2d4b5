/* SPDX-License-Identifier: BSD-2-Clause */
#include "metrics.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_MS 1000000

/* Six a decade from 1 us to 1 s: a quantile between two of them is off by a quarter at most. */
const struct metrics_bound metrics_bounds[METRICS_BOUND_COUNT] = {
	{ INT64_C(250), "2.5e-07" },	{ INT64_C(500), "5e-07" },
	{ INT64_C(1000), "1e-06" },	{ INT64_C(1500), "1.5e-06" },
	{ INT64_C(2000), "2e-06" },	{ INT64_C(3000), "3e-06" },
	{ INT64_C(5000), "5e-06" },	{ INT64_C(7000), "7e-06" },
	{ INT64_C(10000), "1e-05" },	{ INT64_C(15000), "1.5e-05" },
	{ INT64_C(20000), "2e-05" },	{ INT64_C(30000), "3e-05" },
	{ INT64_C(50000), "5e-05" },	{ INT64_C(70000), "7e-05" },
	{ INT64_C(100000), "0.0001" },	{ INT64_C(150000), "0.00015" },
	{ INT64_C(200000), "0.0002" },	{ INT64_C(300000), "0.0003" },
	{ INT64_C(500000), "0.0005" },	{ INT64_C(700000), "0.0007" },
	{ INT64_C(1000000), "0.001" },	{ INT64_C(1500000), "0.0015" },
	{ INT64_C(2000000), "0.002" },	{ INT64_C(3000000), "0.003" },
	{ INT64_C(5000000), "0.005" },	{ INT64_C(7000000), "0.007" },
	{ INT64_C(10000000), "0.01" },	{ INT64_C(15000000), "0.015" },
	{ INT64_C(20000000), "0.02" },	{ INT64_C(30000000), "0.03" },
	{ INT64_C(50000000), "0.05" },	{ INT64_C(70000000), "0.07" },
	{ INT64_C(100000000), "0.1" },	{ INT64_C(150000000), "0.15" },
	{ INT64_C(200000000), "0.2" },	{ INT64_C(300000000), "0.3" },
	{ INT64_C(500000000), "0.5" },	{ INT64_C(700000000), "0.7" },
	{ INT64_C(1000000000), "1.0" }, { INT64_C(2000000000), "2.0" },
	{ INT64_C(5000000000), "5.0" }, { INT64_C(10000000000), "10.0" },
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

	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		if (corr_stage_is_known(message, stage))
			metrics_hist_add(&stream->stages[stage], message->stage_ns[stage]);
	}
	if (message->has_exchange && message->exchange_ms < INT64_MAX / NS_PER_MS)
		metrics_hist_add(&stream->exchange, message->exchange_ms * NS_PER_MS);
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

void metrics_round(struct metrics_gather *gather, const struct corr_summary *summary)
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
}

size_t metrics_size_bytes(const struct metrics *metrics)
{
	return offsetof(struct metrics, streams) +
	       metrics->stream_count * sizeof(metrics->streams[0]);
}
