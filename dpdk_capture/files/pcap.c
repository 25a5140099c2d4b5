/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats.h"

#include "prof/clock.h"

enum {
	HEADER_BYTES = 24,
	RECORD_HEADER_BYTES = 16,
	MODIFIED_RECORD_HEADER_BYTES = 24,
	LINK_TYPE_MASK = 0xffff, /* above it, how long the frames' check sums are */
	DECIMALS_US = 6,
	DECIMALS_NS = 9,
	MINOR_LENGTHS_SETTLED = 4, /* before, they stood in the other order, or in either */
};

#define MAGIC_US       0xa1b2c3d4u
#define MAGIC_NS       0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u

static bool is_magic(uint32_t word)
{
	return word == MAGIC_US || word == MAGIC_NS || word == MAGIC_MODIFIED;
}

bool pcap_is_magic(const uint8_t *bytes, bool *ret_is_big_endian)
{
	const struct reader little = { .is_big_endian = false };

	*ret_is_big_endian = is_magic(span_u32(bytes));
	return *ret_is_big_endian || is_magic(reader_u32(&little, bytes));
}

enum reader_step pcap_begin(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			    size_t *ret_used_bytes)
{
	uint32_t magic;

	if (size_bytes < HEADER_BYTES)
		return reader_want(reader, HEADER_BYTES);
	magic = reader_u32(reader, bytes);
	if (reader_u16(reader, bytes + 4) != 2)
		return reader_refuse(reader, "a version of pcap that nobody writes");
	reader->minor = reader_u16(reader, bytes + 6);
	reader->is_modified = magic == MAGIC_MODIFIED;
	reader->interfaces[0] = (struct reader_interface){
		.file_type = (uint16_t)(reader_u32(reader, bytes + 20) & LINK_TYPE_MASK),
		.resolution = magic == MAGIC_NS ? DECIMALS_NS : DECIMALS_US,
	};
	reader->interface_count = 1;
	reader->format = READER_PCAP;
	*ret_used_bytes = HEADER_BYTES;
	return READER_NOTHING;
}

/* How much was captured, and how much there was. */
static void read_lengths(const struct reader *reader, const uint8_t *record,
			 struct reader_frame *frame)
{
	uint32_t captured_bytes = reader_u32(reader, record + 8);
	uint32_t wire_bytes = reader_u32(reader, record + 12);
	bool is_swapped = reader->minor < MINOR_LENGTHS_SETTLED && captured_bytes > wire_bytes;

	frame->captured_bytes = is_swapped ? wire_bytes : captured_bytes;
	frame->wire_bytes = is_swapped ? captured_bytes : wire_bytes;
}

enum reader_step pcap_step(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			   size_t *ret_used_bytes, struct reader_frame *ret_frame)
{
	size_t header_bytes = reader->is_modified ? MODIFIED_RECORD_HEADER_BYTES
						  : RECORD_HEADER_BYTES;
	const struct reader_interface *interface = &reader->interfaces[0];
	uint64_t below_s_ns;

	if (size_bytes < header_bytes)
		return reader_want(reader, header_bytes);
	read_lengths(reader, bytes, ret_frame);
	if (ret_frame->captured_bytes > READER_FRAME_BYTES_MAX)
		return reader_refuse(reader, "a frame's length is out of all bounds");
	if (size_bytes < header_bytes + ret_frame->captured_bytes)
		return reader_want(reader, header_bytes + ret_frame->captured_bytes);
	/* 32 bits of either cannot overflow. */
	(void)ticks_to_ns(interface, reader_u32(reader, bytes + 4), &below_s_ns);
	ret_frame->wall_time_ns = (uint64_t)reader_u32(reader, bytes) * PROF_NS_PER_S + below_s_ns;
	ret_frame->is_stamped = true;
	ret_frame->tick_ns = tick_ns(interface);
	ret_frame->bytes = bytes + header_bytes;
	*ret_used_bytes = header_bytes + ret_frame->captured_bytes;
	return reader_link(reader, interface, ret_frame);
}
