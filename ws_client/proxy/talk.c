/* SPDX-License-Identifier: BSD-2-Clause */
#include "talk.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static void refuse(struct talk *talk, const char *why, const char *remedy)
{
	if (why != talk->why)
		(void)snprintf(talk->why, TALK_WHY_BYTES, "%s", why);
	talk->remedy = remedy;
	talk->state = TALK_REFUSED;
}

static void say(struct talk *talk, size_t size_bytes)
{
	talk->say_bytes = size_bytes;
	talk->state = TALK_SAY;
	talk->answer_bytes = 0;
	talk->line_bytes = 0;
}

/* ---- HTTP ------------------------------------------------------------------- */

/* RFC 4648, 4. */
static size_t add_base64(char *to, const char *bytes, size_t size_bytes)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t at = 0;

	for (size_t i = 0; i < size_bytes; i += 3) {
		size_t left = size_bytes - i;
		uint32_t three = (uint32_t)(uint8_t)bytes[i] << 16;

		three |= left > 1 ? (uint32_t)(uint8_t)bytes[i + 1] << 8 : 0;
		three |= left > 2 ? (uint8_t)bytes[i + 2] : 0;
		to[at++] = letters[three >> 18];
		to[at++] = letters[three >> 12 & 63];
		to[at++] = left > 1 ? letters[three >> 6 & 63] : '=';
		to[at++] = left > 2 ? letters[three & 63] : '=';
	}
	to[at] = '\0';
	return at;
}

static void say_connect(struct talk *talk)
{
	bool is_ipv6 = strchr(talk->host, ':') != NULL;
	char *text = (char *)talk->say;
	char place[PROXY_HOST_BYTES + 10];
	char secret[2 * PROXY_SECRET_BYTES];
	size_t at;

	(void)snprintf(place, sizeof(place), "%s%.255s%s:%u", is_ipv6 ? "[" : "", talk->host,
		       is_ipv6 ? "]" : "", talk->port);
	at = (size_t)snprintf(text, TALK_SAY_BYTES, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", place,
			      place);
	if (talk->proxy->has_user) {
		int size_bytes = snprintf(secret, sizeof(secret), "%s:%s", talk->proxy->user,
					  talk->proxy->password);

		at += (size_t)snprintf(text + at, TALK_SAY_BYTES - at,
				       "Proxy-Authorization: Basic ");
		at += add_base64(text + at, secret, (size_t)size_bytes);
		at += (size_t)snprintf(text + at, TALK_SAY_BYTES - at, "\r\n");
	}
	at += (size_t)snprintf(text + at, TALK_SAY_BYTES - at, "\r\n");
	say(talk, at);
}

/* "HTTP/1.1 407 Proxy Authentication Required": 407; 0 if it is no such line. */
static unsigned int status_of(const char *line)
{
	unsigned int status = 0;

	if (sscanf(line, "HTTP/1.%*1u %3u", &status) != 1) /* NOLINT(cert-err34-c): 3 digits */
		return 0;
	return status;
}

static const char *http_remedy(const struct talk *talk, unsigned int status)
{
	switch (status) {
	case 0:
		return "check that an HTTP proxy listens on that port";
	case 401:
	case 407:
		return talk->proxy->has_user ? "it does not take this user and password"
					     : "give them: --proxy http://USER:PASSWORD@HOST:PORT";
	case 403:
	case 405:
		return "it does not let through to that host and port";
	default:
		return status >= 500 ? "it cannot reach that host, or is in trouble itself"
				     : "check what kind of proxy it is";
	}
}

/* The empty line behind a head has come. */
static void end_of_head(struct talk *talk)
{
	const char *line = (const char *)talk->answer;
	unsigned int status = status_of(line);

	if (status >= 200 && status < 300) {
		talk->state = TALK_THROUGH;
	} else if (status >= 100 && status < 200) {
		talk->answer_bytes = 0; /* the answer proper is still to come */
		talk->step = 0;
	} else {
		(void)snprintf(
			talk->why, TALK_WHY_BYTES, "%s'%.120s'",
			status ? "the proxy says " : "the proxy's answer is not HTTP: ", line);
		refuse(talk, talk->why, http_remedy(talk, status));
	}
}

