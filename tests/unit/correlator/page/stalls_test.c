/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlator/page/stalls.h"
#include "correlator/stats/random.h"

#include <stdlib.h>

#include "prof/clock.h"

#include "tests/unit/unit.h"

#define T0 UINT64_C(1000000000000)
#define US INT64_C(1000)
#define MS INT64_C(1000000)

static struct stalls *stalls_open(void)
{
	struct stalls *stalls = calloc(1, sizeof(*stalls));

	assert_non_null(stalls);
	return stalls;
}

static void add_on(struct stalls *stalls, uint32_t conn_number, uint64_t user_ns,
		   int64_t latency_ns)
{
	struct corr_message message = { .seq = stalls->message_count + 1,
					.user_ns = user_ns,
					.conn_number = conn_number,
					.stream = "btcusdt@trade" };

	stalls_add(stalls, &message, latency_ns);
}

static void add(struct stalls *stalls, uint64_t user_ns, int64_t latency_ns)
{
	add_on(stalls, 1, user_ns, latency_ns);
}

/* Everything that arrived within `length_ns` before end_ns is handed over then, the oldest first.
 */
static void add_stall(struct stalls *stalls, uint64_t end_ns, int64_t length_ns, int64_t every_ns)
{
	uint64_t user_ns = end_ns;

	for (int64_t waited_ns = length_ns; waited_ns > 0; waited_ns -= every_ns, user_ns += 1000)
		add(stalls, user_ns, waited_ns + (int64_t)(user_ns - end_ns));
}

/* What waited at the same time is one row, and what came after it is another. */
static void one_gap_in_time_is_one_stall(void **state)
{
	struct stalls *stalls = stalls_open();

	(void)state;
	add(stalls, T0, 30 * US);
	add_stall(stalls, T0 + 100 * MS, 50 * MS, 500 * US);
	add(stalls, T0 + 101 * MS, 40 * US);
	stalls_finish(stalls);
	assert_int_equal(stalls->row_count, 3);
	assert_int_equal(stalls->stall_count, 3);
	assert_int_equal(stalls->rows[0]->message_count, 100);
	assert_int_equal(stalls->rows[0]->latency_ns, 50 * MS);
	assert_int_equal(stalls->rows[0]->first_ns, T0 + 50 * MS);
	assert_int_equal(stalls->rows[0]->slowest.seq, 2);
	assert_string_equal(stalls->rows[0]->slowest.stream, "btcusdt@trade");
	assert_false(stalls->rows[0]->is_on_more_conns);
	assert_int_equal(stalls->rows[1]->latency_ns, 40 * US);
	free(stalls);
}

/* A burst that one read hands over takes so long that its last ones came after its first were done.
 */
static void one_read_is_one_stall(void **state)
{
	struct stalls *stalls = stalls_open();
	struct corr_message message = { .has_kernel = true, .stream = "", .conn_number = 1 };

	(void)state;
	message.kernel_enter_ns = T0;
	for (int i = 0; i < 100; i++) {
		message.user_ns = T0 + (uint64_t)i * 10 * US;
		stalls_add(stalls, &message, 20 * US);
	}
	message.kernel_enter_ns = T0 + 2 * MS;
	message.user_ns = T0 + 2 * MS + 20 * US;
	stalls_add(stalls, &message, 20 * US);
	stalls_finish(stalls);
	assert_int_equal(stalls->row_count, 2);
	assert_int_equal(stalls->rows[0]->message_count + stalls->rows[1]->message_count, 101);
	free(stalls);
}

/* Two connections that wait for one thread: in turns, with a third one that does not wait. */
static void a_stall_has_all_connections(void **state)
{
	struct stalls *stalls = stalls_open();
	uint64_t end_ns = T0 + 100 * MS;

	(void)state;
	for (uint64_t i = 0; i < 80; i++)
		add_on(stalls, 3, T0 + i * MS, 30 * US);
	for (uint64_t i = 0; i < 80; i++) {
		add_on(stalls, 1, end_ns + i * 1000, 80 * MS - (int64_t)i * MS);
		add_on(stalls, 2, end_ns + i * 1000 + 300, 80 * MS - (int64_t)i * MS);
		add_on(stalls, 3, end_ns + i * 1000 + 600, 200);
	}
	stalls_finish(stalls);
	assert_int_equal(stalls->rows[0]->latency_ns, 80 * MS);
	assert_int_equal(stalls->rows[0]->message_count, 160);
	assert_true(stalls->rows[0]->is_on_more_conns);
	for (uint32_t i = 1; i < stalls->row_count; i++)
		assert_true(stalls->rows[i]->latency_ns <= 30 * US);
	free(stalls);
}

/* ---- A long run ------------------------------------------------------------ */

/* 2,000 messages a second, most of them handed over within 60 us. */
static void add_run(struct stalls *stalls, uint64_t message_count, uint64_t *seed)
{
	for (uint64_t i = 0; i < message_count; i++)
		add(stalls, T0 + i * 500 * US,
		    20 * US + (int64_t)(random_next(seed) % (40 * (uint64_t)US)));
}

static bool has_row(const struct stalls *stalls, int64_t latency_ns)
{
	for (uint32_t i = 0; i < stalls->row_count; i++) {
		if (stalls->rows[i]->latency_ns == latency_ns)
			return true;
	}
	return false;
}

