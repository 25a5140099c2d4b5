/* SPDX-License-Identifier: BSD-2-Clause */
/* From the exchange's time to the user: never finer than the exchange told it. */
#include "correlator/summary/summary.h"

#include <string.h>

#include "tests/unit/correlator/world.h"

#define WALL_OFFSET_NS ((int64_t)1790000000 * 1000000000)

/* One message that the user had `late_us` after the exchange's time, and the report of it. */
static char *report_of(uint8_t flags, uint64_t late_us)
{
	static char bytes[32768];
	struct world *world = world_open();
	struct corr_stats *stats = calloc(1, sizeof(*stats));
	struct corr_summary summary = { .engine = world->engine, .stats = stats, .is_over = true };
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) - 1 };
	uint64_t time_ns = T0 + 1000;
	struct prof_event event = {
		.time_ns = time_ns,
		.conn_key = COOKIE,
		.kind = PROF_EVENT_MESSAGE,
		.flags = flags,
		.message = { .end_offset = 10,
			     .size_bytes = 10,
			     .exch_time_us = (time_ns + (uint64_t)WALL_OFFSET_NS) / 1000 -
					     late_us },
	};

	assert_non_null(stats);
	world_add_lane(world, LANE_USER, T0);
	world_register(world, COOKIE, 1);
	corr_engine_round(world->engine, T0, WALL_OFFSET_NS);
	corr_engine_event(world->engine, LANE_USER, &event);
	corr_engine_end(world->engine, T0 + SETTLED);
	assert_int_equal(world->message_count, 1);
	world->messages[0].stream = "";
	stats_add(stats, &world->messages[0]);
	summary_write(&text, &summary);
	bytes[text.size_bytes] = '\0';
	world_close(world);
	stats_close(stats);
	free(stats);
	return bytes;
}

static void what_is_told_in_us_is_printed_in_us(void **state)
{
	const char *report = report_of(PROF_FLAG_EXCH_US, 1345);

	(void)state;
	assert_non_null(strstr(report, "E -> User (ms): count=1 p50=1 "));
	assert_non_null(strstr(report, "E -> User (us): count=1 p50=1345 "));
	assert_non_null(strstr(report, "note: E has 1 us resolution where told in us "));
}

static void what_is_told_in_ms_is_not(void **state)
{
	const char *report = report_of(0, 1345);

	(void)state;
	assert_non_null(strstr(report, "E -> User (ms): count=1 p50=1 "));
	assert_null(strstr(report, "E -> User (us)"));
	assert_non_null(strstr(report, "note: E has 1 ms resolution and is the exchange's clock"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_in_us_is_printed_in_us),
		cmocka_unit_test(what_is_told_in_ms_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
