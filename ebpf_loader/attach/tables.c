/* SPDX-License-Identifier: BSD-2-Clause */
#include "tables.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define ROWS_BYTES (PROBE_ROW_COUNT * sizeof(struct probe_row))
#define STATES_BYTES                                                                               \
	((size_t)PROBE_ROW_COUNT * PROBE_ROW_SOCKET_COUNT * sizeof(struct probe_socket_state))

static size_t counts_bytes(int cpu_count)
{
	return (size_t)cpu_count * sizeof(struct probe_counts);
}

/* 0 and the mapping, which the kernel rounds up to whole pages, or a negative errno. */
static int map_array(int fd, size_t size_bytes, int protection, void **ret_memory)
{
	*ret_memory = mmap(NULL, size_bytes, protection, MAP_SHARED, fd, 0);
	if (*ret_memory != MAP_FAILED)
		return 0;
	*ret_memory = NULL;
	return -errno;
}

int tables_open(struct tables *tables, int rows_fd, int states_fd, int counts_fd, int cpu_count)
{
	void *memory;
	int err;

	*tables = (struct tables){ .cpu_count = cpu_count };
	err = map_array(rows_fd, ROWS_BYTES, PROT_READ | PROT_WRITE, &memory);
	tables->rows = memory;
	if (!err) {
		err = map_array(states_fd, STATES_BYTES, PROT_READ | PROT_WRITE, &memory);
		tables->states = memory;
	}
	if (!err) {
		err = map_array(counts_fd, counts_bytes(cpu_count), PROT_READ, &memory);
		tables->cpu_counts = memory;
	}
	if (err)
		tables_close(tables);
	return err;
}

void tables_close(struct tables *tables)
{
	if (tables->rows)
		(void)munmap(tables->rows, ROWS_BYTES);
	if (tables->states)
		(void)munmap(tables->states, STATES_BYTES);
	if (tables->cpu_counts)
		(void)munmap((void *)(uintptr_t)tables->cpu_counts,
			     counts_bytes(tables->cpu_count));
	memset(tables, 0, sizeof(*tables));
}

/* Where the cookie stands in its row, or PROBE_ROW_SOCKET_COUNT. */
static uint32_t find_place(const struct probe_row *row, uint64_t cookie)
{
	uint32_t place = 0;

	while (place < PROBE_ROW_SOCKET_COUNT && row->cookies[place] != cookie)
		place++;
	return place;
}

int tables_want(struct tables *tables, uint64_t cookie)
{
	uint32_t row_index = probe_row_of(cookie);
	struct probe_row *row = &tables->rows[row_index];
	uint32_t place = find_place(row, cookie);

	if (place < PROBE_ROW_SOCKET_COUNT)
		return 0;
	place = find_place(row, 0);
	if (place == PROBE_ROW_SOCKET_COUNT)
		return -ENOSPC;
	tables->states[row_index * PROBE_ROW_SOCKET_COUNT + place] =
		(struct probe_socket_state){ 0 };
	/* The probe that finds the cookie finds its own state. */
	atomic_store_explicit((_Atomic uint64_t *)(void *)&row->cookies[place], cookie,
			      memory_order_release);
	return 0;
}

void tables_forget(struct tables *tables, uint64_t cookie)
{
	struct probe_row *row = &tables->rows[probe_row_of(cookie)];
	uint32_t place = find_place(row, cookie);

	if (cookie && place < PROBE_ROW_SOCKET_COUNT)
		atomic_store_explicit((_Atomic uint64_t *)(void *)&row->cookies[place], 0,
				      memory_order_release);
}

void tables_sum(const struct tables *tables, struct probe_counts *ret_counts)
{
	memset(ret_counts, 0, sizeof(*ret_counts));
	for (int cpu = 0; cpu < tables->cpu_count; cpu++)
		for (int kind = 0; kind < PROBE_COUNT_KIND_COUNT; kind++)
			ret_counts->count[kind] += atomic_load_explicit(
				(const _Atomic __u64 *)&tables->cpu_counts[cpu].count[kind],
				memory_order_relaxed);
}
