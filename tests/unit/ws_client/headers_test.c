/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "ws_client/headers.h"

static struct headers headers;

static enum headers_verdict add(const char *line)
{
	return headers_add(&headers, line);
}

static void lines_are_written_as_in_a_request(void **state)
{
	static const char expected[] = "X-MBX-APIKEY: abc\r\nUser-Agent: a b:c\r\nX: y\r\n";

	(void)state;
	memset(&headers, 0, sizeof(headers));
	assert_int_equal(add("X-MBX-APIKEY:abc"), HEADERS_OK);
	assert_int_equal(add("User-Agent: \ta b:c \t"), HEADERS_OK);
	assert_int_equal(add("X:  y"), HEADERS_OK);
	assert_int_equal(headers.size_bytes, sizeof(expected) - 1);
	assert_memory_equal(headers.text, expected, sizeof(expected) - 1);
	assert_true(headers_has(&headers, "x-mbx-apikey"));
	assert_true(headers_has(&headers, "X"));
	assert_false(headers_has(&headers, "X-MBX"));
	assert_false(headers_has(&headers, "abc"));
}

static void what_would_break_the_request_is_refused(void **state)
{
	static const struct {
		const char *line;
		enum headers_verdict verdict;
	} cases[] = {
		{ "", HEADERS_NO_COLON },
		{ "X-Key", HEADERS_NO_COLON },
		{ ":value", HEADERS_BAD_NAME },
		{ "X Key: v", HEADERS_BAD_NAME },
		{ "X-Key : v", HEADERS_BAD_NAME },
		{ "X\r\nHost: v", HEADERS_BAD_NAME },
		{ "X\xc3\xa4: v", HEADERS_BAD_NAME },
		{ "X(y): v", HEADERS_BAD_NAME },
		{ "X:", HEADERS_BAD_VALUE },
		{ "X: \t ", HEADERS_BAD_VALUE },
		{ "X: a\r\nY: b", HEADERS_BAD_VALUE },
		{ "X: a\nY: b", HEADERS_BAD_VALUE },
		{ "X: a\rb", HEADERS_BAD_VALUE },
		{ "X: a\x7f", HEADERS_BAD_VALUE },
		{ "X: \xc3\xa4", HEADERS_BAD_VALUE },
		{ "X: \x01", HEADERS_BAD_VALUE },
		{ "Host: x", HEADERS_OWN_NAME },
		{ "hOST:x", HEADERS_OWN_NAME },
		{ "Connection: close", HEADERS_OWN_NAME },
		{ "Upgrade: h2c", HEADERS_OWN_NAME },
		{ "Sec-WebSocket-Key: a", HEADERS_OWN_NAME },
		{ "sec-websocket-extensions: a", HEADERS_OWN_NAME },
		{ "Content-Length: 5", HEADERS_OWN_NAME },
		{ "Transfer-Encoding: chunked", HEADERS_OWN_NAME },
	};

	(void)state;
	memset(&headers, 0, sizeof(headers));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (add(cases[i].line) != cases[i].verdict)
			fail_msg("'%s'", cases[i].line);
		assert_int_equal(headers.size_bytes, 0);
		assert_true(strlen(headers_verdict_text(cases[i].verdict)) > 10);
	}
}

static void they_fill_their_room_and_no_more(void **state)
{
	static char line[HEADERS_BYTES + 1];

	(void)state;
	for (size_t size_bytes = HEADERS_BYTES - 8; size_bytes < HEADERS_BYTES; size_bytes++) {
		memset(&headers, 0, sizeof(headers));
		memset(line, 'v', size_bytes);
		memcpy(line, "X:", 2);
		line[size_bytes] = '\0';
		/* A space, CR and LF come to it. */
		assert_int_equal(add(line),
				 size_bytes + 3 <= HEADERS_BYTES ? HEADERS_OK : HEADERS_TOO_LARGE);
		if (headers.size_bytes)
			assert_int_equal(headers.size_bytes, size_bytes + 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_written_as_in_a_request),
		cmocka_unit_test(what_would_break_the_request_is_refused),
		cmocka_unit_test(they_fill_their_room_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
