/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/exchange/bench.h"

#define API_KEY "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01"

/* Connects with those lines of header besides; true where it was let in. */
static bool knock(struct bench *bench, const char *target, const char *headers, int *ret_slot)
{
	int slot = exchange_accept(bench->exchange, bench->now_ns);
	char head[2048];
	const char *end;

	assert_true(slot >= 0);
	(void)snprintf(head, sizeof(head),
		       "GET %s HTTP/1.1\r\n%sUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		       target, headers);
	receive(bench, slot, head, strlen(head));
	memset(&bench->client, 0, sizeof(bench->client));
	take(bench, slot);
	end = strstr((const char *)bench->client.stream, "\r\n\r\n");
	assert_non_null(end);
	bench->client.read_bytes = (size_t)(end + 4 - (const char *)bench->client.stream);
	*ret_slot = slot;
	return memcmp(bench->client.stream, "HTTP/1.1 101 ", 13) == 0;
}

static size_t count_messages(struct bench *bench, int slot, unsigned int opcode)
{
	size_t count = 0;

	run_for(bench, slot, 300);
	while (client_next(&bench->client))
		count += bench->client.opcode == opcode;
	return count;
}

static void a_futures_host_serves_public_streams_unrouted(void **state)
{
	static const char *const hosts[] = { "Host: fstream.binance.com\r\n",
					     "Host: dstream.binance.com:9443\r\n" };
	struct bench *bench = *state;
	int slot;

	start(bench, "steady");
	for (size_t i = 0; i < 2; i++) {
		assert_true(knock(bench, "/ws/btcusd_perp@bookTicker", hosts[i], &slot));
		assert_true(count_messages(bench, slot, FRAME_TEXT) > 100);
		exchange_closed(bench->exchange, slot);
		assert_true(knock(bench, "/ws", hosts[i], &slot));
		assert_answer(
			bench, slot,
			"{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@aggTrade\"],\"id\":-7}",
			"{\"result\":null,\"id\":-7}");
		assert_int_equal(count_messages(bench, slot, FRAME_TEXT), 0);
		exchange_closed(bench->exchange, slot);
	}
}

static void the_private_route_is_acknowledged_and_silent(void **state)
{
	struct bench *bench = *state;
	int slot;

	start(bench, "steady");
	assert_true(knock(bench, "/private/stream?streams=", "", &slot));
	assert_answer(bench, slot,
		      "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@trade\"],\"id\":\"a\"}",
		      "{\"result\":null,\"id\":\"a\"}");
	assert_int_equal(count_messages(bench, slot, FRAME_TEXT), 0);
}

static void sbe_asks_for_a_key(void **state)
{
	static const char *const refused[] = {
		"Host: stream-sbe.binance.com\r\n",
		"Host: stream-sbe.binance.com\r\nX-MBX-APIKEY: short\r\n",
		"Host: stream-sbe.binance.com\r\nX-MBX-APIKEY: " API_KEY "2\r\n",
		"Host: stream-sbe.binance.com\r\nX-MBX-APIKEY: "
		"-123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01\r\n",
	};
	struct bench *bench = *state;
	int slot;

	start(bench, "steady");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_false(knock(bench, "/ws/btcusdt@trade", refused[i], &slot));
		assert_memory_equal(bench->client.stream, "HTTP/1.1 401 ", 13);
		exchange_closed(bench->exchange, slot);
	}
	/* The routes of futures know no key. */
	assert_true(knock(bench, "/market/ws/btcusdt@aggTrade", refused[0], &slot));
}

static void sbe_is_binary_and_its_answers_are_text(void **state)
{
	static const char host[] = "Host: stream-sbe.binance.com:9443\r\nx-mbx-apikey: " API_KEY
				   "\r\n";
	struct bench *bench = *state;
	int slot;

	start(bench, "steady");
	assert_true(knock(bench, "/stream?streams=btcusdt@bestBidAsk", host, &slot));
	assert_answer(bench, slot,
		      "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@aggTrade\"],\"id\":1}",
		      "{\"result\":null,\"id\":1}");
	assert_int_equal(bench->client.opcode, FRAME_TEXT);
	run_for(bench, slot, 300);
	while (client_next(&bench->client)) {
		assert_int_equal(bench->client.opcode, FRAME_BINARY);
		/* Of a combined connection, too: bare. */
		assert_memory_equal(bench->client.message, "\x32\x00\x11\x27\x01\x00\x00\x00", 8);
	}
	send_frame(bench, slot, FRAME_TEXT,
		   "{\"method\":\"UNSUBSCRIBE\",\"params\":[\"btcusdt@bestBidAsk\"],\"id\":2}");
	take(bench, slot);
	assert_true(client_next(&bench->client));
	assert_int_equal(count_messages(bench, slot, FRAME_BINARY), 0);
}

static void sbe_says_in_json_that_it_ends(void **state)
{
	struct bench *bench = *state;
	int slot;

	bench->config.venue = VENUE_SBE;
	start(bench, "shutdown");
	assert_true(knock(bench, "/ws/btcusdt@trade", "X-MBX-APIKEY: " API_KEY "\r\n", &slot));
	run_for(bench, slot, 3100);
	do
		assert_true(client_next(&bench->client));
	while (bench->client.opcode != FRAME_TEXT);
	assert_memory_equal(bench->client.message, "{\"e\":\"serverShutdown\",\"E\":1790000003",
			    34);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(a_futures_host_serves_public_streams_unrouted),
		BENCH_TEST(the_private_route_is_acknowledged_and_silent),
		BENCH_TEST(sbe_asks_for_a_key),
		BENCH_TEST(sbe_is_binary_and_its_answers_are_text),
		BENCH_TEST(sbe_says_in_json_that_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
