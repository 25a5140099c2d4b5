/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare_text.h"

#include <stdlib.h>
#include <string.h>

#include "prof/clock.h"

static const char *const state_words[] = {
	[COMPARE_UNKNOWN] = "not in both", [COMPARE_FEW] = "too few messages",
	[COMPARE_ALIKE] = "alike",	   [COMPARE_UNSURE] = "cannot tell",
	[COMPARE_HIGHER] = "HIGHER in B",  [COMPARE_LOWER] = "LOWER in B",
};

static void add_signed(struct text *text, int64_t duration_ns, enum corr_unit unit)
{
	int64_t value = corr_in_unit(llabs(duration_ns), unit);

	text_add(text, value == 0 ? "" : duration_ns < 0 ? "-" : "+");
	text_add_i64(text, value);
}

/* A signed duration, padded on the left. */
static void add_signed_wide(struct text *text, int64_t duration_ns, enum corr_unit unit,
			    size_t width)
{
	char bytes[24];
	struct text own = { .bytes = bytes, .room_bytes = sizeof(bytes) };

	add_signed(&own, duration_ns, unit);
	for (size_t pad = own.size_bytes; pad < width; pad++)
		text_add(text, " ");
	text_add_bytes(text, bytes, own.size_bytes);
}

static void add_percent(struct text *text, uint64_t part, uint64_t all)
{
	uint64_t tenths = all ? (uint64_t)((double)part / (double)all * 1000) : 0;

	text_add_u64(text, tenths / 10);
	text_add(text, ".");
	text_add_u64(text, tenths % 10);
	text_add(text, " %");
}

static void add_side(struct text *text, const char *label, const struct compare_side *side)
{
	const struct samples *samples = side->samples;
	int64_t duration_ns = prof_delta_ns(samples->first_ns, samples->last_ns);

	text_add(text, label);
	text_add(text, side->name);
	text_add(text, "\n   messages=");
	text_add_u64(text, samples->message_count);
	text_add(text, " correlated=");
	add_percent(text, samples->correlated_count, samples->message_count);
	text_add(text, " seconds=");
	text_add_i64(text, duration_ns / PROF_NS_PER_S);
	if (samples->stride > 1) {
		text_add(text, " (one message in ");
		text_add_u64(text, samples->stride);
		text_add(text, " is compared)");
	}
	text_add(text, "\n");
}

static void add_interval(struct text *text, const struct compare_row *row, enum corr_unit unit)
{
	add_signed_wide(text, row->difference_ns, unit, 12);
	add_signed_wide(text, row->low_ns, unit, 12);
	text_add(text, " ..");
	add_signed_wide(text, row->high_ns, unit, 10);
	text_add(text, "  ");
}

static void add_row(struct text *text, const char *stage, const char *quantile,
		    const struct compare_row *row, enum corr_unit unit)
{
	text_add_wide(text, stage, 18);
	text_add_wide(text, quantile, 4);
	text_add_u64_wide(text, (uint64_t)corr_in_unit(row->a_ns, unit), 10);
	text_add_u64_wide(text, (uint64_t)corr_in_unit(row->b_ns, unit), 10);
	if (row->state == COMPARE_FEW)
		text_add(text, "                                         ");
	else
		add_interval(text, row, unit);
	text_add(text, state_words[row->state]);
	text_add(text, "\n");
}

static void add_table(struct text *text, const struct compare_result *result, enum corr_unit unit)
{
	text_add(text, "\nstage                      A         B       B - A"
		       "    95 % interval          verdict (");
	text_add(text, corr_unit_name(unit));
	text_add(text, ")\n");
	for (int i = 0; i < CORR_STAGE_COUNT; i++) {
		for (int j = 0; j < COMPARE_QUANTILE_COUNT; j++) {
			const struct compare_row *row = &result->rows[corr_stage_order[i]][j];

			if (row->state != COMPARE_UNKNOWN)
				add_row(text, corr_stage_words(corr_stage_order[i]),
					compare_quantile_name((enum compare_quantile)j), row, unit);
		}
	}
}

/* "+210 us at p50 (95 % sure: +190 to +230 us)" */
static void add_size(struct text *text, const struct compare_row *row,
		     enum compare_quantile quantile, enum corr_unit unit)
{
	const char *name = corr_unit_name(unit);

