/* SPDX-License-Identifier: BSD-2-Clause */
/* The live view: its windows of time, its figures, and its layout at any size. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlator/top/layout.h"
#include "prof/clock.h"

#include "tests/unit/correlator/world.h"

/* ---- Windows ------------------------------------------------------------------- */

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void assert_near(int64_t value, int64_t exact)
{
	assert_true(value >= exact);
	assert_true((double)value <= (double)exact * (1 + 1.0 / 64) + 1);
}

/* Against sorting, for values over nine decades. */
static void figures_agree_with_sorting(void **state)
{
	enum { COUNT = 5000 };
	struct window *window = calloc(1, sizeof(*window));
	static int64_t values[COUNT];
	struct window_figures figures;
	uint64_t seed = 7;

	(void)state;
	assert_non_null(window);
	for (int i = 0; i < COUNT; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		values[i] = (int64_t)(seed >> 33) >> (i % 30);
		window_add(window, values[i]);
	}
	window_turn(window);
	qsort(values, COUNT, sizeof(values[0]), compare_i64);
	window_second(window, &figures);
	assert_int_equal(figures.count, COUNT);
	assert_near(figures.p50_ns, values[COUNT / 2 - 1]);
	assert_near(figures.p99_ns, values[COUNT * 99 / 100 - 1]);
	assert_int_equal(figures.max_ns, values[COUNT - 1]);
	free(window);
}

static void a_second_is_shown_once_and_a_minute_sixty_times(void **state)
{
	struct window *window = calloc(1, sizeof(*window));
	struct window_figures figures;

	(void)state;
	assert_non_null(window);
	window_add(window, 500);
	window_add(window, -1); /* no distribution */
	window_second(window, &figures);
	assert_int_equal(figures.count, 0); /* it is not over */
	for (int second = 1; second <= WINDOW_SECOND_COUNT + 5; second++) {
		window_turn(window);
		window_second(window, &figures);
		assert_int_equal(figures.count, second == 1);
		window_minute(window, &figures);
		assert_int_equal(figures.count, second <= WINDOW_SECOND_COUNT);
		assert_int_equal(figures.max_ns, second <= WINDOW_SECOND_COUNT ? 500 : 0);
	}
	free(window);
}

static void what_is_too_long_is_in_the_last_cell(void **state)
{
	struct window *window = calloc(1, sizeof(*window));
	struct window_figures figures;

	(void)state;
	assert_non_null(window);
	window_add(window, INT64_MAX);
	window_turn(window);
	window_minute(window, &figures);
	assert_int_equal(figures.count, 1);
	assert_int_equal(figures.max_ns, INT64_MAX);
	free(window);
}

/* ---- The view -------------------------------------------------------------------- */

struct story {
	struct world *world;
	struct corr_stats *stats;
	struct top_gather *gather;
};

static struct story story_open(void)
{
	struct story story = { .world = world_open_usual(),
			       .stats = calloc(1, sizeof(*story.stats)),
			       .gather = calloc(1, sizeof(*story.gather)) };

	assert_non_null(story.stats);
	assert_non_null(story.gather);
	return story;
}

static void story_close(struct story *story)
{
	stats_close(story->stats);
	free(story->stats);
	free(story->gather);
	world_close(story->world);
}

static void tell(struct story *story, uint64_t cookie, int64_t total_ns)
{
	struct corr_message message = { .cookie = cookie,
					.conn_number = (uint32_t)cookie,
					.stream = "btcusdt@aggTrade",
					.user_ns = T0 + ++story->world->message_index,
					.stage_mask = 1u << CORR_STAGE_TOTAL };

	message.stage_ns[CORR_STAGE_TOTAL] = total_ns;
	stats_add(story->stats, &message);
	top_message(story->gather, &message);
}

static bool look(struct story *story, uint64_t now_ns, bool is_over)
{
	const struct corr_summary summary = { .engine = story->world->engine,
					      .stats = story->stats,
					      .is_over = is_over };

	return top_round(story->gather, &summary, now_ns);
}

static void a_view_is_new_at_first_each_second_and_at_the_end(void **state)
{
	struct story story = story_open();

	(void)state;
	assert_true(look(&story, T0, false));
	assert_false(look(&story, T0 + PROF_NS_PER_S - 1, false));
	assert_true(look(&story, T0 + PROF_NS_PER_S, false));
	assert_false(look(&story, T0 + PROF_NS_PER_S, false));
	assert_true(look(&story, T0 + PROF_NS_PER_S + 1, true));
	assert_false(look(&story, T0 + PROF_NS_PER_S + 1, true));
	story_close(&story);
}

