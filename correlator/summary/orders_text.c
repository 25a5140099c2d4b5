/* SPDX-License-Identifier: BSD-2-Clause */
#include "orders_text.h"

#include "table.h"

static bool is_shown(const struct hist *hist)
{
	return hist->count || hist->negative_count || hist->beyond_count;
}

static void add_class(struct text *text, const struct order_stats *stats, int class_id,
		      enum corr_unit unit)
{
	for (int part = 0; part < CORR_ORDER_PART_COUNT; part++) {
		char words[32];
		struct text label = { .bytes = words, .room_bytes = sizeof(words) };

		text_add(&label, corr_order_class_name((enum corr_order_class)class_id));
		text_add(&label, " ");
		text_add(&label, corr_order_part_name((enum corr_order_part)part));
		text_add_bytes(&label, "", 1);
		if (is_shown(&stats->parts[class_id][part]))
			table_add_hist(text, words, &stats->parts[class_id][part], unit);
	}
}

static void add_named(struct text *text, const char *name, uint64_t count)
{
	text_add(text, " ");
	text_add(text, name);
	text_add(text, "=");
	text_add_u64(text, count);
}

void orders_write(struct text *text, const struct corr_summary *summary)
{
	const struct order_stats *stats = summary->orders;
	uint64_t forgotten_count;
	uint64_t count;

	if (!stats)
		return;
	forgotten_count = corr_engine_forgotten_order_count(summary->engine);
	count = forgotten_count;
	for (int i = 0; i < CORR_ORDER_CLASS_COUNT; i++)
		count += stats->count[i];
	if (!count)
		return;
	text_add(text, "\n=== Tick to order (");
	text_add(text, corr_unit_name(summary->unit));
	text_add(text, ") ===\n");
	table_add_head(text, "proof and part");
	for (int i = 0; i < CORR_ORDER_AMBIGUOUS; i++)
		add_class(text, stats, i, summary->unit);
	text_add(text, "orders, by proof:");
	for (int i = 0; i < CORR_ORDER_CLASS_COUNT; i++)
		add_named(text, corr_order_class_name((enum corr_order_class)i), stats->count[i]);
	text_add(text, "\nthread, where an id proves it:");
	add_named(text, "agreed", stats->thread_agree_count);
	add_named(text, "differed", stats->thread_differ_count);
	text_add(text, "\nread on the wire, and not told for want of memory:");
	add_named(text, "orders", forgotten_count);
	text_add(text, "\n");
}
