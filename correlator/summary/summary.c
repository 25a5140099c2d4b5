/* SPDX-License-Identifier: BSD-2-Clause */
#include "summary.h"

#include <string.h>

#include "blame_text.h"
#include "orders_text.h"
#include "reasons.h"
#include "table.h"
#include "trips_text.h"

#define NS_PER_MS 1000000
#define NS_PER_US 1000

static void add_count(struct text *text, const char *label, uint64_t count)
{
	text_add(text, label);
	text_add_u64(text, count);
	text_add(text, "\n");
}

/* "12.34 %" of all; nothing of nothing is 0. */
static void add_percent(struct text *text, uint64_t part, uint64_t all)
{
	uint64_t hundredths = all ? (uint64_t)((double)part / (double)all * 10000) : 0;

	text_add_u64_wide(text, hundredths / 100, 3);
	text_add(text, hundredths % 100 < 10 ? ".0" : ".");
	text_add_u64(text, hundredths % 100);
	text_add(text, " %");
}

static void add_counts(struct text *text, const struct corr_summary *summary)
{
	const struct corr_counts *counts = corr_engine_counts(summary->engine);

	text_add(text, "=== Correlation Statistics ===\n");
	add_count(text, "NIC events:       ", counts->segment_count);
	add_count(text, "Kernel events:    ", counts->read_count);
	add_count(text, "Userspace events: ",
		  summary->stats->count - summary->stats->class_count[CORR_CLASS_NO_USER]);
	add_count(text, "Correlated:       ", summary->stats->correlated_count);
	if (counts->wire_count)
		add_count(text, "Read on the wire: ", counts->wire_count);
}

static void add_average(struct text *text, const char *label, const struct hist *hist,
			enum corr_unit unit)
{
	text_add(text, label);
	if (hist->count) {
		text_add_i64(text, corr_in_unit(hist_mean_ns(hist), unit));
		text_add(text, " ");
		text_add(text, corr_unit_name(unit));
	} else {
		text_add(text, "n/a");
	}
	text_add(text, "\n");
}

static void add_averages(struct text *text, const struct corr_summary *summary)
{
	const struct hist *stages = summary->stats->stages;

	text_add(text, "\n=== Average Latencies ===\n");
	add_average(text, "NIC->Kernel:   ", &stages[CORR_STAGE_NIC_KERNEL], summary->unit);
	add_average(text, "Kernel->User:  ", &stages[CORR_STAGE_KERNEL_USER], summary->unit);
	add_average(text, "NIC->User:     ", &stages[CORR_STAGE_TOTAL], summary->unit);
}

static bool has_any(const struct hist *hist)
{
	return hist->count || hist->negative_count || hist->beyond_count;
}

/* The stages within NIC->Kernel are told by ebpf_loader --stages alone, and what lies before the
 * kernel by an adapter's stamps: without those they are no rows. */
static bool is_shown(const struct corr_stats *stats, enum corr_stage stage)
{
	if (stage == CORR_STAGE_WIRE_NIC)
		return has_any(&stats->stages[stage]);
	if (stage < CORR_STAGE_HOLE)
		return true;
	for (int i = CORR_STAGE_HOLE; i <= CORR_STAGE_RUNNING_READ; i++)
		if (has_any(&stats->stages[i]))
			return true;
	return false;
}

static void add_percentiles(struct text *text, const struct corr_summary *summary)
{
	text_add(text, "\n=== Percentiles (");
	text_add(text, corr_unit_name(summary->unit));
	text_add(text, ") ===\n");
	table_add_head(text, "stage");
	for (int i = 0; i < CORR_STAGE_COUNT; i++) {
		enum corr_stage stage = corr_stage_order[i];

		if (is_shown(summary->stats, stage))
			table_add_hist(text, corr_stage_words(stage),
				       &summary->stats->stages[stage], summary->unit);
	}
}

