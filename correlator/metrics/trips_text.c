/* SPDX-License-Identifier: BSD-2-Clause */
#include "trips_text.h"

static bool is_told(const struct metrics_hist *hist)
{
	return hist->count || hist->negative_count;
}

static void add_parts(const struct page *page, const struct metrics_trips *trips, bool is_negative)
{
	for (int what = 0; what < PROF_PURPOSE_COUNT; what++) {
		for (int part = 0; part < CORR_PART_COUNT; part++) {
			const struct metrics_hist *hist = &trips->parts[what][part];
			const char *const labels[] = { "what", corr_purpose_name(what), "part",
						       corr_part_name(part), NULL };

			if (!is_told(hist))
				continue;
			if (is_negative)
				page_add_sample(page, "trip_negative", "_total", labels,
						hist->negative_count);
			else
				page_add_hist(page, "trip_seconds", hist, labels);
		}
	}
}

static void add_by_purpose(const struct page *page, const char *family, const char *help,
			   const uint64_t counts[PROF_PURPOSE_COUNT])
{
	struct page_count named[PROF_PURPOSE_COUNT - PROF_PURPOSE_PING];
	size_t count = 0;

	for (int what = PROF_PURPOSE_PING; what < PROF_PURPOSE_COUNT; what++)
		named[count++] = (struct page_count){ corr_purpose_name(what), counts[what] };
	page_add_counts(page, family, "what", help, named, count);
}

static void add_outward(const struct page *page, const struct outward_counts *counts)
{
	const struct page_count sent[] = {
		{ "frames", counts->write_count },
		{ "frames-without-a-place", counts->unplaced_count },
		{ "calls", counts->send_count },
		{ "segments", counts->segment_count },
		{ "retransmits", counts->retransmit_count },
	};
	const struct page_count bytes[] = {
		{ "calls", counts->send_bytes },
		{ "another-way", counts->elsewhere_bytes },
	};
	const struct page_count open_ends[] = {
		{ "unanswered", counts->unanswered_count },
		{ "answer-to-nothing", counts->unasked_count },
		{ "connections-evicted", counts->evicted_count },
	};

	page_add_counts(page, "sent", "what", "What went out, as each layer has seen it.", sent,
			sizeof(sent) / sizeof(sent[0]));
	page_add_counts(page, "sent_bytes", "way",
			"Bytes that TCP took to send: by calls that are seen, or another way.",
			bytes, sizeof(bytes) / sizeof(bytes[0]));
	page_add_counts(page, "trips_untold", "why", "Questions and answers of no round trip.",
			open_ends, sizeof(open_ends) / sizeof(open_ends[0]));
}

void metrics_add_trips(const struct page *page, const struct metrics_trips *trips)
{
	add_by_purpose(page, "trips", "Round trips: what was sent and answered.", trips->count);
	add_by_purpose(page, "trips_whole",
		       "Those of which the way out, wire and way in are known.",
		       trips->whole_count);
	add_by_purpose(page, "trips_retransmitted", "Those whose segment was sent again.",
		       trips->retransmit_count);
	page_add_family(page, "trip_seconds", KIND_HISTOGRAM,
			"Round trips and their parts; out, wire and in add up to rtt.");
	add_parts(page, trips, false);
	page_add_family(page, "trip_negative", KIND_COUNTER,
			"Differences below zero, which are in no histogram.");
	add_parts(page, trips, true);
	add_outward(page, &trips->outward);
}

/* ---- Tick to order --------------------------------------------------------- */

static void add_order_parts(const struct page *page, const struct metrics_orders *orders,
			    bool is_negative)
{
	for (int i = 0; i < CORR_ORDER_AMBIGUOUS; i++) {
		for (int part = 0; part < CORR_ORDER_PART_COUNT; part++) {
			const struct metrics_hist *hist = &orders->parts[i][part];
			const char *const labels[] = { "class", corr_order_class_name(i), "part",
						       corr_order_part_name(part), NULL };

			if (!is_told(hist))
				continue;
			if (is_negative)
				page_add_sample(page, "order_negative", "_total", labels,
						hist->negative_count);
			else
				page_add_hist(page, "order_seconds", hist, labels);
		}
	}
}

void metrics_add_orders(const struct page *page, const struct metrics_orders *orders)
{
	const struct page_count threads[] = {
		{ "agreed", orders->thread_agree_count },
		{ "differed", orders->thread_differ_count },
	};
	struct page_count classes[CORR_ORDER_CLASS_COUNT];

	for (int i = 0; i < CORR_ORDER_CLASS_COUNT; i++)
		classes[i] = (struct page_count){ corr_order_class_name(i), orders->count[i] };
	page_add_counts(page, "orders", "class",
			"Orders, by how sure it is which message each was for.", classes,
			CORR_ORDER_CLASS_COUNT);
	page_add_counts(page, "orders_thread", "verdict",
			"What the thread alone would have said of orders that an id proves.",
			threads, sizeof(threads) / sizeof(threads[0]));
	page_add_family(page, "order_seconds", KIND_HISTOGRAM,
			"Tick to order and its parts, by the proof.");
	add_order_parts(page, orders, false);
	page_add_family(page, "order_negative", KIND_COUNTER,
			"Differences below zero, which are in no histogram.");
	add_order_parts(page, orders, true);
}
