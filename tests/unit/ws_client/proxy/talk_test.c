/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ws_client/proxy/talk.h"

static struct proxy proxy;
static struct talk talk;

static void begin(const char *url, const char *host, uint16_t port)
{
	assert_int_equal(proxy_parse(url, &proxy), PROXY_OK);
	talk_begin(&talk, &proxy, host, port);
	assert_int_equal(talk.state, TALK_SAY);
}

static void assert_says(const void *bytes, size_t size_bytes)
{
	assert_int_equal(talk.state, TALK_SAY);
	assert_int_equal(talk.say_bytes, size_bytes);
	assert_memory_equal(talk.say, bytes, size_bytes);
	talk_said(&talk);
	assert_int_equal(talk.state, TALK_HEAR);
}

/* Hears a whole answer and what lies behind it, cut at every place; takes the answer and no more.
 */
static void assert_through(const void *answer, size_t answer_bytes)
{
	static const char behind[] = "\x16\x03\x03 what the server says";
	uint8_t stream[2048];
	struct talk before = talk;

	assert_true(answer_bytes + sizeof(behind) <= sizeof(stream));
	memcpy(stream, answer, answer_bytes);
	memcpy(stream + answer_bytes, behind, sizeof(behind));
	for (size_t cut = 0; cut <= answer_bytes; cut++) {
		size_t rest_bytes = answer_bytes + sizeof(behind) - cut;

		talk = before;
		assert_int_equal(talk_hear(&talk, stream, cut), cut);
		if (cut < answer_bytes)
			assert_int_equal(talk.state, TALK_HEAR);
		assert_int_equal(talk_hear(&talk, stream + cut, rest_bytes), answer_bytes - cut);
		assert_int_equal(talk.state, TALK_THROUGH);
		assert_int_equal(talk.heard_bytes, before.heard_bytes + answer_bytes);
		assert_int_equal(talk_hear(&talk, stream, 9), 0);
	}
}

static void connect_is_asked_for_by_name_and_port(void **state)
{
	static const char plain[] = "CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\n\r\n";
	static const char ipv6[] = "CONNECT [::1]:9443 HTTP/1.1\r\nHost: [::1]:9443\r\n\r\n";
	/* RFC 7617, 2. */
	static const char secret[] = "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nProxy-Authorization: "
				     "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";

	(void)state;
	begin("http://p:1", "h.example", 443);
	assert_says(plain, sizeof(plain) - 1);
	begin("http://p:1", "::1", 9443);
	assert_says(ipv6, sizeof(ipv6) - 1);
	begin("http://Aladdin:open%20sesame@p:1", "h", 1);
	assert_says(secret, sizeof(secret) - 1);
}

static void the_longest_request_has_room(void **state)
{
	char long_text[256];
	char url[1024];

	(void)state;
	memset(long_text, 'x', 255);
	long_text[255] = '\0';
	(void)snprintf(url, sizeof(url), "http://%s:%s@p:1", long_text, long_text);
	begin(url, long_text, 65535);
	assert_true(talk.say_bytes < TALK_SAY_BYTES);
	assert_memory_equal(talk.say + talk.say_bytes - 4, "\r\n\r\n", 4);
	url[0] = 's';
	(void)snprintf(url, sizeof(url), "socks5://%s:%s@p:1", long_text, long_text);
	begin(url, long_text, 65535);
	talk_said(&talk);
	assert_int_equal(talk_hear(&talk, (const uint8_t *)"\5\2", 2), 2);
	assert_int_equal(talk.say_bytes, 1 + 256 + 256);
	talk_said(&talk);
	assert_int_equal(talk_hear(&talk, (const uint8_t *)"\1\0", 2), 2);
	assert_int_equal(talk.say_bytes, 4 + 256 + 2);
}

static void an_answer_is_taken_to_its_end_and_no_further(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 Connection established\r\n\r\n",
		"HTTP/1.0 200 OK\r\nVia: x\r\nX-Pad: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n",
		"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n", /* to be ignored (RFC 9110, 9.3.6) */
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n",
		"HTTP/1.1 200 OK\nA: b\n\n",
		"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		begin("http://p:1", "h", 443);
		talk_said(&talk);
		assert_through(answers[i], strlen(answers[i]));
	}
}

static void assert_refused(const char *answer, const char *why, const char *remedy)
{
	talk_said(&talk);
	(void)talk_hear(&talk, (const uint8_t *)answer, strlen(answer));
	assert_int_equal(talk.state, TALK_REFUSED);
	assert_non_null(strstr(talk.why, why));
	assert_non_null(strstr(talk.remedy, remedy));
}

