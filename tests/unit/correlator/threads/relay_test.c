/* SPDX-License-Identifier: BSD-2-Clause */
/* Items on their way to another thread: all of them, in order, and when they have arrived. */
#include "correlator/threads/relay.h"

#include <sched.h>
#include <stdatomic.h>

#include "tests/unit/unit.h"

#define ITEM_COUNT (20 * RELAY_BATCH_COUNT * RELAY_BATCH_ITEMS + 7)

struct item {
	uint64_t number;
	uint64_t twice;
};

struct taker {
	uint64_t next; /* not atomic: relay_drain() makes it seen */
	uint64_t wrong_count;
	atomic_bool is_held;
};

static void take(void *context, const void *bytes)
{
	struct taker *taker = context;
	const struct item *item = bytes;

	while (atomic_load(&taker->is_held))
		(void)sched_yield();
	taker->wrong_count += item->number != taker->next || item->twice != 2 * item->number;
	taker->next++;
}

static void give(struct relay *relay, uint64_t number)
{
	struct item *item = relay_room(relay);

	*item = (struct item){ .number = number, .twice = 2 * number };
	relay_give(relay);
}

static void all_arrive_in_order(void **state)
{
	struct taker taker = { 0 };
	struct relay relay;

	(void)state;
	assert_int_equal(relay_open(&relay, sizeof(struct item), take, &taker), 0);
	for (uint64_t i = 0; i < ITEM_COUNT; i++)
		give(&relay, i);
	relay_close(&relay);
	assert_int_equal(taker.next, ITEM_COUNT);
	assert_int_equal(taker.wrong_count, 0);
}

/* Also of a batch that is not full, and of none. */
static void what_was_drained_has_been_taken(void **state)
{
	struct taker taker = { 0 };
	struct relay relay;
	uint64_t number = 0;

	(void)state;
	assert_int_equal(relay_open(&relay, sizeof(struct item), take, &taker), 0);
	relay_drain(&relay);
	for (uint64_t count = 0; count < 3 * RELAY_BATCH_ITEMS; count += 37) {
		for (uint64_t i = 0; i < count; i++)
			give(&relay, number++);
		relay_drain(&relay);
		assert_int_equal(taker.next, number);
	}
	relay_close(&relay);
	assert_int_equal(taker.wrong_count, 0);
}

static void *let_go(void *context)
{
	struct taker *taker = context;

	for (int i = 0; i < 1000; i++)
		(void)sched_yield();
	atomic_store(&taker->is_held, false);
	return NULL;
}

/* A taker that stands still holds the giver up, and nothing is lost by that. */
static void whoever_gives_waits_for_room(void **state)
{
	struct taker taker = { .is_held = true };
	struct relay relay;
	pthread_t thread;

	(void)state;
	assert_int_equal(relay_open(&relay, sizeof(struct item), take, &taker), 0);
	for (uint64_t i = 0; i < RELAY_BATCH_COUNT * RELAY_BATCH_ITEMS; i++)
		give(&relay, i);
	assert_int_equal(pthread_create(&thread, NULL, let_go, &taker), 0);
	give(&relay, RELAY_BATCH_COUNT * RELAY_BATCH_ITEMS);
	assert_false(atomic_load(&taker.is_held));
	relay_close(&relay);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(taker.next, RELAY_BATCH_COUNT * RELAY_BATCH_ITEMS + 1);
	assert_int_equal(taker.wrong_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_arrive_in_order),
		cmocka_unit_test(what_was_drained_has_been_taken),
		cmocka_unit_test(whoever_gives_waits_for_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
