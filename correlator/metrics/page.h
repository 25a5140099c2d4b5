/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces of a page of metrics: families, samples, histograms.  Pure. */
#ifndef CORR_METRICS_PAGE_H
#define CORR_METRICS_PAGE_H

#include "metrics_text.h"

/* What is being written. */
struct page {
	struct text *text;
	enum metrics_format format;
};

enum kind { KIND_COUNTER, KIND_GAUGE, KIND_HISTOGRAM, KIND_SUMMARY, KIND_INFO };

/*
 * The two lines before a family.  OpenMetrics names a counter without its
 * _total and knows what an info is; the older format does neither.
 */
void page_add_family(const struct page *page, const char *name, enum kind kind, const char *help);

/* name_suffix{key="value",key="value"}; labels: pairs, NULL behind them, or none. */
void page_add_name(const struct page *page, const char *name, const char *suffix,
		   const char *const *labels);
void page_add_sample(const struct page *page, const char *name, const char *suffix,
		     const char *const *labels, uint64_t value);

/* Exact: seconds with nine digits. */
void page_add_seconds(struct text *text, uint64_t duration_ns);

/* labels: one pair or two, NULL behind them. */
void page_add_hist(const struct page *page, const char *name, const struct metrics_hist *hist,
		   const char *const labels[]);

struct page_count {
	const char *name;
	uint64_t count;
};

/* A family of counters that differ in one label. */
void page_add_counts(const struct page *page, const char *family, const char *key, const char *help,
		     const struct page_count *counts, size_t count);

#endif
