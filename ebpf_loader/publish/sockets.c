/* SPDX-License-Identifier: BSD-2-Clause */
#include "sockets.h"

#include <stdlib.h>

/* Twice what the probe's own map holds, so that a full row is rare. */
#define ROW_COUNT	1024u
#define ROW_ENTRY_COUNT 16u

struct socket_table {
	uint64_t use_count;
	struct socket_entry rows[ROW_COUNT][ROW_ENTRY_COUNT];
};

struct socket_table *socket_table_create(void)
{
	return calloc(1, sizeof(struct socket_table));
}

struct socket_table *socket_table_free(struct socket_table *table)
{
	free(table);
	return NULL;
}

/* Cookies count upwards: multiplying spreads neighbours over the rows. */
static struct socket_entry *row_of(struct socket_table *table, uint64_t cookie)
{
	return table->rows[(cookie * UINT64_C(0x9e3779b97f4a7c15) >> 32) % ROW_COUNT];
}

struct socket_entry *socket_table_find(struct socket_table *table, uint64_t cookie)
{
	struct socket_entry *row = row_of(table, cookie);

	for (uint32_t i = 0; cookie && i < ROW_ENTRY_COUNT; i++) {
		if (row[i].cookie == cookie) {
			row[i].used_at = ++table->use_count;
			return &row[i];
		}
	}
	return NULL;
}

/* A free place of the row, or the one used longest ago: free places were never used. */
static struct socket_entry *place_in(struct socket_entry *row)
{
	struct socket_entry *oldest = &row[0];

	for (uint32_t i = 1; i < ROW_ENTRY_COUNT; i++)
		if (row[i].used_at < oldest->used_at)
			oldest = &row[i];
	return oldest;
}

struct socket_entry *socket_table_add(struct socket_table *table, uint64_t cookie,
				      uint64_t *ret_evicted_cookie)
{
	struct socket_entry *entry = socket_table_find(table, cookie);

	*ret_evicted_cookie = 0;
	if (entry)
		return entry;
	entry = place_in(row_of(table, cookie));
	*ret_evicted_cookie = entry->cookie;
	*entry = (struct socket_entry){ .cookie = cookie, .used_at = ++table->use_count };
	return entry;
}

struct socket_entry *socket_table_at(struct socket_table *table, uint32_t index)
{
	return index < ROW_COUNT * ROW_ENTRY_COUNT
		       ? &table->rows[index / ROW_ENTRY_COUNT][index % ROW_ENTRY_COUNT]
		       : NULL;
}

void socket_table_remove(struct socket_table *table, uint64_t cookie)
{
	struct socket_entry *entry = socket_table_find(table, cookie);

	if (entry)
		*entry = (struct socket_entry){ 0 };
}

int64_t socket_note_read(struct socket_entry *entry, uint64_t start_offset, uint32_t size_bytes)
{
	int64_t gap_bytes = entry->has_read ? (int64_t)(start_offset - entry->next_offset) : 0;

	entry->has_read = true;
	if (gap_bytes >= 0)
		entry->next_offset = start_offset + size_bytes;
	return gap_bytes;
}

void socket_watch_from(struct socket_entry *entry, uint32_t watched_from)
{
	if (entry->has_read || !watched_from)
		return;
	entry->next_offset = watched_from - 1;
	entry->has_read = true;
}

void socket_note_position(struct socket_entry *entry, uint64_t end_offset)
{
	if (!entry->has_read || end_offset > entry->next_offset)
		entry->next_offset = end_offset;
	entry->has_read = true;
}
