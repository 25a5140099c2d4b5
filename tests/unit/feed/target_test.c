/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "feed/target.h"

static struct target target;

static void good_urls_are_taken_apart(void **state)
{
	static const struct {
		const char *url;
		bool is_tls;
		const char *host;
		uint16_t port;
		const char *path;
	} cases[] = {
		{ "wss://fstream.binance.com/market/ws/btcusdt@aggTrade", true,
		  "fstream.binance.com", 443, "/market/ws/btcusdt@aggTrade" },
		{ "wss://fstream.binance.com:443/ws/stream", true, "fstream.binance.com", 443,
		  "/ws/stream" },
		{ "ws://127.0.0.1:9080", false, "127.0.0.1", 9080, "/" },
		{ "ws://localhost", false, "localhost", 80, "/" },
		{ "WSS://[::1]:9443/stream?streams=a/b", true, "::1", 9443, "/stream?streams=a/b" },
		{ "wss://[fe80::1%25eth0]", true, "fe80::1%25eth0", 443, "/" },
		{ "wss://host?timeUnit=MICROSECOND", true, "host", 443, "/?timeUnit=MICROSECOND" },
		{ "wss://host/a#fragment", true, "host", 443, "/a" },
		{ "wss://host:65535/", true, "host", 65535, "/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(target_parse(cases[i].url, &target), TARGET_OK);
		assert_int_equal(target.is_tls, cases[i].is_tls);
		assert_string_equal(target.host, cases[i].host);
		assert_int_equal(target.port, cases[i].port);
		assert_string_equal(target.path, cases[i].path);
	}
}

static void bad_urls_are_refused_with_the_reason(void **state)
{
	static const struct {
		const char *url;
		enum target_verdict verdict;
	} cases[] = {
		{ "", TARGET_BAD_SCHEME },
		{ "http://host/", TARGET_BAD_SCHEME },
		{ "wss:/host", TARGET_BAD_SCHEME },
		{ "host:443", TARGET_BAD_SCHEME },
		{ "wss://", TARGET_BAD_HOST },
		{ "wss:///path", TARGET_BAD_HOST },
		{ "wss://:443", TARGET_BAD_HOST },
		{ "wss://[::1/", TARGET_BAD_HOST },
		{ "wss://[::1]x", TARGET_BAD_HOST },
		{ "wss://a b/", TARGET_BAD_HOST },
		{ "wss://a\r\nb/", TARGET_BAD_HOST },
		{ "wss://host:", TARGET_BAD_PORT },
		{ "wss://host:0", TARGET_BAD_PORT },
		{ "wss://host:65536", TARGET_BAD_PORT },
		{ "wss://host:4x", TARGET_BAD_PORT },
		{ "wss://host:-1", TARGET_BAD_PORT },
		{ "wss://host:000443", TARGET_BAD_PORT },
		{ "wss://host/a b", TARGET_BAD_PATH },
		{ "wss://host/a\r\nX: y", TARGET_BAD_PATH },
		{ "wss://host/\x7f", TARGET_BAD_PATH },
		{ "wss://user@host/", TARGET_HAS_USER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(target_parse(cases[i].url, &target), cases[i].verdict);
}

static void what_is_too_long_is_refused(void **state)
{
	char *url = calloc(1, TARGET_PATH_BYTES + 100);

	(void)state;
	assert_non_null(url);
	strcpy(url, "wss://host/");
	memset(url + 11, 'a', TARGET_PATH_BYTES - 2);
	assert_int_equal(target_parse(url, &target), TARGET_OK);
	assert_int_equal(strlen(target.path), TARGET_PATH_BYTES - 1);
	url[11 + TARGET_PATH_BYTES - 2] = 'a';
	assert_int_equal(target_parse(url, &target), TARGET_BAD_PATH);
	strcpy(url, "wss://");
	memset(url + 6, 'a', TARGET_HOST_BYTES);
	url[6 + TARGET_HOST_BYTES] = '\0';
	assert_int_equal(target_parse(url, &target), TARGET_BAD_HOST);
	url[6 + TARGET_HOST_BYTES - 1] = '\0';
	assert_int_equal(target_parse(url, &target), TARGET_OK);
	free(url);
}

static void the_host_header_says_what_the_url_says(void **state)
{
	static const struct {
		const char *url;
		const char *header;
		bool is_address;
	} cases[] = {
		{ "wss://fstream.binance.com/ws", "fstream.binance.com", false },
		{ "wss://fstream.binance.com:443/ws", "fstream.binance.com", false },
		{ "wss://stream.binance.com:9443/ws", "stream.binance.com:9443", false },
		{ "ws://h:443/", "h:443", false },
		{ "ws://h:80/", "h", false },
		{ "ws://127.0.0.1:80/", "127.0.0.1", true },
		{ "ws://127.0.0.1:8080/", "127.0.0.1:8080", true },
		{ "wss://[::1]/", "[::1]", true },
		{ "wss://[2001:db8::1]:9443/", "[2001:db8::1]:9443", true },
	};
	char text[TARGET_HOST_HEADER_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(target_parse(cases[i].url, &target), TARGET_OK);
		target_host_header(&target, text);
		assert_string_equal(text, cases[i].header);
		assert_int_equal(target_is_address(target.host), cases[i].is_address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_urls_are_taken_apart),
		cmocka_unit_test(the_host_header_says_what_the_url_says),
		cmocka_unit_test(bad_urls_are_refused_with_the_reason),
		cmocka_unit_test(what_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