static void add_streams(struct text *text, const struct corr_summary *summary)
{
	const struct corr_stats *stats = summary->stats;
	if (!stats->stream_count)
		return;
	text_add(text, "\n=== NIC->User by stream (");
	text_add(text, corr_unit_name(summary->unit));
	text_add(text, ") ===\n");
	table_add_head(text, "stream");
	for (uint32_t i = 0; i < stats->stream_count; i++) {
		const struct stats_stream *stream = &stats->streams[i];

		if (stream->total)
			table_add_hist(text, stream->name, stream->total, summary->unit);
	}
}

static void add_coverage(struct text *text, const struct corr_summary *summary)
{
	const struct corr_stats *stats = summary->stats;

	text_add(text, "\n=== Coverage ===\n");
	for (int i = 0; i < CORR_CLASS_COUNT; i++) {
		text_add_wide(text, corr_class_name(i), 12);
		text_add_u64_wide(text, stats->class_count[i], 12);
		text_add(text, "  ");
		add_percent(text, stats->class_count[i], stats->count);
		text_add(text, "\n");
	}
	text_add_wide(text, "sum", 12);
	text_add_u64_wide(text, stats->count, 12);
	text_add(text, "  correlated ");
	add_percent(text, stats->correlated_count, stats->count);
	text_add(text, "\n");
}

/* ---- Producers and what they lost -------------------------------------- */

static void add_named(struct text *text, const char *name, uint64_t count)
{
	text_add(text, " ");
	text_add(text, name);
	text_add(text, "=");
	text_add_u64(text, count);
}

static void add_producer(struct text *text, const struct corr_producer *producer)
{
	const struct prof_lane *facts = &producer->facts;

	text_add_wide(text, facts->name, PROF_LANE_NAME_BYTES);
	text_add_wide(text, corr_layer_name(facts->layer), 8);
	add_named(text, "pid", facts->pid);
	add_named(text, "events", producer->event_count);
	add_named(text, "bus-drops", facts->dropped_count);
	if (facts->abandoned_count)
		add_named(text, "taken-by-a-consumer-that-died", facts->abandoned_count);
	for (uint32_t kind = 0; kind < PROF_LOSS_KIND_COUNT; kind++) {
		if (facts->loss_count[kind])
			add_named(text, corr_loss_name(kind), facts->loss_count[kind]);
	}
	text_add(text, facts->is_owner_dead ? " (died)\n" : facts->is_owned ? "\n" : " (ended)\n");
}

/* What the words mean, for those that stand above. */
static void add_loss_kinds(struct text *text, const uint64_t totals[PROF_LOSS_KIND_COUNT])
{
	for (uint32_t kind = 0; kind < PROF_LOSS_KIND_COUNT; kind++) {
		const struct prof_loss_kind *loss = prof_loss_kind(kind);

		if (!totals[kind] || !loss)
			continue;
		text_add(text, loss->name);
		text_add(text, ": ");
		text_add_u64(text, totals[kind]);
		text_add(text, " ");
		text_add(text, loss->unit);
		text_add(text, ": ");
		text_add(text, loss->words);
		text_add(text, "\n");
	}
}

static void add_producers(struct text *text, const struct corr_summary *summary)
{
	uint64_t totals[PROF_LOSS_KIND_COUNT] = { 0 };
	struct corr_producer producer;

	text_add(text, "\n=== Losses by producer ===\n");
	if (!corr_engine_producer(summary->engine, 0, &producer))
		text_add(text, "no producer was seen\n");
	for (uint32_t i = 0; corr_engine_producer(summary->engine, i, &producer); i++) {
		add_producer(text, &producer);
		for (uint32_t kind = 0; kind < PROF_LOSS_KIND_COUNT; kind++)
			totals[kind] += producer.facts.loss_count[kind];
	}
	add_loss_kinds(text, totals);
}