static void rates_are_of_whole_seconds(void **state)
{
	struct story story = story_open();
	const struct top_view *view = &story.gather->view;

	(void)state;
	(void)look(&story, T0, false);
	for (int i = 0; i < 30; i++)
		tell(&story, 1, 1000 * (i + 1));
	(void)look(&story, T0 + PROF_NS_PER_S, false);
	assert_int_equal(view->rates[TOP_SECOND], 30);
	for (int i = 0; i < 10; i++)
		tell(&story, 2, 7);
	(void)look(&story, T0 + 2 * (uint64_t)PROF_NS_PER_S, false);
	assert_int_equal(view->rates[TOP_SECOND], 10);
	assert_int_equal(view->rates[TOP_MINUTE], 20);
	assert_int_equal(view->rates[TOP_RUN], 20);
	assert_int_equal(view->stages[CORR_STAGE_TOTAL][TOP_SECOND].count, 10);
	assert_int_equal(view->stages[CORR_STAGE_TOTAL][TOP_RUN].max_ns, 30000);
	assert_int_equal(view->conn_count, 2);
	assert_int_equal(view->conns[0].second_count, 0);
	assert_int_equal(view->conns[1].second_count, 10);
	/* After a long silence nothing is left of the minute, everything of the run. */
	(void)look(&story, T0 + 1000 * (uint64_t)PROF_NS_PER_S, false);
	assert_int_equal(view->rates[TOP_MINUTE], 0);
	assert_int_equal(view->stages[CORR_STAGE_TOTAL][TOP_MINUTE].count, 0);
	assert_int_equal(view->stages[CORR_STAGE_TOTAL][TOP_RUN].count, 40);
	story_close(&story);
}

static void the_connection_seen_longest_ago_makes_room(void **state)
{
	struct story story = story_open();
	const struct top_view *view = &story.gather->view;

	(void)state;
	for (uint64_t cookie = 1; cookie <= TOP_CONN_COUNT_MAX; cookie++)
		tell(&story, cookie, 1);
	tell(&story, 1, 1);
	tell(&story, 1000, 1);
	assert_int_equal(view->conn_count, TOP_CONN_COUNT_MAX);
	assert_int_equal(view->conn_forgotten_count, 1);
	assert_int_equal(view->conns[0].cookie, 1);
	assert_int_equal(view->conns[1].cookie, 1000);
	story_close(&story);
}

/* ---- The layout ------------------------------------------------------------------ */

static void durations_have_three_digits_in_six_columns(void **state)
{
	static const struct {
		int64_t duration_ns;
		const char *text;
	} rows[] = { { 0, "0ns" },
		     { 999, "999ns" },
		     { 1000, "1.00us" },
		     { 9999, "10.0us" },
		     { 43210, "43.2us" },
		     { 123456, "123us" },
		     { 999499, "999us" },
		     { 999600, "1.00ms" },
		     { 12345678, "12.3ms" },
		     { 1500000000, "1.50s" },
		     { 99960000000, "100s" },
		     { INT64_MAX, "9999s" } };
	char text[8];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		layout_duration(rows[i].duration_ns, text);
		assert_string_equal(text, rows[i].text);
	}
	for (int64_t ns = 1; ns < INT64_MAX / 3; ns += ns / 7 + 1) {
		layout_duration(ns, text);
		assert_true(strlen(text) <= 6);
	}
}

static struct top_view *view_of_a_run(void)
{
	struct top_view *view = calloc(1, sizeof(*view));

	assert_non_null(view);
	view->message_count = 4000;
	view->correlated_count = 3999;
	view->elapsed_s = 3661;
	view->class_count[CORR_CLASS_EXACT] = 3999;
	view->class_count[CORR_CLASS_INVERTED] = 1;
	view->lost_count = 5;
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++)
		for (int span = 0; span < TOP_SPAN_COUNT; span++)
			view->stages[stage][span] = (struct window_figures){ 100, 10000, 20000,
									     30000 };
	for (int span = 0; span < TOP_SPAN_COUNT; span++)
		view->stages[CORR_STAGE_TOTAL][span] = (struct window_figures){ 100, 40000, 50000,
										60000 };
	view->producer_count = 2;
	(void)snprintf(view->producers[0].name, sizeof(view->producers[0].name), "a\033[2Jb");
	view->conn_count = 1;
	(void)snprintf(view->conns[0].stream, sizeof(view->conns[0].stream), "btcusdt@depth");
	return view;
}

