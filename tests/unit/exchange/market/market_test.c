/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/market/market.h"
#include "exchange/protocol/text.h"

#define NS_PER_MS UINT64_C(1000000)
#define WALL_US	  UINT64_C(1790000000123456)

/* Everything one stream said, with what its ids promised. */
struct record {
	size_t count;
	uint64_t last_id;
	bool is_broken;
	size_t payload_bytes_max;
	size_t used_bytes;
	char *payloads;
	char scratch[PAYLOAD_BYTES_MAX];
	uint32_t stream_index;
};

#define PAYLOADS_BYTES_MAX (1u << 20)

static void remember(void *context, uint32_t stream_index, const struct message *message)
{
	struct record *record = context;
	struct text text = text_over(record->scratch, sizeof(record->scratch));
	struct message timeless = *message;

	if (stream_index != record->stream_index)
		return;
	/* A stream of all symbols has each one's ids. */
	if (record->count > 0 && !message->spec->is_all)
		switch (message->spec->kind) {
		case STREAM_AGG_TRADE:
		case STREAM_TRADE:
			record->is_broken |= message->id != record->last_id + 1;
			break;
		case STREAM_DEPTH_DIFF:
			record->is_broken |= message->is_futures
						     ? message->prev_id != record->last_id
						     : message->first_id != record->last_id + 1;
			record->is_broken |= message->first_id > message->id;
			break;
		default:
			record->is_broken |= message->id <= record->last_id && message->id > 0;
		}
	record->count++;
	record->last_id = message->id;
	timeless.event_wall_us = WALL_US;
	timeless.lag_us = 0;
	payload_format(&text, &timeless, false);
	assert_false(text.is_cut);
	if (text.used_bytes > record->payload_bytes_max)
		record->payload_bytes_max = text.used_bytes;
	if (record->payloads && record->used_bytes + text.used_bytes <= PAYLOADS_BYTES_MAX) {
		memcpy(record->payloads + record->used_bytes, text.at, text.used_bytes);
		record->used_bytes += text.used_bytes;
	}
}

struct run {
	struct market_config config;
	enum route route;
	const char *name;
	const char *other; /* subscribed, too; NULL: none */
	uint64_t step_ns;
	uint64_t end_ns;
};

static void play(const struct run *run, struct record *record)
{
	struct market *market = market_create(&run->config);
	int index;

	assert_non_null(market);
	record->count = 0;
	record->used_bytes = 0;
	record->is_broken = false;
	record->payload_bytes_max = 0;
	if (run->other)
		assert_true(market_open_stream(market, run->route, run->other, 1) >= 0);
	index = market_open_stream(market, run->route, run->name, 1);
	assert_true(index >= 0);
	record->stream_index = (uint32_t)index;
	for (uint64_t now_ns = 1; now_ns < run->end_ns; now_ns += run->step_ns) {
		uint64_t next_ns = market_advance(market, now_ns, WALL_US, remember, record);

		assert_true(next_ns > now_ns);
	}
	assert_int_equal(market_skip_count(market), 0);
	(void)market_destroy(market);
}

static void ids_never_break(void **state)
{
	static const struct {
		enum route route;
		const char *name;
	} streams[] = {
		{ ROUTE_MARKET, "btcusdt@aggTrade" },	    { ROUTE_PUBLIC, "btcusdt@trade" },
		{ ROUTE_PUBLIC, "btcusdt@bookTicker" },	    { ROUTE_PUBLIC, "btcusdt@depth@0ms" },
		{ ROUTE_PUBLIC, "btcusdt@depth" },	    { ROUTE_SPOT, "bnbbtc@depth@100ms" },
		{ ROUTE_SPOT, "bnbbtc@depth20@100ms" },	    { ROUTE_MARKET, "!ticker@arr" },
		{ ROUTE_MARKET, "!contractInfo" },	    { ROUTE_MARKET, "!forceOrder@arr" },
		{ ROUTE_PUBLIC, "btcusdt@rpiDepth@500ms" }, { ROUTE_SBE, "btcusdt@depth" },
	};
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(record);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
			struct run run = { .config = { .seed = seed, .rate_hz = 200 },
					   .route = streams[i].route,
					   .name = streams[i].name,
					   .step_ns = NS_PER_MS,
					   .end_ns = 20000 * NS_PER_MS };

			play(&run, record);
			assert_true(record->count >= 18);
			assert_false(record->is_broken);
		}
	}
	free(record);
}

