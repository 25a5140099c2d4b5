/* SPDX-License-Identifier: BSD-2-Clause */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "correlator/orders/orders.h"
#include "prof/clock.h"

static struct corr_summary run_summary(const struct run *run)
{
	return (struct corr_summary){ .engine = run->engine,
				      .stats = run->stats,
				      .trips = run->trip_stats,
				      .orders = run->order_stats,
				      .unit = run->options.unit,
				      .is_over = run->has_ended };
}

static void take_message(void *context, const struct corr_message *message)
{
	struct run *run = context;

	stats_add(run->stats, message);
	orders_message(run->orders, message);
	if (run->interval_stats)
		stats_add(run->interval_stats, message);
	for (uint32_t i = 0; i < run->sink_count; i++) {
		struct sink *sink = &run->sinks[i];

		if (sink->ops->message)
			sink->ops->message(sink, message);
	}
}

static void take_order(struct run *run, const struct corr_trip *trip)
{
	struct corr_order order;

	orders_link(run->orders, trip, &order);
	order_stats_add(run->order_stats, &order);
	for (uint32_t i = 0; i < run->sink_count; i++) {
		struct sink *sink = &run->sinks[i];

		if (sink->ops->order)
			sink->ops->order(sink, &order);
	}
}

static void tell_trip(struct run *run, const struct corr_trip *trip)
{
	trip_stats_add(run->trip_stats, trip);
	for (uint32_t i = 0; i < run->sink_count; i++) {
		struct sink *sink = &run->sinks[i];

		if (sink->ops->trip)
			sink->ops->trip(sink, trip);
	}
}

static void take_trip(void *context, const struct corr_trip *trip)
{
	struct run *run = context;

	/* An order that the capture read has no beginning, and is no round trip. */
	if (trip->write_ns || trip->purpose != PROF_PURPOSE_ORDER)
		tell_trip(run, trip);
	if (trip->purpose == PROF_PURPOSE_ORDER)
		take_order(run, trip);
}

int run_open(struct run *run, const struct run_options *options)
{
	int err;

	*run = (struct run){ .options = *options };
	run->stats = calloc(1, sizeof(*run->stats));
	run->trip_stats = calloc(1, sizeof(*run->trip_stats));
	run->order_stats = calloc(1, sizeof(*run->order_stats));
	run->orders = calloc(1, sizeof(*run->orders));
	if (!run->stats || !run->trip_stats || !run->order_stats || !run->orders)
		return -ENOMEM;
	if (options->interval_s) {
		run->interval_stats = calloc(1, sizeof(*run->interval_stats));
		if (!run->interval_stats)
			return -ENOMEM;
	}
	err = corr_engine_create(&options->engine, take_message, run, &run->engine);
	if (!err)
		corr_engine_tell_trips(run->engine, take_trip);
	return err;
}

int run_add_sink(struct run *run, const struct sink *sink)
{
	struct sink *own = &run->sinks[run->sink_count];
	int err;

	if (run->sink_count == RUN_SINK_COUNT_MAX)
		return -ENOSPC;
	*own = *sink;
	own->unit = run->options.unit;
	own->origin = &run->options.origin;
	own->is_stopped = run->options.is_stopped;
	err = own->ops->open(own);
	if (err == 0)
		run->sink_count++;
	return err;
}

int run_record(struct run *run, const struct recorder_options *options)
{
	struct recorder_options own = *options;

	own.header.unit = run->options.unit;
	own.header.interval_s = run->options.interval_s;
	own.header.run = run->options.origin.run;
	own.host = run->options.origin.host;
	for (int i = 0; i < RECORDING_FACT_COUNT; i++)
		own.facts[i] = run->options.origin.facts.words[i];
	run->record_path = options->path;
	return recorder_open(&own, &run->recorder);
}

void run_host(struct run *run, const char *name)
{
	struct sink_origin *origin = &run->options.origin;

	(void)snprintf(origin->host, sizeof(origin->host), "%s", name);
	text_make_printable(origin->host);
	origin->epoch++;
}

_Static_assert((int)RECORDING_FACT_COUNT == (int)HOST_FACT_COUNT, "the same, in the same order");
_Static_assert((int)RECORDING_FACT_CORES == (int)HOST_CORES + 1, "counted from 1");
_Static_assert(RECORDING_FACT_BYTES == HOST_FACT_BYTES, "as long");

void run_fact(struct run *run, uint8_t which, const char *words)
{
	char *known;

	if (which < 1 || which > HOST_FACT_COUNT)
		return;
	known = run->options.origin.facts.words[which - 1];
	(void)snprintf(known, HOST_FACT_BYTES, "%s", words);
	text_make_printable(known);
}

