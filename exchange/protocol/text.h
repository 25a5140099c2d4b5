/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing text into a fixed buffer: what does not fit is left out and
 * remembered, so that a caller asks once at the end instead of at each step.
 */
#ifndef EXCHANGE_TEXT_H
#define EXCHANGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *at;
	size_t used_bytes;
	size_t room_bytes;
	bool is_cut; /* something did not fit; the text is not to be used */
};

/* The buffer stays the caller's; the text is not terminated by a zero byte. */
static inline struct text text_over(char *buffer, size_t room_bytes)
{
	return (struct text){ .at = buffer, .room_bytes = room_bytes };
}

/* These stand here for speed: a depth message is made of thousands of them. */
static inline void text_add_bytes(struct text *text, const void *bytes, size_t size_bytes)
{
	if (text->is_cut || size_bytes > text->room_bytes - text->used_bytes) {
		text->is_cut = true;
		return;
	}
	if (size_bytes > 0)
		memcpy(text->at + text->used_bytes, bytes, size_bytes);
	text->used_bytes += size_bytes;
}

static inline void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

static inline void text_add_char(struct text *text, char c)
{
	text_add_bytes(text, &c, 1);
}

void text_add_u64(struct text *text, uint64_t value);

/* The value divided by 10^decimals, with exactly so many digits after the point. */
void text_add_fixed(struct text *text, uint64_t value, unsigned int decimals);

/* As text_add_fixed(), with a sign. */
void text_add_signed(struct text *text, int64_t value, unsigned int decimals);

/* Letters a-z become A-Z. */
void text_add_upper(struct text *text, const char *string, size_t size_bytes);

#endif
