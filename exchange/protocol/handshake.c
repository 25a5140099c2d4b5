/* SPDX-License-Identifier: BSD-2-Clause */
#include "handshake.h"

#include <string.h>
#include <strings.h>

#define API_KEY_BYTES 64

struct line {
	const char *at;
	size_t size_bytes;
};

/* Takes a line off the front; it ends with CR LF, which is taken too. */
static bool take_line(struct line *rest, struct line *ret_line)
{
	const char *end = memmem(rest->at, rest->size_bytes, "\r\n", 2);

	if (!end)
		return false;
	*ret_line = (struct line){ rest->at, (size_t)(end - rest->at) };
	rest->size_bytes -= ret_line->size_bytes + 2;
	rest->at = end + 2;
	return true;
}

/* If the line is that header, gives its value without the blanks around it. */
static bool header_value(struct line line, const char *name, struct line *ret_value)
{
	size_t name_bytes = strlen(name);

	if (line.size_bytes <= name_bytes || line.at[name_bytes] != ':' ||
	    strncasecmp(line.at, name, name_bytes) != 0)
		return false;
	line.at += name_bytes + 1;
	line.size_bytes -= name_bytes + 1;
	while (line.size_bytes > 0 && (line.at[0] == ' ' || line.at[0] == '\t')) {
		line.at++;
		line.size_bytes--;
	}
	while (line.size_bytes > 0 &&
	       (line.at[line.size_bytes - 1] == ' ' || line.at[line.size_bytes - 1] == '\t'))
		line.size_bytes--;
	*ret_value = line;
	return true;
}

static bool is_text(struct line line, const char *text)
{
	return line.size_bytes == strlen(text) && strncasecmp(line.at, text, line.size_bytes) == 0;
}

/* "GET target HTTP/1.1" */
static bool take_request_line(struct line line, struct handshake *handshake)
{
	static const char method[] = "GET ";
	static const char version[] = " HTTP/1.1";
	size_t around_bytes = sizeof(method) - 1 + sizeof(version) - 1;

	if (line.size_bytes <= around_bytes || memcmp(line.at, method, sizeof(method) - 1) != 0 ||
	    memcmp(line.at + line.size_bytes - (sizeof(version) - 1), version,
		   sizeof(version) - 1) != 0)
		return false;
	handshake->target = line.at + sizeof(method) - 1;
	handshake->target_bytes = line.size_bytes - around_bytes;
	return handshake->target[0] == '/';
}

enum handshake_verdict handshake_parse(const char *head, size_t size_bytes,
				       struct handshake *ret_handshake)
{
	struct line rest = { head, size_bytes };
	struct line line;
	struct line value;
	bool has_upgrade = false;
	bool has_key = false;
	bool has_version = false;

	if (!memmem(head, size_bytes, "\r\n\r\n", 4))
		return HANDSHAKE_MORE;
	*ret_handshake = (struct handshake){ 0 };
	if (!take_line(&rest, &line) || !take_request_line(line, ret_handshake))
		return HANDSHAKE_BAD;
	while (take_line(&rest, &line) && line.size_bytes > 0) {
		if (header_value(line, "Upgrade", &value)) {
			has_upgrade = is_text(value, "websocket");
		} else if (header_value(line, "Sec-WebSocket-Version", &value)) {
			has_version = is_text(value, "13");
		} else if (header_value(line, "Sec-WebSocket-Key", &value)) {
			has_key = value.size_bytes == HANDSHAKE_KEY_BYTES;
			if (has_key)
				memcpy(ret_handshake->key, value.at, HANDSHAKE_KEY_BYTES);
		} else if (header_value(line, "Host", &value)) {
			ret_handshake->host = value.at;
			ret_handshake->host_bytes = value.size_bytes;
		} else if (header_value(line, "X-MBX-APIKEY", &value)) {
			ret_handshake->api_key = value.at;
			ret_handshake->api_key_bytes = value.size_bytes;
		}
	}
	ret_handshake->head_bytes = size_bytes - rest.size_bytes;
	if (!has_upgrade)
		return HANDSHAKE_NO_UPGRADE;
	if (!has_version)
		return HANDSHAKE_BAD_VERSION;
	return has_key ? HANDSHAKE_OK : HANDSHAKE_BAD;
}

bool handshake_has_api_key(const struct handshake *handshake)
{
	const char *key = handshake->api_key;

	if (!key || handshake->api_key_bytes != API_KEY_BYTES)
		return false;
	for (size_t i = 0; i < API_KEY_BYTES; i++)
		if (!((key[i] >= '0' && key[i] <= '9') || (key[i] >= 'a' && key[i] <= 'z') ||
		      (key[i] >= 'A' && key[i] <= 'Z')))
			return false;
	return true;
}

static void add_base64(struct text *text, const uint8_t *bytes, size_t size_bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size_bytes; i += 3) {
		size_t left_bytes = size_bytes - i;
		uint32_t group = (uint32_t)bytes[i] << 16;
		char four[4] = { '=', '=', '=', '=' };

		if (left_bytes > 1)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (left_bytes > 2)
			group |= bytes[i + 2];
		for (size_t digit = 0; digit <= left_bytes && digit < 4; digit++)
			four[digit] = digits[group >> (18 - 6 * digit) & 63];
		text_add_bytes(text, four, sizeof(four));
	}
}

void handshake_accept(struct text *text, const struct handshake *handshake, handshake_sha1 *sha1)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, 1.3 */
	char salted[HANDSHAKE_KEY_BYTES + sizeof(guid) - 1];
	uint8_t digest[HANDSHAKE_DIGEST_BYTES];

	memcpy(salted, handshake->key, HANDSHAKE_KEY_BYTES);
	memcpy(salted + HANDSHAKE_KEY_BYTES, guid, sizeof(guid) - 1);
	sha1(salted, sizeof(salted), digest);
	text_add(text, "HTTP/1.1 101 Switching Protocols\r\n"
		       "Upgrade: websocket\r\n"
		       "Connection: Upgrade\r\n"
		       "Sec-WebSocket-Accept: ");
	add_base64(text, digest, sizeof(digest));
	text_add(text, "\r\n\r\n");
}

void handshake_refuse(struct text *text, const char *status, const char *body)
{
	text_add(text, "HTTP/1.1 ");
	text_add(text, status);
	text_add(text, "\r\nContent-Type: text/plain\r\n"
		       "Sec-WebSocket-Version: 13\r\n"
		       "Connection: close\r\nContent-Length: ");
	text_add_u64(text, strlen(body));
	text_add(text, "\r\n\r\n");
	text_add(text, body);
}
