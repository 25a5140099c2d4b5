/* SPDX-License-Identifier: BSD-2-Clause */
#include "reader.h"

#include "formats.h"

#define MAGIC_BYTES 4

static enum reader_step begin(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			      size_t *ret_used_bytes, struct reader_frame *ret_frame)
{
	if (size_bytes < MAGIC_BYTES)
		return reader_want(reader, MAGIC_BYTES);
	if (pcap_is_magic(bytes, &reader->is_big_endian))
		return pcap_begin(reader, bytes, size_bytes, ret_used_bytes);
	if (span_u32(bytes) == PCAPNG_SECTION)
		return pcapng_step(reader, bytes, size_bytes, ret_used_bytes, ret_frame);
	return reader_refuse(reader, "it is neither pcap nor pcapng");
}

enum reader_step reader_step(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			     size_t *ret_used_bytes, struct reader_frame *ret_frame)
{
	*ret_used_bytes = 0;
	if (reader->skip_bytes) {
		if (size_bytes == 0)
			return reader_want(reader, 1);
		*ret_used_bytes = reader->skip_bytes < size_bytes ? (size_t)reader->skip_bytes
								  : size_bytes;
		reader->skip_bytes -= *ret_used_bytes;
		return READER_NOTHING;
	}
	switch (reader->format) {
	case READER_PCAP:
		return pcap_step(reader, bytes, size_bytes, ret_used_bytes, ret_frame);
	case READER_PCAPNG:
		return pcapng_step(reader, bytes, size_bytes, ret_used_bytes, ret_frame);
	case READER_NEW:
		break;
	}
	return begin(reader, bytes, size_bytes, ret_used_bytes, ret_frame);
}

const char *reader_format_name(const struct reader *reader)
{
	return reader->format == READER_PCAP ? "pcap" : "pcapng";
}
