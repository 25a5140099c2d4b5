/* SPDX-License-Identifier: BSD-2-Clause */
#include "pen.h"

#include <string.h>

#define LABEL_COLUMNS	  15
#define FIGURE_COLUMNS	  7
#define SPAN_COLUMNS	  (3 * FIGURE_COLUMNS)
#define BAR_COLUMNS_MIN	  6
#define TAIL_FACTOR	  2  /* the scale ends at so many times the last median */
#define SCALE_COLUMNS_MIN 8  /* for both ends of it to be told */
#define LOW_ROW_COUNT	  14 /* screens below that show one span only */

/* The parts of the total, in the order in which they follow each other. */
static const enum corr_stage parts[] = { CORR_STAGE_NIC_KERNEL, CORR_STAGE_KERNEL_RETURN,
					 CORR_STAGE_RETURN_RECV, CORR_STAGE_RECV_USER };

#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

/* How many columns what is. */
struct scale {
	uint32_t column;       /* where bars begin */
	uint32_t column_count; /* 0: there is no room for bars */
	int64_t end_ns;	       /* the right end */
};

static int64_t median_of(const struct top_view *view, enum corr_stage stage, enum top_span span)
{
	return view->stages[stage][span].p50_ns;
}

static int64_t sum_of_parts(const struct top_view *view, enum top_span span, size_t from, size_t to)
{
	int64_t sum_ns = 0;

	for (size_t i = from; i < to; i++)
		sum_ns += median_of(view, parts[i], span);
	return sum_ns;
}

/*
 * Where a stage's bar begins: where the medians of the parts before end.  After
 * a part that nobody measured, parts are put before the end instead.
 */
static int64_t begin_of(const struct top_view *view, enum corr_stage stage, enum top_span span)
{
	int64_t end_ns = median_of(view, CORR_STAGE_TOTAL, span);
	bool has_gap = false;
	size_t i = 0;

	if (stage == CORR_STAGE_USER_PARSED)
		return end_ns ? end_ns : sum_of_parts(view, span, 0, PART_COUNT);
	if (stage == CORR_STAGE_KERNEL_USER)
		return median_of(view, CORR_STAGE_NIC_KERNEL, span);
	while (i < PART_COUNT && parts[i] != stage)
		has_gap |= !view->stages[parts[i++]][span].count;
	if (i == PART_COUNT)
		return 0; /* none of the parts */
	if (has_gap && end_ns)
		return end_ns > sum_of_parts(view, span, i, PART_COUNT)
			       ? end_ns - sum_of_parts(view, span, i, PART_COUNT)
			       : 0;
	return sum_of_parts(view, span, 0, i);
}

static struct scale scale_of(const struct pen *pen, const struct top_view *view, enum top_span span,
			     uint32_t span_count)
{
	uint32_t taken = LABEL_COLUMNS + span_count * SPAN_COLUMNS;
	struct scale scale = { .column = LABEL_COLUMNS };
	int64_t middle_ns_max = 0;

	if (pen->layout->column_count >= taken + BAR_COLUMNS_MIN)
		scale.column_count = pen->layout->column_count - taken;
	for (int stage = 0; stage <= CORR_STAGE_USER_PARSED; stage++) {
		int64_t begin_ns = begin_of(view, stage, span);
		int64_t middle_ns = begin_ns + view->stages[stage][span].p50_ns;
		int64_t end_ns = begin_ns + view->stages[stage][span].p99_ns;

		if (middle_ns > middle_ns_max)
			middle_ns_max = middle_ns;
		if (end_ns > scale.end_ns)
			scale.end_ns = end_ns;
	}
	/* A long tail must not make everything else a dot. */
	if (scale.end_ns > TAIL_FACTOR * middle_ns_max && middle_ns_max)
		scale.end_ns = TAIL_FACTOR * middle_ns_max;
	return scale;
}

static uint32_t column_at(const struct scale *scale, int64_t time_ns)
{
	double part = (double)time_ns / (double)scale->end_ns;

	if (part > 2)
		part = 2; /* far out of sight */
	return (uint32_t)(part * (double)(scale->column_count - 1) + .5);
}

/* '#' up to the median, '-' up to the 99th percentile, '>' where that is out of sight. */
static void draw_bar(struct pen *pen, const struct scale *scale, int64_t begin_ns,
		     const struct window_figures *figures)
{
	uint32_t last = scale->column_count - 2; /* one stays free */
	uint32_t begin;
	uint32_t middle;
	uint32_t end;

	if (!scale->column_count || !scale->end_ns || !figures->count)
		return;
	begin = column_at(scale, begin_ns);
	middle = column_at(scale, begin_ns + figures->p50_ns);
	end = column_at(scale, begin_ns + figures->p99_ns);
	if (begin > last)
		return;
	pen_go_to(pen, scale->column + begin);
	for (uint32_t column = begin; column <= end && column <= last; column++) {
		if (column < middle || column == begin)
			pen_put(pen, LAYOUT_BAR, "#");
		else
			pen_put(pen, LAYOUT_TAIL, column == last && end > last ? ">" : "-");
	}
}