static void a_refusal_says_what_the_proxy_says(void **state)
{
	static char endless[TALK_ANSWER_BYTES_MAX + 64];

	(void)state;
	begin("http://p:1", "h", 443);
	assert_refused("HTTP/1.1 407 Proxy Authentication Required\r\nA: b\r\n\r\n<html>",
		       "the proxy says 'HTTP/1.1 407 Proxy Authentication Required'", "give them");
	begin("http://u:p@p:1", "h", 443);
	assert_refused("HTTP/1.1 407 No\r\n\r\n", "407", "does not take this user");
	begin("http://p:1", "h", 443);
	assert_refused("HTTP/1.0 403 Forbidden\r\n\r\n", "403", "does not let through");
	begin("http://p:1", "h", 443);
	assert_refused("HTTP/1.1 503 Busy\r\n\r\n", "503", "cannot reach");
	begin("http://p:1", "h", 443);
	assert_refused("SSH-2.0-OpenSSH\r\n", "not HTTP: 'SSH-2.0-OpenSSH'", "HTTP proxy");
	(void)snprintf(endless, sizeof(endless), "HTTP/1.1 200 OK\r\nA: ");
	memset(endless + strlen(endless), 'a', sizeof(endless) - 1 - strlen(endless));
	begin("http://p:1", "h", 443);
	assert_refused(endless, "does not end", "what kind");
}

static void socks_takes_names_and_addresses(void **state)
{
	(void)state;
	begin("socks5://p", "h.ex", 443);
	assert_says("\5\1\0", 3);
	assert_int_equal(talk_hear(&talk, (const uint8_t *)"\5\0", 2), 2);
	assert_says("\5\1\0\3\4h.ex\1\xbb", 11);
	assert_through("\5\0\0\1\0\0\0\0\0\0", 10);
	begin("socks5://p", "10.1.2.3", 0x1234);
	talk_said(&talk);
	assert_int_equal(talk_hear(&talk, (const uint8_t *)"\5\0\5\0", 4), 2);
	assert_says("\5\1\0\1\12\1\2\3\x12\x34", 10);
	assert_through("\5\0\0\3\7proxy.x\0\0", 14);
	begin("socks5://p", "::1", 1);
	talk_said(&talk);
	(void)talk_hear(&talk, (const uint8_t *)"\5\0", 2);
	assert_says("\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\1", 22);
	assert_through("\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\1", 22);
}

static void socks_answers_with_a_name_of_any_length(void **state)
{
	uint8_t answer[5 + 255 + 2] = { 5, 0, 0, 3 };

	(void)state;
	for (uint32_t name_bytes = 0; name_bytes <= 255; name_bytes += 5) {
		begin("socks5://p", "h", 443);
		talk_said(&talk);
		(void)talk_hear(&talk, (const uint8_t *)"\5\0", 2);
		talk_said(&talk);
		answer[4] = (uint8_t)name_bytes;
		assert_through(answer, 5 + name_bytes + 2);
	}
}

static void socks_says_who_we_are_and_is_refused(void **state)
{
	(void)state;
	begin("socks5://u:pw@p", "h", 443);
	assert_says("\5\2\0\2", 4);
	(void)talk_hear(&talk, (const uint8_t *)"\5\2", 2);
	assert_says("\1\1u\2pw", 6);
	assert_int_equal(talk_hear(&talk, (const uint8_t *)"\1\1", 2), 2);
	assert_int_equal(talk.state, TALK_REFUSED);
	begin("socks5://p", "h", 443);
	assert_refused("\5\xff", "none of the ways", "USER:PASSWORD");
	begin("socks5://p", "h", 443);
	assert_refused("\5\2", "none of the ways", "USER:PASSWORD"); /* not offered */
	begin("socks5://p", "h", 443);
	assert_refused("HTTP/1.1 400 Bad Request\r\n", "not SOCKS 5", "what kind");
	for (uint8_t reply = 1; reply < 20; reply++) {
		const uint8_t answer[] = { 5, reply, 0, 1, 0 };

		begin("socks5://p", "h", 443);
		talk_said(&talk);
		(void)talk_hear(&talk, (const uint8_t *)"\5\0", 2);
		talk_said(&talk);
		(void)talk_hear(&talk, answer, sizeof(answer));
		assert_int_equal(talk.state, TALK_REFUSED);
		assert_non_null(strstr(talk.why, "the proxy says '"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connect_is_asked_for_by_name_and_port),
		cmocka_unit_test(the_longest_request_has_room),
		cmocka_unit_test(an_answer_is_taken_to_its_end_and_no_further),
		cmocka_unit_test(a_refusal_says_what_the_proxy_says),
		cmocka_unit_test(socks_takes_names_and_addresses),
		cmocka_unit_test(socks_answers_with_a_name_of_any_length),
		cmocka_unit_test(socks_says_who_we_are_and_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