/* A line feed may stand alone (RFC 9112, 2.2). */
static void hear_http(struct talk *talk, uint8_t byte)
{
	if (byte == '\r')
		return;
	if (byte != '\n') {
		talk->line_bytes++;
		if (talk->step == 0 && talk->answer_bytes < TALK_WHY_BYTES - 1)
			talk->answer[talk->answer_bytes++] = byte;
		return;
	}
	if (talk->step == 0) {
		if (!talk->line_bytes)
			return; /* empty lines in front are passed over */
		talk->answer[talk->answer_bytes] = '\0';
		talk->step = 1;
		if (!status_of((const char *)talk->answer))
			end_of_head(talk); /* whatever it is, no head need ever end */
	} else if (!talk->line_bytes) {
		end_of_head(talk);
	}
	talk->line_bytes = 0;
}

/* ---- SOCKS ------------------------------------------------------------------- */

enum socks_step { SOCKS_METHOD, SOCKS_PASSWORD, SOCKS_REPLY, SOCKS_REPLY_REST };
enum { SOCKS_VERSION = 5, METHOD_NONE = 0, METHOD_PASSWORD = 2, METHOD_REFUSED = 0xff };
enum { ADDRESS_IPV4 = 1, ADDRESS_NAME = 3, ADDRESS_IPV6 = 4 };

static void say_methods(struct talk *talk)
{
	size_t at = 0;

	talk->say[at++] = SOCKS_VERSION;
	talk->say[at++] = talk->proxy->has_user ? 2 : 1;
	talk->say[at++] = METHOD_NONE;
	if (talk->proxy->has_user)
		talk->say[at++] = METHOD_PASSWORD;
	talk->step = SOCKS_METHOD;
	talk->need_bytes = 2;
	say(talk, at);
}

static size_t add_counted(uint8_t *to, const char *text)
{
	size_t size_bytes = strlen(text);

	to[0] = (uint8_t)size_bytes;
	memcpy(to + 1, text, size_bytes);
	return size_bytes + 1;
}

static void say_password(struct talk *talk)
{
	size_t at = 1;

	talk->say[0] = 1; /* of the sub-negotiation's version */
	at += add_counted(talk->say + at, talk->proxy->user);
	at += add_counted(talk->say + at, talk->proxy->password);
	talk->step = SOCKS_PASSWORD;
	talk->need_bytes = 2;
	say(talk, at);
}

static void say_request(struct talk *talk)
{
	uint8_t *place = talk->say + 4;
	size_t size_bytes;

	talk->say[0] = SOCKS_VERSION;
	talk->say[1] = 1; /* connect */
	talk->say[2] = 0;
	if (inet_pton(AF_INET, talk->host, place) == 1) {
		talk->say[3] = ADDRESS_IPV4;
		size_bytes = 4;
	} else if (inet_pton(AF_INET6, talk->host, place) == 1) {
		talk->say[3] = ADDRESS_IPV6;
		size_bytes = 16;
	} else {
		talk->say[3] = ADDRESS_NAME;
		size_bytes = add_counted(place, talk->host);
	}
	place[size_bytes] = (uint8_t)(talk->port >> 8);
	place[size_bytes + 1] = (uint8_t)talk->port;
	talk->step = SOCKS_REPLY;
	talk->need_bytes = 5; /* up to the first byte of the address, which may be its length */
	say(talk, 4 + size_bytes + 2);
}