static void draw_figures(struct pen *pen, const struct window_figures *figures)
{
	const int64_t values[] = { figures->p50_ns, figures->p99_ns, figures->max_ns };
	char text[8];

	for (int i = 0; i < 3; i++) {
		if (figures->count)
			layout_duration(values[i], text);
		pen_print(pen, LAYOUT_PLAIN, "%*s", FIGURE_COLUMNS, figures->count ? text : "-");
	}
}

static void draw_stage_head(struct pen *pen, const struct scale *scale, enum top_span span,
			    uint32_t span_count)
{
	static const char *const names[] = { "last second", "last minute", "whole run" };
	char end[8];

	if (span_count > 1) {
		pen_go_to(pen, LABEL_COLUMNS + scale->column_count);
		for (uint32_t i = 0; i < span_count; i++)
			pen_print(pen, LAYOUT_HEAD, "%*s", SPAN_COLUMNS, names[i]);
		pen_new_line(pen);
	}
	pen_print(pen, LAYOUT_HEAD, "%-*s", LABEL_COLUMNS, names[span]);
	if (scale->column_count >= SCALE_COLUMNS_MIN && scale->end_ns) {
		layout_duration(scale->end_ns, end);
		pen_print(pen, LAYOUT_HEAD, "0%*s", (int)scale->column_count - 2, end);
	}
	pen_go_to(pen, LABEL_COLUMNS + scale->column_count);
	for (uint32_t i = 0; i < span_count; i++)
		pen_print(pen, LAYOUT_HEAD, "%*s%*s%*s", FIGURE_COLUMNS, "p50", FIGURE_COLUMNS,
			  "p99", FIGURE_COLUMNS, "max");
	pen_new_line(pen);
}

/* A label that is too long is cut after a word, if it has several. */
static int label_columns(const char *words)
{
	int columns = LABEL_COLUMNS - 1;

	if (strlen(words) < LABEL_COLUMNS)
		return (int)strlen(words);
	while (columns > 0 && words[columns] != ' ')
		columns--;
	return columns ? columns : LABEL_COLUMNS - 1;
}

static void draw_stage(struct pen *pen, const struct top_view *view, enum corr_stage stage,
		       const struct layout_choice *choice, const struct scale *scale,
		       uint32_t span_count)
{
	enum top_span first = span_count == 1 ? choice->span : TOP_SECOND;

	pen_print(pen, LAYOUT_PLAIN, "%.*s", label_columns(corr_stage_words(stage)),
		  corr_stage_words(stage));
	/* What lies before the NIC's stamp, or across parts, has no place in the waterfall. */
	if (stage <= CORR_STAGE_USER_PARSED)
		draw_bar(pen, scale, begin_of(view, stage, choice->span),
			 &view->stages[stage][choice->span]);
	pen_go_to(pen, LABEL_COLUMNS + scale->column_count);
	for (uint32_t i = 0; i < span_count; i++)
		draw_figures(pen, &view->stages[stage][first + i]);
	pen_new_line(pen);
}

void waterfall_draw(struct pen *pen, const struct top_view *view,
		    const struct layout_choice *choice)
{
	static const enum corr_stage order[CORR_STAGE_COUNT] = {
		CORR_STAGE_TOTAL,	 CORR_STAGE_NIC_KERNEL,	 CORR_STAGE_KERNEL_RETURN,
		CORR_STAGE_RETURN_RECV,	 CORR_STAGE_RECV_USER,	 CORR_STAGE_USER_PARSED,
		CORR_STAGE_KERNEL_USER,	 CORR_STAGE_FIRST_LAST,	 CORR_STAGE_HOL_WAIT,
		CORR_STAGE_READ_WAIT,	 CORR_STAGE_WIRE_NIC,	 CORR_STAGE_HOLE,
		CORR_STAGE_NIC_QUEUE,	 CORR_STAGE_QUEUE_READY, CORR_STAGE_READY_RUNNING,
		CORR_STAGE_RUNNING_READ,
	};
	bool has_all = pen->layout->column_count >= LABEL_COLUMNS + TOP_SPAN_COUNT * SPAN_COLUMNS &&
		       pen->layout->row_count >= LOW_ROW_COUNT;
	uint32_t span_count = has_all && !choice->is_wide ? TOP_SPAN_COUNT : 1;
	struct scale scale = scale_of(pen, view, choice->span, span_count);

	draw_stage_head(pen, &scale, choice->span, span_count);
	for (int i = 0; i < CORR_STAGE_COUNT && pen_has_room(pen, 1); i++)
		draw_stage(pen, view, order[i], choice, &scale, span_count);
}
