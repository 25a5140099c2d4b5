/* SPDX-License-Identifier: BSD-2-Clause */
/* Metrics as numbers and as text, and the board between two threads. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlator/metrics/metrics_text.h"
#include "correlator/threads/board.h"

static struct metrics_gather *gather_open(void)
{
	struct metrics_gather *gather = calloc(1, sizeof(*gather));

	assert_non_null(gather);
	return gather;
}

static void add(struct metrics_gather *gather, uint16_t stream_index, const char *stream,
		int64_t total_ns)
{
	struct corr_message message = { .stream = stream,
					.stream_index = stream_index,
					.stage_mask = 1u << CORR_STAGE_TOTAL };

	message.stage_ns[CORR_STAGE_TOTAL] = total_ns;
	metrics_message(gather, &message);
}

/* The page, terminated; to be freed. */
static char *page_of(const struct metrics_gather *gather, enum metrics_format format)
{
	const struct metrics_about about = { .version = "1.2.3", .run = "0f" };
	struct text text = { .bytes = malloc(METRICS_TEXT_BYTES_MAX + 1),
			     .room_bytes = METRICS_TEXT_BYTES_MAX };

	assert_non_null(text.bytes);
	metrics_write(&text, &gather->metrics, &about, format);
	assert_false(text.is_cut);
	text.bytes[text.size_bytes] = '\0';
	return text.bytes;
}

static void bounds_rise_and_every_value_falls_below_its_own(void **state)
{
	struct metrics_hist hist = { 0 };

	(void)state;
	for (uint32_t i = 0; i < METRICS_BOUND_COUNT; i++) {
		int64_t bound_ns = metrics_bounds[i].highest_ns;

		if (i)
			assert_true(bound_ns > metrics_bounds[i - 1].highest_ns);
		assert_true(strtod(metrics_bounds[i].seconds, NULL) * 1e9 > (double)bound_ns - .5);
		assert_true(strtod(metrics_bounds[i].seconds, NULL) * 1e9 < (double)bound_ns + .5);
		if (bound_ns > 1000)
			assert_true(bound_ns * 4 <= metrics_bounds[i - 1].highest_ns * 5);
		hist = (struct metrics_hist){ 0 };
		metrics_hist_add(&hist, bound_ns);
		metrics_hist_add(&hist, bound_ns + 1);
		assert_int_equal(hist.bucket_count[i], 1);
		assert_int_equal(hist.bucket_count[i + 1], 1);
	}
}

static void a_negative_difference_is_in_no_bucket(void **state)
{
	struct metrics_hist hist = { 0 };

	(void)state;
	metrics_hist_add(&hist, -1);
	metrics_hist_add(&hist, 0);
	assert_int_equal(hist.count, 1);
	assert_int_equal(hist.negative_count, 1);
	assert_int_equal(hist.sum_ns, 0);
	assert_int_equal(hist.bucket_count[0], 1);
	assert_int_equal(metrics_bounds[0].highest_ns, 0); /* a quantile of zeros is 0 */
}

/* The exchange's clock may be ahead: those are counted, whatever the others are. */
static void a_negative_exchange_time_is_counted(void **state)
{
	static const int64_t times_ms[] = { -5, INT64_MIN, 0, 3 };
	struct metrics_gather *gather = gather_open();
	char *page;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct corr_message message = { .stream = "a@b",
						.has_exchange = true,
						.exchange_ms = times_ms[i] };

		metrics_message(gather, &message);
	}
	page = page_of(gather, METRICS_PROMETHEUS);
	assert_non_null(strstr(page, "exchange_negative_total{stream=\"a@b\"} 2\n"));
	assert_non_null(strstr(page, "exchange_seconds_count{stream=\"a@b\"} 2\n"));
	assert_non_null(strstr(page, "exchange_seconds_bucket{stream=\"a@b\",le=\"0.0\"} 1\n"));
	free(page);
	free(gather);
}

