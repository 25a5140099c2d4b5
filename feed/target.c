/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PORT_WS = 80, PORT_WSS = 443 };

const char *target_verdict_text(enum target_verdict verdict)
{
	switch (verdict) {
	case TARGET_OK:
		return "fine";
	case TARGET_BAD_SCHEME:
		return "begins with neither wss:// nor ws://";
	case TARGET_BAD_HOST:
		return "names no usable host";
	case TARGET_BAD_PORT:
		return "the port is not a number from 1 to 65535";
	case TARGET_BAD_PATH:
		return "the path is too long or has a space or control character";
	case TARGET_HAS_USER:
		return "carries a user name, which is not supported";
	}
	return "unknown";
}

static bool is_number_char(char c)
{
	return c >= '0' && c <= '9';
}

static enum target_verdict parse_port(const char *text, size_t size_bytes, uint16_t *ret_port)
{
	uint32_t port = 0;

	if (!size_bytes || size_bytes > 5)
		return TARGET_BAD_PORT;
	for (size_t i = 0; i < size_bytes; i++) {
		if (!is_number_char(text[i]))
			return TARGET_BAD_PORT;
		port = port * 10 + (uint32_t)(text[i] - '0');
	}
	if (port < 1 || port > UINT16_MAX)
		return TARGET_BAD_PORT;
	*ret_port = (uint16_t)port;
	return TARGET_OK;
}

/* What may stand in a host: nothing that could end a header line or a name. */
static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_number_char(c) || c == '-' ||
	       c == '.' || c == '_' || c == ':' || c == '%';
}

static enum target_verdict parse_host(const char *text, size_t size_bytes, char *ret_host)
{
	if (!size_bytes || size_bytes >= TARGET_HOST_BYTES)
		return TARGET_BAD_HOST;
	for (size_t i = 0; i < size_bytes; i++)
		if (!is_host_char(text[i]))
			return TARGET_BAD_HOST;
	memcpy(ret_host, text, size_bytes);
	ret_host[size_bytes] = '\0';
	return TARGET_OK;
}

/* "host", "host:port", "[v6]" or "[v6]:port". */
static enum target_verdict parse_authority(const char *text, size_t size_bytes,
					   struct target *ret_target)
{
	const char *end = text + size_bytes;
	const char *host = text;
	const char *host_end;
	const char *port;
	enum target_verdict verdict;

	if (memchr(text, '@', size_bytes))
		return TARGET_HAS_USER;
	if (size_bytes && text[0] == '[') {
		host_end = memchr(text, ']', size_bytes);
		if (!host_end)
			return TARGET_BAD_HOST;
		host++;
		port = host_end + 1;
		if (port < end && *port != ':')
			return TARGET_BAD_HOST;
	} else {
		host_end = memchr(text, ':', size_bytes);
		if (!host_end)
			host_end = end;
		port = host_end;
	}
	verdict = parse_host(host, (size_t)(host_end - host), ret_target->host);
	if (verdict != TARGET_OK)
		return verdict;
	ret_target->is_default_port = port == end;
	if (ret_target->is_default_port) {
		ret_target->port = ret_target->is_tls ? PORT_WSS : PORT_WS;
		return TARGET_OK;
	}
	return parse_port(port + 1, (size_t)(end - port - 1), &ret_target->port);
}

/* What is not ASCII goes escaped into a request (RFC 3986, 2.1; RFC 3987, 3.1). */
static size_t add_to_path(char *path, size_t at, unsigned char byte)
{
	static const char hex[] = "0123456789ABCDEF";

	if (byte < 0x80) {
		path[at++] = (char)byte;
		return at;
	}
	path[at++] = '%';
	path[at++] = hex[byte >> 4];
	path[at++] = hex[byte & 15];
	return at;
}

static enum target_verdict parse_path(const char *text, char *ret_path)
{
	size_t size_bytes = strcspn(text, "#"); /* a fragment is never sent */
	size_t at = 0;

	if (text[0] != '/')
		ret_path[at++] = '/';
	for (size_t i = 0; i < size_bytes; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte <= ' ' || byte == 0x7f ||
		    at + (byte < 0x80 ? 1 : 3) >= TARGET_PATH_BYTES)
			return TARGET_BAD_PATH;
		at = add_to_path(ret_path, at, byte);
	}
	ret_path[at] = '\0';
	return TARGET_OK;
}

bool target_is_address(const char *host)
{
	return strchr(host, ':') || strspn(host, "0123456789.") == strlen(host);
}

void target_host_header(const struct target *target, char ret_text[TARGET_HOST_HEADER_BYTES])
{
	bool is_ipv6 = strchr(target->host, ':') != NULL;
	bool is_usual = target->port == (target->is_tls ? PORT_WSS : PORT_WS);
	char port[8] = "";

	if (!is_usual)
		(void)snprintf(port, sizeof(port), ":%u", target->port);
	(void)snprintf(ret_text, TARGET_HOST_HEADER_BYTES, "%s%s%s%s", is_ipv6 ? "[" : "",
		       target->host, is_ipv6 ? "]" : "", port);
}

enum target_verdict target_parse(const char *url, struct target *ret_target)
{
	size_t authority_bytes;
	enum target_verdict verdict;

	if (strncasecmp(url, "wss://", 6) == 0) {
		ret_target->is_tls = true;
		url += 6;
	} else if (strncasecmp(url, "ws://", 5) == 0) {
		ret_target->is_tls = false;
		url += 5;
	} else {
		return TARGET_BAD_SCHEME;
	}
	authority_bytes = strcspn(url, "/?#");
	verdict = parse_authority(url, authority_bytes, ret_target);
	if (verdict != TARGET_OK)
		return verdict;
	return parse_path(url + authority_bytes, ret_target->path);
}
