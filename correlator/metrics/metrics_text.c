/* SPDX-License-Identifier: BSD-2-Clause */
#include "metrics_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "page.h"
#include "trips_text.h"

/* ---- Histograms ---------------------------------------------------------- */

#define STREAM_LABELS(stream, stage)                                                               \
	{                                                                                          \
		"stream", (stream), (stage) ? "stage" : NULL, (stage), NULL                        \
	}

static void add_stages(const struct page *page, const struct metrics *metrics)
{
	page_add_family(page, "stage_seconds", KIND_HISTOGRAM,
			"Where the latency of messages went, by stage; total is NIC to callback.");
	for (uint32_t i = 0; i < metrics->stream_count; i++) {
		for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
			const char *const labels[] = STREAM_LABELS(metrics->streams[i].name,
								   corr_stage_name(stage));
			const struct metrics_hist *hist = &metrics->streams[i].stages[stage];

			if (hist->count)
				page_add_hist(page, "stage_seconds", hist, labels);
		}
	}
}

/* As Prometheus' own clients have it: quantiles of late, and sum and count of the whole run. */
static void add_quantiles(const struct page *page, const struct metrics *metrics, int stage)
{
	static const char *const words[MINUTE_QUANTILE_COUNT] = {
		"0.5", "0.9", "0.99", "0.999", "1.0"
	}; /* as Prometheus 3 spells it */
	const struct minute_stage *last = &metrics->last_minute[stage];

	for (int i = 0; i < MINUTE_QUANTILE_COUNT; i++) {
		const char *const labels[] = { "stage", corr_stage_name(stage), "quantile",
					       words[i], NULL };

		page_add_name(page, "stage_minute_seconds", "", labels);
		if (last->count)
			page_add_seconds(page->text, (uint64_t)last->values_ns[i]);
		else
			text_add(page->text, "NaN");
		text_add(page->text, "\n");
	}
}

static void add_minute(const struct page *page, const struct metrics *metrics)
{
	page_add_family(page, "stage_minute_seconds", KIND_SUMMARY,
			"Quantiles of the stages over the last whole minute, off by 0.1 % at most; "
			"sum and count of the run.");
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		const char *const labels[] = { "stage", corr_stage_name(stage), NULL };
		uint64_t count = 0;
		uint64_t sum_ns = 0;

		for (uint32_t i = 0; i < metrics->stream_count; i++) {
			count += metrics->streams[i].stages[stage].count;
			sum_ns += (uint64_t)metrics->streams[i].stages[stage].sum_ns;
		}
		if (!count)
			continue;
		add_quantiles(page, metrics, stage);
		page_add_name(page, "stage_minute_seconds", "_sum", labels);
		page_add_seconds(page->text, sum_ns);
		text_add(page->text, "\n");
		page_add_sample(page, "stage_minute_seconds", "_count", labels, count);
	}
}

static void add_negatives(const struct page *page, const struct metrics *metrics)
{
	page_add_family(page, "stage_negative", KIND_COUNTER,
			"Differences below zero, which are in no histogram.");
	for (uint32_t i = 0; i < metrics->stream_count; i++) {
		for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
			const char *const labels[] = STREAM_LABELS(metrics->streams[i].name,
								   corr_stage_name(stage));
			const struct metrics_hist *hist = &metrics->streams[i].stages[stage];

			if (hist->count || hist->negative_count)
				page_add_sample(page, "stage_negative", "_total", labels,
						hist->negative_count);
		}
	}
}

static void add_exchange(const struct page *page, const struct metrics *metrics)
{
	page_add_family(page, "exchange_seconds", KIND_HISTOGRAM,
			"From the exchange's stamp to the callback: two clocks, 1 ms resolution.");
	for (uint32_t i = 0; i < metrics->stream_count; i++) {
		const char *const labels[] = STREAM_LABELS(metrics->streams[i].name, NULL);

		if (metrics->streams[i].exchange.count)
			page_add_hist(page, "exchange_seconds", &metrics->streams[i].exchange,
				      labels);
	}
}

static void add_exchange_negatives(const struct page *page, const struct metrics *metrics)
{
	page_add_family(
		page, "exchange_negative", KIND_COUNTER,
		"Exchange's stamps that are later than the callback, which are in no histogram: "
		"its clock is ahead of this host's.");
	for (uint32_t i = 0; i < metrics->stream_count; i++) {
		const char *const labels[] = STREAM_LABELS(metrics->streams[i].name, NULL);
		const struct metrics_hist *hist = &metrics->streams[i].exchange;

		if (hist->count || hist->negative_count)
			page_add_sample(page, "exchange_negative", "_total", labels,
					hist->negative_count);
	}
}

