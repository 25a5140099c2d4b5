/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlator/page/facts.h"
#include "correlator/page/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define MESSAGE_COUNT 20000

static struct corr_message message_of(uint64_t seq, int64_t total_ns)
{
	struct corr_message message = { .seq = seq,
					.user_ns = 1000 + seq,
					.stream = "btcusdt@aggTrade",
					.has_nic = true,
					.has_kernel = true,
					.segment_count = 1,
					.record_count = 1,
					.record_position = 1,
					.read_position = 1 };

	message.stage_ns[CORR_STAGE_TOTAL] = total_ns;
	message.stage_mask = 1u << CORR_STAGE_TOTAL;
	return message;
}

/* Every latency once, in an order that looks random: 7919 is prime to the count. */
static struct collect *collect_many(void)
{
	struct collect *collect = calloc(1, sizeof(*collect));

	assert_non_null(collect);
	for (uint64_t i = 0; i < MESSAGE_COUNT; i++) {
		struct corr_message message = message_of(i + 1,
							 (int64_t)(i * 7919 % MESSAGE_COUNT));

		collect_add(collect, &message);
	}
	return collect;
}

/* Bounded, of all parts of the run, and the same each time. */
static void the_sample_is_even_and_repeats(void **state)
{
	struct collect *collect = collect_many();
	struct collect *again = collect_many();
	uint32_t quarters[4] = { 0 };

	(void)state;
	assert_int_equal(collect->point_count, COLLECT_POINT_COUNT_MAX);
	assert_int_equal(collect->point_count_all, MESSAGE_COUNT);
	for (int i = 0; i < COLLECT_POINT_COUNT_MAX; i++)
		quarters[(collect->points[i].seq - 1) * 4 / MESSAGE_COUNT]++;
	for (int i = 0; i < 4; i++)
		assert_int_in_range(quarters[i], COLLECT_POINT_COUNT_MAX / 5,
				    COLLECT_POINT_COUNT_MAX * 3 / 10);
	assert_memory_equal(collect->points, again->points, sizeof(collect->points));
	free(collect);
	free(again);
}

static void what_cannot_be_drawn_is_counted(void **state)
{
	struct collect *collect = calloc(1, sizeof(*collect));
	struct corr_message message = message_of(1, -5);

	(void)state;
	collect_add(collect, &message);
	message = message_of(2, 0);
	message.stage_mask = 0;
	collect_add(collect, &message);
	message.stage_mask = 1u << CORR_STAGE_KERNEL_USER;
	message.stage_ns[CORR_STAGE_KERNEL_USER] = 77;
	collect_add(collect, &message);
	assert_int_equal(collect->message_count, 3);
	assert_int_equal(collect->negative_count, 1);
	assert_int_equal(collect->point_count_all, 1);
	collect_finish(collect);
	assert_int_equal(collect->stalls.row_count, 1);
	assert_int_equal(collect->stalls.rows[0]->latency_ns, 77);
	free(collect);
}

static void the_most_negative_are_kept_too(void **state)
{
	struct collect *collect = calloc(1, sizeof(*collect));

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		struct corr_message message = message_of(i + 1, -1 - (int64_t)(i * 7919 % 1000));

		collect_add(collect, &message);
	}
	collect_add(collect, &(struct corr_message){ .stream = "",
						     .stage_mask = 1u << CORR_STAGE_TOTAL,
						     .stage_ns[CORR_STAGE_TOTAL] = INT64_MIN });
	collect_finish(collect);
	assert_int_equal(collect->negative_count, 1001);
	assert_int_equal(collect->stalls.row_count, 0);
	assert_int_equal(collect->lowest_count, COLLECT_LOWEST_COUNT_MAX);
	for (int i = 0; i < COLLECT_LOWEST_COUNT_MAX - 1; i++)
		assert_true(collect->lowest[i].latency_ns ==
			    -1000 + COLLECT_LOWEST_COUNT_MAX - 2 - i);
	assert_true(collect->lowest[COLLECT_LOWEST_COUNT_MAX - 1].latency_ns == INT64_MIN);
	free(collect);
}

static void add_group(struct collect *collect, uint32_t size)
{
	for (uint32_t place = 1; place <= size; place++) {
		struct corr_message message = message_of(1, 1);

		message.record_position = place;
		message.read_position = place;
		message.segment_count = size;
		collect_add(collect, &message);
	}
}

