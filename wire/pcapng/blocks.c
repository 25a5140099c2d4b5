/* SPDX-License-Identifier: BSD-2-Clause */
#include "blocks.h"

#include <string.h>

#define ORDER_MAGIC 0x1a2b3c4du
#define SECRETS_TLS 0x544c534bu /* "TLSK" */

#define NAME_BYTES_MAX 64

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BLOCK_SECRETS = 10,
	BLOCK_SECTION = 0x0a0d0d0a,

	BLOCK_BYTES = 12, /* type and both lengths */
	PACKET_BODY_BYTES = 20,
	SECRETS_BODY_BYTES = 8,

	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_INTERFACE_NAME = 2,
	OPTION_APPLICATION = 4,
	OPTION_RESOLUTION = 9,
	OPTION_BYTES = 4, /* code and length */

	RESOLUTION_NS = 9,
};

static size_t padded(size_t size_bytes)
{
	return (size_bytes + 3) / 4 * 4;
}

static uint8_t *put_u16(uint8_t *at, size_t value)
{
	uint16_t narrow = (uint16_t)value;

	memcpy(at, &narrow, sizeof(narrow));
	return at + sizeof(narrow);
}

static uint8_t *put_u32(uint8_t *at, size_t value)
{
	uint32_t narrow = (uint32_t)value;

	memcpy(at, &narrow, sizeof(narrow));
	return at + sizeof(narrow);
}

/* With zeroes up to the next multiple of four. */
static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t size_bytes)
{
	size_t room_bytes = padded(size_bytes);

	if (size_bytes)
		memcpy(at, bytes, size_bytes);
	memset(at + size_bytes, 0, room_bytes - size_bytes);
	return at + room_bytes;
}

static uint8_t *put_option(uint8_t *at, size_t code, const void *value, size_t size_bytes)
{
	return put_bytes(put_u16(put_u16(at, code), size_bytes), value, size_bytes);
}

static uint8_t *put_text(uint8_t *at, size_t code, const char *text)
{
	return put_option(at, code, text, strnlen(text, NAME_BYTES_MAX));
}

static uint8_t *put_last_option(uint8_t *at)
{
	return put_option(at, OPTION_END, NULL, 0);
}

/* Both lengths, once they are known.  Returns the block's. */
static size_t end_block(uint8_t *out, uint8_t *at)
{
	size_t block_bytes = (size_t)(at - out) + 4;

	(void)put_u32(at, block_bytes);
	(void)put_u32(out + 4, block_bytes);
	return block_bytes;
}

size_t pcapng_section(const char *program, uint8_t *out)
{
	uint8_t *at = put_u32(put_u32(put_u32(out, BLOCK_SECTION), 0), ORDER_MAGIC);

	at = put_u16(put_u16(at, 1), 0);
	at = put_u32(put_u32(at, UINT32_MAX), UINT32_MAX); /* its length: not known yet */
	at = put_last_option(put_text(at, OPTION_APPLICATION, program));
	return end_block(out, at);
}

size_t pcapng_interface(uint16_t link_type, const char *name, uint8_t *out)
{
	const uint8_t resolution = RESOLUTION_NS;
	uint8_t *at = put_u32(put_u32(out, BLOCK_INTERFACE), 0);

	at = put_u16(put_u16(at, link_type), 0);
	at = put_u32(at, 0); /* frames are whole */
	at = put_text(at, OPTION_INTERFACE_NAME, name);
	at = put_last_option(put_option(at, OPTION_RESOLUTION, &resolution, 1));
	return end_block(out, at);
}

size_t pcapng_secrets_bytes(size_t size_bytes)
{
	return BLOCK_BYTES + SECRETS_BODY_BYTES + padded(size_bytes);
}

size_t pcapng_secrets(const char *text, size_t size_bytes, uint8_t *out)
{
	uint8_t *at = put_u32(put_u32(out, BLOCK_SECRETS), 0);

	at = put_u32(put_u32(at, SECRETS_TLS), size_bytes);
	return end_block(out, put_bytes(at, text, size_bytes));
}

static size_t comment_bytes(const struct pcapng_comment *comment)
{
	return comment->size_bytes < PCAPNG_COMMENT_BYTES_MAX ? comment->size_bytes
							      : PCAPNG_COMMENT_BYTES_MAX;
}

size_t pcapng_packet_bytes(const struct pcapng_packet *packet)
{
	size_t size_bytes = BLOCK_BYTES + PACKET_BODY_BYTES + padded(packet->captured_bytes);

	for (size_t i = 0; i < packet->comment_count; i++)
		size_bytes += OPTION_BYTES + padded(comment_bytes(&packet->comments[i]));
	return size_bytes + (packet->comment_count ? OPTION_BYTES : 0);
}

size_t pcapng_packet(const struct pcapng_packet *packet, uint8_t *out)
{
	uint8_t *at = put_u32(put_u32(out, BLOCK_PACKET), 0);

	at = put_u32(at, packet->interface_index);
	at = put_u32(put_u32(at, packet->wall_time_ns >> 32), packet->wall_time_ns);
	at = put_u32(put_u32(at, packet->captured_bytes), packet->wire_bytes);
	at = put_bytes(at, packet->bytes, packet->captured_bytes);
	for (size_t i = 0; i < packet->comment_count; i++)
		at = put_option(at, OPTION_COMMENT, packet->comments[i].text,
				comment_bytes(&packet->comments[i]));
	if (packet->comment_count)
		at = put_last_option(at);
	return end_block(out, at);
}
