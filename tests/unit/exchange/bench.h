/* SPDX-License-Identifier: BSD-2-Clause */
/* An exchange without sockets, with a clock of the test's own, and a client of it. */
#ifndef TESTS_EXCHANGE_BENCH_H
#define TESTS_EXCHANGE_BENCH_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "exchange/session/exchange.h"

#define NS_PER_MS UINT64_C(1000000)
#define WALL_US	  UINT64_C(1790000000123456)

struct bench {
	struct exchange *exchange;
	struct exchange_config config;
	uint64_t now_ns;
	struct client client;
};

static inline void fake_sha1(const void *bytes, size_t size_bytes,
			     uint8_t ret_digest[static HANDSHAKE_DIGEST_BYTES])
{
	(void)bytes;
	(void)size_bytes;
	memset(ret_digest, 0, HANDSHAKE_DIGEST_BYTES);
}

static inline int make_bench(void **state)
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

static inline int free_bench(void **state)
{
	struct bench *bench = *state;

	bench->exchange = exchange_destroy(bench->exchange);
	free(bench);
	return 0;
}

static inline void start(struct bench *bench, const char *scenario)
{
	assert_int_equal(script_parse(scenario, &bench->config.script), 0);
	bench->exchange = exchange_create(&bench->config, bench->now_ns);
	assert_non_null(bench->exchange);
}

static inline void receive(struct bench *bench, int slot, const void *bytes, size_t size_bytes)
{
	exchange_receive(bench->exchange, slot, bytes, size_bytes, bench->now_ns);
}

static inline void send_frame(struct bench *bench, int slot, unsigned int opcode,
			      const char *payload)
{
	uint8_t frame[1024];
	size_t size_bytes = strlen(payload);
	size_t header_bytes = frame_put_header(frame, FRAME_FIN | opcode, size_bytes);

	frame[1] |= FRAME_MASK;
	memset(frame + header_bytes, 0, 4); /* a mask that changes nothing */
	memcpy(frame + header_bytes + 4, payload, size_bytes);
	receive(bench, slot, frame, header_bytes + 4 + size_bytes);
}

static inline int connect_raw(struct bench *bench, const char *target)
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

static inline void take(struct bench *bench, int slot)
{
	client_take(&bench->client, exchange_outbox(bench->exchange, slot), bench->now_ns);
}

/* Connects and reads the answer to the handshake. */
static inline int open_client(struct bench *bench, const char *target)
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

static inline void run_for(struct bench *bench, int slot, uint64_t duration_ms)
{
	for (uint64_t ms = 0; ms < duration_ms; ms++) {
		bench->now_ns += NS_PER_MS;
		(void)exchange_advance(bench->exchange, bench->now_ns, WALL_US + 1000 * ms);
		take(bench, slot);
	}
}

static inline bool next_text(struct bench *bench)
{
	while (client_next(&bench->client))
		if (bench->client.opcode == FRAME_TEXT)
			return true;
	return false;
}

static inline void assert_answer(struct bench *bench, int slot, const char *question,
				 const char *answer)
{
	send_frame(bench, slot, FRAME_TEXT, question);
	take(bench, slot);
	assert_true(client_next(&bench->client));
	assert_string_equal((const char *)bench->client.message, answer);
}

static inline void assert_closed(struct bench *bench, unsigned int code)
{
	do
		assert_true(client_next(&bench->client));
	while (bench->client.opcode != FRAME_CLOSE);
	assert_int_equal(bench->client.message[0] << 8 | bench->client.message[1], code);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, make_bench, free_bench)

#endif