/* ---- Counters -------------------------------------------------------------- */

static void add_classes(const struct page *page, const struct metrics *metrics)
{
	page_add_family(page, "messages", KIND_COUNTER,
			"Messages decided, by how sure the pairing is.");
	for (int i = 0; i < CORR_CLASS_COUNT; i++) {
		const char *const labels[] = { "class", corr_class_name(i), NULL };

		page_add_sample(page, "messages", "_total", labels, metrics->class_count[i]);
	}
}

static void add_reasons(const struct page *page, const struct metrics *metrics)
{
	page_add_family(page, "unknown", KIND_COUNTER,
			"Messages that a layer does not know, and why.");
	for (int i = CORR_REASON_NONE + 1; i < CORR_REASON_COUNT; i++) {
		const char *const nic[] = { "layer", corr_layer_name(PROF_LAYER_NIC), "reason",
					    corr_reason_name(i), NULL };
		const char *const kernel[] = { "layer", corr_layer_name(PROF_LAYER_KERNEL),
					       "reason", corr_reason_name(i), NULL };

		page_add_sample(page, "unknown", "_total", nic, metrics->nic_reason_count[i]);
		page_add_sample(page, "unknown", "_total", kernel, metrics->kernel_reason_count[i]);
	}
}

static void add_doubts(const struct page *page, const struct metrics *metrics)
{
	page_add_family(page, "doubted", KIND_COUNTER,
			"Messages of class last-byte: by which layer, and why.");
	for (uint32_t layer = PROF_LAYER_NIC; layer < PROF_LAYER_COUNT; layer++) {
		for (int i = CORR_REASON_NONE + 1; i < CORR_REASON_COUNT; i++) {
			const char *const labels[] = { "layer", corr_layer_name(layer), "reason",
						       corr_reason_name(i), NULL };

			if (metrics->doubt_count[layer][i])
				page_add_sample(page, "doubted", "_total", labels,
						metrics->doubt_count[layer][i]);
		}
	}
}

static void add_blinds(const struct page *page, const struct metrics *metrics)
{
	page_add_family(
		page, "blind_connections", KIND_GAUGE,
		"Connections of which a layer saw nothing while its neighbours saw traffic.");
	for (int i = 0; i < CORR_CAUSE_COUNT; i++) {
		const char *const labels[] = { "layer", corr_layer_name(metrics->blind_layer[i]),
					       "cause", corr_cause_name(i), NULL };

		if (metrics->blind_count[i])
			page_add_sample(page, "blind_connections", "", labels,
					metrics->blind_count[i]);
	}
}

#define PRODUCER_LABELS(producer)                                                                  \
	"producer", (producer)->name, "layer", corr_layer_name((producer)->layer)

static void add_lost(const struct page *page, const struct metrics_producer *producer)
{
	const char *const full[] = { PRODUCER_LABELS(producer), "kind", "bus-full", NULL };
	const char *const abandoned[] = { PRODUCER_LABELS(producer), "kind", "abandoned", NULL };

	page_add_sample(page, "lost", "_total", full, producer->bus_drop_count);
	page_add_sample(page, "lost", "_total", abandoned, producer->abandoned_count);
	for (uint32_t kind = 0; prof_loss_kind(kind); kind++) {
		const char *const labels[] = { PRODUCER_LABELS(producer), "kind",
					       corr_loss_name(kind), NULL };

		page_add_sample(page, "lost", "_total", labels, producer->loss_count[kind]);
	}
}

static void add_producers(const struct page *page, const struct metrics *metrics)
{
	static const struct {
		const char *name;
		enum kind kind;
		const char *help;
	} families[] = {
		{ "events", KIND_COUNTER, "Events taken from the bus." },
		{ "lost", KIND_COUNTER, "Events lost before they could be used, by cause." },
		{ "producers", KIND_GAUGE, "Producers that are alive." },
	};

	for (int family = 0; family < 3; family++) {
		page_add_family(page, families[family].name, families[family].kind,
				families[family].help);
		for (uint32_t i = 0; i < metrics->producer_count; i++) {
			const struct metrics_producer *producer = &metrics->producers[i];
			const char *const labels[] = { PRODUCER_LABELS(producer), NULL };

			if (family == 0)
				page_add_sample(page, "events", "_total", labels,
						producer->event_count);
			else if (family == 1)
				add_lost(page, producer);
			else
				page_add_sample(page, "producers", "", labels,
						producer->live_count);
		}
	}
}