static void groups_are_counted_by_size(void **state)
{
	struct collect *collect = calloc(1, sizeof(*collect));

	(void)state;
	add_group(collect, 1);
	add_group(collect, 3);
	add_group(collect, 3);
	add_group(collect, COLLECT_GROUP_SIZE_MAX - 1);
	add_group(collect, COLLECT_GROUP_SIZE_MAX);
	add_group(collect, COLLECT_GROUP_SIZE_MAX + 500);
	assert_int_equal(collect_groups_of(&collect->records, 1), 1);
	assert_int_equal(collect_groups_of(&collect->records, 2), 0);
	assert_int_equal(collect_groups_of(&collect->records, 3), 2);
	assert_int_equal(collect_groups_of(&collect->reads, COLLECT_GROUP_SIZE_MAX - 1), 1);
	assert_int_equal(collect_groups_of(&collect->reads, COLLECT_GROUP_SIZE_MAX), 2);
	free(collect);
}

static void a_string_cannot_end_the_script(void **state)
{
	char bytes[256];
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) - 1 };
	struct json json = { .text = &text };

	(void)state;
	json_open(&json, NULL, '{');
	json_string(&json, "a", "</script><!--\"\\\n\xe9&");
	json_open(&json, "b", '[');
	json_u64(&json, NULL, 1);
	json_i64(&json, NULL, -2);
	json_bool(&json, NULL, true);
	json_null(&json, NULL);
	json_digits(&json, NULL, UINT64_MAX);
	json_close(&json, ']');
	json_u64(&json, "c", 3);
	json_close(&json, '}');
	bytes[text.size_bytes] = '\0';
	assert_string_equal(bytes,
			    "{\"a\":\"\\u003c/script\\u003e\\u003c!--\\\"\\\\\\u000a\\u00e9"
			    "\\u0026\",\"b\":[1,-2,true,null,\"18446744073709551615\"],\"c\":3}");
}

static void emit(void *context, const struct corr_message *message)
{
	(void)context;
	(void)message;
}

/* Numbers as large as they get, the longest names, in whatever letters take the most room. */
static void set_worst(struct corr_message *message, char *name, uint64_t i)
{
	(void)snprintf(name + 48, 8, "%07u", (unsigned)(i % 1000));
	message->stream = name;
	message->stream_index = (uint16_t)i;
	message->nic_uncertainty_ns = UINT64_MAX;
	message->has_exchange = true;
	message->exchange_ms = INT64_MIN;
	message->end_offset = UINT64_MAX;
	message->start_offset = UINT64_MAX;
	message->user_wall_ns = UINT64_MAX;
	message->tcp_seq = UINT32_MAX;
	for (int stage = 1; stage < CORR_STAGE_COUNT; stage++)
		message->stage_ns[stage] = INT64_MIN;
	message->stage_mask = UINT32_MAX;
}

static void fill_with_the_worst(struct collect *collect, struct corr_stats *stats)
{
	char name[56];

	memset(name, '<', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (uint64_t i = 0; i < 2 * COLLECT_POINT_COUNT_MAX; i++) {
		struct corr_message message = message_of(UINT64_MAX - i, 0);

		set_worst(&message, name, i);
		/* So far apart that each is a stall of its own, and has a row. */
		message.kernel_enter_ns = i + 1;
		message.user_ns = i ? UINT64_MAX / 2 + (i << 48) : 1;
		message.stage_ns[CORR_STAGE_TOTAL] = i ? INT64_C(1) << 47 : 0;
		collect_add(collect, &message);
		message.stage_ns[CORR_STAGE_TOTAL] = INT64_MIN + (int64_t)i;
		collect_add(collect, &message);
		for (int stage = 0; stage < CORR_STAGE_COUNT; stage++)
			message.stage_ns[stage] = HIST_VALUE_NS_MAX;
		stats_add(stats, &message);
	}
	/* As many messages as make every kept stall one that is due. */
	for (int i = 0; i < STALLS_SLICE_COUNT_MAX; i++)
		collect->stalls.slices[i].message_count *= STALLS_MESSAGES_PER_ROW;
	collect_finish(collect);
	assert_int_equal(collect->stalls.row_count, STALLS_ROW_COUNT_MAX);
}

/* Every row has a member for each column and each stage. */
static void a_row_has_every_column(void **state)
{
	struct collect *collect = calloc(1, sizeof(*collect));
	char bytes[8192];
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) - 1 };
	struct json json = { .text = &text };
	struct corr_message message = message_of(1, 5);
	uint32_t comma_counts[3] = { 0 };
	char *at = bytes;

	(void)state;
	collect_add(collect, &message);
	message = (struct corr_message){ .seq = 2,
					 .stream = "",
					 .stage_mask = 1u << CORR_STAGE_TOTAL,
					 .stage_ns[CORR_STAGE_TOTAL] = -5 };
	collect_add(collect, &message);
	collect_finish(collect);
	rows_write(&json, collect, NULL);
	bytes[text.size_bytes] = '\0';
	for (int i = 0; i < 3; i++) {
		at = strpbrk(strstr(at, i == 0	 ? "\"columns\":["
					: i == 1 ? "[["
						 : "\"lowest\":[["),
			     "[");
		for (; *at != ']'; at++)
			comma_counts[i] += *at == ',';
	}
	assert_int_equal(comma_counts[1], comma_counts[0] + CORR_STAGE_COUNT);
	assert_int_equal(comma_counts[2], comma_counts[1]);
	free(collect);
}

