/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats.h"

#define ORDER_MAGIC 0x1a2b3c4du

/* Of a block of secrets: a TLS key log, "TLSK" (draft-ietf-opsawg-pcapng, 4.7). */
#define SECRETS_TLS 0x544c534bu

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OBSOLETE = 2,
	BLOCK_PACKET_SIMPLE = 3,
	BLOCK_PACKET = 6,
	BLOCK_SECRETS = 10,

	BLOCK_HEADER_BYTES = 8,
	BLOCK_TRAILER_BYTES = 4,
	SECTION_BODY_BYTES = 16,
	INTERFACE_BODY_BYTES = 8,
	PACKET_BODY_BYTES = 20,
	SIMPLE_BODY_BYTES = 4,
	SECRETS_BODY_BYTES = 8,

	OPTION_END = 0,
	OPTION_RESOLUTION = 9,
	OPTION_OFFSET = 14,

	RESOLUTION_US = 6,
};

/* One block without its type and lengths. */
struct body {
	const uint8_t *bytes;
	size_t size_bytes;
};

static uint64_t read_u64(const struct reader *reader, const uint8_t *at)
{
	uint64_t first = reader_u32(reader, at);
	uint64_t second = reader_u32(reader, at + 4);

	return reader->is_big_endian ? first << 32 | second : second << 32 | first;
}

static void read_option(const struct reader *reader, uint16_t code, const uint8_t *value,
			size_t size_bytes, struct reader_interface *interface)
{
	if (code == OPTION_RESOLUTION && size_bytes == 1)
		interface->resolution = value[0];
	else if (code == OPTION_OFFSET && size_bytes == 8)
		interface->offset_s = (int64_t)read_u64(reader, value);
}

static void read_options(const struct reader *reader, struct body options,
			 struct reader_interface *interface)
{
	while (options.size_bytes >= 4) {
		uint16_t code = reader_u16(reader, options.bytes);
		size_t value_bytes = reader_u16(reader, options.bytes + 2);
		size_t padded_bytes = 4 + (value_bytes + 3) / 4 * 4;

		if (code == OPTION_END || padded_bytes > options.size_bytes)
			return;
		read_option(reader, code, options.bytes + 4, value_bytes, interface);
		options.bytes += padded_bytes;
		options.size_bytes -= padded_bytes;
	}
}

static enum reader_step take_interface(struct reader *reader, struct body body)
{
	struct reader_interface *interface = &reader->interfaces[reader->interface_count];

	if (body.size_bytes < INTERFACE_BODY_BYTES)
		return reader_refuse(reader, "an interface's description is too short");
	/* Those that find no room are numbered all the same: their frames are not read. */
	if (reader->interface_count++ >= READER_INTERFACE_COUNT_MAX)
		return READER_NOTHING;
	*interface = (struct reader_interface){
		.file_type = reader_u16(reader, body.bytes),
		.resolution = RESOLUTION_US,
		.snap_bytes = reader_u32(reader, body.bytes + 4),
	};
	body.bytes += INTERFACE_BODY_BYTES;
	body.size_bytes -= INTERFACE_BODY_BYTES;
	read_options(reader, body, interface);
	return READER_NOTHING;
}

/* NULL if nothing is known of it. */
static const struct reader_interface *find_interface(const struct reader *reader, uint32_t index)
{
	return index < reader->interface_count && index < READER_INTERFACE_COUNT_MAX
		       ? &reader->interfaces[index]
		       : NULL;
}

/* A packet of an interface of which nothing is known. */
static enum reader_step leave_unread(struct reader *reader, uint32_t interface_index)
{
	reader->unread_type = interface_index < reader->interface_count ? READER_UNREAD_TABLE
									: READER_UNREAD_INTERFACE;
	return READER_UNREAD;
}

/* Enhanced and obsolete packets differ in how wide the interface's number is. */
static enum reader_step take_packet(struct reader *reader, struct body body, bool is_obsolete,
				    struct reader_frame *frame)
{
	const struct reader_interface *interface;
	uint32_t index;
	uint64_t ticks;

	if (body.size_bytes < PACKET_BODY_BYTES)
		return reader_refuse(reader, "a packet's block is too short");
	index = is_obsolete ? reader_u16(reader, body.bytes) : reader_u32(reader, body.bytes);
	interface = find_interface(reader, index);
	frame->captured_bytes = reader_u32(reader, body.bytes + 12);
	frame->wire_bytes = reader_u32(reader, body.bytes + 16);
	frame->bytes = body.bytes + PACKET_BODY_BYTES;
	if (frame->captured_bytes > body.size_bytes - PACKET_BODY_BYTES)
		return reader_refuse(reader, "a packet is longer than its block");
	if (!interface)
		return leave_unread(reader, index);
	ticks = (uint64_t)reader_u32(reader, body.bytes + 4) << 32 |
		reader_u32(reader, body.bytes + 8);
	frame->tick_ns = tick_ns(interface);
	frame->is_stamped = ticks_to_ns(interface, ticks, &frame->wall_time_ns);
	if (!frame->is_stamped)
		frame->wall_time_ns = 0;
	return reader_link(reader, interface, frame);
}

static enum reader_step take_simple(struct reader *reader, struct body body,
				    struct reader_frame *frame)
{
	const struct reader_interface *interface = find_interface(reader, 0);
	size_t captured_bytes = body.size_bytes - SIMPLE_BODY_BYTES;

