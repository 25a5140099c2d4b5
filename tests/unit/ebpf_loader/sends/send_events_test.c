/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of sends, with and without what went unseen before them, and their events. */
#include "ebpf_loader/sends/send_events.h"

#include "tests/unit/unit.h"

static const struct send_record usual = { .kind = SEND_RECORD,
					  .tid = 42,
					  .cookie = 7,
					  .enter_ns = 100,
					  .return_ns = 110,
					  .end_offset = 5000000000,
					  .base_seq = 33,
					  .size_bytes = 20 };

static void a_send_is_its_range(void **state)
{
	struct prof_event events[SEND_EVENT_COUNT_MAX];

	(void)state;
	assert_true(send_record_is(&usual, sizeof(usual)));
	assert_false(send_record_is(&usual, sizeof(usual) - 1));
	assert_int_equal(send_to_events(&usual, 9, 0, events), 1);
	assert_int_equal(events[0].kind, PROF_EVENT_SEND);
	assert_int_equal(events[0].flags, 0);
	assert_true(events[0].conn_key == 7 && events[0].base_seq == 33);
	assert_true(events[0].time_ns == 100 && events[0].read.return_ns == 110);
	assert_true(events[0].read.start_offset == 4999999980 && events[0].read.size_bytes == 20);
	assert_true(events[0].read.flow_id == 9 && events[0].read.tid == 42);
}

static void what_went_before_it_unseen_is_told_first(void **state)
{
	struct prof_event events[SEND_EVENT_COUNT_MAX];
	struct send_record send = usual;

	(void)state;
	send.gap_bytes = 300;
	assert_int_equal(send_to_events(&send, 9, 50, events), 2);
	assert_int_equal(events[0].flags, PROF_FLAG_ELSEWHERE);
	assert_true(events[0].read.start_offset == 4999999680);
	assert_true(events[0].read.size_bytes == 300 && events[0].read.tid == 0);
	assert_true(events[0].time_ns == 50 && events[0].read.return_ns == 100);
	assert_int_equal(events[1].flags, 0);
	send.size_bytes = 0; /* a close: nothing else */
	assert_int_equal(send_to_events(&send, 9, 50, events), 1);
	assert_true(events[0].read.start_offset == 4999999700);
	assert_true(events[0].read.return_ns == 110);
}

static void what_makes_no_sense_makes_no_event(void **state)
{
	struct prof_event events[SEND_EVENT_COUNT_MAX];
	struct send_record send = usual;

	(void)state;
	send.end_offset = 19;
	assert_int_equal(send_to_events(&send, 9, 0, events), 0);
	send = usual;
	send.cookie = 0;
	assert_int_equal(send_to_events(&send, 9, 0, events), 0);
	send = usual;
	send.size_bytes = 0;
	assert_int_equal(send_to_events(&send, 9, 0, events), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_send_is_its_range),
		cmocka_unit_test(what_went_before_it_unseen_is_told_first),
		cmocka_unit_test(what_makes_no_sense_makes_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
