/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/loss.h"

#include <string.h>

#include "tests/unit/unit.h"

static void kinds_have_no_gap_and_each_is_told_in_full(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= PROF_LOSS_UNDECODED; i++) {
		const struct prof_loss_kind *kind = prof_loss_kind(i);

		assert_non_null(kind);
		assert_true(*kind->name && *kind->unit && *kind->words);
		assert_true(kind->layer > PROF_LAYER_NONE && kind->layer < PROF_LAYER_COUNT);
		assert_null(strpbrk(kind->name, " =\"\\\n"));
		assert_null(strpbrk(kind->words, "\"\\\n"));
	}
}

static void no_two_kinds_have_the_same_name(void **state)
{
	(void)state;
	for (uint32_t i = 0; prof_loss_kind(i); i++)
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(prof_loss_kind(i)->name, prof_loss_kind(j)->name);
}

static void a_number_without_a_kind_is_none(void **state)
{
	(void)state;
	assert_null(prof_loss_kind(PROF_LOSS_UNDECODED + 1));
	assert_null(prof_loss_kind(PROF_LOSS_KIND_COUNT));
	assert_null(prof_loss_kind(UINT32_MAX));
}

/* Recordings hold the numbers. */
static void numbers_stay(void **state)
{
	(void)state;
	assert_int_equal(PROF_LOSS_MALFORMED, 9);
	assert_int_equal(PROF_LOSS_READ_ELSEWHERE, 10);
	assert_int_equal(PROF_LOSS_OTHER_INTERFACE, 19);
	assert_int_equal(PROF_LOSS_STAGE, 20);
	assert_int_equal(PROF_LOSS_UNDECODED, 21);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_have_no_gap_and_each_is_told_in_full),
		cmocka_unit_test(no_two_kinds_have_the_same_name),
		cmocka_unit_test(a_number_without_a_kind_is_none),
		cmocka_unit_test(numbers_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
