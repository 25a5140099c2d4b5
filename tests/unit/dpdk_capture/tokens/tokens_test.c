/* SPDX-License-Identifier: BSD-2-Clause */
/* What --order-id takes, and what is told of a message by it. */
#include "tests/unit/unit.h"

#include <string.h>

#include "dpdk_capture/tokens/token_event.h"
#include "dpdk_capture/tokens/token_keys.h"

static const char *parse(struct token_keys *keys, const char *first, const char *second)
{
	struct prof_text_list list = { .count = second ? 2 : 1, .texts = { first, second } };
	const char *text = NULL;
	const char *why = token_keys_parse(&list, keys, &text);

	if (why)
		assert_string_equal(text, second ? second : first);
	return why;
}

static void pairs_of_keys_are_read(void **state)
{
	struct token_keys keys;

	(void)state;
	assert_null(parse(&keys, "newClientOrderId=u", "clientTag"));
	assert_int_equal(keys.pair_count, 2);
	assert_string_equal(keys.pairs[0].order, "newClientOrderId");
	assert_string_equal(keys.pairs[0].message, "u");
	assert_string_equal(keys.pairs[1].order, "clientTag");
	assert_string_equal(keys.pairs[1].message, "");
}

static void what_is_no_pair_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"=",
		"=u",
		"a=",
		"a=b=c",
		"a\"=u",
		"a=\\u",
		"a\n=u",
		"0123456789012345678901234567890123456789012345678901234567890123=u",
	};
	struct token_keys keys = { .pair_count = 77 };
	struct prof_text_list many = { .count = TOKEN_PAIR_COUNT_MAX + 1 };
	const char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_non_null(parse(&keys, bad[i], NULL));
		assert_non_null(parse(&keys, "a=b", bad[i]));
	}
	for (size_t i = 0; i < many.count; i++)
		many.texts[i] = "a=b";
	assert_non_null(token_keys_parse(&many, &keys, &text));
	assert_int_equal(keys.pair_count, 77);
}

static struct message message_of(const char *text, bool is_asked)
{
	return (struct message){
		.flow_id = 99,
		.has_range = true,
		.base_seq = 1000,
		.start_offset = 50,
		.end_offset = 150,
		.last = { .time_ns = 12345 },
		.payload_bytes = strlen(text),
		.opcode = 1,
		.is_asked = is_asked,
		.payload = (const uint8_t *)text,
	};
}

static uint64_t hash(const char *text)
{
	return token_hash(text, strlen(text));
}

static void an_order_and_its_message_have_the_same_number(void **state)
{
	struct token_keys keys;
	struct prof_event order;
	struct prof_event cause;
	struct message message = message_of("{\"id\":7,\"method\":\"order.place\",\"params\":"
					    "{\"newClientOrderId\":\"4711\"}}",
					    true);

	(void)state;
	assert_null(parse(&keys, "newClientOrderId=u", NULL));
	assert_true(token_event(&keys, &message, &order));
	assert_int_equal(order.kind, PROF_EVENT_TOKEN);
	assert_int_equal(order.flags, PROF_FLAG_OUTBOUND);
	assert_int_equal(order.time_ns, 12345);
	assert_int_equal(order.conn_key, 99);
	assert_int_equal(order.base_seq, 1000);
	assert_int_equal(order.token.end_offset, 150);
	assert_int_equal(order.token.size_bytes, 100);
	assert_int_equal(order.token.bits, PROF_WIRE_ANCHORED);
	assert_int_equal(order.token.request_hash, 7);
	message = message_of("{\"data\":{\"u\":4711,\"s\":\"BTCUSDT\"}}", false);
	assert_true(token_event(&keys, &message, &cause));
	assert_int_equal(cause.flags, 0);
	assert_int_equal(cause.token.value_hash, order.token.value_hash);
	assert_int_equal(cause.token.value_hash, hash("4711"));
	assert_int_equal(cause.token.request_hash, 0);
}