static void a_sum_that_is_full_stays_so(void **state)
{
	struct metrics_hist hist = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		metrics_hist_add(&hist, INT64_MAX - 1);
	assert_int_equal(hist.count, 3);
	assert_true(hist.sum_ns == INT64_MAX);
}

static void buckets_are_cumulated_and_the_sum_is_exact(void **state)
{
	struct metrics_gather *gather = gather_open();
	char *page;

	(void)state;
	add(gather, 1, "a@b", 1000);
	add(gather, 1, "a@b", 1001);
	add(gather, 1, "a@b", 20000000001);
	page = page_of(gather, METRICS_PROMETHEUS);
#define SERIES(le) "stage_seconds_bucket{stream=\"a@b\",le=\"" le "\",stage=\"total\"}"
	assert_non_null(strstr(page, SERIES("5e-07") " 0\n"));
	assert_non_null(strstr(page, SERIES("1e-06") " 1\n"));
	assert_non_null(strstr(page, SERIES("1.25e-06") " 2\n"));
	assert_non_null(strstr(page, SERIES("10.0") " 2\n"));
	assert_non_null(strstr(page, SERIES("+Inf") " 3\n"));
	assert_non_null(strstr(page, "stage_seconds_sum{stream=\"a@b\",stage=\"total\"} "
				     "20.000002002\n"));
	assert_non_null(strstr(page, "stage_seconds_count{stream=\"a@b\",stage=\"total\"} 3\n"));
	assert_null(strstr(page, "stage=\"nic_kernel\"")); /* nothing is known of it */
	free(page);
	free(gather);
}

static void streams_beyond_the_limit_share_a_place_and_no_name_comes_twice(void **state)
{
	struct metrics_gather *gather = gather_open();
	char name[16];

	(void)state;
	add(gather, 0, "", 1);
	add(gather, 900, "", 1);
	assert_int_equal(gather->metrics.stream_count, 1);
	for (uint16_t i = 1; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "stream%u", (unsigned int)i);
		add(gather, i, name, 1);
	}
	assert_int_equal(gather->metrics.stream_count, METRICS_STREAM_COUNT_MAX);
	assert_string_equal(gather->metrics.streams[METRICS_STREAM_COUNT_MAX - 1].name, "(others)");
	assert_int_equal(gather->metrics.streams[METRICS_STREAM_COUNT_MAX - 1]
				 .stages[CORR_STAGE_TOTAL]
				 .count,
			 100 - 1 - (METRICS_STREAM_COUNT_MAX - 2));
	free(gather);
}

static void the_largest_page_fits(void **state)
{
	struct metrics_gather *gather = gather_open();
	struct corr_message message = { .stage_mask = (1u << CORR_STAGE_COUNT) - 1,
					.has_exchange = true };
	char name[64];
	char *page;

	(void)state;
	for (uint16_t i = 0; i < METRICS_STREAM_COUNT_MAX; i++) {
		(void)memset(name, '"', sizeof(name)); /* each takes two places */
		(void)snprintf(name + 50, sizeof(name) - 50, "%u", (unsigned int)i);
		message.stream = name;
		message.stream_index = i;
		metrics_message(gather, &message);
	}
	gather->metrics.producer_count = METRICS_PRODUCER_COUNT_MAX;
	memset(gather->metrics.doubt_count, 0xff, sizeof(gather->metrics.doubt_count));
	memset(gather->metrics.blind_count, 0xff, sizeof(gather->metrics.blind_count));
	memset(&gather->metrics.trips, 0x7f, sizeof(gather->metrics.trips));
	memset(&gather->metrics.orders, 0x7f, sizeof(gather->metrics.orders));
	page = page_of(gather, METRICS_OPENMETRICS);
	assert_string_equal(page + strlen(page) - 6, "# EOF\n");
	free(page);
	free(gather);
}

static void a_name_cannot_break_out_of_its_label(void **state)
{
	struct metrics_gather *gather = gather_open();
	char *page;

	(void)state;
	add(gather, 1, "x\"} 1\n\\\x80", 1);
	page = page_of(gather, METRICS_PROMETHEUS);
	assert_non_null(strstr(page, "_count{stream=\"x\\\"} 1?\\\\?\",stage=\"total\"} 1\n"));
	free(page);
	free(gather);
}

