/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of a long piece of work. */
#include "correlator/start/progress.h"

#include <string.h>

#include "prof/clock.h"
#include "tests/unit/unit.h"

#define MIB (UINT64_C(1) << 20)

static const struct progress progress = { .what = "run.bin", .begun_ns = 7 };

static void assert_line(uint64_t done_bytes, uint64_t size_bytes, uint64_t seconds,
			const char *wanted)
{
	char line[PROGRESS_LINE_BYTES];
	size_t size = progress_format(&progress, done_bytes, size_bytes,
				      7 + seconds * PROF_NS_PER_S, line);

	assert_string_equal(line, wanted);
	assert_int_equal(size, strlen(wanted));
}

static void share_rate_and_time_left_are_told(void **state)
{
	(void)state;
	assert_line(25 * MIB, 100 * MIB, 5, "run.bin: 25 %, 5 MiB/s, 15 s left");
	assert_line(100 * MIB, 100 * MIB, 10, "run.bin: 100 %, 10 MiB/s, 0 s left");
}

static void without_a_size_no_share_is_made_up(void **state)
{
	(void)state;
	assert_line(25 * MIB, 0, 5, "run.bin: 25 MiB, 5 MiB/s");
	assert_line(25 * MIB, 20 * MIB, 5, "run.bin: 25 MiB, 5 MiB/s"); /* it grows */
	assert_line(0, 20 * MIB, 0, "run.bin: 0 MiB, 0 MiB/s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(share_rate_and_time_left_are_told),
		cmocka_unit_test(without_a_size_no_share_is_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
