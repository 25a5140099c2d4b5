/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <errno.h>

#include "prof/address.h"

static void assert_same(const char *text)
{
	struct prof_address address;
	char again[PROF_ADDRESS_HOST_BYTES + 16];

	assert_int_equal(prof_address_parse(text, &address), 0);
	prof_address_format(&address, again, sizeof(again));
	assert_string_equal(again, text);
}

static void what_is_parsed_is_printed_the_same(void **state)
{
	(void)state;
	assert_same("127.0.0.1:9443");
	assert_same("0.0.0.0:0");
	assert_same("[::1]:9443");
	assert_same("[fd00::12]:65535");
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = { "",
					     ":",
					     "127.0.0.1",
					     "127.0.0.1:",
					     "127.0.0.1:x",
					     "127.0.0.1:65536",
					     "::1:9443",
					     "[::1]",
					     "[::1:9443",
					     "[127.0.0.1]:80",
					     "localhost:80",
					     ":9443",
					     "[]:80",
					     "127.0.0.1:-1",
					     "1.2.3.4.5:80" };
	struct prof_address address;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(prof_address_parse(wrong[i], &address), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_parsed_is_printed_the_same),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