static void each_format_names_counters_its_way(void **state)
{
	struct metrics_gather *gather = gather_open();
	char *old_page = page_of(gather, METRICS_PROMETHEUS);
	char *new_page = page_of(gather, METRICS_OPENMETRICS);

	(void)state;
	assert_non_null(strstr(old_page, "# TYPE ws_latency_messages_total counter\n"));
	assert_non_null(strstr(old_page, "# TYPE ws_latency_build_info gauge\n"));
	assert_null(strstr(old_page, "# EOF"));
	assert_non_null(strstr(new_page, "# TYPE ws_latency_messages counter\n"));
	assert_non_null(strstr(new_page, "# TYPE ws_latency_build info\n"));
	assert_non_null(strstr(new_page, "\nws_latency_messages_total{class=\"exact\"} 0\n"));
	assert_non_null(
		strstr(new_page, "ws_latency_build_info{version=\"1.2.3\",run=\"0f\"} 1\n"));
	free(old_page);
	free(new_page);
	free(gather);
	assert_int_equal(metrics_format_of(NULL), METRICS_PROMETHEUS);
	assert_int_equal(metrics_format_of("text/plain"), METRICS_PROMETHEUS);
	assert_int_equal(metrics_format_of("application/openmetrics-text;version=1.0.0,*/*;q=0.1"),
			 METRICS_OPENMETRICS);
}

static void gzip_is_for_who_takes_it(void **state)
{
	(void)state;
	assert_false(metrics_takes_gzip(NULL));
	assert_false(metrics_takes_gzip(""));
	assert_false(metrics_takes_gzip("identity, br"));
	assert_false(metrics_takes_gzip("gzipped"));
	assert_false(metrics_takes_gzip("gzip;q=0"));
	assert_false(metrics_takes_gzip("br, gzip; q=0.000, identity"));
	assert_true(metrics_takes_gzip("gzip"));
	assert_true(metrics_takes_gzip("deflate, GZIP;q=0.5"));
	assert_true(metrics_takes_gzip("gzip;q=1, identity;q=0"));
}

static void what_is_not_sure_and_who_is_blind_has_its_own_families(void **state)
{
	struct metrics_gather *gather = gather_open();
	struct metrics_producer *producer = &gather->metrics.producers[0];
	char *page;

	(void)state;
	gather->metrics.doubt_count[PROF_LAYER_USER][CORR_REASON_LOOSE] = 3;
	gather->metrics.blind_count[CORR_CAUSE_NEVER_CALLED] = 2;
	gather->metrics.blind_layer[CORR_CAUSE_NEVER_CALLED] = PROF_LAYER_KERNEL;
	gather->metrics.producer_count = 1;
	(void)snprintf(producer->name, sizeof(producer->name), "ebpf_loader");
	producer->layer = PROF_LAYER_KERNEL;
	producer->loss_count[PROF_LOSS_READ_ELSEWHERE] = 77;
	page = page_of(gather, METRICS_PROMETHEUS);
	assert_non_null(strstr(page, "\nws_latency_doubted_total{layer=\"user\","
				     "reason=\"upper-bound\"} 3\n"));
	assert_non_null(strstr(page, "\nws_latency_blind_connections{layer=\"kernel\","
				     "cause=\"never-called\"} 2\n"));
	assert_non_null(strstr(page, "\nws_latency_lost_total{producer=\"ebpf_loader\","
				     "layer=\"kernel\",kind=\"read-elsewhere\"} 77\n"));
	assert_null(strstr(page, "kind=\"other\""));
	free(page);
	free(gather);
}