static void a_stream_repeats_whoever_else_listens_and_whenever_it_is_called(void **state)
{
	struct run run = { .config = { .seed = 7, .rate_hz = 100 },
			   .route = ROUTE_PUBLIC,
			   .name = "btcusdt@depth@0ms",
			   .step_ns = NS_PER_MS,
			   .end_ns = 5000 * NS_PER_MS };
	struct record *first = calloc(1, sizeof(*first));
	struct record *second = calloc(1, sizeof(*second));
	size_t common_bytes;

	(void)state;
	assert_non_null(first);
	assert_non_null(second);
	first->payloads = malloc(PAYLOADS_BYTES_MAX);
	second->payloads = malloc(PAYLOADS_BYTES_MAX);
	play(&run, first);
	run.other = "btcusdt@bookTicker";
	run.step_ns = 7 * NS_PER_MS / 3;
	play(&run, second);
	common_bytes = first->used_bytes < second->used_bytes ? first->used_bytes
							      : second->used_bytes;
	assert_true(common_bytes > 50000);
	assert_memory_equal(first->payloads, second->payloads, common_bytes);
	run.config.seed = 8;
	play(&run, second);
	assert_int_not_equal(memcmp(first->payloads, second->payloads, 1000), 0);
	free(first->payloads);
	free(second->payloads);
	free(first);
	free(second);
}

/* All books of a symbol, and what was last said of it. */
struct books {
	uint64_t last_id;
	size_t count;
	size_t zero_count;
	char scratch[PAYLOAD_BYTES_MAX];
};

static void check_book(void *context, uint32_t stream_index, const struct message *message)
{
	struct books *books = context;
	struct text text = text_over(books->scratch, sizeof(books->scratch) - 1);

	(void)stream_index;
	if (strcmp(message->symbol, "btcusdt") != 0)
		return;
	/* What is said later is never about an earlier book, whichever stream says it. */
	assert_true(message->id >= books->last_id);
	books->last_id = message->id;
	books->count++;
	if (message->spec->kind != STREAM_DEPTH_TOP)
		return;
	payload_format(&text, message, false);
	books->scratch[text.used_bytes] = '\0';
	books->zero_count += strstr(books->scratch, "\"0.000\"") != NULL;
}

static void one_symbol_has_one_sequence_and_snapshots_list_what_is_there(void **state)
{
	static const struct {
		enum route route;
		const char *name;
	} streams[] = {
		{ ROUTE_PUBLIC, "btcusdt@depth@0ms" },
		{ ROUTE_UNROUTED, "btcusdt@depth@0ms" },
		{ ROUTE_PUBLIC, "btcusdt@depth" },
		{ ROUTE_PUBLIC, "btcusdt@depth20@100ms" },
		{ ROUTE_PUBLIC, "btcusdt@depth5" },
		{ ROUTE_PUBLIC, "btcusdt@bookTicker" },
		{ ROUTE_PUBLIC, "btcusdt@rpiDepth@500ms" },
		{ ROUTE_PUBLIC, "!bookTicker" },
	};
	struct market_config config = { .seed = 1, .rate_hz = 200 };
	struct market *market = market_create(&config);
	struct books *books = calloc(1, sizeof(*books));
	int first;

	(void)state;
	assert_non_null(market);
	assert_non_null(books);
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		assert_true(market_open_stream(market, streams[i].route, streams[i].name, 1) >= 0);
	/* Unrouted and /public are one stream. */
	first = market_open_stream(market, ROUTE_PUBLIC, "btcusdt@depth@0ms", 1);
	assert_int_equal(market_open_stream(market, ROUTE_UNROUTED, "btcusdt@depth@0ms", 1), first);
	for (uint64_t ms = 0; ms < 12000; ms += 7)
		(void)market_advance(market, 1 + ms * NS_PER_MS, WALL_US, check_book, books);
	assert_true(books->count > 3000);
	assert_int_equal(books->zero_count, 0);
	free(books);
	(void)market_destroy(market);
}