static const char *reply_text(uint8_t reply)
{
	static const char *const texts[] = {
		"",
		"general failure",
		"not allowed by its rules",
		"network unreachable",
		"host unreachable",
		"connection refused",
		"time to live expired",
		"command not supported",
		"kind of address not supported",
	};

	return reply < sizeof(texts) / sizeof(texts[0]) ? texts[reply] : "unknown failure";
}

static void take_method(struct talk *talk)
{
	uint8_t method = talk->answer[1];

	if (method == METHOD_NONE)
		say_request(talk);
	else if (method == METHOD_PASSWORD && talk->proxy->has_user)
		say_password(talk);
	else
		refuse(talk, "the proxy takes none of the ways to say who we are",
		       talk->proxy->has_user
			       ? "it wants another one than user and password"
			       : "give them: --proxy socks5://USER:PASSWORD@HOST:PORT");
}

static void take_reply(struct talk *talk)
{
	size_t address_bytes = talk->answer[3] == ADDRESS_IPV4	 ? 4
			       : talk->answer[3] == ADDRESS_IPV6 ? 16
			       : talk->answer[3] == ADDRESS_NAME ? 1u + talk->answer[4]
								 : 0;

	if (talk->answer[1]) {
		(void)snprintf(talk->why, TALK_WHY_BYTES, "the proxy says '%s'",
			       reply_text(talk->answer[1]));
		refuse(talk, talk->why, "it does not reach that host and port, or may not");
	} else if (!address_bytes) {
		refuse(talk, "the proxy's answer is not SOCKS 5", "check what kind of proxy it is");
	} else {
		talk->step = SOCKS_REPLY_REST;
		talk->need_bytes = 4 + address_bytes + 2;
	}
}

/* An answer is there as far as it was asked for. */
static void take_socks(struct talk *talk)
{
	uint8_t version = talk->step == SOCKS_PASSWORD ? 1 : SOCKS_VERSION;

	if (talk->answer[0] != version) {
		refuse(talk, "the proxy's answer is not SOCKS 5", "check what kind of proxy it is");
		return;
	}
	switch ((enum socks_step)talk->step) {
	case SOCKS_METHOD:
		take_method(talk);
		break;
	case SOCKS_PASSWORD:
		if (talk->answer[1])
			refuse(talk, "the proxy refuses the user and password", "check them");
		else
			say_request(talk);
		break;
	case SOCKS_REPLY:
		take_reply(talk);
		break;
	case SOCKS_REPLY_REST:
		talk->state = TALK_THROUGH;
		break;
	}
}

/* The longest answer has a name of 255 bytes; what is behind its first bytes says nothing. */
static void hear_socks(struct talk *talk, uint8_t byte)
{
	if (talk->answer_bytes < TALK_WHY_BYTES)
		talk->answer[talk->answer_bytes] = byte;
	talk->answer_bytes++;
	if (talk->answer_bytes == talk->need_bytes)
		take_socks(talk);
}

/* ---- Both --------------------------------------------------------------------- */

void talk_begin(struct talk *talk, const struct proxy *proxy, const char *host, uint16_t port)
{
	*talk = (struct talk){ .proxy = proxy, .host = host, .port = port };
	if (proxy->kind == PROXY_SOCKS5)
		say_methods(talk);
	else
		say_connect(talk);
}

void talk_said(struct talk *talk)
{
	if (talk->state == TALK_SAY)
		talk->state = TALK_HEAR;
}

size_t talk_hear(struct talk *talk, const uint8_t *bytes, size_t size_bytes)
{
	size_t at = 0;

	while (at < size_bytes && talk->state == TALK_HEAR) {
		if (talk->proxy->kind == PROXY_SOCKS5)
			hear_socks(talk, bytes[at++]);
		else
			hear_http(talk, bytes[at++]);
		if (++talk->heard_bytes == TALK_ANSWER_BYTES_MAX && talk->state == TALK_HEAR)
			refuse(talk, "the proxy's answer does not end",
			       "check what kind of proxy it is");
	}
	return at;
}
