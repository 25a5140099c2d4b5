/* SPDX-License-Identifier: BSD-2-Clause */
#include "secrets.h"

#include <string.h>

#define RANDOM_BYTES 32

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* A line is LABEL RANDOM SECRET (draft-ietf-tls-keylogfile, 2).  False if it is none. */
static bool read_random(const char *line, size_t line_bytes, uint8_t random[RANDOM_BYTES])
{
	const char *space = memchr(line, ' ', line_bytes);
	const char *end = line + line_bytes;

	if (!space || line[0] == '#' || (size_t)(end - space) < 2 * RANDOM_BYTES + 3 ||
	    space[1 + 2 * RANDOM_BYTES] != ' ')
		return false;
	for (size_t i = 0; i < RANDOM_BYTES; i++) {
		int high = digit_value(space[1 + 2 * i]);
		int low = digit_value(space[2 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		random[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Logs may be named twice, or stand in the frames' file as well. */
static bool is_known(const struct secrets *secrets)
{
	return memmem(secrets->text, secrets->text_bytes, secrets->line, secrets->line_bytes) !=
	       NULL;
}

static void take_line(struct secrets *secrets)
{
	uint8_t random[RANDOM_BYTES];

	if (secrets->is_too_long || !read_random(secrets->line, secrets->line_bytes, random) ||
	    !secrets->is_wanted(secrets->context, random) || is_known(secrets))
		return;
	if (SECRETS_BYTES_MAX - secrets->text_bytes <= secrets->line_bytes) {
		secrets->crowded_count++;
		return;
	}
	memcpy(secrets->text + secrets->text_bytes, secrets->line, secrets->line_bytes);
	secrets->text_bytes += secrets->line_bytes;
	secrets->text[secrets->text_bytes++] = '\n';
}

void secrets_end(struct secrets *secrets)
{
	take_line(secrets);
	secrets->line_bytes = 0;
	secrets->is_too_long = false;
}

void secrets_feed(struct secrets *secrets, const char *bytes, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++) {
		if (bytes[i] == '\n')
			secrets_end(secrets);
		else if (secrets->line_bytes == sizeof(secrets->line))
			secrets->is_too_long = true;
		else if (bytes[i] != '\r')
			secrets->line[secrets->line_bytes++] = bytes[i];
	}
}
