/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What --metrics exposes, as numbers.  Pure: fed by messages and rounds,
 * copied whole to the thread that serves it, written by metrics_text.h.
 */
#ifndef CORR_METRICS_H
#define CORR_METRICS_H

#include "correlator/outward/outward.h"
#include "correlator/summary/summary.h"
#include "minute.h"

/* Buckets: their upper bounds, the last one being without end. */
#define METRICS_BOUND_COUNT 81

/* Streams with a histogram of their own; the others share the last place. */
#define METRICS_STREAM_COUNT_MAX 32

/* Producers by name and layer; the others share the last place. */
#define METRICS_PRODUCER_COUNT_MAX 32

struct metrics_bound {
	int64_t highest_ns;
	const char *seconds; /* as a label has it */
};

extern const struct metrics_bound metrics_bounds[METRICS_BOUND_COUNT];

struct metrics_hist {
	uint64_t bucket_count[METRICS_BOUND_COUNT + 1]; /* not cumulated */
	uint64_t count;
	int64_t sum_ns;
	uint64_t negative_count; /* in no bucket and not in the sum */
};

struct metrics_stream {
	char name[64];
	struct metrics_hist stages[CORR_STAGE_COUNT];
	struct metrics_hist exchange;
};

/* Everyone who ever had this name on this layer, together. */
struct metrics_producer {
	char name[PROF_LANE_NAME_BYTES];
	enum prof_layer layer;
	uint32_t live_count;
	uint64_t event_count;
	uint64_t bus_drop_count;
	uint64_t abandoned_count;
	uint64_t loss_count[PROF_LOSS_KIND_COUNT];
};

/* What was sent and answered. */
struct metrics_trips {
	uint64_t count[PROF_PURPOSE_COUNT];
	uint64_t whole_count[PROF_PURPOSE_COUNT];
	uint64_t retransmit_count[PROF_PURPOSE_COUNT];
	struct outward_counts outward;
	struct metrics_hist parts[PROF_PURPOSE_COUNT][CORR_PART_COUNT];
};

/* Tick to order, by the proof of what the order was for. */
struct metrics_orders {
	uint64_t count[CORR_ORDER_CLASS_COUNT];
	uint64_t thread_agree_count; /* as in order_stats */
	uint64_t thread_differ_count;
	struct metrics_hist parts[CORR_ORDER_AMBIGUOUS][CORR_ORDER_PART_COUNT];
};

/* Streams last: only those that exist are copied. */
struct metrics {
	uint64_t class_count[CORR_CLASS_COUNT];
	uint64_t nic_reason_count[CORR_REASON_COUNT];
	uint64_t kernel_reason_count[CORR_REASON_COUNT];
	uint64_t doubt_count[PROF_LAYER_COUNT][CORR_REASON_COUNT];
	uint64_t blind_count[CORR_CAUSE_COUNT]; /* connections of which a layer saw nothing */
	uint8_t blind_layer[CORR_CAUSE_COUNT];
	uint64_t uncertainty_ns_max;
	uint32_t pending_count;
	struct corr_counts counts;
	struct metrics_trips trips;
	struct metrics_orders orders;
	struct minute_stage last_minute[CORR_STAGE_COUNT];
	uint32_t producer_count;
	struct metrics_producer producers[METRICS_PRODUCER_COUNT_MAX];
	uint32_t stream_count;
	struct metrics_stream streams[METRICS_STREAM_COUNT_MAX];
};

/* Zeroed memory is an empty one. */
struct metrics_gather {
	struct metrics metrics;
	struct minute minute;
	uint8_t stream_places[65536]; /* stream_index -> place + 1 */
};

void metrics_hist_add(struct metrics_hist *hist, int64_t value_ns);

/* Adds a message to the histograms. */
void metrics_message(struct metrics_gather *gather, const struct corr_message *message);

void metrics_order(struct metrics_gather *gather, const struct corr_order *order);

void metrics_trip(struct metrics_gather *gather, const struct corr_trip *trip);

/* Takes over the counts as they stand at now_ns. */
void metrics_round(struct metrics_gather *gather, const struct corr_summary *summary,
		   uint64_t now_ns);

/* How much of it is in use. */
size_t metrics_size_bytes(const struct metrics *metrics);

#endif
