/* SPDX-License-Identifier: BSD-2-Clause */
/* The exchange from a client's side, without sockets and with a clock of our own. */
#include "../unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "core/exchange.h"

#define NS_PER_MS UINT64_C(1000000)
#define WALL_US	  UINT64_C(1790000000123456)

struct bench {
	struct exchange *exchange;
	struct exchange_config config;
	uint64_t now_ns;
	struct client client;
};

static void fake_sha1(const void *bytes, size_t size_bytes,
		      uint8_t ret_digest[static HANDSHAKE_DIGEST_BYTES])
{
	(void)bytes;
	(void)size_bytes;
	memset(ret_digest, 0, HANDSHAKE_DIGEST_BYTES);
}

static int make_bench(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (!bench)
		return -1;
	bench->now_ns = 1000 * NS_PER_MS;
	bench->config = (struct exchange_config){
		.seed = 1, .rate_hz = 1000, .fault_interval = 50, .sha1 = fake_sha1
	};
	*state = bench;
	return 0;
}

static int free_bench(void **state)
{
	struct bench *bench = *state;

	bench->exchange = exchange_destroy(bench->exchange);
	free(bench);
	return 0;
}

static void start(struct bench *bench, const char *scenario)
{
	assert_int_equal(script_parse(scenario, &bench->config.script), 0);
	bench->exchange = exchange_create(&bench->config, bench->now_ns);
	assert_non_null(bench->exchange);
}

static void receive(struct bench *bench, int slot, const void *bytes, size_t size_bytes)
{
	exchange_receive(bench->exchange, slot, bytes, size_bytes, bench->now_ns);
}

static void send_frame(struct bench *bench, int slot, unsigned int opcode, const char *payload)
{
	uint8_t frame[1024];
	size_t size_bytes = strlen(payload);
	size_t header_bytes = frame_put_header(frame, FRAME_FIN | opcode, size_bytes);

	frame[1] |= FRAME_MASK;
	memset(frame + header_bytes, 0, 4); /* a mask that changes nothing */
	memcpy(frame + header_bytes + 4, payload, size_bytes);
	receive(bench, slot, frame, header_bytes + 4 + size_bytes);
}

static int connect_raw(struct bench *bench, const char *target)
{
	char head[2048];
	int slot = exchange_accept(bench->exchange, bench->now_ns);

	assert_true(slot >= 0);
	(void)snprintf(head, sizeof(head),
		       "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		       "Sec-WebSocket-Version: 13\r\n"
		       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		       target);
	receive(bench, slot, head, strlen(head));
	return slot;
}

static void take(struct bench *bench, int slot)
{
	client_take(&bench->client, exchange_outbox(bench->exchange, slot), bench->now_ns);
}

/* Connects and reads the answer to the handshake. */
static int open_client(struct bench *bench, const char *target)
{
	int slot = connect_raw(bench, target);
	const char *end;

	memset(&bench->client, 0, sizeof(bench->client));
	take(bench, slot);
	bench->client.stream[bench->client.used_bytes] = '\0';
	assert_memory_equal(bench->client.stream, "HTTP/1.1 101 ", 13);
	end = strstr((const char *)bench->client.stream, "\r\n\r\n");
	assert_non_null(end);
	bench->client.read_bytes = (size_t)(end + 4 - (const char *)bench->client.stream);
	return slot;
}

static void run_for(struct bench *bench, int slot, uint64_t duration_ms)
{
	for (uint64_t ms = 0; ms < duration_ms; ms++) {
		bench->now_ns += NS_PER_MS;
		(void)exchange_advance(bench->exchange, bench->now_ns, WALL_US + 1000 * ms);
		take(bench, slot);
	}
}

static bool next_text(struct bench *bench)
{
	while (client_next(&bench->client))
		if (bench->client.opcode == FRAME_TEXT)
			return true;
	return false;
}

static void assert_answer(struct bench *bench, int slot, const char *question, const char *answer)
{
	send_frame(bench, slot, FRAME_TEXT, question);
	take(bench, slot);
	assert_true(client_next(&bench->client));
	assert_string_equal((const char *)bench->client.message, answer);
}

