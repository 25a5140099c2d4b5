/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of one WebSocket frame (RFC 6455, 5.2): how long it is, what it
 * announces, and what in it a server may not say.  Pure.
 */
#ifndef WIRE_WS_HEADER_H
#define WIRE_WS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_FRAME_HEADER_BYTES_MAX 14
#define WS_MESSAGE_BYTES_MAX	  (64u << 20)
#define WS_CONTROL_BYTES_MAX	  125 /* payload of a control frame (5.5) */

enum ws_header_bits {
	WS_FIRST_FIN = 0x80,
	WS_FIRST_RESERVED = 0x70,
	WS_FIRST_OPCODE = 0x0f,
	WS_FIRST_COMPRESSED = 0x40, /* permessage-deflate, RFC 7692 */
	WS_SECOND_LENGTH_16 =
		126, /* unmasked: two bytes of length follow; less: it is the length */
};

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CONTROL = 0x08, /* the bit that all control frames have */
	WS_PING = 9,
	WS_PONG = 10,
};

/* How a server can break the protocol (RFC 6455, 5). */
enum ws_violation {
	WS_FINE,
	WS_MASKED,	  /* only clients mask */
	WS_RESERVED_BITS, /* without an extension that gives them a meaning */
	WS_UNKNOWN_OPCODE,
	WS_BAD_CONTROL, /* fragmented, or longer than 125 bytes */
	WS_NOTHING_TO_CONTINUE,
	WS_UNFINISHED,		/* a new message inside a fragmented one */
	WS_LENGTH_OUT_OF_RANGE, /* 2^63 bytes or more */
	WS_TOO_LARGE,		/* allowed, but nobody means it */
};

/* Words for a violation. */
const char *ws_violation_text(enum ws_violation violation);

static inline bool ws_is_control(uint8_t first)
{
	return first & WS_CONTROL;
}

/* How many bytes the header has, as far as its first size_bytes tell; never less than 2. */
uint8_t ws_header_bytes(const uint8_t *header, size_t size_bytes);

/* What a whole header announces. */
uint64_t ws_header_payload_bytes(const uint8_t *header);

/*
 * What the last of the header's first size_bytes says against it.  Each prefix
 * is to be asked about, the shortest first.
 */
enum ws_violation ws_header_check(const uint8_t *header, size_t size_bytes, bool has_extension,
				  bool is_in_message);

/*
 * True if a server can have sent this header, with its length in the shortest
 * form, in some state of the connection.  *ret_header_bytes and
 * *ret_payload_bytes are set then; *ret_header_bytes is more than size_bytes
 * where the header is not whole.
 */
bool ws_header_is_plausible(const uint8_t *header, size_t size_bytes, size_t *ret_header_bytes,
			    uint64_t *ret_payload_bytes);

#endif
