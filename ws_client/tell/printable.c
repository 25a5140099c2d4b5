/* SPDX-License-Identifier: BSD-2-Clause */
#include "printable.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/utf8.h"

/* U+0080..9f, U+2028..202e, U+2066..2069, U+feff: characters that a terminal obeys. */
static bool is_obeyed(const unsigned char *text)
{
	if (text[0] == 0xc2)
		return text[1] < 0xa0;
	if (text[0] == 0xe2)
		return (text[1] == 0x80 && text[2] >= 0xa8 && text[2] <= 0xae) ||
		       (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9);
	return text[0] == 0xef && text[1] == 0xbb && text[2] == 0xbf;
}

/* How many bytes can be shown as one character; 0: not even the first. */
static size_t printable_bytes(const char *text)
{
	size_t size_bytes = 1;

	if ((unsigned char)*text < 0x80)
		return isprint((unsigned char)*text) ? 1 : 0;
	while (size_bytes < 4 && ((unsigned char)text[size_bytes] & 0xc0) == 0x80)
		size_bytes++;
	for (; size_bytes > 1; size_bytes--)
		if (utf8_is_valid(text, size_bytes) && !is_obeyed((const unsigned char *)text))
			return size_bytes;
	return 0;
}

void printable_make(char *text)
{
	while (*text) {
		size_t size_bytes = printable_bytes(text);

		if (!size_bytes)
			*text = '?';
		text += size_bytes ? size_bytes : 1;
	}
}