static void assert_closed(struct bench *bench, unsigned int code)
{
	do
		assert_true(client_next(&bench->client));
	while (bench->client.opcode != FRAME_CLOSE);
	assert_int_equal(bench->client.message[0] << 8 | bench->client.message[1], code);
}

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

static void a_ping_is_echoed_and_a_missing_pong_ends_the_connection(void **state)
{
	struct bench *bench = *state;
	char payload[64] = "";
	int slot;

	bench->config.ping_interval_ms = 100;
	bench->config.pong_timeout_ms = 250;
	bench->config.is_client_rate_free = true;
	start(bench, "market");
	slot = open_client(bench, "/market/ws");
	send_frame(bench, slot, FRAME_PING, "abc");
	take(bench, slot);
	assert_true(client_next(&bench->client));
	assert_int_equal(bench->client.opcode, FRAME_PONG);
	assert_memory_equal(bench->client.message, "abc", 3);
	for (int i = 0; i < 10; i++) {
		run_for(bench, slot, 110);
		while (client_next(&bench->client)) {
			assert_int_equal(bench->client.opcode, FRAME_PING);
			memcpy(payload, bench->client.message, bench->client.message_bytes);
			payload[bench->client.message_bytes] = '\0';
		}
		assert_true(payload[0] != '\0');
		send_frame(bench, slot, FRAME_PONG, payload);
	}
	assert_int_equal(exchange_counters(bench->exchange)->pong_timeout_count, 0);
	send_frame(bench, slot, FRAME_PONG, "not the payload of any ping");
	run_for(bench, slot, 600);
	assert_closed(bench, FRAME_CLOSE_POLICY);
	assert_int_equal(exchange_counters(bench->exchange)->pong_timeout_count, 1);
}

static void who_sends_too_much_is_closed(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "market");
	slot = open_client(bench, "/ws");
	for (int second = 0; second < 3; second++) {
		for (int i = 0; i < 5; i++)
			send_frame(bench, slot, FRAME_PING, "x");
		run_for(bench, slot, 1001);
	}
	assert_int_equal(exchange_counters(bench->exchange)->rate_limited_count, 0);
	for (int i = 0; i < 6; i++)
		send_frame(bench, slot, FRAME_PING, "x");
	take(bench, slot);
	assert_closed(bench, FRAME_CLOSE_POLICY);
	assert_int_equal(exchange_counters(bench->exchange)->rate_limited_count, 1);
}

/* Also when the script has gone on before they are answered. */
static void pongs_to_a_scenarios_own_pings_are_free(void **state)
{
	struct bench *bench = *state;
	uint64_t ping_count = 0;
	int slot;

	start(bench, "mixed:1,steady:60");
	slot = open_client(bench, "/ws/btcusdt@trade");
	run_for(bench, slot, 1500);
	for (size_t at = bench->client.read_bytes; at < bench->client.used_bytes;) {
		const uint8_t *frame = bench->client.stream + at;

		ping_count += frame[0] == (FRAME_FIN | FRAME_PING);
		at += frame[1] == 126 ? 4 + ((size_t)frame[2] << 8 | frame[3])
				      : 2 + (size_t)frame[1];
	}
	assert_true(ping_count > 50);
	for (uint64_t i = 0; i < ping_count + 5; i++)
		send_frame(bench, slot, FRAME_PONG, "between");
	assert_int_equal(exchange_counters(bench->exchange)->rate_limited_count, 0);
	send_frame(bench, slot, FRAME_PONG, "one more than five");
	assert_int_equal(exchange_counters(bench->exchange)->rate_limited_count, 1);
}

static void a_client_that_does_not_read_is_lost(void **state)
{
	struct bench *bench = *state;
	int slot;

	bench->config.rate_hz = 100000;
	start(bench, "market");
	slot = connect_raw(bench, "/ws/btcusdt@trade");
	for (int ms = 0; ms < 2000 && !exchange_is_lost(bench->exchange, slot); ms++) {
		bench->now_ns += NS_PER_MS;
		(void)exchange_advance(bench->exchange, bench->now_ns, WALL_US);
	}
	assert_true(exchange_is_lost(bench->exchange, slot));
	assert_int_equal(exchange_counters(bench->exchange)->slow_count, 1);
}