static char *row_of(const struct layout *layout, uint32_t row)
{
	static char text[LAYOUT_COLUMN_COUNT_MAX + 1];

	(void)snprintf(text, sizeof(text), "%.*s", (int)layout->column_count, layout->cells[row]);
	return text;
}

/* The first row that begins so; fails if there is none. */
static char *row_with(const struct layout *layout, const char *beginning)
{
	for (uint32_t row = 0; row < layout->row_count; row++) {
		if (strncmp(layout->cells[row], beginning, strlen(beginning)) == 0)
			return row_of(layout, row);
	}
	fail_msg("no row begins with '%s'", beginning);
	return NULL;
}

static void every_size_is_drawn_within_itself(void **state)
{
	const struct layout_choice choice = { .source = "/a_bus_with_a_rather_long_name" };
	struct top_view *view = view_of_a_run();
	static struct layout layout;

	(void)state;
	for (uint32_t rows = 0; rows <= 60; rows++) {
		for (uint32_t columns = 0; columns <= 200; columns++) {
			layout.row_count = rows;
			layout.column_count = columns;
			layout_draw(&layout, view, &choice);
			for (uint32_t i = 0; i < LAYOUT_ROW_COUNT_MAX; i++) {
				uint32_t begin = i < rows ? columns : 0;

				for (uint32_t j = begin; j < LAYOUT_COLUMN_COUNT_MAX; j++)
					assert_int_equal(layout.cells[i][j], ' ');
			}
		}
	}
	layout.row_count = UINT32_MAX;
	layout.column_count = UINT32_MAX;
	layout_draw(&layout, view, &choice);
	assert_int_equal(layout.row_count, LAYOUT_ROW_COUNT_MAX);
	free(view);
}

static void three_spans_fit_into_80_columns_and_one_into_40(void **state)
{
	const struct layout_choice choice = { .source = "/ws_latency", .span = TOP_RUN };
	struct top_view *view = view_of_a_run();
	static struct layout layout;

	(void)state;
	layout.row_count = 24;
	layout.column_count = 80;
	layout_draw(&layout, view, &choice);
	assert_non_null(strstr(row_with(&layout, "NIC->User "),
			       "40.0us 50.0us 60.0us 40.0us "
			       "50.0us 60.0us 40.0us 50.0us 60.0us"));
	assert_non_null(strstr(row_of(&layout, 0), "01:01:01  /ws_latency"));
	assert_non_null(strstr(row_of(&layout, 1), "correlated 99.97 %"));
	assert_non_null(strstr(row_of(&layout, 2), "lost 5  exact 3999  inverted 1"));
	(void)row_with(&layout, "First->Last ");
	(void)row_with(&layout, "a?[2Jb"); /* nothing a terminal would act on */
	layout.row_count = 10;
	layout.column_count = 40;
	layout_draw(&layout, view, &choice);
	assert_non_null(strstr(row_with(&layout, "NIC->User "), " 40.0us 50.0us 60.0us"));
	(void)row_with(&layout, "Recv->User ");
	free(view);
}

static void each_stream_of_a_connection_has_a_row(void **state)
{
	const struct layout_choice choice = { .source = "/ws_latency" };
	struct story story = story_open();
	static struct layout layout = { .row_count = 40, .column_count = 100 };
	struct corr_message message = { .cookie = 1,
					.conn_number = 1,
					.stream_index = 7,
					.stream = "ethusdt@depth",
					.user_ns = T0 };

	(void)state;
	(void)look(&story, T0, false);
	tell(&story, 1, 5000);
	tell(&story, 1, 5000);
	top_message(story.gather, &message);
	(void)look(&story, T0 + PROF_NS_PER_S, false);
	layout_draw(&layout, &story.gather->view, &choice);
	assert_non_null(strstr(row_with(&layout, "    1 btcusdt@aggTrade"), "2            2 "));
	assert_non_null(strstr(row_with(&layout, "    1 ethusdt@depth"), "1            1 "));
	story_close(&story);
}

