/* SPDX-License-Identifier: BSD-2-Clause */
/* What the exchange sends, from a client's side. */
#include "tests/unit/exchange/bench.h"

#include <errno.h>

static void a_combined_stream_names_each_payload(void **state)
{
	struct bench *bench = *state;
	bool has_btc = false;
	bool has_eth = false;
	int slot;

	start(bench, "market");
	slot = open_client(bench, "/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade");
	run_for(bench, slot, 1000);
	while (next_text(bench)) {
		const char *text = (const char *)bench->client.message;

		if (strncmp(text, "{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\",",
			    51) == 0)
			has_btc = true;
		else if (strncmp(text,
				 "{\"stream\":\"ethusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\",",
				 51) == 0)
			has_eth = true;
		else
			fail_msg("%s", text);
	}
	assert_true(has_btc && has_eth);
}

static void a_stream_on_the_wrong_route_is_acknowledged_and_silent(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "market");
	slot = open_client(bench, "/market/ws/btcusdt@nosuch");
	assert_answer(bench, slot,
		      "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@bookTicker\"],\"id\":1}",
		      "{\"result\":null,\"id\":1}");
	run_for(bench, slot, 5000);
	assert_false(client_next(&bench->client));
	assert_answer(bench, slot, "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":3}",
		      "{\"result\":[\"btcusdt@nosuch\",\"btcusdt@bookTicker\"],\"id\":3}");
	assert_answer(bench, slot,
		      "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@aggTrade\"],\"id\":2}",
		      "{\"result\":null,\"id\":2}");
	run_for(bench, slot, 100);
	assert_true(next_text(bench));
	assert_memory_equal(bench->client.message, "{\"e\":\"aggTrade\"", 15);
}

static void unsubscribing_ends_a_stream(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "market");
	slot = open_client(bench, "/ws/btcusdt@trade");
	run_for(bench, slot, 100);
	assert_true(next_text(bench));
	send_frame(bench, slot, FRAME_TEXT,
		   "{\"method\":\"UNSUBSCRIBE\",\"params\":[\"btcusdt@trade\"],\"id\":1}");
	take(bench, slot);
	while (next_text(bench))
		;
	run_for(bench, slot, 100);
	assert_false(next_text(bench));
	assert_answer(bench, slot, "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":3}",
		      "{\"result\":[],\"id\":3}");
}

static void the_combined_property_can_be_changed(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "market");
	slot = open_client(bench, "/ws");
	assert_answer(bench, slot,
		      "{\"method\":\"GET_PROPERTY\",\"params\":[\"combined\"],\"id\":1}",
		      "{\"result\":false,\"id\":1}");
	assert_answer(bench, slot,
		      "{\"method\":\"SET_PROPERTY\",\"params\":[\"combined\",true],\"id\":2}",
		      "{\"result\":null,\"id\":2}");
	assert_answer(bench, slot, "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@trade\"]}",
		      "{\"result\":null,\"id\":null}");
	run_for(bench, slot, 100);
	assert_true(next_text(bench));
	assert_memory_equal(bench->client.message, "{\"stream\":\"btcusdt@trade\",\"data\":{", 34);
}

static uint64_t trade_id(const struct bench *bench)
{
	const char *at = strstr((const char *)bench->client.message, "\"t\":");

	assert_non_null(at);
	return strtoull(at + 4, NULL, 10);
}

/* Two connections at once see the same messages: what a roll-over relies on. */
static void two_connections_are_sent_the_same(void **state)
{
	struct bench *bench = *state;
	struct client *other = calloc(1, sizeof(*other));
	uint64_t first_id;
	int first;
	int second;

	assert_non_null(other);
	start(bench, "market");
	first = open_client(bench, "/ws/btcusdt@trade");
	run_for(bench, first, 50);
	*other = bench->client;
	second = open_client(bench, "/ws/btcusdt@trade");
	for (int ms = 0; ms < 200; ms++) {
		bench->now_ns += NS_PER_MS;
		(void)exchange_advance(bench->exchange, bench->now_ns, WALL_US);
		take(bench, second);
		client_take(other, exchange_outbox(bench->exchange, first), bench->now_ns);
	}
	assert_true(next_text(bench));
	first_id = trade_id(bench);
	for (;;) {
		assert_true(client_next(other));
		if (strstr((const char *)other->message, "\"t\":") &&
		    strtoull(strstr((const char *)other->message, "\"t\":") + 4, NULL, 10) ==
			    first_id)
			break;
	}
	do {
		assert_string_equal((const char *)other->message,
				    (const char *)bench->client.message);
	} while (next_text(bench) && client_next(other));
	free(other);
}