/* Returns the size of the page of what was collected. */
static size_t page_bytes(struct collect *collect, struct corr_stats *stats)
{
	const struct corr_engine_options options = { .message_count = 16, .segment_count = 16 };
	struct corr_summary summary = { .stats = stats };
	struct host_facts host;
	struct facts facts = {
		.summary = &summary, .collect = collect, .host_name = "a host", .host = &host
	};
	struct text text = { .bytes = malloc(FACTS_BYTES_MAX), .room_bytes = FACTS_BYTES_MAX };
	struct corr_engine *engine;

	assert_int_equal(corr_engine_create(&options, emit, NULL, &engine), 0);
	summary.engine = engine;
	host_read(&host);
	text_add_bytes(&text, template_head.bytes, template_head.size_bytes);
	facts_write(&text, &facts);
	text_add_bytes(&text, template_tail.bytes, template_tail.size_bytes);
	assert_false(text.is_cut);
	stats_close(stats);
	(void)corr_engine_destroy(engine);
	free(text.bytes);
	return text.size_bytes;
}

static void the_longest_page_has_room(void **state)
{
	struct collect *collect = calloc(1, sizeof(*collect));
	struct corr_stats *stats = calloc(1, sizeof(*stats));

	(void)state;
	fill_with_the_worst(collect, stats);
	assert_true(page_bytes(collect, stats) < FACTS_BYTES_MAX * 3 / 4);
	free(stats);
	free(collect);
}

static struct corr_message usual_message(uint64_t i)
{
	struct corr_message message = message_of(i + 1, 30000 + (int64_t)(i * 7919 % 40000));

	message.user_ns = UINT64_C(1000000000000) + i * 60000000;
	message.user_wall_ns = UINT64_C(1795000000000000000) + i * 60000000;
	message.kernel_enter_ns = message.user_ns - 10000;
	message.tcp_seq = (uint32_t)(i * 1200);
	message.start_offset = i * 200;
	message.end_offset = i * 200 + 200;
	message.is_ranged = true;
	message.nic_uncertainty_ns = 12345;
	message.has_exchange = true;
	message.exchange_ms = 12;
	for (int stage = 1; stage < CORR_STAGE_COUNT; stage++)
		message.stage_ns[stage] = 10000 + stage;
	message.stage_mask = (1u << CORR_STAGE_COUNT) - 1;
	return message;
}

/* A thousand minutes, each with a stall that has to be shown. */
static void the_page_of_a_long_run_is_small(void **state)
{
	struct collect *collect = calloc(1, sizeof(*collect));
	struct corr_stats *stats = calloc(1, sizeof(*stats));

	(void)state;
	for (uint64_t i = 0; i < 1000000; i++) {
		struct corr_message message = usual_message(i);

		if (i % 1000 == 500)
			message.stage_ns[CORR_STAGE_TOTAL] = 1000000 + (int64_t)i;
		collect_add(collect, &message);
		stats_add(stats, &message);
	}
	collect_finish(collect);
	assert_int_equal(collect->stalls.row_count, STALLS_ROW_COUNT_MAX);
	assert_int_in_range(page_bytes(collect, stats), 300000, 600000);
	free(stats);
	free(collect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_is_even_and_repeats),
		cmocka_unit_test(what_cannot_be_drawn_is_counted),
		cmocka_unit_test(the_most_negative_are_kept_too),
		cmocka_unit_test(groups_are_counted_by_size),
		cmocka_unit_test(a_string_cannot_end_the_script),
		cmocka_unit_test(a_row_has_every_column),
		cmocka_unit_test(the_longest_page_has_room),
		cmocka_unit_test(the_page_of_a_long_run_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
