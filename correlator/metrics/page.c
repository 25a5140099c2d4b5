/* SPDX-License-Identifier: BSD-2-Clause */
#include "page.h"

#define PREFIX "ws_latency_"

#define NS_PER_S 1000000000

void page_add_family(const struct page *page, const char *name, enum kind kind, const char *help)
{
	static const char *const words[] = { " counter\n", " gauge\n", " histogram\n", " summary\n",
					     " info\n" };
	static const char *const lines[] = { "# HELP " PREFIX, "# TYPE " PREFIX };
	bool is_open = page->format == METRICS_OPENMETRICS;

	for (int i = 0; i < 2; i++) {
		text_add(page->text, lines[i]);
		text_add(page->text, name);
		if (kind == KIND_COUNTER && !is_open)
			text_add(page->text, "_total");
		if (kind == KIND_INFO && !is_open)
			text_add(page->text, "_info");
		if (i == 0) {
			text_add(page->text, " ");
			text_add(page->text, help);
			text_add(page->text, "\n");
		} else {
			text_add(page->text,
				 words[kind == KIND_INFO && !is_open ? KIND_GAUGE : kind]);
		}
	}
}

/* Names come from other processes: what cannot be shown is '?'. */
static void add_label(struct text *text, const char *key, const char *value)
{
	text_add(text, key);
	text_add(text, "=\"");
	while (*value) {
		if (*value == '"' || *value == '\\')
			text_add(text, "\\");
		value += text_add_character(text, value);
	}
	text_add(text, "\"");
}

void page_add_name(const struct page *page, const char *name, const char *suffix,
		   const char *const *labels)
{
	text_add(page->text, PREFIX);
	text_add(page->text, name);
	text_add(page->text, suffix);
	for (int i = 0; labels && labels[i]; i += 2) {
		text_add(page->text, i == 0 ? "{" : ",");
		add_label(page->text, labels[i], labels[i + 1]);
	}
	text_add(page->text, labels && labels[0] ? "} " : " ");
}

void page_add_sample(const struct page *page, const char *name, const char *suffix,
		     const char *const *labels, uint64_t value)
{
	page_add_name(page, name, suffix, labels);
	text_add_u64(page->text, value);
	text_add(page->text, "\n");
}

void page_add_seconds(struct text *text, uint64_t duration_ns)
{
	char digits[9];
	uint64_t rest = duration_ns % NS_PER_S;

	for (int i = 8; i >= 0; i--) {
		digits[i] = (char)('0' + rest % 10);
		rest /= 10;
	}
	text_add_u64(text, duration_ns / NS_PER_S);
	text_add(text, ".");
	text_add_bytes(text, digits, sizeof(digits));
}

void page_add_hist(const struct page *page, const char *name, const struct metrics_hist *hist,
		   const char *const labels[])
{
	uint64_t seen = 0;

	for (uint32_t i = 0; i <= METRICS_BOUND_COUNT; i++) {
		const char *bound = i < METRICS_BOUND_COUNT ? metrics_bounds[i].seconds : "+Inf";
		const char *const with_bound[] = { labels[0], labels[1],
						   "le",      bound,
						   labels[2], labels[2] ? labels[3] : NULL,
						   NULL };

		seen += hist->bucket_count[i];
		page_add_sample(page, name, "_bucket", with_bound, seen);
	}
	page_add_name(page, name, "_sum", labels);
	page_add_seconds(page->text, (uint64_t)hist->sum_ns);
	text_add(page->text, "\n");
	page_add_sample(page, name, "_count", labels, hist->count);
}

void page_add_counts(const struct page *page, const char *family, const char *key, const char *help,
		     const struct page_count *counts, size_t count)
{
	page_add_family(page, family, KIND_COUNTER, help);
	for (size_t i = 0; i < count; i++) {
		const char *const labels[] = { key, counts[i].name, NULL };

		page_add_sample(page, family, "_total", labels, counts[i].count);
	}
}