static void round_trips_and_orders_have_a_row_once_there_was_one(void **state)
{
	const struct layout_choice choice = { .source = "/ws_latency" };
	static struct top_view view;
	static struct layout layout = { .row_count = 40, .column_count = 100 };

	(void)state;
	layout_draw(&layout, &view, &choice);
	for (uint32_t row = 0; row < layout.row_count; row++)
		assert_null(strstr(row_of(&layout, row), "round trip"));
	view.trips[PROF_PURPOSE_PING] = (struct top_trips){
		.count = 12,
		.last_ns = -1,
		.parts = { [CORR_PART_RTT] = { .count = 12,
					       .p50_ns = 2400000,
					       .p99_ns = 3400000,
					       .max_ns = 4400000 },
			   [CORR_PART_OUT] = { .count = 11, .p50_ns = 48000 } },
	};
	view.orders[CORR_ORDER_ID].count = 9;
	view.orders[CORR_ORDER_ID].parts[CORR_ORDER_TOTAL] = view.trips[PROF_PURPOSE_PING].parts[0];
	view.ambiguous_count = 2;
	layout_draw(&layout, &view, &choice);
	(void)row_with(&layout,
		       "id                9 2.40ms 3.40ms 4.40ms      -      -      -      -");
	(void)row_with(&layout, "ambiguous         2");
	(void)row_with(&layout,
		       "round trip    count    p50    p99    max  out50 wire50   in50   last");
	(void)row_with(&layout,
		       "ping             12 2.40ms 3.40ms 4.40ms 48.0us      -      -     <0");
}

static void a_negative_latency_is_told(void **state)
{
	const struct layout_choice choice = { .source = "/ws_latency" };
	struct story story = story_open();
	static struct layout layout = { .row_count = 40, .column_count = 100 };

	(void)state;
	(void)look(&story, T0, false);
	tell(&story, 1, -5000);
	tell(&story, 2, 0);
	(void)look(&story, T0 + PROF_NS_PER_S, false);
	layout_draw(&layout, &story.gather->view, &choice);
	assert_non_null(strstr(row_with(&layout, "    1 btcusdt@aggTrade"), "1     <0 "));
	assert_non_null(strstr(row_with(&layout, "    2 btcusdt@aggTrade"), "1    0ns "));
	assert_non_null(strstr(row_of(&layout, 2), "negative 1"));
	story_close(&story);
}

static uint32_t column_of(const char *row, char what)
{
	const char *at = strchr(row + 15, what);

	assert_non_null(at);
	return (uint32_t)(at - row);
}

static void bars_begin_where_the_ones_before_end(void **state)
{
	const struct layout_choice choice = { .source = "x", .span = TOP_RUN, .is_wide = true };
	struct top_view *view = view_of_a_run();
	static struct layout layout;
	uint32_t begins[4];

	(void)state;
	layout.row_count = 24;
	layout.column_count = 15 + 19 + 101; /* 100 ns to the 1,000th of the scale's end */
	layout_draw(&layout, view, &choice);
	begins[0] = column_of(row_with(&layout, "NIC->Kernel"), '#');
	begins[1] = column_of(row_with(&layout, "Kernel->Return"), '#');
	begins[2] = column_of(row_with(&layout, "Return->Recv"), '#');
	begins[3] = column_of(row_with(&layout, "Recv->User"), '#');
	assert_int_equal(begins[0], 15);
	for (int i = 1; i < 4; i++)
		assert_int_in_range(begins[i] - begins[i - 1], 15, 18); /* 10 of 60 us */
	assert_int_in_range(column_of(row_with(&layout, "User->Parsed"), '#'), begins[3] + 15,
			    begins[3] + 18);
	/* A part that nobody measured: those after it end where the total ends. */
	view->stages[CORR_STAGE_KERNEL_RETURN][TOP_RUN] = (struct window_figures){ 0 };
	layout_draw(&layout, view, &choice);
	assert_int_equal(column_of(row_with(&layout, "Recv->User"), '#'), begins[3]);
	assert_null(strchr(row_with(&layout, "Kernel->Return"), '#'));
	free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_agree_with_sorting),
		cmocka_unit_test(a_second_is_shown_once_and_a_minute_sixty_times),
		cmocka_unit_test(what_is_too_long_is_in_the_last_cell),
		cmocka_unit_test(a_view_is_new_at_first_each_second_and_at_the_end),
		cmocka_unit_test(rates_are_of_whole_seconds),
		cmocka_unit_test(the_connection_seen_longest_ago_makes_room),
		cmocka_unit_test(durations_have_three_digits_in_six_columns),
		cmocka_unit_test(every_size_is_drawn_within_itself),
		cmocka_unit_test(three_spans_fit_into_80_columns_and_one_into_40),
		cmocka_unit_test(each_stream_of_a_connection_has_a_row),
		cmocka_unit_test(round_trips_and_orders_have_a_row_once_there_was_one),
		cmocka_unit_test(a_negative_latency_is_told),
		cmocka_unit_test(bars_begin_where_the_ones_before_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
