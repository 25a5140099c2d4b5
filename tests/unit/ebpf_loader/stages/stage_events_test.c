/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the stages, whole, cut short or senseless, and the events made of them. */
#include "ebpf_loader/stages/stage_events.h"

#include "tests/unit/unit.h"

static void a_telling_is_a_ready_event(void **state)
{
	const struct stage_ready ready = { .kind = STAGE_RECORD_READY,
					   .is_nested = 1,
					   .cookie = 7,
					   .queue_ns = 90,
					   .ready_ns = 100,
					   .start_offset = 5,
					   .end_offset = 9 };
	struct prof_event events[STAGE_EVENT_COUNT_MAX];

	(void)state;
	assert_int_equal(stage_record_to_events(&ready, sizeof(ready), events), 1);
	assert_int_equal(events[0].kind, PROF_EVENT_READY);
	assert_int_equal(events[0].flags, PROF_FLAG_NESTED);
	assert_true(events[0].conn_key == 7 && events[0].time_ns == 100);
	assert_true(events[0].ready.queue_ns == 90);
	assert_true(events[0].ready.start_offset == 5 && events[0].ready.end_offset == 9);
}

static void a_wake_up_keeps_who_did_it(void **state)
{
	const struct stage_woken woken = { .kind = STAGE_RECORD_WOKEN,
					   .tid = 42,
					   .cookie = STAGE_COOKIE_UNSURE,
					   .waking_ns = 50,
					   .running_ns = 60 };
	struct prof_event events[STAGE_EVENT_COUNT_MAX];

	(void)state;
	assert_int_equal(stage_record_to_events(&woken, sizeof(woken), events), 1);
	assert_int_equal(events[0].kind, PROF_EVENT_WOKEN);
	assert_int_equal(events[0].woken.change, PROF_WOKEN_RUNS);
	assert_true(events[0].conn_key == UINT64_MAX && events[0].time_ns == 60);
	assert_true(events[0].woken.waking_ns == 50 && events[0].woken.tid == 42);
}

static void a_thread_that_was_put_aside_is_no_sleeper(void **state)
{
	const struct stage_woken resumed = {
		.kind = STAGE_RECORD_RESUMED, .tid = 42, .waking_ns = 50, .running_ns = 60
	};
	struct prof_event events[STAGE_EVENT_COUNT_MAX];

	(void)state;
	assert_int_equal(stage_record_to_events(&resumed, sizeof(resumed), events), 1);
	assert_int_equal(events[0].woken.change, PROF_WOKEN_RESUMED);
	assert_true(events[0].woken.waking_ns == 50 && events[0].time_ns == 60);
}

static void who_is_displaced_is_told_first(void **state)
{
	struct stage_followed followed = { .kind = STAGE_RECORD_FOLLOWED, .tid = 42, .time_ns = 8 };
	struct prof_event events[STAGE_EVENT_COUNT_MAX];

	(void)state;
	assert_int_equal(stage_record_to_events(&followed, sizeof(followed), events), 1);
	assert_int_equal(events[0].woken.change, PROF_WOKEN_FOLLOWED);
	followed.abandoned_tid = 41;
	assert_int_equal(stage_record_to_events(&followed, sizeof(followed), events), 2);
	assert_int_equal(events[0].woken.change, PROF_WOKEN_ABANDONED);
	assert_int_equal(events[0].woken.tid, 41);
	assert_int_equal(events[1].woken.change, PROF_WOKEN_FOLLOWED);
	assert_int_equal(events[1].woken.tid, 42);
}

static void what_makes_no_sense_makes_no_event(void **state)
{
	const struct stage_ready empty = { .kind = STAGE_RECORD_READY, .cookie = 7 };
	const struct stage_ready whole = { .kind = STAGE_RECORD_READY,
					   .cookie = 7,
					   .end_offset = 1 };
	const struct stage_woken nobody = { .kind = STAGE_RECORD_WOKEN, .waking_ns = 1 };
	const __u32 unknown[16] = { 99 };
	struct prof_event events[STAGE_EVENT_COUNT_MAX];

	(void)state;
	assert_int_equal(stage_record_to_events(&empty, sizeof(empty), events), 0);
	assert_int_equal(stage_record_to_events(&nobody, sizeof(nobody), events), 0);
	assert_int_equal(stage_record_to_events(unknown, sizeof(unknown), events), 0);
	for (size_t size_bytes = 0; size_bytes < sizeof(whole); size_bytes++)
		assert_int_equal(stage_record_to_events(&whole, size_bytes, events), 0);
	assert_int_equal(stage_record_to_events(&whole, sizeof(whole), events), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_telling_is_a_ready_event),
		cmocka_unit_test(a_wake_up_keeps_who_did_it),
		cmocka_unit_test(a_thread_that_was_put_aside_is_no_sleeper),
		cmocka_unit_test(who_is_displaced_is_told_first),
		cmocka_unit_test(what_makes_no_sense_makes_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