static void add_segments(struct text *text, const struct corr_summary *summary)
{
	const struct corr_counts *counts = corr_engine_counts(summary->engine);

	text_add(text, "\n=== Streams as received ===\n");
	text_add(text, "segments:");
	add_named(text, "data", counts->segment_count);
	add_named(text, "without-data", counts->segment_empty_count);
	add_named(text, "outbound", counts->segment_outbound_count);
	add_named(text, "merged", counts->segment_merged_count);
	add_named(text, "retransmitted", counts->segment_retransmit_count);
	add_named(text, "overlapping", counts->segment_overlap_count);
	add_named(text, "late", counts->segment_late_count);
	add_named(text, "stray", counts->segment_stray_count);
	add_named(text, "unasked", counts->segment_unasked_count);
	text_add(text, "\nmessages:");
	add_named(text, "read-already-waiting", summary->stats->waited_count);
	add_named(text, "held-up-by-a-hole", summary->stats->hol_count);
	add_named(text, "near-clock-step", summary->stats->clock_step_count);
	add_named(text, "with-residual", summary->stats->residual_count);
	if (counts->wire_count) {
		text_add(text, "\nread on the wire:");
		add_named(text, "messages", counts->wire_count);
		add_named(text, "without-a-user", summary->stats->class_count[CORR_CLASS_NO_USER]);
		add_named(text, "calls-with-a-part", counts->wire_part_count);
		add_named(text, "late", counts->wire_late_count);
		add_named(text, "bad-ranges", counts->wire_bad_count);
		add_named(text, "decided-early", counts->wire_early_count);
		add_named(text, "calls-with-a-pong-only", counts->wire_pong_count);
	}
	text_add(text, "\nconnections:");
	add_named(text, "reused", counts->flow_reused_count);
	add_named(text, "base-conflicts", counts->base_conflict_count);
	text_add(text, "\ncorrelator:");
	add_named(text, "segments-evicted", counts->segment_evicted_count);
	add_named(text, "reads-evicted", counts->read_evicted_count);
	add_named(text, "reads-overlapping", counts->read_overlap_count);
	add_named(text, "flows-evicted", counts->flow_evicted_count);
	add_named(text, "sockets-evicted", counts->conn_evicted_count);
	add_named(text, "decided-early", counts->message_early_count);
	add_named(text, "bad-ranges", counts->message_bad_count);
	add_named(text, "ranges-a-bound", counts->message_loose_count);
	add_named(text, "unknown-events", counts->unknown_event_count);
	text_add(text, "\n");
}

/* By how much at most, where there is a negative one. */
static void add_lowest(struct text *text, const struct corr_summary *summary)
{
	const char *begin = "\nthe most negative ones:";

	for (int stage = CORR_STAGE_TOTAL; stage <= CORR_STAGE_USER_PARSED; stage++) {
		const struct hist *hist = &summary->stats->stages[stage];

		if (!hist->negative_count)
			continue;
		text_add(text, begin);
		begin = "";
		text_add(text, " ");
		text_add(text, corr_stage_words(stage));
		text_add(text, "=");
		text_add_i64(text, corr_in_unit(hist->negative_min_ns, summary->unit));
		text_add(text, corr_unit_name(summary->unit));
	}
}

static void add_checks(struct text *text, const struct corr_summary *summary)
{
	const struct corr_counts *counts = corr_engine_counts(summary->engine);
	const struct hist *stages = summary->stats->stages;

	text_add(text, "\n=== Cross-check ===\n");
	text_add(text, "last read of the thread vs byte range:");
	add_named(text, "agreed", counts->check_agree_count);
	add_named(text, "disagreed", counts->check_disagree_count);
	add_named(text, "not-applicable", counts->check_none_count);
	if (counts->wire_count) {
		text_add(text, "\nmessage read on the wire vs the user's byte range:");
		add_named(text, "agreed", counts->wire_agree_count);
		add_named(text, "disagreed", counts->wire_disagree_count);
		add_named(text, "not-applicable", counts->wire_none_count);
	}
	text_add(text, "\nnegative differences (in no average):");
	for (int stage = CORR_STAGE_TOTAL; stage <= CORR_STAGE_USER_PARSED; stage++)
		add_named(text, corr_stage_words(stage), stages[stage].negative_count);
	add_lowest(text, summary);
	text_add(text, "\nNIC stamps uncertain by at most: ");
	text_add_u64(text, summary->stats->uncertainty_ns_max);
	text_add(text, " ns\n");
}

