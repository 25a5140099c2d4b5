/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/publish/sockets.h"

#include "tests/unit/unit.h"

static int make_table(void **state)
{
	*state = socket_table_create();
	return *state ? 0 : -1;
}

static int free_table(void **state)
{
	*state = socket_table_free(*state);
	return 0;
}

static void what_was_added_is_found_until_removed(void **state)
{
	struct socket_table *table = *state;
	uint64_t evicted;

	for (uint64_t cookie = 1; cookie <= 2000; cookie++) {
		socket_table_add(table, cookie, &evicted)->flow_id = cookie * 3;
		assert_int_equal(evicted, 0);
	}
	for (uint64_t cookie = 1; cookie <= 2000; cookie++) {
		struct socket_entry *entry = socket_table_find(table, cookie);

		assert_non_null(entry);
		assert_int_equal(entry->flow_id, cookie * 3);
		assert_ptr_equal(socket_table_add(table, cookie, &evicted), entry);
		socket_table_remove(table, cookie);
		assert_null(socket_table_find(table, cookie));
	}
}

static void nothing_has_the_cookie_0(void **state)
{
	assert_null(socket_table_find(*state, 0));
}

static void a_full_table_gives_up_the_sockets_used_longest_ago(void **state)
{
	struct socket_table *table = *state;
	const uint64_t kept_cookie = 7;
	uint64_t evicted_count = 0;
	uint64_t evicted;

	(void)socket_table_add(table, kept_cookie, &evicted);
	for (uint64_t cookie = 100; cookie < 100000; cookie++) {
		(void)socket_table_add(table, cookie, &evicted);
		assert_int_not_equal(evicted, kept_cookie);
		assert_null(socket_table_find(table, evicted));
		evicted_count += evicted != 0;
		assert_non_null(socket_table_find(table, kept_cookie)); /* in use all along */
	}
	assert_true(evicted_count >= 99900 - 16384);
}

static void an_evicted_place_starts_afresh(void **state)
{
	struct socket_table *table = *state;
	uint64_t evicted;

	for (uint64_t cookie = 1; cookie < 100000; cookie++) {
		struct socket_entry *entry = socket_table_add(table, cookie, &evicted);

		assert_false(entry->has_read);
		assert_false(entry->is_in_registry);
		entry->is_in_registry = true;
		(void)socket_note_read(entry, 5, 5);
	}
}

static void reads_that_join_up_skip_nothing(void **state)
{
	struct socket_entry entry = { .cookie = 1 };
	uint64_t offset = UINT64_C(0xfffffff0); /* across 2^32 too */

	(void)state;
	for (uint32_t size_bytes = 1; size_bytes < 1000; size_bytes++) {
		assert_int_equal(socket_note_read(&entry, offset, size_bytes), 0);
		offset += size_bytes;
	}
}

static void bytes_between_reads_are_told(void **state)
{
	struct socket_entry entry = { .cookie = 1 };

	(void)state;
	assert_int_equal(socket_note_read(&entry, 5000, 10), 0); /* attached mid-stream */
	assert_int_equal(socket_note_read(&entry, 5017, 10), 7);
	assert_int_equal(socket_note_read(&entry, 5010, 7), -17); /* fills the gap */
	assert_int_equal(socket_note_read(&entry, 5027, 10), 0);
}

static void a_connection_seen_from_its_first_byte_has_no_untold_beginning(void **state)
{
	struct socket_entry whole = { .cookie = 1 };
	struct socket_entry late = { .cookie = 2 };
	struct socket_entry old = { .cookie = 3 };

	(void)state;
	socket_watch_from(&whole, 1);
	assert_int_equal(socket_note_read(&whole, 30, 10), 30);
	socket_watch_from(&late, 1 + 20); /* wanted when 20 had been read */
	assert_int_equal(socket_note_read(&late, 30, 10), 10);
	socket_watch_from(&late, 1); /* told again with every read */
	assert_int_equal(socket_note_read(&late, 40, 10), 0);
	socket_watch_from(&old, 0);
	assert_int_equal(socket_note_read(&old, 30, 10), 0);
}

static void a_position_never_goes_back(void **state)
{
	struct socket_entry entry = { .cookie = 1 };

	(void)state;
	socket_note_position(&entry, 100);
	assert_int_equal(socket_note_read(&entry, 100, 10), 0);
	socket_note_position(&entry, 50);
	assert_int_equal(socket_note_read(&entry, 110, 10), 0);
	socket_note_position(&entry, 150);
	assert_int_equal(socket_note_read(&entry, 160, 10), 10);
}

static void every_place_is_walked_once(void **state)
{
	struct socket_table *table = *state;
	struct socket_entry *entry;
	uint64_t evicted_cookie;
	uint64_t sum = 0;
	uint32_t count = 0;

	for (uint64_t cookie = 1; cookie <= 100; cookie++)
		(void)socket_table_add(table, cookie, &evicted_cookie);
	while ((entry = socket_table_at(table, count)) != NULL) {
		sum += entry->cookie;
		count++;
	}
	assert_int_equal(sum, 5050);
	assert_int_equal(count, 16384);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_added_is_found_until_removed, make_table,
						free_table),
		cmocka_unit_test_setup_teardown(nothing_has_the_cookie_0, make_table, free_table),
		cmocka_unit_test_setup_teardown(a_full_table_gives_up_the_sockets_used_longest_ago,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(an_evicted_place_starts_afresh, make_table,
						free_table),
		cmocka_unit_test(reads_that_join_up_skip_nothing),
		cmocka_unit_test(bytes_between_reads_are_told),
		cmocka_unit_test(a_connection_seen_from_its_first_byte_has_no_untold_beginning),
		cmocka_unit_test(a_position_never_goes_back),
		cmocka_unit_test_setup_teardown(every_place_is_walked_once, make_table, free_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
