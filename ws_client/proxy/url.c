/* SPDX-License-Identifier: BSD-2-Clause */
#include "url.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "feed/url_names.h"

static const struct {
	const char *name;
	enum proxy_verdict verdict;
	enum proxy_kind kind;
	uint16_t port;
} schemes[] = {
	{ "http://", PROXY_OK, PROXY_HTTP, 80 },
	{ "socks5://", PROXY_OK, PROXY_SOCKS5, 1080 },
	{ "socks5h://", PROXY_OK, PROXY_SOCKS5, 1080 }, /* names are the proxy's to look up: always
							 */
	{ "https://", PROXY_TLS_SCHEME, 0, 0 },
	{ "socks4://", PROXY_OLD_SCHEME, 0, 0 },
	{ "socks4a://", PROXY_OLD_SCHEME, 0, 0 },
	{ "socks://", PROXY_OLD_SCHEME, 0, 0 },
};

const char *proxy_verdict_text(enum proxy_verdict verdict)
{
	switch (verdict) {
	case PROXY_OK:
		return "fine";
	case PROXY_BAD_SCHEME:
		return "begins with neither http:// nor socks5://";
	case PROXY_TLS_SCHEME:
		return "TLS to the proxy itself is not supported";
	case PROXY_OLD_SCHEME:
		return "of SOCKS only version 5 is supported";
	case PROXY_BAD_HOST:
		return "names no usable host";
	case PROXY_BAD_PORT:
		return "the port is not a number from 1 to 65535";
	case PROXY_BAD_USER:
		return "its user or password is too long or not allowed";
	case PROXY_HAS_PATH:
		return "something follows the port";
	}
	return "unknown";
}

/* Undoes escapes; false if a character is no text or there are too many. */
static bool unescape(const char *text, const char *end, char ret_text[PROXY_SECRET_BYTES])
{
	size_t size_bytes = 0;

	while (text < end) {
		/* An escape is never cut short: what follows the end is no digit. */
		char c = url_take_char(&text);

		if ((unsigned char)c < ' ' || c == 0x7f || size_bytes == PROXY_SECRET_BYTES - 1)
			return false;
		ret_text[size_bytes++] = c;
	}
	ret_text[size_bytes] = '\0';
	return true;
}

/* "user" or "user:password"; of the first a ':' would belong to the second (RFC 7617, 2). */
static enum proxy_verdict parse_user(const char *text, const char *end, struct proxy *ret_proxy)
{
	const char *colon = memchr(text, ':', (size_t)(end - text));
	const char *user_end = colon ? colon : end;

	ret_proxy->has_user = true;
	if (!unescape(text, user_end, ret_proxy->user) || !ret_proxy->user[0] ||
	    strchr(ret_proxy->user, ':') ||
	    !unescape(colon ? colon + 1 : end, end, ret_proxy->password))
		return PROXY_BAD_USER;
	return PROXY_OK;
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == ':';
}

static enum proxy_verdict parse_host(const char *text, const char *end, struct proxy *ret_proxy)
{
	size_t size_bytes = (size_t)(end - text);

	if (!size_bytes || size_bytes >= PROXY_HOST_BYTES)
		return PROXY_BAD_HOST;
	for (size_t i = 0; i < size_bytes; i++)
		if (!is_host_char(text[i]))
			return PROXY_BAD_HOST;
	memcpy(ret_proxy->host, text, size_bytes);
	ret_proxy->host[size_bytes] = '\0';
	return PROXY_OK;
}

static enum proxy_verdict parse_port(const char *text, const char *end, struct proxy *ret_proxy)
{
	uint32_t port = 0;

	if (text == end || end - text > 5)
		return PROXY_BAD_PORT;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return PROXY_BAD_PORT;
		port = port * 10 + (uint32_t)(*text - '0');
	}
	if (port < 1 || port > UINT16_MAX)
		return PROXY_BAD_PORT;
	ret_proxy->port = (uint16_t)port;
	return PROXY_OK;
}

/* "host", "host:port", "[v6]" or "[v6]:port". */
static enum proxy_verdict parse_place(const char *text, const char *end, struct proxy *ret_proxy)
{
	const char *host_end = memchr(text, ':', (size_t)(end - text));
	const char *port = host_end ? host_end : end;
	enum proxy_verdict verdict;

	if (!host_end)
		host_end = end;
	if (text < end && *text == '[') {
		host_end = memchr(text, ']', (size_t)(end - text));
		if (!host_end || host_end - text < 3) /* "::" is the shortest */
			return PROXY_BAD_HOST;
		text++;
		port = host_end + 1;
		if (port < end && *port != ':')
			return PROXY_BAD_HOST;
	}
	verdict = parse_host(text, host_end, ret_proxy);
	if (verdict != PROXY_OK || port == end)
		return verdict;
	return parse_port(port + 1, end, ret_proxy);
}

/* The last '@': an unescaped one in a password is forgiven. */
static const char *find_at(const char *text, const char *end)
{
	while (end > text && end[-1] != '@')
		end--;
	return end > text ? end - 1 : NULL;
}

enum proxy_verdict proxy_parse(const char *url, struct proxy *ret_proxy)
{
	size_t count = sizeof(schemes) / sizeof(schemes[0]);
	enum proxy_verdict verdict = PROXY_OK;
	const char *end;
	const char *at;
	size_t i = 0;

	while (i < count && strncasecmp(url, schemes[i].name, strlen(schemes[i].name)) != 0)
		i++;
	if (i == count)
		return PROXY_BAD_SCHEME;
	if (schemes[i].verdict != PROXY_OK)
		return schemes[i].verdict;
	*ret_proxy = (struct proxy){ .kind = schemes[i].kind, .port = schemes[i].port };
	url += strlen(schemes[i].name);
	end = url + strcspn(url, "/?#");
	if (*end && strcmp(end, "/") != 0)
		return PROXY_HAS_PATH;
	at = find_at(url, end);
	if (at)
		verdict = parse_user(url, at, ret_proxy);
	return verdict == PROXY_OK ? parse_place(at ? at + 1 : url, end, ret_proxy) : verdict;
}
