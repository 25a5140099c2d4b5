/* SPDX-License-Identifier: BSD-2-Clause */
#include "trips_text.h"

#include "correlator/outward/outward.h"
#include "table.h"

static void add_named(struct text *text, const char *name, uint64_t count)
{
	text_add(text, " ");
	text_add(text, name);
	text_add(text, "=");
	text_add_u64(text, count);
}

static bool is_shown(const struct hist *hist)
{
	return hist->count || hist->negative_count || hist->beyond_count;
}

static void add_purpose(struct text *text, const struct trip_stats *stats, int purpose,
			enum corr_unit unit)
{
	for (int part = 0; part < CORR_PART_COUNT; part++) {
		const struct hist *hist = &stats->parts[purpose][part];
		struct text label = { 0 };
		char words[24];

		label.bytes = words;
		label.room_bytes = sizeof(words);
		text_add(&label, corr_purpose_name((enum prof_purpose)purpose));
		text_add(&label, " ");
		text_add(&label, corr_part_name((enum corr_part)part));
		text_add_bytes(&label, "", 1);
		if (is_shown(hist))
			table_add_hist(text, words, hist, unit);
	}
}

static void add_counts(struct text *text, const struct trip_stats *stats,
		       const struct outward_counts *counts)
{
	uint64_t whole_count = 0;
	uint64_t count = 0;

	for (int purpose = 0; purpose < PROF_PURPOSE_COUNT; purpose++) {
		count += stats->count[purpose];
		whole_count += stats->whole_count[purpose];
	}
	text_add(text, "round trips:");
	add_named(text, "answered", count);
	add_named(text, "taken-apart", whole_count);
	add_named(text, "unanswered", counts->unanswered_count);
	add_named(text, "answer-to-nothing", counts->unasked_count);
	text_add(text, "\nsent:");
	add_named(text, "frames", counts->write_count);
	add_named(text, "without-a-place", counts->unplaced_count);
	add_named(text, "calls", counts->send_count);
	add_named(text, "bytes", counts->send_bytes);
	add_named(text, "bytes-another-way", counts->elsewhere_bytes);
	add_named(text, "segments", counts->segment_count);
	add_named(text, "retransmits", counts->retransmit_count);
	add_named(text, "connections-evicted", counts->evicted_count);
	text_add(text, "\n");
}

void trips_write(struct text *text, const struct corr_summary *summary)
{
	const struct outward_counts *counts = corr_engine_outward(summary->engine);
	const struct trip_stats *stats = summary->trips;

	if (!stats || !(counts->write_count || counts->send_count || counts->unanswered_count ||
			trip_stats_has_any(stats)))
		return;
	text_add(text, "\n=== Round trips (");
	text_add(text, corr_unit_name(summary->unit));
	text_add(text, ") ===\n");
	table_add_head(text, "what and part");
	for (int purpose = 0; purpose < PROF_PURPOSE_COUNT; purpose++)
		add_purpose(text, stats, purpose, summary->unit);
	add_counts(text, stats, counts);
}