static void round_trips_have_a_histogram_of_each_part(void **state)
{
	struct metrics_gather *gather = gather_open();
	struct corr_trip trip = {
		.write_ns = 1000, .left_ns = 900, .answer_ns = 6001000, .purpose = PROF_PURPOSE_PING
	};
	char *page;

	(void)state;
	corr_trip_split(&trip);
	metrics_trip(gather, &trip);
	gather->metrics.trips.count[PROF_PURPOSE_PING] = 1;
	gather->metrics.trips.outward.unanswered_count = 4;
	page = page_of(gather, METRICS_OPENMETRICS);
	assert_non_null(strstr(page, "\nws_latency_trips_total{what=\"ping\"} 1\n"));
	assert_non_null(strstr(page, "\nws_latency_trips_total{what=\"order\"} 0\n"));
	assert_non_null(strstr(page, "_trip_seconds_bucket{what=\"ping\",le=\"0.0052\","
				     "part=\"rtt\"} 0\n"));
	assert_non_null(strstr(page, "_trip_seconds_bucket{what=\"ping\",le=\"0.0065\","
				     "part=\"rtt\"} 1\n"));
	assert_non_null(strstr(page, "_trip_seconds_sum{what=\"ping\",part=\"rtt\"} "
				     "0.006000000\n"));
	assert_non_null(strstr(page, "_trip_negative_total{what=\"ping\",part=\"out\"} 1\n"));
	assert_null(strstr(page, "part=\"wire\""));
	assert_non_null(strstr(page, "_trips_untold_total{why=\"unanswered\"} 4\n"));
	free(page);
	free(gather);
}

static void orders_have_a_histogram_of_each_part_by_their_proof(void **state)
{
	struct metrics_gather *gather = gather_open();
	struct corr_order order = { .trip = { .call_ns = 3001000, .left_ns = 3002000 },
				    .cause = { .seq = 1, .tick_ns = 1000, .read_ns = 3001500 },
				    .class_id = CORR_ORDER_ID };
	char *page;

	(void)state;
	corr_order_split(&order);
	metrics_order(gather, &order);
	order.class_id = CORR_ORDER_AMBIGUOUS;
	metrics_order(gather, &order);
	gather->metrics.orders.count[CORR_ORDER_ID] = 1;
	gather->metrics.orders.thread_differ_count = 3;
	page = page_of(gather, METRICS_OPENMETRICS);
	assert_non_null(strstr(page, "\nws_latency_orders_total{class=\"id\"} 1\n"));
	assert_non_null(strstr(page, "\nws_latency_orders_total{class=\"ambiguous\"} 0\n"));
	assert_non_null(strstr(page, "_orders_thread_total{verdict=\"differed\"} 3\n"));
	assert_non_null(strstr(page, "_order_seconds_sum{class=\"id\",part=\"total\"} "
				     "0.003001000\n"));
	assert_non_null(strstr(page, "_order_negative_total{class=\"id\",part=\"read_call\"} 1\n"));
	assert_null(strstr(page, "part=\"user_write\""));
	free(page);
	free(gather);
}

/* ---- The board ------------------------------------------------------------- */

#define WORD_COUNT  512
#define OFFER_COUNT 20000

static void *offer_often(void *context)
{
	struct board *board = context;
	uint64_t words[WORD_COUNT];

	for (uint64_t i = 1; i <= OFFER_COUNT; i++) {
		for (int word = 0; word < WORD_COUNT; word++)
			words[word] = i;
		while (!board_offer(board, words, sizeof(words)) && i == OFFER_COUNT) {
		}
	}
	return NULL;
}

