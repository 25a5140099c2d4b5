/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines are written without a look at the room that is left: so the longest ones have to fit. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "correlator/sinks/sink.h"

#include "tests/unit/unit.h"

/* The least LINE_BYTES_MAX of the sinks, and what each may write beyond its line. */
enum { JSONL_BYTES = 8192, CSV_BYTES = 2048, LINES_BYTES = 1024, SLACK_BYTES = 32 };

/* Every number at its longest, every name as long as it may be and of what takes most room. */
static struct corr_message longest_message(char name[PROF_STREAM_NAME_BYTES])
{
	struct corr_message message;

	memset(&message, 0xff, sizeof(message));
	memset(name, '"', PROF_STREAM_NAME_BYTES - 1);
	name[PROF_STREAM_NAME_BYTES - 1] = '\0';
	message.stream = name;
	message.residual_ns = message.untold_ns = INT64_MIN;
	message.exchange_ms = message.exchange_us = message.exchange_nic_ms = INT64_MIN;
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++)
		message.stage_ns[stage] = INT64_MIN;
	message.class_id = CORR_CLASS_LAST_BYTE;
	message.nic_reason = message.kernel_reason = CORR_REASON_NONE;
	message.doubt_reason = CORR_REASON_MAYBE_ELSEWHERE;
	message.doubt_layer = PROF_LAYER_KERNEL;
	message.wait = CORR_WAIT_RUNNABLE;
	message.untold = CORR_UNTOLD_READER;
	memset(&message.is_compressed, 1,
	       sizeof(message) - offsetof(struct corr_message, is_compressed));
	return message;
}

/* Bytes that the message alone takes. */
static size_t size_of(const struct sink_ops *ops)
{
	struct sink_origin origin = { .run = UINT64_MAX };
	struct sink sink = { .ops = ops, .path = "/dev/null", .origin = &origin };
	char name[PROF_STREAM_NAME_BYTES];
	struct corr_message message = longest_message(name);
	size_t before_bytes;
	size_t size_bytes;

	memset(origin.host, '<', sizeof(origin.host) - 1);
	assert_int_equal(ops->open(&sink), 0);
	memset(sink.noted_mask, 0xff, sizeof(sink.noted_mask));
	before_bytes = sink.text.size_bytes;
	ops->message(&sink, &message);
	size_bytes = sink.text.size_bytes - before_bytes;
	free(sink.own);
	assert_int_equal(sink_close_file(&sink), 0);
	return size_bytes;
}

static void the_longest_line_fits(void **state)
{
	(void)state;
	assert_int_in_range(size_of(&sink_jsonl), 1500, JSONL_BYTES - SLACK_BYTES);
	assert_int_in_range(size_of(&sink_csv), 600, CSV_BYTES - SLACK_BYTES);
	assert_int_in_range(size_of(&sink_lines), 300, LINES_BYTES - SLACK_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_line_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
