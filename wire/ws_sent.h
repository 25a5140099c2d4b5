/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the WebSocket frames of a client's own stream begin and end.
 *
 * The same as ws_frames.h for the other direction: fed with what a library
 * hands to its socket, it keeps for each frame (RFC 6455, 5.2) the stretch of
 * the TCP stream that carries it.  A frame counts as sent when its last byte
 * was taken.  What comes first is the request for the upgrade (RFC 6455, 4.1),
 * up to its empty line.
 *
 * Pure; the struct is the caller's, used by one thread at a time, keeps no
 * pointer into a chunk and allocates nothing.  Zeroed memory is a connection
 * whose request has not yet begun.
 */
#ifndef WIRE_WS_SENT_H
#define WIRE_WS_SENT_H

#include "ws_frames.h"

/* So many of the last whole frames are kept. */
#define WS_SENT_FRAME_COUNT 64

struct ws_sent_frame {
	uint64_t start_offset;
	uint64_t end_offset;
	uint64_t payload_bytes;
	uint64_t sent_ns; /* of the chunk with its last byte */
	uint8_t opcode;
};

struct ws_sent {
	uint8_t head_end_bytes; /* of the empty line that ends the request, so far; 4: it is over */
	uint8_t header[WS_FRAME_HEADER_BYTES_MAX];
	uint8_t header_bytes; /* so far */
	bool is_in_payload;
	uint64_t payload_left_bytes;
	uint64_t begun_count; /* frames whose first byte has been seen */
	uint64_t whole_count; /* frames whose last byte has */
	struct ws_sent_frame current;
	struct ws_sent_frame frames[WS_SENT_FRAME_COUNT];
};

/* The next bytes, in any pieces; chunk->recv_ns is when the socket had taken them. */
void ws_sent_feed(struct ws_sent *sent, const struct ws_chunk *chunk);

/* The frame of this number, counted from 0; NULL if it is not yet whole, or no longer kept. */
const struct ws_sent_frame *ws_sent_at(const struct ws_sent *sent, uint64_t number);

#endif
