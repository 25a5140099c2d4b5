/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever order segments come in, their bytes come out in the stream's, each once. */
#include "correlator/annotate/order.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define SEGMENT_COUNT 8
#define SEGMENT_BYTES 100
#define BASE_SEQ      0xffffff38u /* the numbers wrap in the third segment */

struct seen {
	size_t frame_count;
	size_t displaced_count;
	uint64_t edge; /* of the bytes that were new */
	bool is_torn;  /* some did not begin where those before ended */
	uint32_t seqs[64];
};

static void give(void *context, struct order_half *half, const struct order_frame *frame,
		 uint64_t begin, uint64_t end)
{
	struct seen *seen = context;

	(void)half;
	seen->is_torn |= begin != seen->edge;
	seen->edge = end;
	seen->displaced_count += frame->is_displaced;
	seen->seqs[seen->frame_count++] = frame->seq;
	if (!frame->is_syn)
		assert_int_equal(frame->bytes[0], (frame->seq - BASE_SEQ) / SEGMENT_BYTES);
}

static struct order_frame segment(uint32_t index)
{
	static uint8_t bytes[SEGMENT_COUNT][SEGMENT_BYTES];

	bytes[index][0] = (uint8_t)index;
	return (struct order_frame){
		.captured_bytes = SEGMENT_BYTES,
		.wire_bytes = SEGMENT_BYTES,
		.bytes = bytes[index],
		.seq = BASE_SEQ + index * SEGMENT_BYTES,
		.payload_bytes = SEGMENT_BYTES,
	};
}

static void take(struct order *order, struct order_half *half, uint32_t index)
{
	struct order_frame frame = segment(index);

	order_take(order, half, &frame);
}

static void take_syn(struct order *order, struct order_half *half)
{
	const struct order_frame syn = { .bytes = (const uint8_t *)"",
					 .seq = BASE_SEQ,
					 .is_syn = true };

	order_take(order, half, &syn);
}

static void shuffle(uint32_t order[SEGMENT_COUNT], uint64_t *random)
{
	for (uint32_t i = 0; i < SEGMENT_COUNT; i++)
		order[i] = i;
	for (uint32_t i = SEGMENT_COUNT - 1; i > 0; i--) {
		uint32_t other;
		uint32_t kept = order[i];

		*random = *random * 6364136223846793005u + 1442695040888963407u;
		other = (uint32_t)(*random >> 33) % (i + 1);
		order[i] = order[other];
		order[other] = kept;
	}
}

static void every_order_comes_out_in_order(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int round = 0; round < 500; round++) {
		uint32_t indices[SEGMENT_COUNT];
		struct order_half half = { 0 };
		struct seen seen = { 0 };
		struct order *order = order_create(give, &seen);

		shuffle(indices, &random);
		take_syn(order, &half);
		for (uint32_t i = 0; i < SEGMENT_COUNT; i++) {
			take(order, &half, indices[i]);
			take(order, &half, indices[i]); /* and once more */
		}
		assert_int_equal(seen.frame_count, 1 + SEGMENT_COUNT);
		assert_int_equal(seen.edge, SEGMENT_COUNT * SEGMENT_BYTES);
		assert_false(seen.is_torn);
		assert_int_equal(half.copy_count, SEGMENT_COUNT);
		assert_int_equal(half.held_count, 0);
		assert_true(half.is_whole);
		order = order_destroy(order);
	}
}

static void what_never_comes_is_a_hole_at_the_end(void **state)
{
	struct order_half half = { 0 };
	struct seen seen = { 0 };
	struct order *order = order_create(give, &seen);

	(void)state;
	take_syn(order, &half);
	take(order, &half, 0);
	take(order, &half, 3);
	take(order, &half, 2);
	assert_int_equal(seen.frame_count, 2);
	order_finish(order, &half);
	assert_int_equal(seen.frame_count, 4);
	assert_int_equal(seen.displaced_count, 2);
	assert_int_equal(seen.seqs[2], segment(2).seq);
	assert_int_equal(seen.edge, 4 * SEGMENT_BYTES);
	assert_int_equal(half.hole_count, 1);
	assert_false(half.is_whole);
	order = order_destroy(order);
}

static void no_more_is_held_than_there_is_room_for(void **state)
{
	struct order_half half = { 0 };
	struct seen seen = { 0 };
	struct order *order = order_create(give, &seen);

	(void)state;
	take_syn(order, &half);
	/* The same early segment again and again: copies are held, too, and dropped afterwards. */
	for (int i = 0; i <= ORDER_HELD_COUNT_MAX; i++) {
		struct order_frame frame = segment(1);

		assert_true(half.held_count <= ORDER_HELD_COUNT_MAX);
		order_take(order, &half, &frame);
	}
	assert_int_equal(half.held_count, 0);
	assert_int_equal(half.hole_count, 1);
	assert_int_equal(half.copy_count, ORDER_HELD_COUNT_MAX);
	assert_int_equal(seen.frame_count, 2);
	order = order_destroy(order);
}

/* An answer that was captured before what it answers. */
static void what_acknowledges_too_much_waits(void **state)
{
	static uint8_t bytes[1] = { 0 };
	struct order_half server = { 0 };
	struct order_half client = { .peer = &server };
	struct seen seen = { 0 };
	struct order *order = order_create(give, &seen);
	struct order_frame answer = { .bytes = bytes,
				      .captured_bytes = 1,
				      .seq = BASE_SEQ,
				      .payload_bytes = 0,
				      .ack = BASE_SEQ + 2 * SEGMENT_BYTES,
				      .has_ack = true };

	(void)state;
	server.peer = &client;
	take_syn(order, &server);
	order_begin(&client, BASE_SEQ, 0);
	take(order, &server, 0);
	seen.edge = 0; /* the client's, which has none */
	order_take(order, &client, &answer);
	assert_int_equal(seen.frame_count, 2);
	seen.edge = SEGMENT_BYTES;
	take(order, &server, 1);
	assert_int_equal(seen.frame_count, 4);
	assert_int_equal(seen.displaced_count, 1);
	answer.ack++; /* for ever */
	order_take(order, &client, &answer);
	assert_int_equal(seen.frame_count, 4);
	order_finish(order, &client);
	assert_int_equal(seen.frame_count, 5);
	assert_int_equal(client.hole_count, 0);
	order = order_destroy(order);
}

static void a_capture_that_begins_in_the_middle_is_counted_from_there(void **state)
{
	struct order_half half = { 0 };
	struct seen seen = { .edge = 5000 };
	struct order *order = order_create(give, &seen);

	(void)state;
	order_begin(&half, segment(4).seq, 5000);
	take(order, &half, 5);
	take(order, &half, 4);
	assert_int_equal(seen.frame_count, 2);
	assert_int_equal(seen.edge, 5000 + 2 * SEGMENT_BYTES);
	assert_false(seen.is_torn);
	assert_false(half.is_whole);
	order = order_destroy(order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_comes_out_in_order),
		cmocka_unit_test(what_never_comes_is_a_hole_at_the_end),
		cmocka_unit_test(no_more_is_held_than_there_is_room_for),
		cmocka_unit_test(what_acknowledges_too_much_waits),
		cmocka_unit_test(a_capture_that_begins_in_the_middle_is_counted_from_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
