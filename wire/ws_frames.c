/* SPDX-License-Identifier: BSD-2-Clause */
#include "ws_frames.h"

#include <string.h>

enum {
	FIRST_FIN = 0x80,
	FIRST_RESERVED = 0x70,
	FIRST_OPCODE = 0x0f,
	SECOND_MASK = 0x80,
	SECOND_LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	OPCODE_CONTROL = 0x08,
	OPCODE_CONTINUATION = 0,
	OPCODE_DATA_LAST = 2,
	OPCODE_CONTROL_LAST = 10,
	CONTROL_BYTES_MAX = 125,
	LENGTH_SIGN = 0x80, /* of the first of eight bytes */
};

const char *ws_violation_text(enum ws_violation violation)
{
	switch (violation) {
	case WS_FINE:
		return "none";
	case WS_MASKED:
		return "a masked frame";
	case WS_RESERVED_BITS:
		return "a frame with reserved bits";
	case WS_UNKNOWN_OPCODE:
		return "a frame of an unknown kind";
	case WS_BAD_CONTROL:
		return "a control frame that is fragmented or too long";
	case WS_NOTHING_TO_CONTINUE:
		return "a continuation of nothing";
	case WS_UNFINISHED:
		return "a new message inside an unfinished one";
	case WS_LENGTH_OUT_OF_RANGE:
		return "a frame of an impossible length";
	case WS_TOO_LARGE:
		return "a message of more than 64 MiB";
	}
	return "unknown";
}

static const char end_of_http[] = "\r\n\r\n";

static bool is_control(const struct ws_frames *frames)
{
	return frames->header[0] & OPCODE_CONTROL;
}

/* Where byte `index` of the chunk begins, and where it ends. */
static uint64_t chunk_start_of(const struct ws_chunk *chunk, size_t index)
{
	return chunk->is_plain ? chunk->start_offset + index : chunk->start_offset;
}

static uint64_t chunk_end_of(const struct ws_chunk *chunk, size_t index)
{
	return chunk->is_plain ? chunk->start_offset + index + 1 : chunk->end_offset;
}

/* The HTTP response; returns how many bytes of the chunk belong to it. */
static size_t take_http(struct ws_frames *frames, const struct ws_chunk *chunk)
{
	for (size_t i = 0; i < chunk->size_bytes; i++) {
		char c = (char)chunk->bytes[i];

		if (c == '\r' || c == '\n')
			frames->is_status_whole = true;
		if (!frames->is_status_whole && frames->status_bytes < WS_STATUS_LINE_BYTES - 1)
			frames->status_line[frames->status_bytes++] = c;
		if (c == end_of_http[frames->end_of_http_bytes])
			frames->end_of_http_bytes++;
		else
			frames->end_of_http_bytes = c == '\r';
		if (frames->end_of_http_bytes == sizeof(end_of_http) - 1) {
			frames->state = WS_FRAMES_HEADER;
			return i + 1;
		}
	}
	return chunk->size_bytes;
}

/* How many bytes the header will have, as far as can be told from what is there. */
static uint8_t header_bytes_needed(const struct ws_frames *frames)
{
	uint8_t needed = 2;

	if (frames->header_bytes < 2)
		return needed;
	if ((frames->header[1] & SECOND_LENGTH) == LENGTH_16)
		needed += 2;
	else if ((frames->header[1] & SECOND_LENGTH) == LENGTH_64)
		needed += 8;
	if (frames->header[1] & SECOND_MASK)
		needed += 4;
	return needed;
}

static uint64_t header_payload_bytes(const struct ws_frames *frames)
{
	uint8_t length = frames->header[1] & SECOND_LENGTH;
	size_t length_bytes = length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
	uint64_t payload_bytes = 0;

	if (!length_bytes)
		return length;
	for (size_t i = 0; i < length_bytes; i++)
		payload_bytes = payload_bytes << 8 | frames->header[2 + i];
	return payload_bytes;
}

static void push_span(struct ws_frames *frames)
{
	if (frames->push_position - frames->pop_position == WS_SPAN_COUNT) {
		frames->lost_count++;
		return;
	}
	frames->spans[frames->push_position++ % WS_SPAN_COUNT] = frames->current;
}

/* The frame's last byte was byte `index` of the chunk. */
static void end_frame(struct ws_frames *frames, const struct ws_chunk *chunk, size_t index)
{
	frames->state = WS_FRAMES_HEADER;
	frames->header_bytes = 0;
	if (is_control(frames) || !(frames->header[0] & FIRST_FIN))
		return;
	frames->current.end_offset = chunk_end_of(chunk, index);
	frames->current.recv_ns = chunk->recv_ns;
	frames->is_in_message = false;
	push_span(frames);
}

