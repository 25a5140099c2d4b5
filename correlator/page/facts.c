/* SPDX-License-Identifier: BSD-2-Clause */
#include "facts.h"

#include <stdio.h>

#include "correlator/summary/blind_text.h"
#include "prof/clock.h"

#ifndef PROF_VERSION
#define PROF_VERSION "unknown"
#endif

/* In hundred-thousandths, so that they stay whole numbers; finer where it gets interesting. */
static const uint32_t percentiles_e5[] = {
	0,	 500000,  1000000, 2000000, 3000000, 4000000, 5000000, 6000000, 7000000,
	7500000, 8000000, 8500000, 9000000, 9250000, 9500000, 9750000, 9800000, 9900000,
	9950000, 9980000, 9990000, 9995000, 9998000, 9999000, 9999500, 9999800, 9999900,
};

#define PERCENTILE_COUNT (sizeof(percentiles_e5) / sizeof(percentiles_e5[0]))

/* As the JSON lines have it: more digits than a script's number can hold. */
static void add_run(struct json *json, uint64_t run)
{
	char digits[17];

	(void)snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)run);
	json_string(json, "run", run ? digits : "");
}

static void add_host(struct json *json, const struct facts *facts)
{
	static const char *const names[HOST_FACT_COUNT] = { "kernel",	     "processor",
							    "clocksource",   "governor",
							    "hypervisor",    "cores",
							    "boot_offset_ns" };

	json_open(json, "host", '{');
	json_string(json, "name", facts->host_name);
	for (int i = 0; i < HOST_FACT_COUNT; i++)
		json_string(json, names[i], facts->host->words[i]);
	json_digits(json, "wall_ns", facts->wall_ns);
	add_run(json, facts->run);
	json_string(json, "version", PROF_VERSION);
	json_close(json, '}');
}

static void add_clock(struct json *json, const struct facts *facts)
{
	static const char *const sources[] = { "none",	    "clock",
					       "poll loop", "packet (kernel)",
					       "adapter",   "capture file" };
	const struct corr_stats *stats = facts->summary->stats;

	json_open(json, "clock", '{');
	json_i64(json, "uncertainty_ns_p50", hist_percentile_ns(&facts->collect->uncertainty, 50));
	json_i64(json, "uncertainty_ns_p99", hist_percentile_ns(&facts->collect->uncertainty, 99));
	json_u64(json, "uncertainty_ns_max", stats->uncertainty_ns_max);
	json_i64(json, "wire_uncertainty_ns_p50",
		 hist_percentile_ns(&facts->collect->wire_uncertainty, 50));
	json_i64(json, "wire_uncertainty_ns_p99",
		 hist_percentile_ns(&facts->collect->wire_uncertainty, 99));
	json_i64(json, "wire_uncertainty_ns_max", facts->collect->wire_uncertainty.max_ns);
	json_u64(json, "clock_step_count", stats->clock_step_count);
	json_open(json, "stamps", '{');
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (facts->collect->stamp_count[i])
			json_u64(json, sources[i], facts->collect->stamp_count[i]);
	}
	json_close(json, '}');
	json_close(json, '}');
}

static void add_totals(struct json *json, const struct facts *facts)
{
	const struct corr_counts *counts = corr_engine_counts(facts->summary->engine);
	const struct corr_stats *stats = facts->summary->stats;

	json_open(json, "totals", '{');
	json_u64(json, "messages", stats->count);
	json_u64(json, "correlated", stats->correlated_count);
	json_u64(json, "segments", counts->segment_count);
	json_u64(json, "reads", counts->read_count);
	json_i64(json, "duration_ns",
		 prof_delta_ns(facts->collect->first_ns, facts->collect->last_ns));
	json_u64(json, "retransmitted", counts->segment_retransmit_count);
	json_u64(json, "merged", counts->segment_merged_count);
	json_u64(json, "late", counts->segment_late_count);
	json_u64(json, "held_up", stats->hol_count);
	json_u64(json, "waited", stats->waited_count);
	json_u64(json, "check_agreed", counts->check_agree_count);
	json_u64(json, "check_disagreed", counts->check_disagree_count);
	json_u64(json, "wire", counts->wire_count);
	json_u64(json, "wire_agreed", counts->wire_agree_count);
	json_u64(json, "wire_disagreed", counts->wire_disagree_count);
	json_close(json, '}');
}

