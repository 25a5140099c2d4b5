/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

#include <string.h>

#define SIZE_MASK      0x7f
#define SIZE_16_BIT    126
#define SIZE_64_BIT    127
#define RESERVED_BITS  0x70
#define OPCODE_MASK    0x0f
#define CONTROL_OPCODE 0x08
#define MASK_KEY_BYTES 4

size_t frame_put_header(uint8_t header[static FRAME_HEADER_BYTES_MAX], unsigned int first_byte,
			uint64_t payload_bytes)
{
	size_t extra_bytes = payload_bytes < SIZE_16_BIT ? 0 : payload_bytes <= UINT16_MAX ? 2 : 8;

	header[0] = (uint8_t)first_byte;
	if (extra_bytes == 0) {
		header[1] = (uint8_t)payload_bytes;
		return 2;
	}
	header[1] = extra_bytes == 2 ? SIZE_16_BIT : SIZE_64_BIT;
	for (size_t i = 0; i < extra_bytes; i++)
		header[2 + i] = (uint8_t)(payload_bytes >> (8 * (extra_bytes - 1 - i)));
	return 2 + extra_bytes;
}

void frame_reader_reset(struct frame_reader *reader)
{
	reader->header_used_bytes = 0;
	reader->payload_bytes = 0;
	reader->taken_bytes = 0;
	reader->is_inside_message = false;
	reader->message_bytes = 0;
	reader->control_bytes = 0;
}

static size_t header_bytes(const struct frame_reader *reader)
{
	unsigned int size = reader->header[1] & SIZE_MASK;

	if (reader->header_used_bytes < 2)
		return 2;
	return 2 + (size == SIZE_16_BIT ? 2 : size == SIZE_64_BIT ? 8 : 0) + MASK_KEY_BYTES;
}

static enum frame_event fail(struct frame_reader *reader, enum frame_close_code code)
{
	reader->close_code = code;
	return FRAME_HAS_ERROR;
}

static bool is_control(const struct frame_reader *reader)
{
	return reader->header[0] & CONTROL_OPCODE;
}

static void take_size(struct frame_reader *reader)
{
	unsigned int size = reader->header[1] & SIZE_MASK;
	size_t extra_bytes = size == SIZE_16_BIT ? 2 : size == SIZE_64_BIT ? 8 : 0;

	reader->payload_bytes = extra_bytes ? 0 : size;
	for (size_t i = 0; i < extra_bytes; i++)
		reader->payload_bytes = reader->payload_bytes << 8 | reader->header[2 + i];
	reader->taken_bytes = 0;
	if (is_control(reader))
		reader->control_bytes = 0;
	else if ((reader->header[0] & OPCODE_MASK) != FRAME_CONTINUATION)
		reader->message_bytes = 0;
}

/* Is the header, now whole, one that a client may send here? */
static enum frame_event check_header(struct frame_reader *reader)
{
	unsigned int opcode = reader->header[0] & OPCODE_MASK;
	bool is_final = reader->header[0] & FRAME_FIN;

	if ((reader->header[0] & RESERVED_BITS) || !(reader->header[1] & FRAME_MASK))
		return fail(reader, FRAME_CLOSE_PROTOCOL);
	if (is_control(reader)) {
		if (!is_final || reader->payload_bytes > FRAME_CONTROL_BYTES_MAX ||
		    opcode > FRAME_PONG)
			return fail(reader, FRAME_CLOSE_PROTOCOL);
		return FRAME_MORE;
	}
	if (opcode > FRAME_BINARY || reader->is_inside_message != (opcode == FRAME_CONTINUATION))
		return fail(reader, FRAME_CLOSE_PROTOCOL);
	if (reader->payload_bytes > FRAME_MESSAGE_BYTES_MAX - reader->message_bytes)
		return fail(reader, FRAME_CLOSE_TOO_BIG);
	return FRAME_MORE;
}

static void take_payload(struct frame_reader *reader, const uint8_t *bytes, size_t size_bytes)
{
	const uint8_t *key = reader->header + header_bytes(reader) - MASK_KEY_BYTES;
	size_t *used_bytes = is_control(reader) ? &reader->control_bytes : &reader->message_bytes;
	uint8_t *to = (is_control(reader) ? reader->control : reader->message) + *used_bytes;

	for (size_t i = 0; i < size_bytes; i++)
		to[i] = bytes[i] ^ key[(reader->taken_bytes + i) % MASK_KEY_BYTES];
	*used_bytes += size_bytes;
	reader->taken_bytes += size_bytes;
}

/* The frame is whole: what was it? */
static enum frame_event finish(struct frame_reader *reader)
{
	reader->header_used_bytes = 0;
	switch (reader->header[0] & OPCODE_MASK) {
	case FRAME_PING:
		return FRAME_HAS_PING;
	case FRAME_PONG:
		return FRAME_HAS_PONG;
	case FRAME_CLOSE:
		return FRAME_HAS_CLOSE;
	default:
		reader->is_inside_message = !(reader->header[0] & FRAME_FIN);
		return reader->is_inside_message ? FRAME_MORE : FRAME_HAS_TEXT;
	}
}

/* Returns FRAME_MORE also after a fragment; the caller goes on while there is input. */
static enum frame_event read_frame(struct frame_reader *reader, const uint8_t **bytes,
				   size_t *size_bytes)
{
	size_t take_bytes;

	while (reader->header_used_bytes < header_bytes(reader)) {
		if (*size_bytes == 0)
			return FRAME_MORE;
		reader->header[reader->header_used_bytes++] = *(*bytes)++;
		(*size_bytes)--;
		if (reader->header_used_bytes < 2 ||
		    reader->header_used_bytes < header_bytes(reader))
			continue;
		take_size(reader);
		if (check_header(reader) == FRAME_HAS_ERROR)
			return FRAME_HAS_ERROR;
	}
	take_bytes = *size_bytes;
	if (take_bytes > reader->payload_bytes - reader->taken_bytes)
		take_bytes = (size_t)(reader->payload_bytes - reader->taken_bytes);
	take_payload(reader, *bytes, take_bytes);
	*bytes += take_bytes;
	*size_bytes -= take_bytes;
	return reader->taken_bytes == reader->payload_bytes ? finish(reader) : FRAME_MORE;
}

enum frame_event frame_read(struct frame_reader *reader, const uint8_t **bytes, size_t *size_bytes)
{
	enum frame_event event = FRAME_MORE;

	while (*size_bytes > 0 && event == FRAME_MORE)
		event = read_frame(reader, bytes, size_bytes);
	return event;
}

uint16_t frame_closed_with(const struct frame_reader *reader)
{
	if (reader->control_bytes < 2)
		return FRAME_CLOSE_NO_CODE;
	return (uint16_t)(reader->control[0] << 8 | reader->control[1]);
}
