/* SPDX-License-Identifier: BSD-2-Clause */
#include "reasons.h"

#include "blind_text.h"

static void add_reason(struct text *text, const char *layer, enum corr_reason reason,
		       uint64_t count)
{
	text_add_wide(text, layer, 8);
	text_add_wide(text, corr_reason_name(reason), 14);
	text_add(text, " ");
	text_add_u64_wide(text, count, 9);
	text_add(text, "  ");
	text_add(text, corr_reason_words(reason));
	text_add(text, "\n");
}

static void add_reasons_of(struct text *text, const char *layer, const uint64_t *reason_counts)
{
	for (int i = CORR_REASON_NONE + 1; i < CORR_REASON_COUNT; i++) {
		if (reason_counts[i])
			add_reason(text, layer, i, reason_counts[i]);
	}
}

/* Why those of class last-byte are. */
static void add_doubts(struct text *text, const struct corr_stats *stats)
{
	static const char *const layers[PROF_LAYER_COUNT] = { "", "NIC", "Kernel", "User" };

	if (!stats->class_count[CORR_CLASS_LAST_BYTE])
		return;
	text_add(text, "of class last-byte, because of one layer:\n");
	for (int layer = PROF_LAYER_NIC; layer < PROF_LAYER_COUNT; layer++)
		add_reasons_of(text, layers[layer], stats->doubt_count[layer]);
}

static void add_blind(struct text *text, const struct corr_blind *blind)
{
	text_add(text, "blind   ");
	blind_write_what(text, blind);
	text_add(text, ": ");
	text_add(text, corr_cause_words(blind->cause));
	text_add(text, ": ");
	text_add(text, corr_cause_remedy(blind->cause));
	if (blind->conn_count > 1) {
		text_add(text, " (so it was for ");
		text_add_u64(text, blind->conn_count);
		text_add(text, " connections)");
	}
	text_add(text, "\n");
}

/* What the user layer counted and could not tell: there are messages without a line. */
static uint64_t untold_count(const struct corr_engine *engine)
{
	struct corr_producer producer;
	uint64_t count = 0;

	for (uint32_t i = 0; corr_engine_producer(engine, i, &producer); i++) {
		const struct prof_lane *facts = &producer.facts;

		if (facts->layer != PROF_LAYER_USER)
			continue;
		count += facts->dropped_count + facts->abandoned_count +
			 facts->loss_count[PROF_LOSS_BPF_RESERVE] +
			 facts->loss_count[PROF_LOSS_KTLS] +
			 facts->loss_count[PROF_LOSS_SSL_UNBOUND] +
			 facts->loss_count[PROF_LOSS_SSL_UNRANGED] +
			 facts->loss_count[PROF_LOSS_CLIENT_UNRANGED];
	}
	return count;
}

/* A kind of loss, of all producers. */
static uint64_t lost_count(const struct corr_engine *engine, enum prof_loss loss)
{
	struct corr_producer producer;
	uint64_t count = 0;

	for (uint32_t i = 0; corr_engine_producer(engine, i, &producer); i++)
		count += producer.facts.loss_count[loss];
	return count;
}

static bool add_untold(struct text *text, const struct corr_engine *engine)
{
	uint64_t count = untold_count(engine);

	if (!count)
		return false;
	text_add(text, "untold  ");
	text_add_u64(text, count);
	text_add(text, " messages or calls have no line");
	if (lost_count(engine, PROF_LOSS_KTLS))
		text_add(text, ": the kernel decrypts their socket (kTLS)");
	else if (lost_count(engine, PROF_LOSS_MPTCP))
		text_add(text, ": there are sockets that are MPTCP's");
	text_add(text, ": see the losses below\n");
	return true;
}

/* Returns whether anything of the kind was told. */
static bool add_blinds(struct text *text, const struct corr_engine *engine)
{
	uint64_t unclaimed_count = corr_engine_unclaimed_count(engine);
	struct corr_blind blind;
	uint32_t count = 0;

	while (corr_engine_blind(engine, count, &blind)) {
		add_blind(text, &blind);
		count++;
	}
	if (unclaimed_count) {
		text_add(text, "unclaimed ");
		text_add_u64(text, unclaimed_count);
		text_add(text, " connections were read of which the user layer told no message\n");
	}
	return count || unclaimed_count;
}

static bool is_all_known(const struct corr_stats *stats)
{
	return stats->nic_reason_count[CORR_REASON_NONE] == stats->count &&
	       stats->kernel_reason_count[CORR_REASON_NONE] == stats->count &&
	       !stats->class_count[CORR_CLASS_INVERTED] &&
	       !stats->class_count[CORR_CLASS_LAST_BYTE];
}

void reasons_write(struct text *text, const struct corr_summary *summary)
{
	const struct corr_stats *stats = summary->stats;
	bool is_blind;

	text_add(text, "\n=== Reasons (messages a layer does not know) ===\n");
	if (!stats->count)
		text_add(text, "no message was told by the user layer: nothing is known of any\n");
	add_reasons_of(text, "NIC", stats->nic_reason_count);
	add_reasons_of(text, "Kernel", stats->kernel_reason_count);
	if (stats->class_count[CORR_CLASS_INVERTED])
		add_reason(text, "order", CORR_REASON_INVERTED,
			   stats->class_count[CORR_CLASS_INVERTED]);
	add_doubts(text, stats);
	is_blind = add_blinds(text, summary->engine);
	is_blind |= add_untold(text, summary->engine);
	if (stats->count && is_all_known(stats))
		text_add(text,
			 is_blind ? "none of the messages that were told is unknown to a layer\n"
				  : "none: every layer knows every message\n");
}