/* The client's ping and its pong have the same number; the server's own, and texts, none. */
static void pings_are_told_if_they_are_asked_for(void **state)
{
	struct token_keys keys = { .takes_pings = true };
	struct message ping = message_of("keepalive", true);
	struct message pong = message_of("keepalive", false);
	struct prof_event asked;
	struct prof_event answer;

	(void)state;
	ping.opcode = 9;
	pong.opcode = 10;
	assert_true(token_event(&keys, &ping, &asked));
	assert_true(token_event(&keys, &pong, &answer));
	assert_int_equal(asked.flags, PROF_FLAG_OUTBOUND);
	assert_int_equal(asked.token.bits, PROF_WIRE_ANCHORED | PROF_WIRE_CONTROL);
	assert_int_equal(asked.token.request_hash, answer.token.request_hash);
	assert_int_equal(asked.token.value_hash, 0);
	ping.is_asked = false;
	pong.is_asked = true;
	assert_false(token_event(&keys, &ping, &asked));
	assert_false(token_event(&keys, &pong, &asked));
	ping.opcode = 1;
	assert_false(token_event(&keys, &ping, &asked));
	keys = (struct token_keys){ .pair_count = 1, .pairs = { { "a", "b" } } };
	pong.is_asked = false;
	assert_false(token_event(&keys, &pong, &asked));
}

static void an_answer_is_known_by_its_request(void **state)
{
	static const struct {
		const char *text;
		const char *hashed;
		uint64_t number;
	} ids[] = {
		{ "{\"id\":\"7\",\"status\":200}", NULL, 7 },
		{ "{\"id\":\"187d3cb2-942d\"}", "187d3cb2-942d", 0 },
		{ "{\"id\":-7}", "-7", 0 },
		{ "{\"id\":0}", "0", 0 },
		{ "{\"id\":123456789012345678}", NULL, 123456789012345678 },
		{ "{\"id\":1234567890123456789}", "1234567890123456789", 0 },
	};
	struct token_keys keys;

	(void)state;
	assert_null(parse(&keys, "a=b", NULL));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct message message = message_of(ids[i].text, false);
		struct prof_event event;

		assert_true(token_event(&keys, &message, &event));
		assert_int_equal(event.token.value_hash, 0);
		assert_int_equal(event.token.request_hash,
				 ids[i].hashed ? hash(ids[i].hashed) : ids[i].number);
	}
}

static void what_has_no_key_is_not_told(void **state)
{
	struct token_keys keys;
	struct prof_event event;
	struct message ping = message_of("{\"id\":1,\"method\":\"ping\"}", true);
	struct message trade = message_of("{\"e\":\"trade\",\"t\":1}", false);
	struct message binary = message_of("{\"a\":1}", true);
	struct message unread = message_of("{\"a\":1}", true);

	(void)state;
	binary.opcode = 2;
	unread.payload = NULL;
	assert_null(parse(&keys, "a=b", NULL));
	assert_false(token_event(&keys, &ping, &event));
	assert_false(token_event(&keys, &trade, &event));
	assert_false(token_event(&keys, &binary, &event));
	assert_false(token_event(&keys, &unread, &event));
}

/* Of a key alone the value stands for nothing. */
static void an_order_of_a_key_alone_carries_no_id(void **state)
{
	struct token_keys keys;
	struct prof_event event;
	struct message order = message_of("{\"tag\":\"5\"}", true);
	struct message trade = message_of("{\"tag\":\"5\"}", false);

	(void)state;
	assert_null(parse(&keys, "tag", NULL));
	assert_true(token_event(&keys, &order, &event));
	assert_int_equal(event.token.value_hash, 0);
	assert_false(token_event(&keys, &trade, &event));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_of_keys_are_read),
		cmocka_unit_test(what_is_no_pair_is_refused),
		cmocka_unit_test(an_order_and_its_message_have_the_same_number),
		cmocka_unit_test(pings_are_told_if_they_are_asked_for),
		cmocka_unit_test(an_answer_is_known_by_its_request),
		cmocka_unit_test(what_has_no_key_is_not_told),
		cmocka_unit_test(an_order_of_a_key_alone_carries_no_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
