/* SPDX-License-Identifier: BSD-2-Clause */
/* The newest frames are there, whole and in order, whatever their sizes; a model knows which. */
#include "dpdk_capture/keep/young.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define FRAME_COUNT 20000
#define FLOW_COUNT  7

struct model {
	uint32_t numbers[FRAME_COUNT]; /* of the frames given */
	size_t count;
};

static uint32_t size_of(uint32_t number)
{
	return 4 + number * 2654435761u % 3000;
}

static void give(void *context, const struct kept_frame *frame)
{
	struct model *model = context;
	uint32_t number;

	memcpy(&number, frame->bytes, sizeof(number));
	assert_int_equal(frame->captured_bytes, size_of(number));
	assert_int_equal(frame->wall_time_ns, number);
	for (uint32_t i = 4; i < frame->captured_bytes; i++)
		assert_int_equal(frame->bytes[i], (uint8_t)(number + i));
	if (model->count)
		assert_true(number > model->numbers[model->count - 1]);
	model->numbers[model->count++] = number;
}

static void add(struct young *young, uint32_t number)
{
	static uint8_t bytes[4096];
	struct kept_frame frame = { .wall_time_ns = number,
				    .captured_bytes = size_of(number),
				    .bytes = bytes };

	memcpy(bytes, &number, sizeof(number));
	for (uint32_t i = 4; i < frame.captured_bytes; i++)
		bytes[i] = (uint8_t)(number + i);
	young_add(young, 1 + number % FLOW_COUNT, &frame);
}

static void the_newest_come_back_whole_and_in_order(void **state)
{
	struct young *young = calloc(1, sizeof(*young));
	static struct model model;
	size_t all_count = 0;
	size_t all_bytes = 0;

	(void)state;
	assert_non_null(young);
	for (uint32_t number = 0; number < FRAME_COUNT; number++)
		add(young, number);
	for (uint64_t flow_id = 1; flow_id <= FLOW_COUNT; flow_id++) {
		uint32_t newest = FRAME_COUNT - 1;

		model.count = 0;
		young_recall(young, flow_id, give, &model);
		all_count += model.count;
		while (1 + newest % FLOW_COUNT != flow_id)
			newest--;
		for (size_t i = model.count; i-- > 0; newest -= FLOW_COUNT) {
			assert_int_equal(model.numbers[i], newest);
			all_bytes += size_of(newest);
		}
	}
	assert_int_equal(all_count + young->pushed_count, FRAME_COUNT);
	assert_true(all_bytes > YOUNG_BYTES / 10 * 9);
	model.count = 0;
	young_recall(young, 1, give, &model); /* given once */
	assert_int_equal(model.count, 0);
	free(young);
}

static void one_that_is_forgotten_is_not_given(void **state)
{
	struct young *young = calloc(1, sizeof(*young));
	static struct model model;

	(void)state;
	assert_non_null(young);
	young_recall(young, 1, give, &model); /* of nothing */
	for (uint32_t number = 0; number < 21; number++)
		add(young, number);
	young_forget(young, 1);
	model.count = 0;
	young_recall(young, 1, give, &model);
	assert_int_equal(model.count, 0);
	young_recall(young, 2, give, &model);
	assert_int_equal(model.count, 3);
	free(young);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_come_back_whole_and_in_order),
		cmocka_unit_test(one_that_is_forgotten_is_not_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
