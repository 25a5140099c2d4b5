/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash table whose buckets become more keeps every item, in the order in which it was put in. */
#include "tests/unit/unit.h"

#include "correlator/seen/buckets.h"

#define ITEM_COUNT   5000
#define BUCKET_COUNT 8192

struct item {
	uint32_t key;
	uint32_t next;
};

struct table {
	struct item items[ITEM_COUNT + 1];
	uint32_t buckets[BUCKET_COUNT];
	uint32_t mask;
};

static uint32_t *link_of(void *of, uint32_t index, uint32_t *ret_bucket)
{
	struct table *table = of;

	*ret_bucket = table->items[index].key & table->mask;
	return &table->items[index].next;
}

static void put(struct table *table, uint32_t index, uint32_t key)
{
	uint32_t count = table->mask + 1;

	if (buckets_are_few(table->mask, BUCKET_COUNT - 1, index - 1)) {
		table->mask += count;
		buckets_spread(table->buckets, count, link_of, table);
	}
	table->items[index] = (struct item){ key, table->buckets[key & table->mask] };
	table->buckets[key & table->mask] = index;
}

/* Those of one key lie one after the other with others between; the newest comes first. */
static void assert_whole(const struct table *table, uint32_t item_count)
{
	uint32_t found_count = 0;

	for (uint32_t bucket = 0; bucket <= table->mask; bucket++) {
		uint32_t before = UINT32_MAX;

		for (uint32_t i = table->buckets[bucket]; i; i = table->items[i].next) {
			assert_int_equal(table->items[i].key & table->mask, bucket);
			assert_true(i < before);
			before = i;
			found_count++;
		}
	}
	assert_int_equal(found_count, item_count);
}

static void every_item_stays_in_its_order(void **state)
{
	static struct table table;
	uint32_t mask;

	(void)state;
	table.mask = mask = buckets_first_mask(BUCKET_COUNT - 1);
	for (uint32_t i = 1; i <= ITEM_COUNT; i++) {
		put(&table, i, i % 3 ? i * 2654435761u : 77); /* many of one key */
		if (table.mask == mask && i != ITEM_COUNT)
			continue;
		assert_whole(&table, i);
		mask = table.mask;
	}
	assert_int_equal(table.mask, BUCKET_COUNT - 1);
}

static void there_are_never_more_than_there_is_memory_for(void **state)
{
	(void)state;
	assert_int_equal(buckets_first_mask(15), 15);
	assert_int_equal(buckets_first_mask(65535), 1023);
	assert_false(buckets_are_few(15, 15, 1000));
	assert_false(buckets_are_few(1023, 4095, 255));
	assert_true(buckets_are_few(1023, 4095, 256));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_item_stays_in_its_order),
		cmocka_unit_test(there_are_never_more_than_there_is_memory_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
