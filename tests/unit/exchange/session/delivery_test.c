/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "exchange/session/delivery.h"
#include "tests/unit/exchange/client.h"

#define MESSAGE_COUNT 500

struct bench {
	struct delivery delivery;
	struct outbox *outbox;
	struct client client;
	char payload[40000];
};

static int make_bench(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (!bench)
		return -1;
	bench->outbox = outbox_create();
	bench->delivery.rng.state = 42;
	*state = bench;
	return bench->outbox ? 0 : -1;
}

static int free_bench(void **state)
{
	struct bench *bench = *state;

	bench->outbox = outbox_destroy(bench->outbox);
	free(bench);
	return 0;
}

/* Message number i has a size and bytes of its own. */
static size_t make_payload(struct bench *bench, uint32_t i)
{
	size_t size_bytes = i % 50 == 49 ? 35000 : 1 + i * 7 % 300;

	for (size_t at = 0; at < size_bytes; at++)
		bench->payload[at] = (char)('a' + (i + at) % 26);
	return size_bytes;
}

static void check_message(struct bench *bench, uint32_t i)
{
	size_t size_bytes = make_payload(bench, i);

	do
		assert_true(client_next(&bench->client));
	while (bench->client.opcode != FRAME_TEXT);
	assert_int_equal(bench->client.message_bytes, size_bytes);
	assert_memory_equal(bench->client.message, bench->payload, size_bytes);
}

static void every_mode_delivers_every_message_whole_and_in_order(void **state)
{
	struct bench *bench = *state;

	for (int mode = DELIVERY_NATURAL; mode <= DELIVERY_MIXED; mode++) {
		struct outbox_mark mark;
		uint32_t mark_count = 0;

		bench->delivery.mode = (enum scenario_delivery)mode;
		memset(&bench->client, 0, sizeof(bench->client));
		for (uint32_t i = 0; i < MESSAGE_COUNT; i++) {
			size_t size_bytes = make_payload(bench, i);

			assert_true(outbox_has_room(bench->outbox, size_bytes));
			delivery_add_message(&bench->delivery, bench->outbox, FRAME_TEXT,
					     bench->payload, size_bytes);
			outbox_mark(bench->outbox, 1, i, (uint32_t)size_bytes);
			if (i % 40 == 0 || i + 1 == MESSAGE_COUNT) {
				assert_false(outbox_take_mark(bench->outbox, &mark));
				delivery_cut(&bench->delivery, bench->outbox);
				client_take(&bench->client, bench->outbox, 1);
			}
			while (outbox_take_mark(bench->outbox, &mark))
				assert_int_equal(mark.id, mark_count++);
		}
		assert_int_equal(mark_count, MESSAGE_COUNT);
		assert_int_equal(outbox_uncut_bytes(bench->outbox), 0);
		for (uint32_t i = 0; i < MESSAGE_COUNT; i++)
			check_message(bench, i);
		assert_int_equal(bench->client.read_bytes, bench->client.used_bytes);
		if (mode != DELIVERY_SPLIT && mode != DELIVERY_MIXED)
			assert_true(bench->client.record_bytes_max <= OUTBOX_TLS_RECORD_BYTES);
	}
}

static size_t count_records(struct bench *bench, enum scenario_delivery mode)
{
	bench->delivery.mode = mode;
	memset(&bench->client, 0, sizeof(bench->client));
	for (uint32_t i = 0; i < 40; i++)
		delivery_add_message(&bench->delivery, bench->outbox, FRAME_TEXT, bench->payload,
				     make_payload(bench, i));
	delivery_cut(&bench->delivery, bench->outbox);
	client_take(&bench->client, bench->outbox, 1);
	return bench->client.record_count;
}

static void the_modes_differ_in_their_records(void **state)
{
	assert_int_equal(count_records(*state, DELIVERY_ONE_RECORD), 1);
	assert_int_equal(count_records(*state, DELIVERY_SINGLE), 40);
	assert_int_in_range(count_records(*state, DELIVERY_NATURAL), 5, 39);
	assert_int_in_range(count_records(*state, DELIVERY_SPLIT), 120, 2000);
}

static void the_header_is_cut_in_two_by_a_split(void **state)
{
	struct bench *bench = *state;
	const struct outbox_record *record;
	uint64_t due_ns;

	bench->delivery.mode = DELIVERY_SPLIT;
	delivery_add_message(&bench->delivery, bench->outbox, FRAME_TEXT, bench->payload,
			     make_payload(bench, 30));
	delivery_cut(&bench->delivery, bench->outbox);
	record = outbox_front(bench->outbox, 1, &due_ns);
	assert_non_null(record);
	assert_int_equal(record->size_bytes, 1);
	assert_true(record->is_pushed);
}

/* However many frames come together, there is room for their records. */
static void the_worst_burst_finds_room(void **state)
{
	struct bench *bench = *state;
	size_t size_bytes = make_payload(bench, 40);
	uint32_t count = 0;

	bench->delivery.mode = DELIVERY_SPLIT;
	while (outbox_has_room(bench->outbox, 2 * size_bytes)) {
		delivery_add_message(&bench->delivery, bench->outbox, FRAME_TEXT, bench->payload,
				     size_bytes);
		outbox_mark(bench->outbox, 1, count++, (uint32_t)size_bytes);
	}
	delivery_cut(&bench->delivery, bench->outbox);
	assert_true(count > 500);
	client_take(&bench->client, bench->outbox, 1);
	while (count > 0 && client_next(&bench->client))
		count--;
	assert_int_equal(count, 0);
}

static void a_record_that_waits_is_not_written_early(void **state)
{
	struct bench *bench = *state;
	uint64_t due_ns;

	outbox_add(bench->outbox, "ab", 2);
	outbox_cut(bench->outbox, &(struct outbox_record){ .size_bytes = 1 });
	outbox_cut(bench->outbox, &(struct outbox_record){ .size_bytes = 1, .wait_us = 20 });
	assert_non_null(outbox_front(bench->outbox, 5000, &due_ns));
	outbox_pop(bench->outbox, 5000);
	assert_null(outbox_front(bench->outbox, 24999, &due_ns));
	assert_int_equal(due_ns, 25000);
	assert_non_null(outbox_front(bench->outbox, 25000, &due_ns));
	outbox_pop(bench->outbox, 25000);
	assert_null(outbox_front(bench->outbox, 30000, &due_ns));
	assert_int_equal(due_ns, 0);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, make_bench, free_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(every_mode_delivers_every_message_whole_and_in_order),
		BENCH_TEST(the_modes_differ_in_their_records),
		BENCH_TEST(the_header_is_cut_in_two_by_a_split),
		BENCH_TEST(the_worst_burst_finds_room),
		BENCH_TEST(a_record_that_waits_is_not_written_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
