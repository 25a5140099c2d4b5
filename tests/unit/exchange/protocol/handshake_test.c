/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "exchange/protocol/handshake.h"

#define REST                                                                                       \
	"Host: localhost\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"                         \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

static const char good[] = "GET /market/ws/btcusdt@aggTrade HTTP/1.1\r\n" REST;

/* The digest of the example in RFC 6455, section 1.3; any other input fails. */
static void sha1_of_the_example(const void *bytes, size_t size_bytes,
				uint8_t ret_digest[static HANDSHAKE_DIGEST_BYTES])
{
	static const char salted[] = "dGhlIHNhbXBsZSBub25jZQ=="
				     "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	static const uint8_t digest[HANDSHAKE_DIGEST_BYTES] = { 0xb3, 0x7a, 0x4f, 0x2c, 0xc0,
								0x62, 0x4f, 0x16, 0x90, 0xf6,
								0x46, 0x06, 0xcf, 0x38, 0x59,
								0x45, 0xb2, 0xbe, 0xc4, 0xea };

	assert_int_equal(size_bytes, sizeof(salted) - 1);
	assert_memory_equal(bytes, salted, size_bytes);
	memcpy(ret_digest, digest, sizeof(digest));
}

static void the_example_of_the_rfc_is_accepted(void **state)
{
	struct handshake handshake;
	char buffer[512];
	struct text text = text_over(buffer, sizeof(buffer));

	(void)state;
	assert_int_equal(handshake_parse(good, sizeof(good) - 1, &handshake), HANDSHAKE_OK);
	assert_int_equal(handshake.head_bytes, sizeof(good) - 1);
	assert_int_equal(handshake.target_bytes, strlen("/market/ws/btcusdt@aggTrade"));
	assert_memory_equal(handshake.target, "/market/ws/btcusdt@aggTrade",
			    handshake.target_bytes);
	handshake_accept(&text, &handshake, sha1_of_the_example);
	text_add_char(&text, '\0');
	assert_false(text.is_cut);
	assert_non_null(strstr(buffer, "101 Switching"));
	assert_non_null(
		strstr(buffer, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
}

static void every_cut_of_the_head_wants_more(void **state)
{
	struct handshake handshake;

	(void)state;
	for (size_t size_bytes = 0; size_bytes < sizeof(good) - 1; size_bytes++)
		assert_int_equal(handshake_parse(good, size_bytes, &handshake), HANDSHAKE_MORE);
}

static void what_follows_the_head_is_not_taken(void **state)
{
	struct handshake handshake;
	char longer[sizeof(good) + 8];

	(void)state;
	(void)snprintf(longer, sizeof(longer), "%sframe", good);
	assert_int_equal(handshake_parse(longer, strlen(longer), &handshake), HANDSHAKE_OK);
	assert_int_equal(handshake.head_bytes, sizeof(good) - 1);
}

static void other_requests_are_told_apart(void **state)
{
	static const struct {
		const char *head;
		enum handshake_verdict verdict;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", HANDSHAKE_NO_UPGRADE },
		{ "POST /ws HTTP/1.1\r\n" REST, HANDSHAKE_BAD },
		{ "GET /ws HTTP/1.0\r\n" REST, HANDSHAKE_BAD },
		{ "GET ws HTTP/1.1\r\n" REST, HANDSHAKE_BAD },
		{ "GET  HTTP/1.1\r\n" REST, HANDSHAKE_BAD },
		{ "\r\n\r\n", HANDSHAKE_BAD },
		{ "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n\r\n",
		  HANDSHAKE_BAD_VERSION },
		{ "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
		  HANDSHAKE_BAD },
		{ "GET /ws HTTP/1.1\r\nupgrade:websocket\r\nsec-websocket-version:\t13 \r\n"
		  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		  HANDSHAKE_OK },
	};
	struct handshake handshake;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(handshake_parse(cases[i].head, strlen(cases[i].head), &handshake),
				 cases[i].verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_rfc_is_accepted),
		cmocka_unit_test(every_cut_of_the_head_wants_more),
		cmocka_unit_test(what_follows_the_head_is_not_taken),
		cmocka_unit_test(other_requests_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