	if (body.size_bytes < SIMPLE_BODY_BYTES)
		return reader_refuse(reader, "a packet's block is too short");
	if (!interface)
		return leave_unread(reader, 0);
	frame->wire_bytes = reader_u32(reader, body.bytes);
	if (captured_bytes > frame->wire_bytes)
		captured_bytes = frame->wire_bytes;
	if (interface->snap_bytes && captured_bytes > interface->snap_bytes)
		captured_bytes = interface->snap_bytes;
	frame->captured_bytes = (uint32_t)captured_bytes;
	frame->bytes = body.bytes + SIMPLE_BODY_BYTES;
	frame->wall_time_ns = 0;
	frame->is_stamped = false;
	frame->tick_ns = UINT32_MAX;
	return reader_link(reader, interface, frame);
}

/* Secrets of other protocols are nothing for us. */
static enum reader_step take_secrets(struct reader *reader, struct body body)
{
	size_t size_bytes;

	if (body.size_bytes < SECRETS_BODY_BYTES)
		return reader_refuse(reader, "a block of secrets is too short");
	if (reader_u32(reader, body.bytes) != SECRETS_TLS)
		return READER_NOTHING;
	size_bytes = reader_u32(reader, body.bytes + 4);
	if (size_bytes > body.size_bytes - SECRETS_BODY_BYTES)
		return reader_refuse(reader, "secrets are longer than their block");
	reader->secrets = (struct reader_secrets){
		.text = (const char *)body.bytes + SECRETS_BODY_BYTES,
		.size_bytes = size_bytes,
	};
	return READER_SECRETS;
}

/* A section has a byte order and interfaces of its own. */
static enum reader_step begin_section(struct reader *reader, const uint8_t *bytes,
				      size_t size_bytes, size_t *ret_used_bytes)
{
	const size_t fixed_bytes = BLOCK_HEADER_BYTES + SECTION_BODY_BYTES;
	uint32_t block_bytes;

	if (size_bytes < fixed_bytes)
		return reader_want(reader, fixed_bytes);
	reader->is_big_endian = span_u32(bytes + BLOCK_HEADER_BYTES) == ORDER_MAGIC;
	if (reader_u32(reader, bytes + BLOCK_HEADER_BYTES) != ORDER_MAGIC)
		return reader_refuse(reader, "a section of no known byte order");
	if (reader_u16(reader, bytes + BLOCK_HEADER_BYTES + 4) != 1)
		return reader_refuse(reader, "a section of a later version of pcapng");
	block_bytes = reader_u32(reader, bytes + 4);
	if (block_bytes < fixed_bytes + BLOCK_TRAILER_BYTES || block_bytes % 4)
		return reader_refuse(reader, "a block's length is impossible");
	reader->format = READER_PCAPNG;
	reader->interface_count = 0;
	reader->skip_bytes = block_bytes - fixed_bytes;
	*ret_used_bytes = fixed_bytes;
	return READER_NOTHING;
}

static bool is_wanted(uint32_t type)
{
	return type == BLOCK_INTERFACE || type == BLOCK_PACKET || type == BLOCK_PACKET_SIMPLE ||
	       type == BLOCK_PACKET_OBSOLETE || type == BLOCK_SECRETS;
}

static enum reader_step take_block(struct reader *reader, uint32_t type, struct body body,
				   struct reader_frame *frame)
{
	switch (type) {
	case BLOCK_INTERFACE:
		return take_interface(reader, body);
	case BLOCK_PACKET_SIMPLE:
		return take_simple(reader, body, frame);
	case BLOCK_SECRETS:
		return take_secrets(reader, body);
	default:
		return take_packet(reader, body, type == BLOCK_PACKET_OBSOLETE, frame);
	}
}

enum reader_step pcapng_step(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			     size_t *ret_used_bytes, struct reader_frame *ret_frame)
{
	uint32_t type;
	uint32_t block_bytes;
	struct body body;

	if (size_bytes < BLOCK_HEADER_BYTES)
		return reader_want(reader, BLOCK_HEADER_BYTES);
	type = reader_u32(reader, bytes);
	if (type == PCAPNG_SECTION)
		return begin_section(reader, bytes, size_bytes, ret_used_bytes);
	block_bytes = reader_u32(reader, bytes + 4);
	if (block_bytes < BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES || block_bytes % 4)
		return reader_refuse(reader, "a block's length is impossible");
	if (!is_wanted(type)) {
		reader->skip_bytes = block_bytes - BLOCK_HEADER_BYTES;
		*ret_used_bytes = BLOCK_HEADER_BYTES;
		return READER_NOTHING;
	}
	if (block_bytes > READER_FRAME_BYTES_MAX)
		return reader_refuse(reader, "a block's length is out of all bounds");
	if (size_bytes < block_bytes)
		return reader_want(reader, block_bytes);
	if (reader_u32(reader, bytes + block_bytes - BLOCK_TRAILER_BYTES) != block_bytes)
		return reader_refuse(reader, "a block's two lengths differ");
	*ret_used_bytes = block_bytes;
	body.bytes = bytes + BLOCK_HEADER_BYTES;
	body.size_bytes = block_bytes - BLOCK_HEADER_BYTES - BLOCK_TRAILER_BYTES;
	return take_block(reader, type, body, ret_frame);
}
