/* SPDX-License-Identifier: BSD-2-Clause */
/* How connections to the exchange begin, are kept and end. */
#include "tests/unit/exchange/bench.h"

#include <errno.h>

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
	assert_int_equal(exchange_peer_close_code(bench->exchange, slot), 0);
	send_frame(bench, slot, FRAME_CLOSE, "\x03\xef");
	assert_int_equal(exchange_peer_close_code(bench->exchange, slot), 1007);
	take(bench, slot);
	assert_closed(bench, FRAME_CLOSE_NORMAL);
	assert_int_equal(bench->client.last_action, OUTBOX_CLOSE);
	slot = open_client(bench, "/ws");
	send_frame(bench, slot, FRAME_CLOSE, "");
	assert_int_equal(exchange_peer_close_code(bench->exchange, slot), FRAME_CLOSE_NO_CODE);
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

static void spot_takes_300_new_connections_in_5_minutes(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "market");
	for (int i = 0; i < 300; i++)
		exchange_closed(bench->exchange, open_client(bench, "/ws"));
	memset(&bench->client, 0, sizeof(bench->client));
	slot = connect_raw(bench, "/ws");
	take(bench, slot);
	assert_memory_equal(bench->client.stream, "HTTP/1.1 429 ", 13);
	assert_int_equal(bench->client.last_action, OUTBOX_CLOSE);
	exchange_closed(bench->exchange, slot);
	exchange_closed(bench->exchange, open_client(bench, "/market/ws"));
	bench->now_ns += 300 * 1000 * NS_PER_MS;
	(void)open_client(bench, "/ws");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(a_ping_is_echoed_and_a_missing_pong_ends_the_connection),
		BENCH_TEST(who_sends_too_much_is_closed),
		BENCH_TEST(pongs_to_a_scenarios_own_pings_are_free),
		BENCH_TEST(a_client_that_does_not_read_is_lost),
		BENCH_TEST(a_handshake_that_never_ends_is_lost),
		BENCH_TEST(a_wrong_path_is_answered_with_404),
		BENCH_TEST(a_closing_client_is_answered),
		BENCH_TEST(shutdown_is_announced_on_spot_and_not_on_futures),
		BENCH_TEST(connections_are_bounded),
		BENCH_TEST(spot_takes_300_new_connections_in_5_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
