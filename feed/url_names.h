/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams' names in a URL: "a@trade/b@trade", up to its end, '?' or '&'.
 * A URL may escape any byte (RFC 3986, 2.1), the '/' between two names as
 * well, and the exchange names streams by what is escaped, in UTF-8: so names
 * are decoded before they are compared, and kept beside what stood there.
 * Pure; for venue.c, which is compiled alone by whoever wants its plan only.
 */
#ifndef FEED_URL_NAMES_H
#define FEED_URL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define URL_NAME_BYTES 56 /* terminated */

struct url_name {
	const char *raw; /* where it stands in the URL, not terminated */
	size_t raw_bytes;
	bool is_good; /* it can be a stream's name, and has room */
	char text[URL_NAME_BYTES];
};

/* How many bytes the character at `text` has, if it is one in UTF-8 (RFC 3629, 4); else 0. */
static inline size_t url_character_bytes(const unsigned char *text)
{
	size_t size_bytes = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

	if (size_bytes == 1)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4 || (text[0] == 0xe0 && text[1] < 0xa0) ||
	    (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf0 && text[1] < 0x90) ||
	    (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < size_bytes; i++)
		if ((text[i] & 0xc0) != 0x80) /* the terminator is none either */
			return 0;
	return size_bytes;
}

/* A name goes into a JSON request as it is, and onto a terminal. */
static inline bool url_name_is_good(const char *name)
{
	const unsigned char *at = (const unsigned char *)name;

	if (!*at)
		return false;
	while (*at) {
		size_t size_bytes = url_character_bytes(at);
		bool is_control = *at <= ' ' || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0);

		if (!size_bytes || is_control || *at == '"' || *at == '\\' || *at == '/')
			return false;
		at += size_bytes;
	}
	return true;
}

static inline int url_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* One character of a URL, its escape undone; what is no escape stands for itself. */
static inline char url_take_char(const char **at)
{
	const char *text = *at;
	int high = text[0] == '%' ? url_hex_value(text[1]) : -1;
	int low = high < 0 ? -1 : url_hex_value(text[2]);

	*at = text + (low < 0 ? 1 : 3);
	return low < 0 ? text[0] : (char)((unsigned int)high << 4 | (unsigned int)low);
}

/* Takes the next name at *at, which moves behind it and its '/'; false at the list's end. */
static inline bool url_take_name(const char **at, struct url_name *ret_name)
{
	const char *next = *at;
	const char *end = next;
	size_t size_bytes = 0;

	*ret_name = (struct url_name){ .raw = next };
	while (*next && *next != '&' && *next != '?') {
		char c = url_take_char(&next);

		if (c == '/')
			break;
		if (size_bytes < URL_NAME_BYTES - 1)
			ret_name->text[size_bytes] = c;
		size_bytes += c ? 1 : URL_NAME_BYTES; /* an escaped 0 is in no name */
		end = next;
	}
	ret_name->raw_bytes = (size_t)(end - ret_name->raw);
	ret_name->is_good = size_bytes < URL_NAME_BYTES && url_name_is_good(ret_name->text);
	if (next == *at)
		return false;
	*at = next;
	return true;
}

#endif
