/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the WebSocket messages of a received byte stream begin and end.
 *
 * A library of WebSockets says that a message is there, not where in the TCP
 * stream it lay: the header of its first frame may have come in an earlier
 * TLS record than its first payload byte, a ping may lie in between, and
 * several messages may share a record.  This follows the frames (RFC 6455,
 * 5.2) in the decrypted bytes, beside the library, and keeps for each data
 * message the stretch of the TCP stream that carried it.  Pure.
 *
 * What violates the protocol is noted, so that it can be told; nothing behind
 * it is followed.
 *
 * What comes first is the answer to the upgrade (RFC 6455, 4.2.2; HTTP/1.1),
 * up to its empty line.  Offsets are bytes of whatever stream the caller says
 * a chunk lay in - here the TCP stream, from its first byte; times are ns of
 * CLOCK_MONOTONIC.  The struct is the caller's, 650 KB; it is used by one
 * thread at a time, keeps no pointer into a chunk and allocates nothing.
 */
#ifndef WIRE_WS_FRAMES_H
#define WIRE_WS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_head.h"
#include "ws_header.h"

/* Bytes handed over by one read, and where they lay in the TCP stream. */
struct ws_chunk {
	const uint8_t *bytes;
	size_t size_bytes;
	uint64_t start_offset; /* of the TLS record they were in, or of the first byte */
	uint64_t end_offset;   /* behind it */
	uint64_t recv_ns;      /* CLOCK_MONOTONIC when recv() had brought them */
	bool is_plain;	       /* no TLS: byte i lay at start_offset + i */
};

/* One whole data message. */
struct ws_span {
	uint64_t start_offset;
	uint64_t end_offset;
	uint64_t recv_ns;	/* of the chunk with its last byte */
	uint64_t payload_bytes; /* of all its frames */
	uint32_t frame_count;	/* more than 1: it was fragmented; saturates */
};

/* A pong, which is no message: where it lay, and what it says. */
#define WS_PONG_COUNT 8
#define WS_PONG_BYTES 8

struct ws_pong {
	uint64_t start_offset;
	uint64_t end_offset; /* 0: none */
	uint64_t recv_ns;    /* of the chunk with its last byte */
	uint64_t payload_bytes;
	uint8_t payload[WS_PONG_BYTES]; /* its first bytes */
};

/* Messages that one chunk of 32 KiB can hold at most: frames of 2 bytes. */
#define WS_SPAN_COUNT 16384

enum ws_frames_state { WS_FRAMES_HTTP, WS_FRAMES_HEADER, WS_FRAMES_PAYLOAD };

/* Zeroed memory is a connection whose HTTP response has not yet begun. */
struct ws_frames {
	uint32_t state;	    /* enum ws_frames_state */
	uint32_t violation; /* enum ws_violation */
	bool has_extension; /* set by the caller: reserved bits are allowed */
	uint8_t header[WS_FRAME_HEADER_BYTES_MAX];
	uint8_t header_bytes; /* so far */
	uint64_t payload_left_bytes;
	bool is_in_message;    /* its first frame was seen, its last one not yet ended */
	struct http_head head; /* of the HTTP response */
	struct ws_span current;
	uint64_t lost_count;	/* spans that found the queue full */
	uint32_t push_position; /* free-running */
	uint32_t pop_position;
	uint64_t pong_count;
	struct ws_pong pong;		     /* the control frame at hand */
	struct ws_pong pongs[WS_PONG_COUNT]; /* the last ones */
	struct ws_span spans[WS_SPAN_COUNT];
};

/*
 * Follows the next bytes of the stream, in any pieces; messages they complete
 * are queued.  A message that finds the queue full is dropped and counted in
 * lost_count.  After a violation nothing is done.
 */
void ws_frames_feed(struct ws_frames *frames, const struct ws_chunk *chunk);

/* True if every message completed so far has been taken. */
bool ws_frames_is_empty(const struct ws_frames *frames);

/* Takes the oldest message that was not yet taken; false if there is none. */
bool ws_frames_pop(struct ws_frames *frames, struct ws_span *ret_span);

/* The latest pong with this payload, of WS_PONG_BYTES at most; false if none is remembered. */
bool ws_frames_find_pong(const struct ws_frames *frames, const void *payload, size_t payload_bytes,
			 struct ws_pong *ret_pong);

#endif
