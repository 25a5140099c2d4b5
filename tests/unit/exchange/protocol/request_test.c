/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "exchange/protocol/request.h"

static struct request request; /* too large for the stack */

static enum request_error parse(const char *text)
{
	return request_parse(text, strlen(text), &request);
}

static void a_subscription_is_understood_in_any_order_and_spacing(void **state)
{
	static const char *const texts[] = {
		"{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@aggTrade\",\"b@c\"],\"id\":1}",
		" { \"id\" : 1 ,\n\"params\" : [ \"btcusdt@aggTrade\" , \"b@c\" ] ,\t\"method\" : "
		"\"SUBSCRIBE\" } ",
		"{\"extra\":{\"id\":[7,{}],\"method\":\"x\"},\"id\":1,\"params\":[\"btcusdt@"
		"aggTrade\",\"b@c\"],\"method\":\"SUBSCRIBE\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(parse(texts[i]), REQUEST_OK);
		assert_int_equal(request.method, REQUEST_SUBSCRIBE);
		assert_string_equal(request.id, "1");
		assert_int_equal(request.stream_count, 2);
		assert_string_equal(request.streams[0], "btcusdt@aggTrade");
		assert_string_equal(request.streams[1], "b@c");
	}
}

static void properties_are_understood(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"method\":\"SET_PROPERTY\",\"params\":[\"combined\",true],"
			       "\"id\":\"abc\"}"),
			 REQUEST_OK);
	assert_int_equal(request.method, REQUEST_SET_PROPERTY);
	assert_true(request.is_combined);
	assert_string_equal(request.id, "\"abc\"");
	assert_int_equal(parse("{\"method\":\"GET_PROPERTY\",\"params\":[\"combined\"],\"id\":2}"),
			 REQUEST_OK);
	assert_int_equal(request.method, REQUEST_GET_PROPERTY);
	assert_int_equal(parse("{\"method\":\"LIST_SUBSCRIPTIONS\"}"), REQUEST_OK);
	assert_string_equal(request.id, "");
}

static void each_mistake_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum request_error error;
	} cases[] = {
		{ "{\"method\":\"GET_PROPERTY\",\"params\":[\"colour\"],\"id\":1}",
		  REQUEST_UNKNOWN_PROPERTY },
		{ "{\"method\":\"SET_PROPERTY\",\"params\":[\"colour\",true],\"id\":1}",
		  REQUEST_UNKNOWN_PROPERTY },
		{ "{\"method\":\"SET_PROPERTY\",\"params\":[\"combined\",1],\"id\":1}",
		  REQUEST_WRONG_TYPE },
		{ "{\"method\":\"SET_PROPERTY\",\"params\":[\"combined\"],\"id\":1}",
		  REQUEST_INVALID },
		{ "{\"method\":\"SET_PROPERTY\",\"params\":[\"combined\",true,1],\"id\":1}",
		  REQUEST_INVALID },
		{ "{\"method\":\"SET_PROPERTY\",\"params\":[1,true],\"id\":1}", REQUEST_INVALID },
		{ "{\"method\":\"SUBSCRIBE\",\"params\":[1],\"id\":1}", REQUEST_INVALID },
		{ "{\"method\":\"SUBSCRIBE\",\"params\":[],\"id\":1}", REQUEST_INVALID },
		{ "{\"method\":\"SUBSCRIBE\",\"params\":\"a@b\",\"id\":1}", REQUEST_INVALID },
		{ "{\"method\":\"SUBSCRIBE\",\"id\":1}", REQUEST_INVALID },
		{ "{\"method\":\"DANCE\",\"params\":[\"a@b\"],\"id\":1}", REQUEST_INVALID },
		{ "{\"params\":[\"a@b\"],\"id\":1}", REQUEST_INVALID },
		{ "{\"method\":7,\"params\":[\"a@b\"],\"id\":1}", REQUEST_INVALID },
		{ "[1]", REQUEST_INVALID },
		{ "7", REQUEST_INVALID },
		{ "", REQUEST_INVALID_JSON },
		{ "hello", REQUEST_INVALID_JSON },
		{ "{\"method\":\"SUBSCRIBE\",}", REQUEST_INVALID_JSON },
		{ "{\"method\":\"SUBSCRIBE\" \"id\":1}", REQUEST_INVALID_JSON },
		{ "{\"id\":01}", REQUEST_INVALID_JSON },
		{ "{\"id\":1}}", REQUEST_INVALID_JSON },
		{ "{\"id\":\"\\x\"}", REQUEST_INVALID_JSON },
		{ "{\"id\":nul}", REQUEST_INVALID_JSON },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
		  REQUEST_INVALID_JSON },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (parse(cases[i].text) != cases[i].error)
			fail_msg("%s", cases[i].text);
		assert_true(request.reason[0] != '\0');
	}
}

