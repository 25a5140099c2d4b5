/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/publish/totals.h"

#include "tests/unit/unit.h"

static void a_gap_that_a_late_read_fills_is_none(void **state)
{
	struct publisher_totals totals = { 0 };

	(void)state;
	totals_add_gap(&totals, 100, 10);
	totals_add_gap(&totals, 0, 10);
	assert_int_equal(totals_gap_bytes(&totals), 100);
	totals_add_gap(&totals, -50, 60);
	assert_int_equal(totals_gap_bytes(&totals), 40);
	assert_int_equal(totals.reordered_count, 1);
}

static void bytes_of_calls_counted_as_lost_are_not_called_unseen(void **state)
{
	struct publisher_totals totals = { .skipped_bytes = 100 };

	(void)state;
	totals.probe.count[PROBE_COUNT_LOST_BYTES] = 99;
	assert_int_equal(totals_gap_bytes(&totals), 1);
	totals.unseen_bytes[PROBE_WAY_MPTCP] = 7;
	totals.unseen_bytes[PROBE_WAY_TLS] = 5;
	assert_int_equal(totals_unseen_bytes(&totals), 13);
	totals.probe.count[PROBE_COUNT_LOST_BYTES] = 101; /* told before the gap that it makes */
	assert_int_equal(totals_gap_bytes(&totals), 0);
}

static void a_missed_return_is_not_counted_twice(void **state)
{
	struct publisher_totals totals = { .exhausted_count = 2, .skipped_call_count = 3 };

	(void)state;
	totals.probe.count[PROBE_COUNT_UNPAIRED] = 7;
	assert_int_equal(totals_unpaired_count(&totals), 2);
	totals.probe.count[PROBE_COUNT_UNPAIRED] = 4;
	assert_int_equal(totals_unpaired_count(&totals), 0);
}

static void any_call_without_a_read_may_have_taken_the_bytes(void **state)
{
	static const enum probe_count lost[] = { PROBE_COUNT_RESERVE_FAILED, PROBE_COUNT_UNPAIRED,
						 PROBE_COUNT_CONTESTED,	     PROBE_COUNT_UNBASED,
						 PROBE_COUNT_UNTRACKED,	     PROBE_COUNT_UNTOLD };
	struct publisher_totals totals = { .read_count = 9, .elsewhere_count = 9 };

	(void)state;
	totals.probe.count[PROBE_COUNT_PEEKED] = 5;
	totals.probe.count[PROBE_COUNT_EMPTY] = 5;
	assert_int_equal(totals_lost_count(&totals), 0);
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		totals.probe.count[lost[i]] = 1;
		assert_int_equal(totals_lost_count(&totals), 1);
		totals.probe.count[lost[i]] = 0;
	}
	totals = (struct publisher_totals){ .exhausted_count = 1,
					    .skipped_call_count = 2,
					    .off_seconds = 4,
					    .bus_dropped_count = 8 };
	assert_int_equal(totals_lost_count(&totals), 15);
}

static void a_call_is_of_ktls_only_if_nothing_else_can_be(void **state)
{
	struct publisher_totals totals = { 0 };

	(void)state;
	assert_false(totals_is_all_ktls(&totals));
	totals.socket_count = 2;
	assert_false(totals_is_all_ktls(&totals));
	totals.ktls_socket_count = 1;
	assert_false(totals_is_all_ktls(&totals));
	totals.ktls_socket_count = 2;
	assert_true(totals_is_all_ktls(&totals));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_that_a_late_read_fills_is_none),
		cmocka_unit_test(bytes_of_calls_counted_as_lost_are_not_called_unseen),
		cmocka_unit_test(a_missed_return_is_not_counted_twice),
		cmocka_unit_test(a_call_is_of_ktls_only_if_nothing_else_can_be),
		cmocka_unit_test(any_call_without_a_read_may_have_taken_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
