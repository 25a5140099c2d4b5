/* SPDX-License-Identifier: BSD-2-Clause */
#include "blame_text.h"

static const struct {
	double percentile;
	const char *name;
} points[] = { { 50, "p50" }, { 99, "p99" }, { 99.9, "p99.9" } };

static void add_duration(struct text *text, int64_t duration_ns, enum corr_unit unit)
{
	text_add_i64(text, corr_in_unit(duration_ns, unit));
	text_add(text, " ");
	text_add(text, corr_unit_name(unit));
}

/* "p99: of 1200 us, your reader 1100 us, the kernel 31 us": the largest first. */
static void add_parts(struct text *text, const struct blame_answer *answer, enum corr_unit unit)
{
	bool is_told[BLAME_PARTY_COUNT] = { false };

	for (int i = 0; i < BLAME_PARTY_COUNT; i++) {
		int largest = -1;

		for (int party = 0; party < BLAME_PARTY_COUNT; party++)
			if (!is_told[party] &&
			    (largest < 0 || answer->party_ns[party] > answer->party_ns[largest]))
				largest = party;
		is_told[largest] = true;
		if (!answer->party_ns[largest])
			break;
		text_add(text, i ? ", " : " ");
		text_add(text, blame_party_words(largest));
		text_add(text, " ");
		add_duration(text, answer->party_ns[largest], unit);
	}
}

static void add_share(struct text *text, const char *name, uint64_t part, uint64_t all)
{
	uint64_t tenths = all ? (part * 1000 + all / 2) / all : 0;

	text_add(text, " ");
	text_add_u64(text, tenths / 10);
	text_add(text, ".");
	text_add_u64(text, tenths % 10);
	text_add(text, " % ");
	text_add(text, name);
}

static void add_shares(struct text *text, const struct blame_answer *answer)
{
	for (int party = 0; party < BLAME_PARTY_COUNT; party++)
		if (answer->guilty_count[party])
			add_share(text, blame_party_words(party), answer->guilty_count[party],
				  answer->tail_count);
	text_add(text, "; readers:");
	for (int wait = CORR_WAIT_NONE; wait < CORR_WAIT_COUNT; wait++)
		if (answer->wait_count[wait])
			add_share(text, corr_wait_name(wait), answer->wait_count[wait],
				  answer->tail_count);
}

void blame_write(struct text *text, const struct corr_summary *summary)
{
	const struct corr_stats *stats = summary->stats;
	const struct hist *hist = &stats->stages[CORR_STAGE_NIC_KERNEL];

	if (!stats->blame.count)
		return;
	text_add(text, "\n=== NIC->Kernel: whose time ===\n");
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		int64_t value_ns = hist_percentile_ns(hist, points[i].percentile);
		struct blame_answer answer;

		blame_ask(&stats->blame, value_ns, &answer);
		text_add(text, points[i].name);
		text_add(text, ": of ");
		add_duration(text, value_ns, summary->unit);
		text_add(text, ":");
		add_parts(text, &answer, summary->unit);
		text_add(text,
			 "\n  of the messages that took as long or longer the largest part was:");
		add_shares(text, &answer);
		text_add(text, "\n");
	}
	for (int untold = CORR_UNTOLD_NONE + 1; untold < CORR_UNTOLD_COUNT; untold++) {
		if (!stats->untold_count[untold])
			continue;
		text_add(text, "not all told: ");
		text_add_u64(text, stats->untold_count[untold]);
		text_add(text, " messages: ");
		text_add(text, corr_untold_words(untold));
		text_add(text, " (");
		text_add(text, corr_untold_name(untold));
		text_add(text, ")\n");
	}
}
