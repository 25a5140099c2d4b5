/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that can come from a socket, cut in two: with the first byte odd, behind
 * a good handshake to one venue or another, so that frames are reached at once.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "exchange/session/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void fake_sha1(const void *bytes, size_t size_bytes,
		      uint8_t ret_digest[static HANDSHAKE_DIGEST_BYTES])
{
	(void)bytes;
	(void)size_bytes;
	memset(ret_digest, 0, HANDSHAKE_DIGEST_BYTES);
}

static void drain(struct exchange *exchange, int slot, uint64_t now_ns)
{
	struct outbox *outbox = exchange_outbox(exchange, slot);
	struct outbox_mark mark;
	uint64_t due_ns;

	while (outbox_front(outbox, now_ns, &due_ns))
		outbox_pop(outbox, now_ns);
	while (outbox_take_mark(outbox, &mark))
		assert(mark.size_bytes > 0);
}

#define REST                                                                                       \
	" HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                         \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static const char *const heads[] = {
	"GET /ws" REST "\r\n",
	"GET /stream?streams=btcusdt@depth" REST "Host: stream-sbe.binance.com\r\n"
	"X-MBX-APIKEY: 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01\r\n\r\n",
	"GET /stream" REST "Host: dstream.binance.com:443\r\n\r\n",
	"GET /market/ws/!markPrice@arr@1s" REST "\r\n",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	const char *head;
	static struct exchange *exchange; /* made once: 10 MiB */
	static uint64_t now_ns = 1;
	size_t cut_bytes;
	int slot;

	if (size_bytes < 2)
		return 0;
	if (!exchange) {
		struct exchange_config config = {
			.seed = 1, .rate_hz = 100, .fault_interval = 50, .sha1 = fake_sha1
		};

		(void)script_parse("mixed", &config.script);
		exchange = exchange_create(&config, now_ns);
		assert(exchange);
	}
	slot = exchange_accept(exchange, now_ns);
	assert(slot >= 0);
	head = heads[data[0] >> 1 & 3];
	if (data[0] & 1)
		exchange_receive(exchange, slot, (const uint8_t *)head, strlen(head), now_ns);
	cut_bytes = data[1] % (size_bytes - 1);
	exchange_receive(exchange, slot, data + 2, cut_bytes, now_ns);
	drain(exchange, slot, now_ns);
	if (size_bytes - 2 > cut_bytes)
		exchange_receive(exchange, slot, data + 2 + cut_bytes, size_bytes - 2 - cut_bytes,
				 now_ns);
	now_ns += 20000000;
	(void)exchange_advance(exchange, now_ns, 1790000000000000u + now_ns / 1000);
	drain(exchange, slot, now_ns);
	exchange_closed(exchange, slot);
	return 0;
}
