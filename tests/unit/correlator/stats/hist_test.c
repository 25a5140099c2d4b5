/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlator/stats/hist.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static void every_cell_is_within_a_thousandth(void **state)
{
	int64_t value_ns = 0;

	(void)state;
	while (value_ns <= HIST_VALUE_NS_MAX) {
		uint32_t cell = hist_cell(value_ns);
		int64_t highest_ns = hist_cell_highest_ns(cell);

		assert_true(cell < HIST_CELL_COUNT);
		assert_true(highest_ns >= value_ns);
		assert_true((highest_ns - value_ns) * 1000 <= value_ns);
		assert_int_equal(hist_cell(highest_ns), cell);
		assert_true(highest_ns == HIST_VALUE_NS_MAX ||
			    hist_cell(highest_ns + 1) == cell + 1);
		value_ns += 1 + value_ns / 777;
	}
	assert_int_equal(hist_cell(HIST_VALUE_NS_MAX), HIST_CELL_COUNT - 1);
}

static void percentiles_of_a_thousand_are_the_ranks(void **state)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	(void)state;
	for (int64_t value_ns = 1000; value_ns >= 1; value_ns--)
		hist_add(hist, value_ns);
	assert_true(hist_percentile_ns(hist, 0) == 1);
	assert_true(hist_percentile_ns(hist, 50) == 500);
	assert_true(hist_percentile_ns(hist, 90) == 900);
	assert_true(hist_percentile_ns(hist, 99) == 990);
	assert_true(hist_percentile_ns(hist, 99.9) == 999);
	assert_true(hist_percentile_ns(hist, 100) == 1000);
	assert_true(hist_mean_ns(hist) == 501); /* 500.5, to the nearest */
	assert_true(hist_deviation_ns(hist) > 288.6 && hist_deviation_ns(hist) < 288.7);
	free(hist);
}

static void negative_and_too_long_are_told_apart_and_averaged_nowhere(void **state)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	(void)state;
	hist_add(hist, 10);
	hist_add(hist, -5);
	hist_add(hist, -7);
	hist_add(hist, HIST_VALUE_NS_MAX + 1);
	assert_true(hist->count == 1 && hist->negative_count == 2 && hist->beyond_count == 1);
	assert_true(hist->negative_min_ns == -7);
	assert_true(hist_mean_ns(hist) == 10 && hist_percentile_ns(hist, 100) == 10);
	free(hist);
}

static void nothing_has_no_percentile(void **state)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	(void)state;
	assert_true(hist_percentile_ns(hist, 50) == 0 && hist_mean_ns(hist) == 0);
	assert_true(hist_deviation_ns(hist) == 0);
	free(hist);
}

static void emptied_it_is_as_if_new(void **state)
{
	struct hist *hist = calloc(1, sizeof(*hist));
	struct hist *fresh = calloc(1, sizeof(*fresh));

	(void)state;
	hist_empty(hist);
	assert_memory_equal(hist, fresh, sizeof(*hist));
	for (int64_t value_ns = -5; value_ns < INT64_C(1) << 43; value_ns = value_ns * 3 + 11)
		hist_add(hist, value_ns);
	hist_empty(hist);
	assert_memory_equal(hist, fresh, sizeof(*hist));
	free(hist);
	free(fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_within_a_thousandth),
		cmocka_unit_test(percentiles_of_a_thousand_are_the_ranks),
		cmocka_unit_test(negative_and_too_long_are_told_apart_and_averaged_nowhere),
		cmocka_unit_test(nothing_has_no_percentile),
		cmocka_unit_test(emptied_it_is_as_if_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
