/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/decode/segment_queue.h"

#include "tests/unit/unit.h"

#define SIZE_BYTES ((size_t)1 << 18)

static struct queue_entry entry_of(uint32_t seq, uint32_t size_bytes)
{
	return (struct queue_entry){ .kind = QUEUE_SEGMENT,
				     .seq = seq,
				     .payload_bytes = size_bytes,
				     .captured_bytes = size_bytes };
}

static void fill(uint8_t *bytes, uint32_t seq, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		bytes[i] = (uint8_t)(seq * 31 + i);
}

static void check(const struct queue_entry *entry, uint32_t seq)
{
	static uint8_t wanted[QUEUE_PAYLOAD_BYTES_MAX];

	fill(wanted, seq, entry->captured_bytes);
	assert_int_equal(entry->seq, seq);
	assert_memory_equal(queue_payload(entry), wanted, entry->captured_bytes);
}

/* Of every size up to the longest, many times round the ring. */
static void what_goes_in_comes_out(void **state)
{
	static uint8_t bytes[QUEUE_PAYLOAD_BYTES_MAX];
	struct segment_queue *queue = queue_create(SIZE_BYTES);

	(void)state;
	assert_non_null(queue);
	assert_null(queue_peek(queue));
	for (uint32_t seq = 0; seq < 500; seq++) {
		uint32_t size_bytes = seq * 7919 % (QUEUE_PAYLOAD_BYTES_MAX + 1);
		const struct queue_entry entry = entry_of(seq, size_bytes);

		fill(bytes, seq, size_bytes);
		assert_true(queue_put(queue, &entry, bytes));
		check(queue_peek(queue), seq);
		queue_drop(queue);
		assert_null(queue_peek(queue));
	}
	assert_null(queue_destroy(queue));
}

static void a_full_one_takes_nothing_and_loses_nothing(void **state)
{
	static uint8_t bytes[1000];
	struct segment_queue *queue = queue_create(SIZE_BYTES);
	uint32_t put_seq = 0;
	uint32_t got_seq = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct queue_entry entry = entry_of(put_seq, 1000);

		fill(bytes, put_seq, sizeof(bytes));
		while (queue_put(queue, &entry, bytes)) {
			entry = entry_of(++put_seq, 1000);
			fill(bytes, put_seq, sizeof(bytes));
		}
		assert_true(put_seq - got_seq > 200);
		for (int i = 0; i < 7 + round * 9; i++) {
			check(queue_peek(queue), got_seq++);
			queue_drop(queue);
		}
	}
	assert_null(queue_destroy(queue));
}

#define THREAD_COUNT 50000u

static void *write_all(void *context)
{
	struct segment_queue *queue = context;
	uint8_t bytes[512];

	for (uint32_t seq = 0; seq < THREAD_COUNT;) {
		uint32_t size_bytes = seq * 37 % 512;
		const struct queue_entry entry = entry_of(seq, size_bytes);

		fill(bytes, seq, size_bytes);
		if (queue_put(queue, &entry, bytes))
			seq++;
	}
	return NULL;
}

static void two_threads_need_no_lock(void **state)
{
	struct segment_queue *queue = queue_create(SIZE_BYTES);
	pthread_t writer;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, write_all, queue), 0);
	for (uint32_t seq = 0; seq < THREAD_COUNT;) {
		const struct queue_entry *entry = queue_peek(queue);

		if (!entry)
			continue;
		check(entry, seq++);
		queue_drop(queue);
	}
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_null(queue_destroy(queue));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(a_full_one_takes_nothing_and_loses_nothing),
		cmocka_unit_test(two_threads_need_no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
