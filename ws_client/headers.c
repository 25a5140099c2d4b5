/* SPDX-License-Identifier: BSD-2-Clause */
#include "headers.h"

#include <string.h>
#include <strings.h>

/* What the handshake consists of (RFC 6455, 4.1), and what would make the request another one. */
static const char *const own_names[] = {
	"Host",		  "Upgrade", "Connection",
	"Content-Length", "Expect",  "Transfer-Encoding",
	"Trailer",	  "TE",	     "Proxy-Authorization",
};
static const char own_beginning[] = "Sec-WebSocket-";

const char *headers_verdict_text(enum headers_verdict verdict)
{
	switch (verdict) {
	case HEADERS_OK:
		return "fine";
	case HEADERS_NO_COLON:
		return "not a name, a colon and a value";
	case HEADERS_BAD_NAME:
		return "its name cannot be that of a header field";
	case HEADERS_OWN_NAME:
		return "its name is one of those that the WebSocket handshake is made of";
	case HEADERS_BAD_VALUE:
		return "its value is empty or has something that is not printable ASCII";
	case HEADERS_TOO_LARGE:
		return "all of them together are larger than 8 KiB";
	}
	return "unknown";
}

static bool is_token(const char *text, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++) {
		char c = text[i];
		bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		if (!is_letter && (c < '0' || c > '9') && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return size_bytes > 0;
}

static bool is_own(const char *name, size_t size_bytes)
{
	if (size_bytes >= sizeof(own_beginning) - 1 &&
	    strncasecmp(name, own_beginning, sizeof(own_beginning) - 1) == 0)
		return true;
	for (size_t i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++)
		if (strlen(own_names[i]) == size_bytes &&
		    strncasecmp(name, own_names[i], size_bytes) == 0)
			return true;
	return false;
}

static bool is_value(const char *text, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		if ((text[i] < ' ' && text[i] != '\t') || text[i] > '~')
			return false;
	return size_bytes > 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static void append(struct headers *headers, const char *text, size_t size_bytes)
{
	memcpy(headers->text + headers->size_bytes, text, size_bytes);
	headers->size_bytes += size_bytes;
}

enum headers_verdict headers_add(struct headers *headers, const char *line)
{
	const char *colon = strchr(line, ':');
	const char *value = colon ? colon + 1 : line;
	size_t name_bytes = colon ? (size_t)(colon - line) : 0;
	size_t value_bytes;

	if (!colon)
		return HEADERS_NO_COLON;
	while (is_space(*value))
		value++;
	value_bytes = strlen(value);
	while (value_bytes && is_space(value[value_bytes - 1]))
		value_bytes--;
	if (!is_token(line, name_bytes))
		return HEADERS_BAD_NAME;
	if (is_own(line, name_bytes))
		return HEADERS_OWN_NAME;
	if (!is_value(value, value_bytes))
		return HEADERS_BAD_VALUE;
	if (name_bytes + value_bytes + 4 > HEADERS_BYTES - headers->size_bytes)
		return HEADERS_TOO_LARGE;
	append(headers, line, name_bytes);
	append(headers, ": ", 2);
	append(headers, value, value_bytes);
	append(headers, "\r\n", 2);
	return HEADERS_OK;
}

bool headers_has(const struct headers *headers, const char *name)
{
	size_t name_bytes = strlen(name);
	size_t at = 0;

	while (at < headers->size_bytes) {
		const char *line = headers->text + at;
		const char *end = memchr(line, '\n', headers->size_bytes - at);

		if ((size_t)(end - line) > name_bytes && line[name_bytes] == ':' &&
		    strncasecmp(line, name, name_bytes) == 0)
			return true;
		at += (size_t)(end - line) + 1;
	}
	return false;
}
