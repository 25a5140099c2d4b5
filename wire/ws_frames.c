/* SPDX-License-Identifier: BSD-2-Clause */
#include "ws_frames.h"

#include <string.h>

static bool is_control(const struct ws_frames *frames)
{
	return ws_is_control(frames->header[0]);
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
	size_t taken = http_head_feed(&frames->head, chunk->bytes, chunk->size_bytes);

	if (frames->head.is_whole)
		frames->state = WS_FRAMES_HEADER;
	return taken;
}

static void push_span(struct ws_frames *frames)
{
	if (frames->push_position - frames->pop_position == WS_SPAN_COUNT) {
		frames->lost_count++;
		return;
	}
	frames->spans[frames->push_position++ % WS_SPAN_COUNT] = frames->current;
}

static void end_control(struct ws_frames *frames, const struct ws_chunk *chunk, size_t index)
{
	if ((frames->header[0] & WS_FIRST_OPCODE) != WS_PONG)
		return;
	frames->pong.end_offset = chunk_end_of(chunk, index);
	frames->pong.recv_ns = chunk->recv_ns;
	frames->pongs[frames->pong_count++ % WS_PONG_COUNT] = frames->pong;
}

/* The frame's last byte was byte `index` of the chunk. */
static void end_frame(struct ws_frames *frames, const struct ws_chunk *chunk, size_t index)
{
	frames->state = WS_FRAMES_HEADER;
	frames->header_bytes = 0;
	if (is_control(frames))
		end_control(frames, chunk, index);
	if (is_control(frames) || !(frames->header[0] & WS_FIRST_FIN))
		return;
	frames->current.end_offset = chunk_end_of(chunk, index);
	frames->current.recv_ns = chunk->recv_ns;
	frames->is_in_message = false;
	push_span(frames);
}

/* The header's last byte was byte `index` of the chunk. */
static void end_header(struct ws_frames *frames, const struct ws_chunk *chunk, size_t index)
{
	frames->payload_left_bytes = ws_header_payload_bytes(frames->header);
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
	/* At once, because so does the library's parser. */
	frames->violation = (uint32_t)ws_header_check(frames->header, frames->header_bytes,
						      frames->has_extension, frames->is_in_message);
	if (frames->violation != WS_FINE)
		return;
	if (frames->header_bytes == 1 && !is_control(frames) && !frames->is_in_message) {
		frames->is_in_message = true;
		frames->current = (struct ws_span){
			.start_offset = chunk_start_of(chunk, index),
		};
	}
	if (frames->header_bytes == 1 && is_control(frames))
		frames->pong = (struct ws_pong){ .start_offset = chunk_start_of(chunk, index) };
	if (frames->header_bytes == ws_header_bytes(frames->header, frames->header_bytes))
		end_header(frames, chunk, index);
}

static void note_control(struct ws_frames *frames, const uint8_t *bytes, size_t size_bytes)
{
	struct ws_pong *pong = &frames->pong;

	for (size_t i = 0; i < size_bytes && pong->payload_bytes + i < WS_PONG_BYTES; i++)
		pong->payload[pong->payload_bytes + i] = bytes[i];
	pong->payload_bytes += size_bytes;
}

/* Steps over payload from byte `index` on; returns how many bytes. */
static size_t take_payload(struct ws_frames *frames, const struct ws_chunk *chunk, size_t index)
{
	size_t taken = chunk->size_bytes - index;

	if (taken > frames->payload_left_bytes)
		taken = (size_t)frames->payload_left_bytes;
	if (is_control(frames))
		note_control(frames, chunk->bytes + index, taken);
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

bool ws_frames_find_pong(const struct ws_frames *frames, const void *payload, size_t payload_bytes,
			 struct ws_pong *ret_pong)
{
	for (uint64_t back = 1; back <= WS_PONG_COUNT && back <= frames->pong_count; back++) {
		const struct ws_pong *pong =
			&frames->pongs[(frames->pong_count - back) % WS_PONG_COUNT];

		if (pong->payload_bytes != payload_bytes || payload_bytes > WS_PONG_BYTES ||
		    memcmp(pong->payload, payload, payload_bytes) != 0)
			continue;
		*ret_pong = *pong;
		return true;
	}
	return false;
}