void run_lane(struct run *run, uint32_t lane_index, const struct prof_lane *facts, uint64_t read_ns)
{
	if (run->recorder)
		recorder_lane(run->recorder, lane_index, facts, read_ns);
	corr_engine_lane(run->engine, lane_index, facts, read_ns);
}

void run_socket(struct run *run, const struct prof_socket *socket)
{
	if (run->recorder)
		recorder_socket(run->recorder, socket);
	for (uint32_t i = 0; i < run->sink_count; i++) {
		if (run->sinks[i].ops->socket)
			run->sinks[i].ops->socket(&run->sinks[i], socket);
	}
	corr_engine_socket(run->engine, socket);
}

void run_stream(struct run *run, uint16_t index, const char *name)
{
	if (run->recorder)
		recorder_stream(run->recorder, index, name);
	corr_engine_stream(run->engine, index, name);
}

static void tell_interval(struct run *run, uint64_t now_ns)
{
	struct corr_interval interval = {
		.elapsed_ms = (uint64_t)prof_delta_ns(run->first_round_ns, now_ns) / PROF_NS_PER_MS,
		.stats = run->interval_stats,
		.unit = run->options.unit,
	};

	for (uint32_t i = 0; i < run->sink_count; i++) {
		struct sink *sink = &run->sinks[i];

		if (sink->ops->interval)
			sink->ops->interval(sink, &interval);
	}
	stats_reset(run->interval_stats);
}

static void tell_round(struct run *run, uint64_t now_ns)
{
	const struct corr_summary summary = run_summary(run);

	for (uint32_t i = 0; i < run->sink_count; i++) {
		struct sink *sink = &run->sinks[i];

		if (sink->ops->round)
			sink->ops->round(sink, &summary, now_ns);
	}
}

static void tell_blinds(struct run *run)
{
	struct corr_blind blind;

	while (corr_engine_blind(run->engine, run->blind_count, &blind)) {
		run->blind_count++;
		if (run->options.tell_blind)
			run->options.tell_blind(&blind);
	}
}

void run_round(struct run *run, uint64_t now_ns, int64_t wall_offset_ns)
{
	uint64_t interval_ns = run->options.interval_s * (uint64_t)PROF_NS_PER_S;
	uint64_t count;

	if (run->recorder)
		recorder_round(run->recorder, now_ns, wall_offset_ns);
	corr_engine_round(run->engine, now_ns, wall_offset_ns);
	tell_blinds(run);
	tell_round(run, now_ns);
	if (!run->first_round_ns)
		run->first_round_ns = now_ns;
	if (!interval_ns || prof_delta_ns(run->first_round_ns, now_ns) < 0)
		return;
	count = (uint64_t)prof_delta_ns(run->first_round_ns, now_ns) / interval_ns;
	if (count > run->interval_count) {
		run->interval_count = count;
		tell_interval(run, now_ns);
	}
}

void run_end(struct run *run, uint64_t now_ns)
{
	if (run->recorder)
		recorder_end(run->recorder, now_ns);
	corr_engine_end(run->engine, now_ns);
	tell_blinds(run);
	run->has_ended = true;
	run->ended_ns = now_ns;
	tell_round(run, now_ns);
}

void run_linger(struct run *run)
{
	tell_round(run, run->ended_ns);
}

void run_flush(struct run *run)
{
	for (uint32_t i = 0; i < run->sink_count; i++)
		sink_flush(&run->sinks[i]);
}

bool run_has_failed(const struct run *run)
{
	for (uint32_t i = 0; i < run->sink_count; i++) {
		if (run->sinks[i].error)
			return true;
	}
	return run->recorder && recorder_error(run->recorder);
}

bool run_is_over(const struct run *run)
{
	for (uint32_t i = 0; i < run->sink_count; i++) {
		if (run->sinks[i].is_done)
			return true;
	}
	return run_has_failed(run);
}

int run_close(struct run *run, const char **ret_path)
{
	const struct corr_summary summary = run_summary(run);
	int first_err = recorder_close(run->recorder);

	*ret_path = run->record_path;
	for (uint32_t i = run->sink_count; i-- > 0;) {
		int err = run->sinks[i].ops->close(&run->sinks[i], &summary);

		if (err && !first_err) {
			first_err = err;
			*ret_path = run->sinks[i].path;
		}
	}
	run->engine = corr_engine_destroy(run->engine);
	if (run->stats)
		stats_close(run->stats);
	if (run->interval_stats)
		stats_close(run->interval_stats);
	free(run->stats);
	free(run->trip_stats);
	free(run->order_stats);
	free(run->orders);
	free(run->interval_stats);
	return first_err;
}
