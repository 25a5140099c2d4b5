/* SPDX-License-Identifier: BSD-2-Clause */
#include "ws_sent.h"

static const char head_end[] = { '\r', '\n', '\r', '\n' };

/* Steps over the request; returns how many bytes of the chunk are its. */
static size_t take_request(struct ws_sent *sent, const struct ws_chunk *chunk)
{
	size_t index = 0;

	while (index < chunk->size_bytes && sent->head_end_bytes < sizeof(head_end)) {
		char byte = (char)chunk->bytes[index++];

		if (byte == head_end[sent->head_end_bytes])
			sent->head_end_bytes++;
		else
			sent->head_end_bytes = byte == head_end[0];
	}
	return index;
}

static void end_frame(struct ws_sent *sent, const struct ws_chunk *chunk, size_t index)
{
	sent->current.end_offset = chunk->is_plain ? chunk->start_offset + index + 1
						   : chunk->end_offset;
	sent->current.sent_ns = chunk->recv_ns;
	sent->frames[sent->whole_count++ % WS_SENT_FRAME_COUNT] = sent->current;
	sent->header_bytes = 0;
	sent->is_in_payload = false;
}

static void take_header_byte(struct ws_sent *sent, const struct ws_chunk *chunk, size_t index)
{
	if (sent->header_bytes == 0) {
		sent->begun_count++;
		sent->current = (struct ws_sent_frame){
			.start_offset = chunk->is_plain ? chunk->start_offset + index
							: chunk->start_offset,
			.opcode = chunk->bytes[index] & WS_FIRST_OPCODE,
		};
	}
	sent->header[sent->header_bytes++] = chunk->bytes[index];
	if (sent->header_bytes < ws_header_bytes(sent->header, sent->header_bytes))
		return;
	sent->payload_left_bytes = ws_header_payload_bytes(sent->header);
	sent->current.payload_bytes = sent->payload_left_bytes;
	sent->is_in_payload = true;
	if (!sent->payload_left_bytes)
		end_frame(sent, chunk, index);
}

static size_t take_payload(struct ws_sent *sent, const struct ws_chunk *chunk, size_t index)
{
	size_t taken = chunk->size_bytes - index;

	if (taken > sent->payload_left_bytes)
		taken = (size_t)sent->payload_left_bytes;
	sent->payload_left_bytes -= taken;
	if (!sent->payload_left_bytes)
		end_frame(sent, chunk, index + taken - 1);
	return taken;
}

void ws_sent_feed(struct ws_sent *sent, const struct ws_chunk *chunk)
{
	size_t index = take_request(sent, chunk);

	while (index < chunk->size_bytes) {
		if (sent->is_in_payload)
			index += take_payload(sent, chunk, index);
		else
			take_header_byte(sent, chunk, index++);
	}
}

const struct ws_sent_frame *ws_sent_at(const struct ws_sent *sent, uint64_t number)
{
	if (number >= sent->whole_count || sent->whole_count - number > WS_SENT_FRAME_COUNT)
		return NULL;
	return &sent->frames[number % WS_SENT_FRAME_COUNT];
}