static void every_message_handed_out_is_marked_once(void **state)
{
	struct bench *bench = *state;
	struct outbox_mark mark;
	uint64_t last_id = 0;
	uint64_t count = 0;
	int slot;

	start(bench, "mixed");
	slot = open_client(bench, "/ws/btcusdt@trade");
	run_for(bench, slot, 1000);
	while (outbox_take_mark(exchange_outbox(bench->exchange, slot), &mark)) {
		assert_string_equal(exchange_stream_name(bench->exchange, mark.stream_index),
				    "btcusdt@trade");
		if (last_id)
			assert_int_equal(mark.id, last_id + 1);
		last_id = mark.id;
		assert_true(next_text(bench));
		assert_int_equal(trade_id(bench), mark.id);
		assert_int_equal(bench->client.message_bytes, mark.size_bytes);
		count++;
	}
	assert_int_equal(count, exchange_counters(bench->exchange)->message_count);
	assert_true(count > 500);
}

static void silence_is_kept(void **state)
{
	struct bench *bench = *state;
	int slot;

	bench->config.is_silent = true;
	start(bench, "market");
	slot = open_client(bench, "/ws/btcusdt@trade");
	run_for(bench, slot, 2000);
	assert_false(client_next(&bench->client));
}

/* No scenario fails an assertion of ours, whatever the client makes of it. */
static void every_scenario_runs(void **state)
{
	struct bench *bench = *state;
	const struct scenario *scenario = NULL;

	bench->config.rate_hz = 100;
	while ((scenario = scenario_next(scenario))) {
		int slot;

		start(bench, scenario->name);
		slot = open_client(bench, "/public/stream?streams=btcusdt@depth@0ms/btcusdt@trade");
		for (int i = 0; i < 12; i++) {
			run_for(bench, slot, 500);
			bench->client.used_bytes = 0; /* read and forgotten */
		}
		assert_true(exchange_counters(bench->exchange)->message_count >= 50);
		bench->exchange = exchange_destroy(bench->exchange);
	}
}

static void scripts_are_parsed(void **state)
{
	static const char *const wrong[] = { "",	   "nosuch",	     "steady:",
					     "steady:0",   "steady:x",	     "steady,split",
					     "steady:5,",  "steady:5,split", ",steady:5",
					     "steady:5:5", "steady:99999",   "steady:-1",
					     "steady: 5" };
	struct script script;

	(void)state;
	assert_int_equal(script_parse("steady:5,bursts:2", &script), 0);
	assert_string_equal(script_at(&script, 0)->name, "steady");
	assert_string_equal(script_at(&script, 4999 * NS_PER_MS)->name, "steady");
	assert_string_equal(script_at(&script, 5000 * NS_PER_MS)->name, "bursts");
	assert_string_equal(script_at(&script, 7000 * NS_PER_MS)->name, "steady");
	assert_string_equal(script_at(&script, 12500 * NS_PER_MS)->name, "bursts");
	assert_int_equal(script_parse("split", &script), 0);
	assert_string_equal(script_at(&script, UINT64_MAX)->name, "split");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(script_parse(wrong[i], &script), -EINVAL);
}

static size_t records_of_a_second(struct bench *bench, int slot)
{
	size_t before = bench->client.record_count;

	run_for(bench, slot, 1000);
	return bench->client.record_count - before;
}

static void a_script_changes_how_open_connections_are_served(void **state)
{
	struct bench *bench = *state;
	size_t whole;
	int slot;

	start(bench, "steady:1,split:1");
	slot = open_client(bench, "/ws/btcusdt@trade");
	whole = records_of_a_second(bench, slot);
	assert_int_in_range(whole, 900, 1100);
	assert_true(records_of_a_second(bench, slot) > 5 * whole);
	assert_int_in_range(records_of_a_second(bench, slot), 900, 1100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(a_combined_stream_names_each_payload),
		BENCH_TEST(a_stream_on_the_wrong_route_is_acknowledged_and_silent),
		BENCH_TEST(unsubscribing_ends_a_stream),
		BENCH_TEST(the_combined_property_can_be_changed),
		BENCH_TEST(two_connections_are_sent_the_same),
		BENCH_TEST(every_message_handed_out_is_marked_once),
		BENCH_TEST(silence_is_kept),
		BENCH_TEST(every_scenario_runs),
		cmocka_unit_test(scripts_are_parsed),
		BENCH_TEST(a_script_changes_how_open_connections_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
