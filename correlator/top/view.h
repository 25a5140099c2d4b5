/* SPDX-License-Identifier: BSD-2-Clause */
/* What --top shows, as numbers: gathered while the run goes on, looked at once a second.  Pure. */
#ifndef CORR_TOP_VIEW_H
#define CORR_TOP_VIEW_H

#include "correlator/summary/summary.h"
#include "window.h"

enum top_span { TOP_SECOND, TOP_MINUTE, TOP_RUN, TOP_SPAN_COUNT };

/* Streams of connections, and producers, shown; the others are only counted. */
#define TOP_CONN_COUNT_MAX     32
#define TOP_PRODUCER_COUNT_MAX 16

/* One stream of a connection: a connection may carry many. */
struct top_conn {
	uint64_t cookie;
	uint32_t conn_number;
	uint16_t stream_index;
	char stream[40];
	uint64_t count;
	uint64_t second_count; /* in the last whole second */
	uint64_t running_count;
	bool has_last;
	int64_t last_ns; /* its last message, NIC to callback, if has_last; may be negative */
	uint64_t seen_ns;
};

struct top_producer {
	char name[PROF_LANE_NAME_BYTES];
	enum prof_layer layer;
	bool is_live;
	uint64_t event_count;
	uint64_t lost_count; /* for whatever reason */
};

/* Round trips of one kind, the whole run long. */
struct top_trips {
	uint64_t count;
	int64_t last_ns; /* the last round trip; may be negative */
	struct window_figures parts[CORR_PART_IN + 1];
};

/* Tick to order of one proof, likewise: TOTAL, TICK_READ, READ_CALL and USER_WRITE are shown. */
struct top_orders {
	uint64_t count;
	struct window_figures parts[CORR_ORDER_PART_COUNT];
};

struct top_view {
	uint64_t elapsed_s;
	bool is_over; /* nothing more will come */
	enum corr_unit unit;
	uint64_t message_count;
	uint64_t correlated_count;
	uint64_t rates[TOP_SPAN_COUNT]; /* messages a second */
	uint64_t class_count[CORR_CLASS_COUNT];
	uint64_t negative_count;
	uint64_t disagree_count;
	uint32_t pending_count;
	struct window_figures stages[CORR_STAGE_COUNT][TOP_SPAN_COUNT];
	uint32_t producer_count; /* ever; the last TOP_PRODUCER_COUNT_MAX are kept */
	struct top_producer producers[TOP_PRODUCER_COUNT_MAX];
	uint64_t lost_count;
	bool is_blind; /* a layer sees nothing: this one, the first that was noticed */
	struct corr_blind blind;
	uint32_t conn_count;
	uint64_t conn_forgotten_count;
	struct top_trips trips[PROF_PURPOSE_COUNT];
	struct top_orders orders[CORR_ORDER_AMBIGUOUS];
	uint64_t ambiguous_count; /* orders of which neither is known */
	uint64_t missed_count;	  /* views that nobody came to take: the terminal is slow */
	struct top_conn conns[TOP_CONN_COUNT_MAX];
};

/* Zeroed memory is an empty one. */
struct top_gather {
	uint64_t first_ns; /* of the first round */
	uint64_t turned_s; /* whole seconds that are over */
	uint64_t running_count;
	uint32_t place;
	uint32_t second_counts[WINDOW_SECOND_COUNT];
	struct window windows[CORR_STAGE_COUNT];
	struct top_view view;
};

void top_message(struct top_gather *gather, const struct corr_message *message);

void top_trip(struct top_gather *gather, const struct corr_trip *trip);

/* True once a second, and at the end: the view is new. */
bool top_round(struct top_gather *gather, const struct corr_summary *summary, uint64_t now_ns);

#endif