static void what_is_taken_is_whole_and_never_older(void **state)
{
	struct board board;
	uint64_t words[WORD_COUNT] = { 0 };
	uint64_t last = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(board_open(&board, sizeof(words)), 0);
	assert_false(board_look(&board, words));
	assert_int_equal(pthread_create(&thread, NULL, offer_often, &board), 0);
	while (last < OFFER_COUNT) {
		if (!board_take(&board, words))
			continue;
		assert_true(words[0] > last);
		for (int word = 1; word < WORD_COUNT; word++)
			assert_int_equal(words[word], words[0]);
		last = words[0];
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(board_take(&board, words));
	assert_true(board_look(&board, words));
	board_close(&board);
}

static int by_value(const void *a, const void *b)
{
	const int64_t *one = a;
	const int64_t *other = b;

	return (*one > *other) - (*one < *other);
}

/* From 200 ns to 2 s, in the order of nobody. */
static int64_t value_of(uint32_t i)
{
	return (int64_t)(200 * (1 + i % 97) * (1 + (uint64_t)(i % 101) * (i % 1009)));
}

static void quantiles_of_the_last_minute_are_near_the_truth(void **state)
{
	enum { COUNT = 100000 };
	static int64_t values_ns[COUNT];
	struct metrics_gather *gather = gather_open();
	const struct minute_stage *last = &gather->metrics.last_minute[CORR_STAGE_TOTAL];
	uint64_t now_ns = UINT64_C(7000000000);
	char *page;

	(void)state;
	minute_round(&gather->minute, now_ns, gather->metrics.last_minute);
	for (uint32_t i = 0; i < COUNT; i++) {
		values_ns[i] = value_of(i);
		add(gather, 1, "a", values_ns[i]);
	}
	qsort(values_ns, COUNT, sizeof(values_ns[0]), by_value);
	/* Before it is over, of what there has been; then of the whole. */
	for (int seconds = 1; seconds <= 60; seconds += 59) {
		minute_round(&gather->minute, now_ns + (uint64_t)seconds * 1000000000,
			     gather->metrics.last_minute);
		assert_int_equal(last->count, COUNT);
		for (int i = 0; i < MINUTE_QUANTILE_COUNT; i++) {
			double place = minute_percentiles[i] / 100 * COUNT - 1;
			int64_t truth_ns = values_ns[(uint32_t)(place + 0.5)];

			assert_true(llabs(last->values_ns[i] - truth_ns) * 1000 <= truth_ns);
		}
	}
	page = page_of(gather, METRICS_OPENMETRICS);
	assert_non_null(strstr(page, "# TYPE ws_latency_stage_minute_seconds summary\n"));
	assert_non_null(
		strstr(page, "ws_latency_stage_minute_seconds_count{stage=\"total\"} 100000\n"));
	free(page);
	/* A minute without one has no quantiles; what is not over yet changes nothing. */
	add(gather, 1, "a", 5);
	minute_round(&gather->minute, now_ns + UINT64_C(90000000000), gather->metrics.last_minute);
	assert_int_equal(last->count, COUNT);
	minute_round(&gather->minute, now_ns + UINT64_C(120000000000), gather->metrics.last_minute);
	assert_int_equal(last->count, 1);
	minute_round(&gather->minute, now_ns + UINT64_C(180000000000), gather->metrics.last_minute);
	assert_int_equal(last->count, 0);
	page = page_of(gather, METRICS_PROMETHEUS);
	assert_non_null(strstr(page, "{stage=\"total\",quantile=\"0.999\"} NaN\n"));
	free(page);
	free(gather);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_rise_and_every_value_falls_below_its_own),
		cmocka_unit_test(a_negative_difference_is_in_no_bucket),
		cmocka_unit_test(a_negative_exchange_time_is_counted),
		cmocka_unit_test(a_sum_that_is_full_stays_so),
		cmocka_unit_test(buckets_are_cumulated_and_the_sum_is_exact),
		cmocka_unit_test(streams_beyond_the_limit_share_a_place_and_no_name_comes_twice),
		cmocka_unit_test(the_largest_page_fits),
		cmocka_unit_test(a_name_cannot_break_out_of_its_label),
		cmocka_unit_test(each_format_names_counters_its_way),
		cmocka_unit_test(what_is_not_sure_and_who_is_blind_has_its_own_families),
		cmocka_unit_test(round_trips_have_a_histogram_of_each_part),
		cmocka_unit_test(orders_have_a_histogram_of_each_part_by_their_proof),
		cmocka_unit_test(quantiles_of_the_last_minute_are_near_the_truth),
		cmocka_unit_test(gzip_is_for_who_takes_it),
		cmocka_unit_test(what_is_taken_is_whole_and_never_older),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
