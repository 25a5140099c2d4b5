/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose time it is, at the median and in the tail. */
#include "correlator/stats/blame.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static void add(struct blame *blame, int64_t kernel_ns, int64_t scheduler_ns,
		int64_t application_ns, enum corr_wait wait)
{
	struct corr_message message = { .wait = (uint8_t)wait,
					.stage_mask = 1u << CORR_STAGE_NIC_KERNEL |
						      1u << CORR_STAGE_NIC_QUEUE |
						      1u << CORR_STAGE_READY_RUNNING |
						      1u << CORR_STAGE_RUNNING_READ };

	message.stage_ns[CORR_STAGE_NIC_QUEUE] = kernel_ns;
	message.stage_ns[CORR_STAGE_READY_RUNNING] = scheduler_ns;
	message.stage_ns[CORR_STAGE_RUNNING_READ] = application_ns;
	message.stage_ns[CORR_STAGE_NIC_KERNEL] = kernel_ns + scheduler_ns + application_ns;
	blame_add(blame, &message);
}

static void the_tail_has_another_culprit_than_the_median(void **state)
{
	struct blame *blame = calloc(1, sizeof(*blame));
	struct blame_answer answer;

	(void)state;
	assert_non_null(blame);
	for (int i = 0; i < 990; i++)
		add(blame, 20000, 5000, 5000, CORR_WAIT_ASLEEP);
	for (int i = 0; i < 10; i++)
		add(blame, 31000, 0, 1169000, CORR_WAIT_BUSY);
	blame_ask(blame, 30000, &answer);
	assert_true(answer.count == 990 && answer.tail_count == 1000);
	assert_true(answer.party_ns[BLAME_KERNEL] == 20000);
	assert_true(answer.guilty_count[BLAME_KERNEL] == 990);
	assert_true(answer.guilty_count[BLAME_APPLICATION] == 10);
	blame_ask(blame, 1200000, &answer);
	assert_true(answer.count == 10 && answer.tail_count == 10);
	assert_true(answer.party_ns[BLAME_APPLICATION] == 1169000);
	assert_true(answer.party_ns[BLAME_KERNEL] == 31000);
	assert_true(answer.wait_count[CORR_WAIT_BUSY] == 10);
	free(blame);
}

static void what_nobody_looked_at_is_blamed_on_nobody(void **state)
{
	struct blame *blame = calloc(1, sizeof(*blame));
	struct corr_message message = { .stage_mask = 1u << CORR_STAGE_NIC_KERNEL,
					.untold = CORR_UNTOLD_OFF };
	struct blame_answer answer;

	(void)state;
	assert_non_null(blame);
	blame_add(blame, &message);
	assert_true(blame->count == 0);
	blame_ask(blame, 0, &answer);
	assert_true(answer.count == 0 && answer.tail_count == 0);
	free(blame);
}

/* Neighbours in size share a part or lie in neighbouring ones; none lies outside. */
static void every_size_has_its_part(void **state)
{
	struct blame *blame = calloc(1, sizeof(*blame));
	uint64_t count = 0;

	(void)state;
	assert_non_null(blame);
	for (int shift = 0; shift < 63; shift++) {
		for (int64_t beside = -1; beside <= 1; beside++) {
			int64_t value_ns = (INT64_C(1) << shift) + beside;
			struct blame_answer answer;

			add(blame, value_ns, 0, 0, CORR_WAIT_NONE);
			count++;
			blame_ask(blame, value_ns, &answer);
			assert_true(answer.count >= 1);
		}
	}
	assert_true(blame->count == count);
	free(blame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tail_has_another_culprit_than_the_median),
		cmocka_unit_test(what_nobody_looked_at_is_blamed_on_nobody),
		cmocka_unit_test(every_size_has_its_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