/* From the exchange's clock to one of ours. */
static void add_exchange_row(struct text *text, const char *label, const struct hist *exchange,
			     int64_t unit_ns)
{
	text_add(text, label);
	add_named(text, "count", exchange->count);
	for (size_t i = 0; i < TABLE_PERCENTILE_COUNT; i++) {
		text_add(text, " ");
		text_add(text, table_percentile_names[i]);
		text_add(text, "=");
		if (exchange->count)
			text_add_i64(text,
				     hist_percentile_ns(exchange, table_percentiles[i]) / unit_ns);
		else
			text_add(text, "n/a");
	}
	add_named(text, "negative", exchange->negative_count);
	if (exchange->negative_count) {
		text_add(text, " lowest=");
		text_add_i64(text, exchange->negative_min_ns / unit_ns);
	}
	add_named(text, "beyond", exchange->beyond_count);
}

/* The other clock: by itself, with its floor and its doubt. */
static void add_exchange(struct text *text, const struct corr_summary *summary)
{
	const struct corr_stats *stats = summary->stats;
	bool has_nic = has_any(&stats->exchange_nic);

	if (!has_any(&stats->exchange) && !has_nic)
		return;
	text_add(text, "\n=== Exchange time (its own clock) ===\n");
	if (has_any(&stats->exchange))
		add_exchange_row(text, "E -> User (ms):", &stats->exchange, NS_PER_MS);
	if (has_any(&stats->exchange_us))
		add_exchange_row(text, "\nE -> User (us):", &stats->exchange_us, NS_PER_US);
	if (has_nic)
		add_exchange_row(text,
				 has_any(&stats->exchange) ? "\nE -> NIC (ms):" : "E -> NIC (ms):",
				 &stats->exchange_nic, NS_PER_MS);
	text_add(text, "\nnote: E has ");
	text_add(text, has_any(&stats->exchange_us) ? "1 us resolution where told in us"
						    : "1 ms resolution");
	text_add(text, " and is the exchange's clock; the difference "
		       "contains\n      the unknown error between that clock and CLOCK_REALTIME "
		       "here.\n");
}

void summary_write(struct text *text, const struct corr_summary *summary)
{
	add_counts(text, summary);
	add_averages(text, summary);
	add_percentiles(text, summary);
	blame_write(text, summary);
	trips_write(text, summary);
	orders_write(text, summary);
	add_streams(text, summary);
	add_coverage(text, summary);
	reasons_write(text, summary);
	add_producers(text, summary);
	add_segments(text, summary);
	add_checks(text, summary);
	add_exchange(text, summary);
}

void summary_write_interval(struct text *text, const struct corr_interval *interval)
{
	const struct corr_stats *stats = interval->stats;
	const struct hist *total = &stats->stages[CORR_STAGE_TOTAL];

	text_add(text, "[interval] t=");
	text_add_u64(text, interval->elapsed_ms / 1000);
	text_add(text, "s");
	add_named(text, "messages", stats->count);
	add_named(text, "correlated", stats->correlated_count);
	for (size_t i = 0; i < TABLE_PERCENTILE_COUNT; i++) {
		text_add(text, " ");
		text_add(text, table_percentile_names[i]);
		text_add(text, "=");
		if (!total->count) {
			text_add(text, "n/a");
			continue;
		}
		text_add_i64(text, corr_in_unit(hist_percentile_ns(total, table_percentiles[i]),
						interval->unit));
		text_add(text, corr_unit_name(interval->unit));
	}
	text_add(text, "\n");
}