/* What the first byte says against the protocol. */
static enum ws_violation check_first(const struct ws_frames *frames)
{
	uint8_t first = frames->header[0];
	uint8_t opcode = first & FIRST_OPCODE;

	if ((first & FIRST_RESERVED) && !frames->has_extension)
		return WS_RESERVED_BITS;
	if (is_control(frames))
		return opcode > OPCODE_CONTROL_LAST ? WS_UNKNOWN_OPCODE
		       : first & FIRST_FIN	    ? WS_FINE
						    : WS_BAD_CONTROL;
	if (opcode > OPCODE_DATA_LAST)
		return WS_UNKNOWN_OPCODE;
	if (opcode == OPCODE_CONTINUATION)
		return frames->is_in_message ? WS_FINE : WS_NOTHING_TO_CONTINUE;
	return frames->is_in_message ? WS_UNFINISHED : WS_FINE;
}

static enum ws_violation check_second(const struct ws_frames *frames)
{
	uint8_t second = frames->header[1];

	if (second & SECOND_MASK)
		return WS_MASKED;
	if (is_control(frames) && (second & SECOND_LENGTH) > CONTROL_BYTES_MAX)
		return WS_BAD_CONTROL;
	return WS_FINE;
}

/* What the header's newest byte says against it: at once, because so does the library's parser. */
static enum ws_violation check_header(const struct ws_frames *frames)
{
	bool is_long = (frames->header[1] & SECOND_LENGTH) == LENGTH_64;

	switch (frames->header_bytes) {
	case 1:
		return check_first(frames);
	case 2:
		return check_second(frames);
	case 3:
		return is_long && (frames->header[2] & LENGTH_SIGN) ? WS_LENGTH_OUT_OF_RANGE
								    : WS_FINE;
	default:
		return WS_FINE;
	}
}

/* The header's last byte was byte `index` of the chunk. */
static void end_header(struct ws_frames *frames, const struct ws_chunk *chunk, size_t index)
{
	frames->payload_left_bytes = header_payload_bytes(frames);
	if (!is_control(frames)) {
		if (frames->payload_left_bytes >
		    WS_MESSAGE_BYTES_MAX - frames->current.payload_bytes) {
			frames->violation = WS_TOO_LARGE;
			return;
		}
		frames->current.payload_bytes += frames->payload_left_bytes;
		if (frames->current.frame_count < UINT32_MAX)
			frames->current.frame_count++;
	}
	frames->state = WS_FRAMES_PAYLOAD;
	if (!frames->payload_left_bytes)
		end_frame(frames, chunk, index);
}

static void take_header_byte(struct ws_frames *frames, const struct ws_chunk *chunk, size_t index)
{
	frames->header[frames->header_bytes++] = chunk->bytes[index];
	frames->violation = (uint32_t)check_header(frames);
	if (frames->violation != WS_FINE)
		return;
	if (frames->header_bytes == 1 && !is_control(frames) && !frames->is_in_message) {
		frames->is_in_message = true;
		frames->current = (struct ws_span){
			.start_offset = chunk_start_of(chunk, index),
		};
	}
	if (frames->header_bytes == header_bytes_needed(frames))
		end_header(frames, chunk, index);
}

/* Steps over payload from byte `index` on; returns how many bytes. */
static size_t take_payload(struct ws_frames *frames, const struct ws_chunk *chunk, size_t index)
{
	size_t taken = chunk->size_bytes - index;

	if (taken > frames->payload_left_bytes)
		taken = (size_t)frames->payload_left_bytes;
	frames->payload_left_bytes -= taken;
	if (!frames->payload_left_bytes)
		end_frame(frames, chunk, index + taken - 1);
	return taken;
}

void ws_frames_feed(struct ws_frames *frames, const struct ws_chunk *chunk)
{
	size_t index = 0;

	if (frames->state == WS_FRAMES_HTTP)
		index = take_http(frames, chunk);
	while (index < chunk->size_bytes && frames->violation == WS_FINE) {
		if (frames->state == WS_FRAMES_HEADER)
			take_header_byte(frames, chunk, index++);
		else
			index += take_payload(frames, chunk, index);
	}
}

bool ws_frames_is_empty(const struct ws_frames *frames)
{
	return frames->push_position == frames->pop_position;
}

bool ws_frames_pop(struct ws_frames *frames, struct ws_span *ret_span)
{
	if (ws_frames_is_empty(frames))
		return false;
	*ret_span = frames->spans[frames->pop_position++ % WS_SPAN_COUNT];
	return true;
}
