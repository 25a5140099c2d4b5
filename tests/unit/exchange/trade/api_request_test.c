/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "exchange/trade/api_request.h"

static struct api_request request;
static struct api_error error;

static bool parse(const char *text)
{
	memset(&error, 0, sizeof(error));
	return api_parse(text, strlen(text), &request, &error);
}

static void a_request_is_understood_in_any_order(void **state)
{
	(void)state;
	assert_true(parse("{\"params\":{\"price\":0.1,\"symbol\":\"BTCUSDT\"},\"id\":\"a-1\","
			  "\"method\":\"order.place\",\"later\":[{}]}"));
	assert_int_equal(request.method, API_ORDER_PLACE);
	assert_string_equal(request.id, "\"a-1\"");
	assert_int_equal(request.params[API_PRICE].token, JSON_NUMBER);
	assert_int_equal(request.params[API_SYMBOL].text_bytes, 7);
	assert_memory_equal(request.params[API_SYMBOL].text, "BTCUSDT", 7);
	assert_int_equal(request.params[API_SIDE].token, JSON_BAD);
}

static void a_method_may_carry_its_version_and_an_id_be_null(void **state)
{
	(void)state;
	assert_true(parse("{\"method\":\"v3/time\",\"id\":null}"));
	assert_int_equal(request.method, API_TIME);
	assert_string_equal(request.id, "");
	assert_true(parse("{\"method\":\"ping\",\"id\":-9223372036854775808}"));
	assert_string_equal(request.id, "-9223372036854775808");
}

static void each_mistake_has_its_code(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *id;
	} cases[] = {
		{ "", -1135, "" },
		{ "{\"id\":1", -1135, "" },
		{ "[1]", -1135, "" },
		{ "{\"id\":1}", -1102, "1" },
		{ "{\"id\":1,\"method\":7}", -1102, "1" },
		{ "{\"id\":1.5,\"method\":\"ping\"}", -1102, "" },
		{ "{\"id\":{},\"method\":\"ping\"}", -1102, "" },
		{ "{\"method\":\"order.cancel\",\"id\":1}", -1020, "1" },
		{ "{\"method\":\"PING\",\"id\":1}", -1020, "1" },
		{ "{\"method\":\"ping\",\"id\":1,\"params\":[]}", -1102, "1" },
		{ "{\"method\":\"ping\",\"id\":1,\"params\":{\"symbol\":\"X\"}}", -1104, "1" },
		{ "{\"method\":\"order.place\",\"id\":1,\"params\":"
		  "{\"computeCommissionRates\":true}}",
		  -1104, "1" },
		{ "{\"method\":\"order.test\",\"id\":1,\"params\":{\"side\":1,\"side\":2}}", -1101,
		  "1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(parse(cases[i].text));
		assert_int_equal(error.code, cases[i].code);
		assert_int_equal(error.status, 400);
		assert_string_equal(request.id, cases[i].id);
		assert_true(error.words[0] && !strchr(error.words, '%'));
	}
}

/* Whatever is missing at its end, it is no JSON. */
static void every_cut_is_refused(void **state)
{
	static const char whole[] =
		"{\"method\":\"order.test\",\"id\":\"x\",\"params\":{\"price\":1}}";

	(void)state;
	for (size_t size_bytes = 0; size_bytes < sizeof(whole) - 1; size_bytes++)
		assert_false(api_parse(whole, size_bytes, &request, &error));
	assert_true(parse(whole));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_understood_in_any_order),
		cmocka_unit_test(a_method_may_carry_its_version_and_an_id_be_null),
		cmocka_unit_test(each_mistake_has_its_code),
		cmocka_unit_test(every_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