	add_signed(text, row->difference_ns, unit);
	text_add(text, " ");
	text_add(text, name);
	text_add(text, " at ");
	text_add(text, compare_quantile_name(quantile));
	text_add(text, " (95 % sure: ");
	add_signed(text, row->low_ns, unit);
	text_add(text, " to ");
	add_signed(text, row->high_ns, unit);
	text_add(text, " ");
	text_add(text, name);
	text_add(text, ")");
}

/* Stages other than the named one, in the table's order: where else to look. */
static void add_others(struct text *text, const struct compare_result *result)
{
	bool is_first = true;

	for (int stage = CORR_STAGE_KERNEL_USER; stage < CORR_STAGE_COUNT; stage++) {
		bool is_different = false;

		for (int j = 0; j < COMPARE_QUANTILE_COUNT; j++)
			is_different |= compare_is_different(&result->rows[stage][j]);
		if (!is_different || stage == (int)result->stage)
			continue;
		text_add(text, is_first ? "also different: " : ", ");
		text_add(text, corr_stage_words(stage));
		is_first = false;
	}
	text_add(text, is_first ? "" : "\n");
}

static void add_finding(struct text *text, const struct compare_result *result, enum corr_unit unit)
{
	const struct compare_row *row = &result->rows[result->stage][result->quantile];
	const struct compare_row *total = &result->rows[CORR_STAGE_TOTAL][result->quantile];

	text_add(text, row->state == COMPARE_HIGHER ? "verdict: B is slower: "
						    : "verdict: B is faster: ");
	text_add(text, corr_stage_words(result->stage));
	text_add(text, " ");
	add_size(text, row, result->quantile, unit);
	if (result->stage != CORR_STAGE_TOTAL && total->state > COMPARE_FEW) {
		text_add(text, "; NIC->User ");
		add_signed(text, total->difference_ns, unit);
		text_add(text, " ");
		text_add(text, corr_unit_name(unit));
	}
	text_add(text, "\n");
	add_others(text, result);
}

static void add_nothing(struct text *text, const struct compare_result *result, enum corr_unit unit)
{
	const struct compare_row *total = &result->rows[CORR_STAGE_TOTAL][COMPARE_P50];
	bool is_tested = false;

	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++)
		for (int j = 0; j < COMPARE_QUANTILE_COUNT; j++)
			is_tested |= result->rows[stage][j].state > COMPARE_FEW;
	if (!is_tested) {
		text_add(text, "verdict: nothing to compare: no stage is known for enough messages "
			       "of both\n");
		return;
	}
	text_add(text, "verdict: no difference found");
	if (total->state > COMPARE_FEW) {
		text_add(text, ": NIC->User ");
		add_size(text, total, COMPARE_P50, unit);
	}
	text_add(text, "\n");
}

/* What is not compared cannot be found to differ. */
static void add_coverage_note(struct text *text, const struct compare_side *a,
			      const struct compare_side *b)
{
	double share_a = (double)a->samples->correlated_count / (double)a->samples->message_count;
	double share_b = (double)b->samples->correlated_count / (double)b->samples->message_count;

	if (share_a - share_b < 0.01 && share_b - share_a < 0.01)
		return;
	text_add(text, "note: the recordings do not cover the same share of their messages; what "
		       "is missing\n      is in no row above\n");
}

void compare_write(struct text *text, const struct compare_side *a, const struct compare_side *b,
		   const struct compare_result *result, enum corr_unit unit)
{
	text_add(text, "=== Comparison ===\n");
	add_side(text, "A: ", a);
	add_side(text, "B: ", b);
	add_table(text, result, unit);
	text_add(text, "all intervals hold together; higher and lower: by more than ");
	text_add_u64(text, COMPARE_MARGIN_PERCENT);
	text_add(text, " %, ");
	text_add_u64(text, COMPARE_MARGIN_TOTAL_PERCENT);
	text_add(text, " % of NIC->User and ");
	text_add_i64(text, COMPARE_MARGIN_NS / PROF_NS_PER_US);
	text_add(text, " us\n\n");
	if (result->has_finding)
		add_finding(text, result, unit);
	else
		add_nothing(text, result, unit);
	if (a->samples->message_count && b->samples->message_count)
		add_coverage_note(text, a, b);
}