static void a_handshake_that_never_ends_is_lost(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "market");
	slot = exchange_accept(bench->exchange, bench->now_ns);
	receive(bench, slot, "GET /ws HT", 10);
	run_for(bench, slot, 9000);
	assert_false(exchange_is_lost(bench->exchange, slot));
	run_for(bench, slot, 2000);
	assert_true(exchange_is_lost(bench->exchange, slot));
}

static void a_wrong_path_is_answered_with_404(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "market");
	slot = connect_raw(bench, "/nowhere");
	take(bench, slot);
	assert_memory_equal(bench->client.stream, "HTTP/1.1 404 ", 13);
	assert_int_equal(bench->client.last_action, OUTBOX_CLOSE);
	assert_int_equal(exchange_counters(bench->exchange)->refused_count, 1);
}

static void a_closing_client_is_answered(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "market");
	slot = open_client(bench, "/ws");
	send_frame(bench, slot, FRAME_CLOSE, "\x03\xe8");
	take(bench, slot);
	assert_closed(bench, FRAME_CLOSE_NORMAL);
	assert_int_equal(bench->client.last_action, OUTBOX_CLOSE);
}

static void shutdown_is_announced_on_spot_and_not_on_futures(void **state)
{
	static const char announced[] =
		"{\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":";
	struct bench *bench = *state;
	int slot;

	start(bench, "shutdown");
	slot = open_client(bench, "/stream");
	run_for(bench, slot, 4000);
	assert_true(client_next(&bench->client));
	assert_memory_equal(bench->client.message, announced, sizeof(announced) - 1);
	run_for(bench, slot, 1500);
	assert_closed(bench, FRAME_CLOSE_GOING_AWAY);
	slot = open_client(bench, "/market/stream");
	run_for(bench, slot, 4900);
	assert_false(client_next(&bench->client));
	run_for(bench, slot, 500);
	assert_closed(bench, FRAME_CLOSE_GOING_AWAY);
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

static void connections_are_bounded(void **state)
{
	struct bench *bench = *state;

	start(bench, "market");
	for (int i = 0; i < EXCHANGE_CONN_COUNT_MAX; i++)
		assert_int_equal(exchange_accept(bench->exchange, bench->now_ns), i);
	assert_int_equal(exchange_accept(bench->exchange, bench->now_ns), -EMFILE);
	exchange_closed(bench->exchange, 7);
	assert_int_equal(exchange_accept(bench->exchange, bench->now_ns), 7);
	assert_int_equal(exchange_conn_number(bench->exchange, 7), EXCHANGE_CONN_COUNT_MAX + 1);
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
	assert_in_range(whole, 900, 1100);
	assert_true(records_of_a_second(bench, slot) > 5 * whole);
	assert_in_range(records_of_a_second(bench, slot), 900, 1100);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, make_bench, free_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(a_combined_stream_names_each_payload),
		BENCH_TEST(a_stream_on_the_wrong_route_is_acknowledged_and_silent),
		BENCH_TEST(unsubscribing_ends_a_stream),
		BENCH_TEST(the_combined_property_can_be_changed),
		BENCH_TEST(two_connections_are_sent_the_same),
		BENCH_TEST(every_message_handed_out_is_marked_once),
		BENCH_TEST(a_ping_is_echoed_and_a_missing_pong_ends_the_connection),
		BENCH_TEST(who_sends_too_much_is_closed),
		BENCH_TEST(pongs_to_a_scenarios_own_pings_are_free),
		BENCH_TEST(a_client_that_does_not_read_is_lost),
		BENCH_TEST(a_handshake_that_never_ends_is_lost),
		BENCH_TEST(a_wrong_path_is_answered_with_404),
		BENCH_TEST(a_closing_client_is_answered),
		BENCH_TEST(shutdown_is_announced_on_spot_and_not_on_futures),
		BENCH_TEST(silence_is_kept),
		BENCH_TEST(connections_are_bounded),
		BENCH_TEST(every_scenario_runs),
		cmocka_unit_test(scripts_are_parsed),
		BENCH_TEST(a_script_changes_how_open_connections_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
