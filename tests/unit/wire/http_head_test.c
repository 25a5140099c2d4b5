/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "wire/http_head.h"

#define HEAD                                                                                       \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"                               \
	"SEC-WebSocket-Extensions: foo, permessage-deflate; server_no_context_takeover\r\n\r\n"

static void every_way_to_cut_a_head_ends_at_the_same_byte(void **state)
{
	static const char text[] = HEAD "\x81\x02hi";

	(void)state;
	for (size_t cut = 0; cut < sizeof(HEAD); cut++) {
		struct http_head head = { 0 };
		size_t taken = http_head_feed(&head, (const uint8_t *)text, cut);

		if (!head.is_whole)
			taken += http_head_feed(&head, (const uint8_t *)text + taken,
						sizeof(text) - 1 - taken);
		assert_int_equal(taken, sizeof(HEAD) - 1);
		assert_true(head.is_whole);
		assert_true(head.has_deflate);
		assert_int_equal(http_head_status(&head), 101);
		assert_string_equal(head.status_line, "HTTP/1.1 101 Switching Protocols");
	}
}

static uint32_t status_of(const char *text)
{
	struct http_head head = { 0 };

	(void)http_head_feed(&head, (const uint8_t *)text, strlen(text));
	return http_head_status(&head);
}

static void only_a_status_line_has_a_status(void **state)
{
	(void)state;
	assert_int_equal(status_of("HTTP/1.1 404 Not Found\r\n\r\n"), 404);
	assert_int_equal(status_of("HTTP/1.0 200\r\n\r\n"), 200);
	assert_int_equal(status_of("GET / HTTP/1.1\r\n\r\n"), 0);
	assert_int_equal(status_of("HTTP/1.1\r\n\r\n"), 0);
	assert_int_equal(status_of("\r\n\r\n"), 0);
}

/* As tshark takes it, and as RFC 9112, 2.2 lets. */
static void a_line_feed_alone_ends_a_line(void **state)
{
	static const char *const texts[] = {
		"HTTP/1.1 101 x\nSec-WebSocket-Extensions: permessage-deflate\n\n",
		"HTTP/1.1 101 x\nSec-WebSocket-Extensions: permessage-deflate\r\n\n",
		"HTTP/1.1 101 x\r\nSec-WebSocket-Extensions: permessage-deflate\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct http_head head = { 0 };
		uint8_t bytes[128];
		size_t size_bytes = strlen(texts[i]);

		memcpy(bytes, texts[i], size_bytes);
		memcpy(bytes + size_bytes, "\n\n", 2); /* a frame may begin like this */
		assert_int_equal(http_head_feed(&head, bytes, size_bytes + 2), size_bytes);
		assert_true(head.is_whole);
		assert_true(head.has_deflate);
		assert_int_equal(http_head_status(&head), 101);
	}
}

static void a_head_without_the_extension_has_no_compression(void **state)
{
	static const char text[] = "HTTP/1.1 101 x\r\nX-A: permessage-deflate\r\n\r\n";
	struct http_head head = { 0 };

	(void)state;
	assert_int_equal(http_head_feed(&head, (const uint8_t *)text, sizeof(text) - 1),
			 sizeof(text) - 1);
	assert_true(head.is_whole);
	assert_false(head.has_deflate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_cut_a_head_ends_at_the_same_byte),
		cmocka_unit_test(only_a_status_line_has_a_status),
		cmocka_unit_test(a_line_feed_alone_ends_a_line),
		cmocka_unit_test(a_head_without_the_extension_has_no_compression),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
