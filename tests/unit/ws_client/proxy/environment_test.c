/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "ws_client/proxy/environment.h"

static void all_names_are_known_in_either_case(void **state)
{
	static const char *const yes[] = { "http_proxy", "HTTP_PROXY", "https_proxy",
					   "Http_Proxy", "ALL_PROXY",  "socks_proxy" };
	static const char *const no[] = { "no_proxy", "http_prox", "http_proxyx", "", "proxy" };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(environment_is_proxy(yes[i], strlen(yes[i])));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(environment_is_proxy(no[i], strlen(no[i])));
}

static void they_are_dropped_and_named_without_their_values(void **state)
{
	char names[64];

	(void)state;
	(void)clearenv();
	assert_int_equal(setenv("http_proxy", "http://u:secret@h:1", 1), 0);
	assert_int_equal(setenv("PATH", "/bin", 1), 0);
	assert_int_equal(setenv("no_proxy", "localhost", 1), 0);
	assert_int_equal(setenv("ALL_PROXY", "x", 1), 0);
	assert_int_equal(setenv("https_proxy", "", 1), 0); /* names none, and goes, too */
	environment_drop_proxies(names, sizeof(names));
	assert_string_equal(names, "http_proxy, ALL_PROXY");
	assert_null(getenv("http_proxy"));
	assert_null(getenv("https_proxy"));
	assert_null(getenv("ALL_PROXY"));
	assert_string_equal(getenv("PATH"), "/bin");
	assert_string_equal(getenv("no_proxy"), "localhost");
	environment_drop_proxies(names, sizeof(names));
	assert_string_equal(names, "");
}

static void an_empty_environment_is_one(void **state)
{
	char names[64];

	(void)state;
	(void)clearenv();
	environment_drop_proxies(names, sizeof(names));
	assert_string_equal(names, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_names_are_known_in_either_case),
		cmocka_unit_test(they_are_dropped_and_named_without_their_values),
		cmocka_unit_test(an_empty_environment_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
