/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "feed/message/feed_key.h"

static void expect_found(const char *text, const char *key, const char *wanted)
{
	const char *value;
	size_t size_bytes;
	bool is_found = feed_key_find(text, strlen(text), key, &value, &size_bytes);

	assert_int_equal(is_found, wanted != NULL);
	if (!wanted)
		return;
	assert_int_equal(size_bytes, strlen(wanted));
	assert_memory_equal(value, wanted, size_bytes);
}

static void the_first_value_of_a_key_is_found_at_any_depth(void **state)
{
	(void)state;
	expect_found("{\"u\":400900217,\"s\":\"BNBUSDT\"}", "u", "400900217");
	expect_found("{\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\",\"t\":12345}}", "t",
		     "12345");
	expect_found("{\"params\":[1,{\"id\":\"a-1\"}],\"id\":2}", "id", "a-1");
	expect_found("{ \"id\" :\t-1.5e+3 }", "id", "-1.5e+3");
	expect_found("{\"is\":true,\"id\":false}", "id", "false");
	expect_found("{\"id\":7", "id", "7"); /* as far as it is there */
}

static void what_only_looks_like_a_key_is_none(void **state)
{
	(void)state;
	expect_found("{\"s\":\"u\",\"x\":\"\\\"u\\\":1\"}", "u", NULL);
	expect_found("{\"s\":\"\\\\\",\"u\":\"a\\\"b\"}", "u", "a\\\"b");
	expect_found("[\"u\",1]", "u", NULL);
	expect_found("{\"uu\":1,\"U\":2}", "u", NULL);
	expect_found("", "u", NULL);
	expect_found("nothing", "u", NULL);
}

static void what_is_no_value_is_not_given(void **state)
{
	(void)state;
	expect_found("{\"id\":null}", "id", NULL);
	expect_found("{\"id\":\"\"}", "id", NULL);
	expect_found("{\"id\":{\"id\":1}}", "id", NULL);
	expect_found("{\"id\":[1]}", "id", NULL);
	expect_found("{\"id\":", "id", NULL);
	expect_found("{\"id\":\"open", "id", NULL);
	expect_found("{\"id\":\"open\\", "id", NULL);
}

/* No byte beyond the end is looked at: each prefix in memory of its own. */
static void every_cut_of_a_text_is_looked_at_no_further(void **state)
{
	static const char text[] =
		"{\"a\":\"\\\"x\",\"data\":{\"newClientOrderId\":\"abc-1234567890\"}}";

	(void)state;
	for (size_t size_bytes = 0; size_bytes < sizeof(text); size_bytes++) {
		char *copy = malloc(size_bytes + 1);
		const char *value;
		size_t value_bytes;

		assert_non_null(copy);
		memcpy(copy, text, size_bytes);
		if (feed_key_find(copy, size_bytes, "newClientOrderId", &value, &value_bytes))
			assert_memory_equal(value, "abc-1234567890", value_bytes);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_value_of_a_key_is_found_at_any_depth),
		cmocka_unit_test(what_only_looks_like_a_key_is_none),
		cmocka_unit_test(what_is_no_value_is_not_given),
		cmocka_unit_test(every_cut_of_a_text_is_looked_at_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
