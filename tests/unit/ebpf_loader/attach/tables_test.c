/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/attach/tables.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define CPU_COUNT  3
#define FILE_BYTES (1u << 20)

/* Files in memory stand for the mapped arrays. */
static int open_tables(void **state)
{
	static struct tables tables;
	int fds[3];

	for (int i = 0; i < 3; i++) {
		fds[i] = memfd_create("array", MFD_CLOEXEC);
		if (fds[i] < 0 || ftruncate(fds[i], FILE_BYTES) < 0)
			return -1;
	}
	*state = &tables;
	if (tables_open(&tables, fds[0], fds[1], fds[2], CPU_COUNT) < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		(void)close(fds[i]);
	return 0;
}

static int close_tables(void **state)
{
	tables_close(*state);
	return 0;
}

static size_t count_of(const struct tables *tables, uint64_t cookie)
{
	size_t count = 0;

	for (size_t i = 0; i < PROBE_ROW_SOCKET_COUNT; i++)
		count += tables->rows[probe_row_of(cookie)].cookies[i] == cookie;
	return count;
}

static void what_is_wanted_stands_once_in_its_row(void **state)
{
	struct tables *tables = *state;

	for (uint64_t cookie = 1; cookie <= 4096; cookie++) {
		assert_int_equal(tables_want(tables, cookie), 0);
		assert_int_equal(tables_want(tables, cookie), 0);
		assert_int_equal(count_of(tables, cookie), 1);
	}
	for (uint64_t cookie = 1; cookie <= 4096; cookie++) {
		tables_forget(tables, cookie);
		tables_forget(tables, cookie);
		assert_int_equal(count_of(tables, cookie), 0);
	}
	tables_forget(tables, 0);
}

static void a_place_used_again_has_a_fresh_state(void **state)
{
	struct tables *tables = *state;
	struct probe_socket_state *place =
		&tables->states[probe_row_of(5) * PROBE_ROW_SOCKET_COUNT];

	assert_int_equal(tables_want(tables, 5), 0);
	memset(place, 0xff, sizeof(*place));
	tables_forget(tables, 5);
	assert_int_equal(tables_want(tables, 5), 0);
	assert_int_equal(place->is_base_known, 0);
	assert_int_equal(place->watched_from, 0);
	tables_forget(tables, 5);
}

static void a_full_row_takes_no_more(void **state)
{
	struct tables *tables = *state;
	uint64_t taken[PROBE_ROW_SOCKET_COUNT];
	size_t count = 0;
	uint64_t cookie;

	for (cookie = 1; count < PROBE_ROW_SOCKET_COUNT; cookie++) {
		if (probe_row_of(cookie) != 7)
			continue;
		assert_int_equal(tables_want(tables, cookie), 0);
		taken[count++] = cookie;
	}
	while (probe_row_of(cookie) != 7)
		cookie++;
	assert_int_equal(tables_want(tables, cookie), -ENOSPC);
	tables_forget(tables, taken[3]);
	assert_int_equal(tables_want(tables, cookie), 0);
}

static void counters_are_summed_over_the_cpus(void **state)
{
	struct tables *tables = *state;
	struct probe_counts *counts = (struct probe_counts *)(uintptr_t)tables->cpu_counts;
	struct probe_counts sum;

	(void)state;
	if (mprotect(counts, CPU_COUNT * sizeof(*counts), PROT_READ | PROT_WRITE) < 0)
		fail();
	for (int cpu = 0; cpu < CPU_COUNT; cpu++)
		for (uint64_t kind = 0; kind < PROBE_COUNT_KIND_COUNT; kind++)
			counts[cpu].count[kind] = (kind + 1) << 8 * cpu;
	tables_sum(tables, &sum);
	for (uint64_t kind = 0; kind < PROBE_COUNT_KIND_COUNT; kind++)
		assert_int_equal(sum.count[kind], (kind + 1) * 0x10101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wanted_stands_once_in_its_row),
		cmocka_unit_test(a_place_used_again_has_a_fresh_state),
		cmocka_unit_test(a_full_row_takes_no_more),
		cmocka_unit_test(counters_are_summed_over_the_cpus),
	};

	return cmocka_run_group_tests(tests, open_tables, close_tables);
}
