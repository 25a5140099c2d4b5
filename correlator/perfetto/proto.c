/* SPDX-License-Identifier: BSD-2-Clause */
#include "proto.h"

#include <assert.h>
#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

#define LENGTH_BYTES 4

static void add_varint(struct text *text, uint64_t value)
{
	char bytes[10];
	size_t count = 0;

	do {
		bytes[count++] = (char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	text_add_bytes(text, bytes, count);
}

static void add_tag(struct text *text, uint32_t field, enum wire wire)
{
	add_varint(text, (uint64_t)field << 3 | wire);
}

void proto_u64(struct text *text, uint32_t field, uint64_t value)
{
	add_tag(text, field, WIRE_VARINT);
	add_varint(text, value);
}

void proto_i64(struct text *text, uint32_t field, int64_t value)
{
	proto_u64(text, field, (uint64_t)value);
}

void proto_fixed64(struct text *text, uint32_t field, uint64_t value)
{
	char bytes[8];

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(value >> 8 * i & 0xff);
	add_tag(text, field, WIRE_FIXED64);
	text_add_bytes(text, bytes, sizeof(bytes));
}

void proto_string(struct text *text, uint32_t field, const char *words)
{
	add_tag(text, field, WIRE_BYTES);
	add_varint(text, strlen(words));
	while (*words)
		words += text_add_character(text, words);
}

void proto_bytes(struct text *text, uint32_t field, const char *bytes, size_t size_bytes)
{
	add_tag(text, field, WIRE_BYTES);
	add_varint(text, size_bytes);
	text_add_bytes(text, bytes, size_bytes);
}

size_t proto_begin(struct text *text, uint32_t field)
{
	size_t begin;

	add_tag(text, field, WIRE_BYTES);
	begin = text->size_bytes;
	text_add_bytes(text, "\0\0\0", LENGTH_BYTES);
	return begin;
}

/* What is shorter than its length's room is moved up to it: lengths are most of a trace otherwise.
 */
void proto_end(struct text *text, size_t begin)
{
	size_t size_bytes;
	unsigned int length_bytes = 1;

	if (text->is_cut)
		return;
	size_bytes = text->size_bytes - begin - LENGTH_BYTES;
	assert(size_bytes < 1u << 28);
	while (size_bytes >> 7 * length_bytes)
		length_bytes++;
	for (unsigned int i = 0; i < length_bytes; i++)
		text->bytes[begin + i] = (char)((size_bytes >> 7 * i & 0x7f) |
						(i < length_bytes - 1 ? 0x80 : 0));
	memmove(text->bytes + begin + length_bytes, text->bytes + begin + LENGTH_BYTES, size_bytes);
	text->size_bytes = begin + length_bytes + size_bytes;
}
