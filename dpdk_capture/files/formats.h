/* SPDX-License-Identifier: BSD-2-Clause */
/* The two formats behind reader_step(). */
#ifndef CAPTURE_FORMATS_H
#define CAPTURE_FORMATS_H

#include "reader.h"

enum reader_step pcap_begin(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			    size_t *ret_used_bytes);
enum reader_step pcap_step(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			   size_t *ret_used_bytes, struct reader_frame *ret_frame);
enum reader_step pcapng_step(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			     size_t *ret_used_bytes, struct reader_frame *ret_frame);

/* True if these four bytes begin a pcap file; *ret_is_big_endian says of which order. */
bool pcap_is_magic(const uint8_t *bytes, bool *ret_is_big_endian);

#define PCAPNG_SECTION 0x0a0d0d0au /* the same in either byte order */

static inline uint32_t reader_u32(const struct reader *reader, const uint8_t *at)
{
	return reader->is_big_endian ? span_u32(at)
				     : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 |
					       (uint32_t)at[1] << 8 | at[0];
}

static inline uint16_t reader_u16(const struct reader *reader, const uint8_t *at)
{
	return (uint16_t)(reader->is_big_endian ? span_u16(at) : at[1] << 8 | at[0]);
}

static inline enum reader_step reader_want(struct reader *reader, size_t want_bytes)
{
	reader->want_bytes = want_bytes;
	return READER_MORE;
}

static inline enum reader_step reader_refuse(struct reader *reader, const char *why)
{
	reader->why = why;
	return READER_BAD;
}

/* Fills the frame's link by the interface.  READER_FRAME or READER_UNREAD. */
static inline enum reader_step reader_link(struct reader *reader,
					   const struct reader_interface *interface,
					   struct reader_frame *ret_frame)
{
	ret_frame->link = link_of_file(interface->file_type);
	if (ret_frame->link != PACKET_LINK_UNKNOWN)
		return READER_FRAME;
	reader->unread_type = interface->file_type;
	return READER_UNREAD;
}

/*
 * A count of an interface's ticks as ns since 1970.  False if that is beyond
 * 64 bits.  Whatever is less than a ns is cut off.
 */
bool ticks_to_ns(const struct reader_interface *interface, uint64_t ticks, uint64_t *ret_ns);

/* What one tick is, rounded up to at least 1 and cut to UINT32_MAX. */
uint32_t tick_ns(const struct reader_interface *interface);

#endif
