/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "feed/order/order_text.h"

static void a_symbol_is_what_stands_before_the_at(void **state)
{
	static const char *const bad[] = { "btcusdt",
					   "@trade",
					   "!miniTicker@arr",
					   "a b@trade",
					   "abcdefghijklmnopqrstuvwx@trade",
					   "" };
	char symbol[ORDER_SYMBOL_BYTES];

	(void)state;
	assert_true(order_symbol("btcusdt@bookTicker", symbol));
	assert_string_equal(symbol, "BTCUSDT");
	assert_true(order_symbol("abcdefghijklmnopqrstuvw@trade", symbol));
	assert_int_equal(strlen(symbol), ORDER_SYMBOL_BYTES - 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(order_symbol(bad[i], symbol));
}

static void the_request_carries_the_messages_id(void **state)
{
	char text[ORDER_TEXT_BYTES];
	size_t size_bytes = order_text(text, "BTCUSDT", 5933014, 1790000000123);

	(void)state;
	assert_int_equal(size_bytes, strlen(text));
	assert_true(strstr(text, "{\"id\":5933014,\"method\":\"order.test\",\"params\":") == text);
	assert_non_null(strstr(text, "\"symbol\":\"BTCUSDT\","));
	assert_non_null(strstr(text, "\"newClientOrderId\":\"wslat-5933014\""));
	assert_non_null(strstr(text, "\"timestamp\":1790000000123,"));
	assert_string_equal(text + size_bytes - 2, "}}");
}

static void the_longest_fits(void **state)
{
	char text[ORDER_TEXT_BYTES];

	(void)state;
	assert_true(order_text(text, "ABCDEFGHIJKLMNOPQRSTUVW", UINT64_MAX, UINT64_MAX) <
		    sizeof(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_symbol_is_what_stands_before_the_at),
		cmocka_unit_test(the_request_carries_the_messages_id),
		cmocka_unit_test(the_longest_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