static void add_classes(struct json *json, const struct corr_stats *stats)
{
	json_open(json, "classes", '[');
	for (int i = 0; i < CORR_CLASS_COUNT; i++) {
		json_open(json, NULL, '{');
		json_string(json, "name", corr_class_name(i));
		json_u64(json, "count", stats->class_count[i]);
		json_bool(json, "correlated", corr_class_is_correlated(i));
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void add_reasons_of(struct json *json, const char *layer, const uint64_t *counts,
			   bool is_doubt)
{
	for (int i = CORR_REASON_NONE + 1; i < CORR_REASON_COUNT; i++) {
		if (!counts[i])
			continue;
		json_open(json, NULL, '{');
		json_string(json, "layer", layer);
		json_string(json, "name", corr_reason_name(i));
		json_string(json, "words", corr_reason_words(i));
		json_u64(json, "count", counts[i]);
		json_bool(json, "in_part", is_doubt);
		json_close(json, '}');
	}
}

static void add_blinds(struct json *json, const struct corr_engine *engine)
{
	char what[BLIND_WHAT_BYTES_MAX + 1];
	struct corr_blind blind;

	json_open(json, "blind", '[');
	for (uint32_t i = 0; corr_engine_blind(engine, i, &blind); i++) {
		struct text text = { .bytes = what, .room_bytes = BLIND_WHAT_BYTES_MAX };

		blind_write_what(&text, &blind);
		what[text.size_bytes] = '\0';
		json_open(json, NULL, '{');
		json_string(json, "what", what);
		json_string(json, "why", corr_cause_words(blind.cause));
		json_string(json, "remedy", corr_cause_remedy(blind.cause));
		json_u64(json, "connections", blind.conn_count);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_u64(json, "unclaimed", corr_engine_unclaimed_count(engine));
}

static void add_reasons(struct json *json, const struct corr_stats *stats)
{
	json_open(json, "reasons", '[');
	add_reasons_of(json, "NIC", stats->nic_reason_count, false);
	add_reasons_of(json, "kernel", stats->kernel_reason_count, false);
	for (uint32_t layer = PROF_LAYER_NIC; layer < PROF_LAYER_COUNT; layer++)
		add_reasons_of(json, corr_layer_name(layer), stats->doubt_count[layer], true);
	json_close(json, ']');
}

/* ---- Distributions ------------------------------------------------------------ */

static void add_hist(struct json *json, const struct hist *hist)
{
	json_u64(json, "count", hist->count);
	json_u64(json, "negative", hist->negative_count);
	json_i64(json, "lowest_ns", hist->negative_min_ns);
	json_u64(json, "beyond", hist->beyond_count);
	json_i64(json, "mean_ns", hist_mean_ns(hist));
	json_i64(json, "max_ns", hist->max_ns);
	json_open(json, "values_ns", '[');
	for (size_t i = 0; i < PERCENTILE_COUNT; i++)
		json_i64(json, NULL, hist_percentile_ns(hist, percentiles_e5[i] / 1e5));
	json_close(json, ']');
}

static void add_stages(struct json *json, const struct corr_stats *stats)
{
	json_open(json, "percentiles_e5", '[');
	for (size_t i = 0; i < PERCENTILE_COUNT; i++)
		json_u64(json, NULL, percentiles_e5[i]);
	json_close(json, ']');
	json_open(json, "stages", '[');
	for (int i = 0; i < CORR_STAGE_COUNT; i++) {
		json_open(json, NULL, '{');
		json_string(json, "name", corr_stage_name(corr_stage_order[i]));
		json_string(json, "words", corr_stage_words(corr_stage_order[i]));
		add_hist(json, &stats->stages[corr_stage_order[i]]);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_open(json, "exchange", '{');
	add_hist(json, &stats->exchange);
	json_close(json, '}');
	json_open(json, "exchange_us", '{');
	add_hist(json, &stats->exchange_us);
	json_close(json, '}');
}

static void add_streams(struct json *json, const struct corr_stats *stats)
{
	json_open(json, "streams", '[');
	for (uint32_t i = 0; i < stats->stream_count; i++) {
		const struct stats_stream *stream = &stats->streams[i];

		json_open(json, NULL, '{');
		json_string(json, "name", stream->name);
		json_u64(json, "messages", stream->count);
		json_u64(json, "correlated", stream->correlated_count);
		if (stream->total)
			add_hist(json, stream->total);
		json_close(json, '}');
	}
	json_close(json, ']');
}

/* ---- Producers ------------------------------------------------------------------ */

static void add_producer(struct json *json, const struct corr_producer *producer)
{
	const struct prof_lane *lane = &producer->facts;

	json_open(json, NULL, '{');
	json_string(json, "name", lane->name);
	json_string(json, "layer", corr_layer_name(lane->layer));
	json_u64(json, "pid", lane->pid);
	json_u64(json, "events", producer->event_count);
	json_bool(json, "died", lane->is_owner_dead);
	json_open(json, "losses", '{');
	if (lane->dropped_count)
		json_u64(json, "bus full", lane->dropped_count);
	for (int kind = 0; kind < PROF_LOSS_KIND_COUNT; kind++) {
		if (lane->loss_count[kind])
			json_u64(json, corr_loss_name((uint32_t)kind), lane->loss_count[kind]);
	}
	json_close(json, '}');
	json_close(json, '}');
}

static void add_producers(struct json *json, const struct corr_summary *summary)
{
	struct corr_producer producer;

	json_open(json, "producers", '[');
	for (uint32_t i = 0; corr_engine_producer(summary->engine, i, &producer); i++)
		add_producer(json, &producer);
	json_close(json, ']');
}

void facts_write(struct text *text, const struct facts *facts)
{
	struct json json = { .text = text };

	json_open(&json, NULL, '{');
	add_host(&json, facts);
	add_clock(&json, facts);
	add_totals(&json, facts);
	add_classes(&json, facts->summary->stats);
	add_reasons(&json, facts->summary->stats);
	add_blinds(&json, facts->summary->engine);
	add_stages(&json, facts->summary->stats);
	add_streams(&json, facts->summary->stats);
	add_producers(&json, facts->summary);
	groups_write(&json, facts->collect);
	points_write(&json, facts->collect);
	rows_write(&json, facts->collect, facts->frames_file);
	json_close(&json, '}');
}
