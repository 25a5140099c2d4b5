/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "feed/dedupe.h"

static void each_id_of_a_stream_is_new_once(void **state)
{
	struct dedupe *dedupe = calloc(1, sizeof(*dedupe));

	(void)state;
	assert_non_null(dedupe);
	for (int round = 0; round < 2; round++) {
		for (uint32_t stream = 1; stream <= 3; stream++)
			for (uint64_t id = 0; id < 5000; id++)
				assert_int_equal(dedupe_add(dedupe, stream, id << stream * 9),
						 round == 0);
	}
	dedupe_clear(dedupe);
	assert_true(dedupe_add(dedupe, 1, 0));
	free(dedupe);
}

static void a_full_set_says_new_and_counts(void **state)
{
	struct dedupe *dedupe = calloc(1, sizeof(*dedupe));

	(void)state;
	assert_non_null(dedupe);
	for (uint64_t id = 0; id < DEDUPE_SLOT_COUNT / 2; id++)
		assert_true(dedupe_add(dedupe, 1, id));
	assert_true(dedupe_add(dedupe, 1, UINT64_MAX));
	assert_true(dedupe_add(dedupe, 1, UINT64_MAX));
	assert_int_equal(dedupe->overflow_count, 2);
	assert_false(dedupe_add(dedupe, 1, 17));
	free(dedupe);
}

static void messages_of_other_bytes_have_other_numbers(void **state)
{
	static const char *const texts[] = { "", "a", "b", "ab", "ba", "{\"u\":1}", "{\"u\":2}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			assert_int_equal(dedupe_hash(texts[i], strlen(texts[i])) ==
						 dedupe_hash(texts[k], strlen(texts[k])),
					 i == k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_id_of_a_stream_is_new_once),
		cmocka_unit_test(a_full_set_says_new_and_counts),
		cmocka_unit_test(messages_of_other_bytes_have_other_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