/*
 * 16 minutes.  In one moment 8 reads hand over 1,600 messages that waited for 400 ms;
 * the others are milder, and each has its row.
 */
static void no_stall_hides_another_one(void **state)
{
	static const int64_t stall_ms[] = { 400, 273, 192, 176, 159 };
	struct stalls *stalls = stalls_open();
	uint64_t seed = 1;
	uint64_t done = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		uint64_t end_ns;

		for (uint64_t until = 379000 * (uint64_t)(i + 1); done < until; done++)
			add(stalls, T0 + done * 500 * US,
			    20 * US + (int64_t)(random_next(&seed) % (40 * (uint64_t)US)));
		end_ns = T0 + done * 500 * US + (uint64_t)(stall_ms[i] * MS);
		add_stall(stalls, end_ns, stall_ms[i] * MS, i ? 500 * US : 250 * US);
		done += (uint64_t)stall_ms[i] * 2 + 8;
	}
	stalls_finish(stalls);
	assert_true(stalls->message_count > 1890000);
	for (int i = 0; i < 5; i++)
		assert_int_equal(stalls->rows[i]->latency_ns, stall_ms[i] * MS);
	assert_int_equal(stalls->rows[0]->message_count, 1600);
	assert_int_equal(stalls->rows[1]->message_count, 546);
	free(stalls);
}

/* In every minute 11 more stalls, each of another length: 1.2 million messages, 10 minutes. */
static void every_stall_above_the_9999_of_its_minute_has_a_row(void **state)
{
	struct stalls *stalls = stalls_open();
	uint64_t seed = 1;

	(void)state;
	for (uint64_t i = 0; i < 1200000; i++) {
		bool is_stall = i % 10000 == 5000;
		int64_t latency_ns = is_stall ? MS + (int64_t)i
					      : 20 * US + (int64_t)(random_next(&seed) %
								    (40 * (uint64_t)US));

		add(stalls, T0 + i * 500 * US, latency_ns);
	}
	stalls_finish(stalls);
	assert_true(stalls->due_count >= 120);
	for (uint64_t i = 5000; i < 1200000; i += 10000)
		assert_true(has_row(stalls, MS + (int64_t)i));
	free(stalls);
}

/* Seldom messages for 40 days: slices of more than a minute, and still each one's worst. */
static void a_run_of_weeks_fits(void **state)
{
	struct stalls *stalls = stalls_open();
	const uint64_t hour_ns = 3600 * (uint64_t)PROF_NS_PER_S;

	(void)state;
	for (uint64_t i = 0; i < 40 * 24 * 60; i++)
		add(stalls, T0 + i * STALLS_MINUTE_NS, i % 60 ? 30 * US : MS + (int64_t)i);
	stalls_finish(stalls);
	assert_true(stalls->slice_ns >= STALLS_MINUTE_NS && stalls->slice_ns <= 2 * hour_ns);
	assert_int_in_range(stalls->slice_count, STALLS_SLICE_COUNT_MAX / 2,
			    STALLS_SLICE_COUNT_MAX);
	assert_int_in_range(stalls->row_count, 512, STALLS_ROW_COUNT_MAX);
	for (uint64_t i = 60; i < 40 * 24 * 60; i += 60)
		assert_true(has_row(stalls, MS + (int64_t)i));
	free(stalls);
}

static void the_greatest_of_each_slice_is_known(void **state)
{
	struct stalls *stalls = stalls_open();
	uint64_t seed = 7;

	(void)state;
	add_run(stalls, 500000, &seed);
	add(stalls, T0 + 250 * (uint64_t)PROF_NS_PER_S + 1, 77 * MS);
	for (uint32_t i = 0; i < stalls->slice_count; i++) {
		uint64_t index = 250 * (uint64_t)PROF_NS_PER_S / stalls->slice_ns;

		assert_true(i == index ? stalls->slices[i].latency_ns_max == 77 * MS
				       : stalls->slices[i].latency_ns_max < 60 * US);
	}
	free(stalls);
}

/* A clock that jumps to the end of time, and one that runs backwards. */
static void no_time_is_out_of_bounds(void **state)
{
	struct stalls *stalls = stalls_open();

	(void)state;
	add(stalls, T0, 1);
	add(stalls, UINT64_MAX, INT64_MAX);
	add(stalls, 1, 0);
	add(stalls, UINT64_MAX / 2, 5);
	stalls_finish(stalls);
	assert_true(stalls->slice_count <= STALLS_SLICE_COUNT_MAX);
	assert_int_equal(stalls->message_count, 4);
	free(stalls);
}

static void no_message_is_no_stall(void **state)
{
	struct stalls *stalls = stalls_open();

	(void)state;
	stalls_finish(stalls);
	assert_int_equal(stalls->row_count, 0);
	free(stalls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_gap_in_time_is_one_stall),
		cmocka_unit_test(one_read_is_one_stall),
		cmocka_unit_test(a_stall_has_all_connections),
		cmocka_unit_test(no_stall_hides_another_one),
		cmocka_unit_test(every_stall_above_the_9999_of_its_minute_has_a_row),
		cmocka_unit_test(a_run_of_weeks_fits),
		cmocka_unit_test(the_greatest_of_each_slice_is_known),
		cmocka_unit_test(no_time_is_out_of_bounds),
		cmocka_unit_test(no_message_is_no_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
