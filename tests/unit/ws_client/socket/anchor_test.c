/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "ws_client/socket/anchor.h"

static struct anchor begun(uint64_t counted_bytes, uint64_t kernel_bytes)
{
	struct anchor anchor;

	anchor_begin(&anchor, counted_bytes, &kernel_bytes);
	assert_true(anchor.is_known);
	return anchor;
}

static void a_direct_connection_begins_at_0(void **state)
{
	struct anchor anchor = begun(0, 0);

	(void)state;
	assert_int_equal(anchor.offset, 0);
	anchor_check(&anchor, 0, 0);
	anchor_check(&anchor, 4711, 4711);
	assert_true(anchor.is_known);
	assert_int_equal(anchor.check_count, 2);
}

static void a_proxys_answer_of_any_length_shifts_it(void **state)
{
	(void)state;
	for (uint64_t bytes = 1; bytes < 70000; bytes += 13) {
		struct anchor anchor = begun(bytes, bytes);

		assert_int_equal(anchor.offset, bytes);
		anchor_check(&anchor, 100, bytes + 100);
		assert_true(anchor.is_known);
		anchor_check(&anchor, 200, 200); /* as if it had not been there */
		assert_false(anchor.is_known);
		assert_int_equal(anchor.disputed_bytes, bytes);
	}
}

static void what_others_have_read_is_the_kernels_to_say(void **state)
{
	struct anchor anchor = begun(0, 12); /* a preloaded proxy took them */

	(void)state;
	assert_int_equal(anchor.offset, 12);
	anchor_check(&anchor, 5, 17);
	assert_true(anchor.is_known);
}

static void a_kernel_that_does_not_say_leaves_what_was_counted(void **state)
{
	struct anchor anchor;

	(void)state;
	anchor_begin(&anchor, 39, NULL);
	assert_true(anchor.is_known);
	assert_int_equal(anchor.offset, 39);
	anchor = begun(39, 0); /* an imitation that leaves the field empty */
	assert_int_equal(anchor.offset, 39);
	anchor_check(&anchor, 1000, 0);
	assert_true(anchor.is_known);
	assert_int_equal(anchor.check_count, 0);
}

static void what_was_disputed_once_is_never_known_again(void **state)
{
	struct anchor anchor = begun(0, 0);

	(void)state;
	anchor_check(&anchor, 100, 101);
	assert_false(anchor.is_known);
	assert_int_equal(anchor.disputed_bytes, 1);
	anchor_check(&anchor, 200, 200);
	assert_false(anchor.is_known);
	assert_int_equal(anchor.disputed_bytes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_direct_connection_begins_at_0),
		cmocka_unit_test(a_proxys_answer_of_any_length_shifts_it),
		cmocka_unit_test(what_others_have_read_is_the_kernels_to_say),
		cmocka_unit_test(a_kernel_that_does_not_say_leaves_what_was_counted),
		cmocka_unit_test(what_was_disputed_once_is_never_known_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