static void add_engine(const struct page *page, const struct metrics *metrics)
{
	const struct corr_counts *counts = &metrics->counts;
	const struct page_count segments[] = {
		{ "data", counts->segment_count },
		{ "empty", counts->segment_empty_count },
		{ "outbound", counts->segment_outbound_count },
		{ "merged", counts->segment_merged_count },
		{ "retransmitted", counts->segment_retransmit_count },
		{ "overlapping", counts->segment_overlap_count },
		{ "late", counts->segment_late_count },
		{ "stray", counts->segment_stray_count },
		{ "unasked", counts->segment_unasked_count },
	};
	const struct page_count evicted[] = {
		{ "segment", counts->segment_evicted_count },
		{ "read", counts->read_evicted_count },
		{ "flow", counts->flow_evicted_count },
		{ "socket", counts->conn_evicted_count },
		{ "message", counts->message_early_count },
	};
	const struct page_count checks[] = {
		{ "agreed", counts->check_agree_count },
		{ "disagreed", counts->check_disagree_count },
		{ "not-applicable", counts->check_none_count },
	};

	const struct page_count wire_checks[] = {
		{ "agreed", counts->wire_agree_count },
		{ "disagreed", counts->wire_disagree_count },
		{ "not-applicable", counts->wire_none_count },
	};

	page_add_counts(page, "segments", "kind", "TCP segments as received.", segments,
			sizeof(segments) / sizeof(segments[0]));
	page_add_counts(page, "evicted", "what", "Forgotten or decided early: the memory limit.",
			evicted, sizeof(evicted) / sizeof(evicted[0]));
	page_add_counts(page, "check", "result",
			"Does the last read of the thread agree with the byte range.", checks,
			sizeof(checks) / sizeof(checks[0]));
	page_add_counts(page, "wire_check", "result",
			"Does a message read on the wire have the user's byte range.", wire_checks,
			sizeof(wire_checks) / sizeof(wire_checks[0]));
}

static void add_gauges(const struct page *page, const struct metrics *metrics)
{
	page_add_family(page, "pending_messages", KIND_GAUGE,
			"Messages that wait for their decision.");
	page_add_sample(page, "pending_messages", "", NULL, metrics->pending_count);
	page_add_family(page, "nic_uncertainty_seconds", KIND_GAUGE,
			"The most that a stamp of the NIC layer may be off.");
	page_add_name(page, "nic_uncertainty_seconds", "", NULL);
	page_add_seconds(page->text, metrics->uncertainty_ns_max);
	text_add(page->text, "\n");
}

static void add_about(const struct page *page, const struct metrics_about *about)
{
	const char *const labels[] = { "version", about->version, "run", about->run, NULL };

	page_add_family(page, "build", KIND_INFO,
			"Version of event_correlator, and the run it is in.");
	page_add_sample(page, "build", "_info", labels, 1);
}

void metrics_write(struct text *text, const struct metrics *metrics,
		   const struct metrics_about *about, enum metrics_format format)
{
	const struct page page = { .text = text, .format = format };

	add_about(&page, about);
	add_classes(&page, metrics);
	add_reasons(&page, metrics);
	add_doubts(&page, metrics);
	add_blinds(&page, metrics);
	add_stages(&page, metrics);
	add_minute(&page, metrics);
	add_negatives(&page, metrics);
	add_exchange(&page, metrics);
	add_exchange_negatives(&page, metrics);
	add_producers(&page, metrics);
	add_engine(&page, metrics);
	metrics_add_trips(&page, &metrics->trips);
	metrics_add_orders(&page, &metrics->orders);
	add_gauges(&page, metrics);
	if (format == METRICS_OPENMETRICS)
		text_add(text, "# EOF\n");
}

enum metrics_format metrics_format_of(const char *accept)
{
	return accept && strstr(accept, "application/openmetrics-text") ? METRICS_OPENMETRICS
									: METRICS_PROMETHEUS;
}

/* A weight of zero is a refusal: "q=0", "q=0.000". */
static bool is_refused(const char *parameters)
{
	const char *q = strcasestr(parameters, "q=");

	return q && q[2] == '0' && strspn(q + 2, "0.") == strcspn(q + 2, ", \t");
}

bool metrics_takes_gzip(const char *accept_encoding)
{
	const char *at = accept_encoding;

	while (at && *at) {
		size_t size = strcspn(at, ",");
		const char *name = at + strspn(at, " \t");
		char item[64];

		at += size;
		at += *at == ',';
		if (strncasecmp(name, "gzip", 4) != 0 || !strchr(" \t;,", name[4]))
			continue;
		(void)snprintf(item, sizeof(item), "%.*s", (int)strcspn(name, ","), name);
		return !is_refused(item);
	}
	return false;
}

const char *metrics_media_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}
