/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "feed/continuity.h"

static struct feed_message agg(uint64_t id)
{
	return (struct feed_message){
		.event = FEED_EVENT_AGG_TRADE,
		.has = FEED_HAS_AGG_ID,
		.agg_id = id,
	};
}

static struct feed_message spot_depth(uint64_t first, uint64_t last)
{
	return (struct feed_message){
		.event = FEED_EVENT_DEPTH_UPDATE,
		.has = FEED_HAS_FIRST_ID | FEED_HAS_LAST_ID,
		.first_id = first,
		.last_id = last,
	};
}

static struct feed_message futures_depth(uint64_t previous, uint64_t first, uint64_t last)
{
	struct feed_message message = spot_depth(first, last);

	message.has |= FEED_HAS_PREVIOUS_ID;
	message.previous_id = previous;
	return message;
}

static enum chain_verdict step(struct chain *chain, struct feed_message message, uint64_t missing)
{
	uint64_t got;
	enum chain_verdict verdict = chain_step(chain, &message, &got);

	assert_int_equal(got, missing);
	return verdict;
}

static void agg_trades_count_by_one(void **state)
{
	struct chain chain = { 0 };

	(void)state;
	assert_int_equal(step(&chain, agg(7), 0), CHAIN_START);
	assert_int_equal(step(&chain, agg(8), 0), CHAIN_OK);
	assert_int_equal(step(&chain, agg(11), 2), CHAIN_GAP);
	assert_int_equal(step(&chain, agg(11), 0), CHAIN_REPEAT);
	assert_int_equal(step(&chain, agg(3), 0), CHAIN_REPEAT);
	assert_int_equal(step(&chain, agg(12), 0), CHAIN_OK);
}

static void spot_depth_begins_behind_the_last_one(void **state)
{
	struct chain chain = { 0 };

	(void)state;
	assert_int_equal(step(&chain, spot_depth(1, 5), 0), CHAIN_START);
	assert_int_equal(step(&chain, spot_depth(6, 6), 0), CHAIN_OK);
	assert_int_equal(step(&chain, spot_depth(9, 12), 2), CHAIN_GAP);
	assert_int_equal(step(&chain, spot_depth(13, 20), 0), CHAIN_OK);
	assert_int_equal(step(&chain, spot_depth(13, 20), 0), CHAIN_REPEAT);
}

static void futures_depth_names_the_last_one(void **state)
{
	struct chain chain = { 0 };

	(void)state;
	assert_int_equal(step(&chain, futures_depth(1, 3, 5), 0), CHAIN_START);
	assert_int_equal(step(&chain, futures_depth(5, 40, 50), 0), CHAIN_OK);
	assert_int_equal(step(&chain, futures_depth(51, 52, 60), 1), CHAIN_GAP);
	assert_int_equal(step(&chain, futures_depth(60, 61, 61), 0), CHAIN_OK);
	assert_int_equal(step(&chain, futures_depth(5, 40, 50), 0), CHAIN_REPEAT);
}

static void other_events_have_no_chain_but_an_identity(void **state)
{
	struct feed_message trade = {
		.event = FEED_EVENT_TRADE,
		.has = FEED_HAS_TRADE_ID | FEED_HAS_EVENT_TIME,
		.trade_id = 5,
		.event_time = 9,
	};
	struct feed_message bar = {
		.event = FEED_EVENT_KLINE,
		.has = FEED_HAS_EVENT_TIME,
		.event_time = 9,
	};
	struct feed_message nothing = { 0 };
	struct chain chain = { 0 };
	uint64_t id = 0;

	(void)state;
	assert_int_equal(step(&chain, trade, 0), CHAIN_NONE);
	assert_true(feed_identity(&trade, &id));
	assert_int_equal(id, 5);
	assert_true(feed_identity(&bar, &id));
	assert_int_equal(id, 9);
	assert_false(feed_identity(&nothing, &id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agg_trades_count_by_one),
		cmocka_unit_test(spot_depth_begins_behind_the_last_one),
		cmocka_unit_test(futures_depth_names_the_last_one),
		cmocka_unit_test(other_events_have_no_chain_but_an_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