static void an_id_is_a_64_bit_integer_or_a_short_string(void **state)
{
	static const char *const right[] = {
		"-1",
		"0",
		"9223372036854775807",
		"-9223372036854775808",
		"\"\"",
		"\"0123456789abcdef0123456789abcdef0123\"",
		"\"\\u5e01\\u5e01\\u5e01\\u5e01\\u5e01\\u5e01\\u5e01\"",
		"\"币安人生币安人生币安人生\""
	};
	static const char *const wrong[] = { "9223372036854775808",
					     "-9223372036854775809",
					     "\"0123456789abcdef0123456789abcdef01234\"",
					     "1.5",
					     "1e3",
					     "{}",
					     "[1]",
					     "true",
					     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"" };
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":%s}",
			       wrong[i]);
		assert_int_equal(parse(text), REQUEST_INVALID);
	}
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":%s}",
			       right[i]);
		assert_int_equal(parse(text), REQUEST_OK);
		assert_string_equal(request.id, right[i]);
	}
	assert_int_equal(parse("{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":null}"), REQUEST_OK);
}

static void names_may_be_escaped_and_in_any_script(void **state)
{
	static const char *const wrong[] = { "\\ud83d", "\\ud83dx", "\\ude00", "\\u0000", "\\u0020",
					     "\\n",	"\\\"",	    "\xff",    "" };
	char text[256];

	(void)state;
	assert_int_equal(
		parse("{\"method\":\"SUBSCRIBE\",\"params\":[\"\\u5e01\\u5b89\\u4eba\\u751f"
		      "usdt\\u0040trade\",\"币安人生usdt@aggTrade\",\"\\ud83d\\ude00usdt@trade\","
		      "\"bnbbtc\\/x\"],\"id\":-5}"),
		REQUEST_OK);
	assert_string_equal(request.streams[0], "币安人生usdt@trade");
	assert_string_equal(request.streams[1], "币安人生usdt@aggTrade");
	assert_string_equal(request.streams[2], "😀usdt@trade");
	assert_string_equal(request.streams[3], "bnbbtc/x");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)snprintf(text, sizeof(text),
			       "{\"method\":\"SUBSCRIBE\",\"params\":[\"%s\"],\"id\":1}", wrong[i]);
		assert_int_equal(parse(text), REQUEST_INVALID);
	}
}

static void answers_are_spelled_as_documented(void **state)
{
	char buffer[256];
	struct text text = text_over(buffer, sizeof(buffer));

	(void)state;
	/* The id behind the mistake is answered, too. */
	assert_int_equal(parse("{\"method\":\"DANCE\",\"id\":9}"), REQUEST_INVALID);
	request.reason = "why";
	request_answer_error(&text, &request, REQUEST_INVALID);
	request_answer_null(&text, &request);
	assert_int_equal(parse("{"), REQUEST_INVALID_JSON);
	request.reason = "why";
	request_answer_error(&text, &request, REQUEST_INVALID_JSON);
	request_answer_bool(&text, &request, true);
	text_add_char(&text, '\0');
	assert_string_equal(buffer,
			    "{\"code\":2,\"msg\":\"why\",\"id\":9}{\"result\":null,\"id\":9}"
			    "{\"code\":3,\"msg\":\"why\"}{\"result\":true,\"id\":null}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subscription_is_understood_in_any_order_and_spacing),
		cmocka_unit_test(properties_are_understood),
		cmocka_unit_test(each_mistake_has_its_code),
		cmocka_unit_test(an_id_is_a_64_bit_integer_or_a_short_string),
		cmocka_unit_test(names_may_be_escaped_and_in_any_script),
		cmocka_unit_test(answers_are_spelled_as_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
