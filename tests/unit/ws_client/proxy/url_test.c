/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "ws_client/proxy/url.h"

static void every_part_is_found(void **state)
{
	static const struct {
		const char *url;
		enum proxy_kind kind;
		const char *host;
		uint16_t port;
		const char *user; /* NULL: none */
		const char *password;
	} cases[] = {
		{ "http://proxy.example:3128", PROXY_HTTP, "proxy.example", 3128, NULL, "" },
		{ "HTTP://10.0.0.1:8080/", PROXY_HTTP, "10.0.0.1", 8080, NULL, "" },
		{ "http://proxy", PROXY_HTTP, "proxy", 80, NULL, "" },
		{ "http://[::1]:3128", PROXY_HTTP, "::1", 3128, NULL, "" },
		{ "http://[fe80::1]", PROXY_HTTP, "fe80::1", 80, NULL, "" },
		{ "http://u:p@h:1", PROXY_HTTP, "h", 1, "u", "p" },
		{ "http://u@h:65535", PROXY_HTTP, "h", 65535, "u", "" },
		{ "http://a%20b:p%40s%3As:x@h:1", PROXY_HTTP, "h", 1, "a b", "p@s:s:x" },
		{ "http://u:p@ss@[::1]:1", PROXY_HTTP, "::1", 1, "u", "p@ss" },
		{ "http://u:%zz%@h:1", PROXY_HTTP, "h", 1, "u", "%zz%" },
		{ "socks5://h", PROXY_SOCKS5, "h", 1080, NULL, "" },
		{ "SOCKS5h://u:p@h:9", PROXY_SOCKS5, "h", 9, "u", "p" },
	};
	struct proxy proxy;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(proxy_parse(cases[i].url, &proxy), PROXY_OK);
		assert_int_equal(proxy.kind, cases[i].kind);
		assert_string_equal(proxy.host, cases[i].host);
		assert_int_equal(proxy.port, cases[i].port);
		assert_int_equal(proxy.has_user, cases[i].user != NULL);
		assert_string_equal(proxy.user, cases[i].user ? cases[i].user : "");
		assert_string_equal(proxy.password, cases[i].password);
	}
}

static void what_cannot_be_is_told_apart(void **state)
{
	static const struct {
		const char *url;
		enum proxy_verdict verdict;
	} cases[] = {
		{ "", PROXY_BAD_SCHEME },
		{ "h:3128", PROXY_BAD_SCHEME },
		{ "ftp://h:1", PROXY_BAD_SCHEME },
		{ "https://h:1", PROXY_TLS_SCHEME },
		{ "socks4://h:1", PROXY_OLD_SCHEME },
		{ "socks4a://h:1", PROXY_OLD_SCHEME },
		{ "http://", PROXY_BAD_HOST },
		{ "http://:1", PROXY_BAD_HOST },
		{ "http://[::1:1", PROXY_BAD_HOST },
		{ "http://[]:1", PROXY_BAD_HOST },
		{ "http://[::1]x:1", PROXY_BAD_HOST },
		{ "http://a b:1", PROXY_BAD_HOST },
		{ "http://a\r\nX: y:1", PROXY_BAD_HOST },
		{ "http://h:", PROXY_BAD_PORT },
		{ "http://h:0", PROXY_BAD_PORT },
		{ "http://h:65536", PROXY_BAD_PORT },
		{ "http://h:1x", PROXY_BAD_PORT },
		{ "http://@h:1", PROXY_BAD_USER },
		{ "http://:p@h:1", PROXY_BAD_USER },
		{ "http://u%3a:p@h:1", PROXY_BAD_USER },
		{ "http://u%0d%0aX:p@h:1", PROXY_BAD_USER },
		{ "http://u:p%00@h:1", PROXY_BAD_USER },
		{ "http://h:1/path", PROXY_HAS_PATH },
		{ "http://h:1?q", PROXY_HAS_PATH },
	};
	struct proxy proxy;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(proxy_parse(cases[i].url, &proxy), cases[i].verdict);
		assert_true(strlen(proxy_verdict_text(cases[i].verdict)) > 10);
	}
}

static void what_is_too_long_is_refused(void **state)
{
	char url[1200];
	char long_text[300];
	struct proxy proxy;

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	long_text[255] = '\0';
	(void)snprintf(url, sizeof(url), "http://%s:%s@%s:1", long_text, long_text, long_text);
	assert_int_equal(proxy_parse(url, &proxy), PROXY_OK);
	(void)snprintf(url, sizeof(url), "http://%sx:p@h:1", long_text);
	assert_int_equal(proxy_parse(url, &proxy), PROXY_BAD_USER);
	(void)snprintf(url, sizeof(url), "http://u:%sx@h:1", long_text);
	assert_int_equal(proxy_parse(url, &proxy), PROXY_BAD_USER);
	(void)snprintf(url, sizeof(url), "http://%sx:1", long_text);
	assert_int_equal(proxy_parse(url, &proxy), PROXY_BAD_HOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_is_found),
		cmocka_unit_test(what_cannot_be_is_told_apart),
		cmocka_unit_test(what_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