static void the_mean_rate_is_the_one_asked_for(void **state)
{
	static const enum market_pace paces[] = { PACE_NATURAL, PACE_STEADY, PACE_BURSTS };
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(record);
	for (size_t i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
		struct run run = { .config = { .seed = 1, .rate_hz = 1000, .pace = paces[i] },
				   .route = ROUTE_MARKET,
				   .name = "btcusdt@aggTrade",
				   .step_ns = NS_PER_MS / 2,
				   .end_ns = 100000 * NS_PER_MS };

		play(&run, record);
		assert_int_in_range(record->count, 95000, 105000);
	}
	free(record);
}

static void large_depth_frames_are_large_and_none_is_too_large(void **state)
{
	struct run run = { .config = { .seed = 1, .rate_hz = 100, .depth = DEPTH_LARGE },
			   .route = ROUTE_PUBLIC,
			   .name = "btcusdt@depth@0ms",
			   .step_ns = NS_PER_MS,
			   .end_ns = 10000 * NS_PER_MS };
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(record);
	play(&run, record);
	assert_int_in_range(record->payload_bytes_max, 33000, 37000);
	free(record);
}

/* Who comes while we are late has the time that the others' overdue messages have yet to reach. */
static void a_newcomer_while_we_are_late_breaks_no_ids(void **state)
{
	struct market_config config = { .seed = 1, .rate_hz = 1 };
	struct market *market = market_create(&config);
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(market);
	assert_non_null(record);
	assert_int_equal(market_open_stream(market, ROUTE_SBE, "btcusdt@depth", 1), 0);
	(void)market_advance(market, 10 * NS_PER_MS, WALL_US, remember, record);
	assert_int_equal(
		market_open_stream(market, ROUTE_SBE, "btcusdt@bestBidAsk", 95 * NS_PER_MS), 1);
	(void)market_advance(market, 95 * NS_PER_MS, WALL_US, remember, record);
	assert_true(record->count >= 3);
	assert_false(record->is_broken);
	free(record);
	(void)market_destroy(market);
}

static void a_long_pause_is_left_out_and_counted(void **state)
{
	struct market_config config = { .seed = 1, .rate_hz = 1000 };
	struct market *market = market_create(&config);
	struct record *record = calloc(1, sizeof(*record));

	(void)state;
	assert_non_null(market);
	assert_non_null(record);
	assert_int_equal(market_open_stream(market, ROUTE_MARKET, "btcusdt@aggTrade", 1), 0);
	(void)market_advance(market, 10 * NS_PER_MS, WALL_US, remember, record);
	(void)market_advance(market, 60000 * NS_PER_MS, WALL_US, remember, record);
	assert_true(record->count < 2000);
	assert_int_equal(market_skip_count(market), 1);
	free(record);
	(void)market_destroy(market);
}

static void the_tables_are_bounded(void **state)
{
	struct market_config config = { .seed = 1, .rate_hz = 1 };
	struct market *market = market_create(&config);
	char name[] = "aaaabtc@aggTrade";
	int index = 0;

	(void)state;
	assert_non_null(market);
	for (int i = 0; i < 26 * 26 * 26 && index >= 0; i++) {
		name[0] = (char)('a' + i % 26);
		name[1] = (char)('a' + i / 26 % 26);
		name[2] = (char)('a' + i / 676);
		index = market_open_stream(market, ROUTE_MARKET, name, 1);
		if (index >= 0)
			assert_string_equal(market_stream(market, (uint32_t)index)->name, name);
	}
	assert_int_equal(index, -ENOSPC);
	/* What was there is still found, and unknown names are still told. */
	assert_int_equal(market_open_stream(market, ROUTE_MARKET, "aaaabtc@aggTrade", 1), 0);
	assert_int_equal(market_open_stream(market, ROUTE_MARKET, "btcusdt@bookTicker", 1),
			 -ENOENT);
	(void)market_destroy(market);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_never_break),
		cmocka_unit_test(a_stream_repeats_whoever_else_listens_and_whenever_it_is_called),
		cmocka_unit_test(one_symbol_has_one_sequence_and_snapshots_list_what_is_there),
		cmocka_unit_test(the_mean_rate_is_the_one_asked_for),
		cmocka_unit_test(large_depth_frames_are_large_and_none_is_too_large),
		cmocka_unit_test(a_newcomer_while_we_are_late_breaks_no_ids),
		cmocka_unit_test(a_long_pause_is_left_out_and_counted),
		cmocka_unit_test(the_tables_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
