/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "ws_client/session/backoff.h"

static void waits_double_with_jitter_up_to_the_cap(void **state)
{
	(void)state;
	for (uint32_t dice = 0; dice < 1000; dice += 7) {
		struct backoff backoff = { 0 };
		uint32_t whole_ms = BACKOFF_FIRST_MS;

		for (int i = 0; i < 20; i++) {
			uint32_t wait_ms = backoff_next_ms(&backoff, 30000, dice * 2654435761u);

			assert_int_in_range(wait_ms, whole_ms / 2, whole_ms);
			whole_ms = whole_ms * 2 > 30000 ? 30000 : whole_ms * 2;
		}
	}
}

static void jitter_spreads_over_the_whole_half(void **state)
{
	uint32_t least_ms = UINT32_MAX;
	uint32_t most_ms = 0;

	(void)state;
	for (uint32_t dice = 0; dice < 1000; dice++) {
		struct backoff backoff = { 0 };
		uint32_t wait_ms = backoff_next_ms(&backoff, 30000, dice);

		least_ms = wait_ms < least_ms ? wait_ms : least_ms;
		most_ms = wait_ms > most_ms ? wait_ms : most_ms;
	}
	assert_int_equal(least_ms, BACKOFF_FIRST_MS / 2);
	assert_int_equal(most_ms, BACKOFF_FIRST_MS);
}

static void only_a_good_connection_resets_the_wait(void **state)
{
	struct backoff backoff = { .failure_count = 5 };

	(void)state;
	backoff_note_life(&backoff, BACKOFF_RESET_MS - 1);
	assert_int_equal(backoff.failure_count, 5);
	backoff_note_life(&backoff, BACKOFF_RESET_MS);
	assert_int_equal(backoff.failure_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_with_jitter_up_to_the_cap),
		cmocka_unit_test(jitter_spreads_over_the_whole_half),
		cmocka_unit_test(only_a_good_connection_resets_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
