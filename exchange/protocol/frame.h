/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * WebSocket frames (RFC 6455, section 5): composing the server's, taking the
 * client's apart.
 *
 * The frames are made here and not by libwebsockets because this exchange
 * must decide about every byte: several frames in one TLS record, a header
 * cut in two, and frames that no correct server would send.
 */
#ifndef EXCHANGE_FRAME_H
#define EXCHANGE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_opcode {
	FRAME_CONTINUATION = 0x0,
	FRAME_TEXT = 0x1,
	FRAME_BINARY = 0x2,
	FRAME_CLOSE = 0x8,
	FRAME_PING = 0x9,
	FRAME_PONG = 0xa,
};

#define FRAME_FIN		0x80 /* in the first byte, beside the opcode */
#define FRAME_MASK		0x80 /* in the second byte, beside the size */
#define FRAME_HEADER_BYTES_MAX	14
#define FRAME_CONTROL_BYTES_MAX 125

/* What a close frame says. */
enum frame_close_code {
	FRAME_CLOSE_NORMAL = 1000,
	FRAME_CLOSE_GOING_AWAY = 1001,
	FRAME_CLOSE_PROTOCOL = 1002,
	FRAME_CLOSE_NO_CODE = 1005, /* never sent: the frame was empty */
	FRAME_CLOSE_POLICY = 1008,
	FRAME_CLOSE_TOO_BIG = 1009,
};

/*
 * Writes the header of an unmasked frame with the shortest form of the size.
 * Returns its size, at most 10 bytes.
 */
size_t frame_put_header(uint8_t header[static FRAME_HEADER_BYTES_MAX], unsigned int first_byte,
			uint64_t payload_bytes);

#define FRAME_MESSAGE_BYTES_MAX 65536 /* a SUBSCRIBE of 1024 names fits */

enum frame_event {
	FRAME_MORE,	/* the input is used up */
	FRAME_HAS_TEXT, /* a whole text or binary message */
	FRAME_HAS_PING,
	FRAME_HAS_PONG,
	FRAME_HAS_CLOSE,
	FRAME_HAS_ERROR, /* a violation; close_code says which; nothing more is read */
};

/* Takes a client's stream of bytes apart. */
struct frame_reader {
	uint8_t header[FRAME_HEADER_BYTES_MAX];
	size_t header_used_bytes;
	uint64_t payload_bytes; /* of the frame under way */
	uint64_t taken_bytes;	/* of its payload */
	bool is_inside_message; /* a first fragment came, its last one did not */
	enum frame_close_code close_code;
	size_t message_bytes;
	size_t control_bytes;
	uint8_t control[FRAME_CONTROL_BYTES_MAX];
	uint8_t message[FRAME_MESSAGE_BYTES_MAX];
};

void frame_reader_reset(struct frame_reader *reader);

/*
 * Reads from *bytes, *size_bytes, both moved on, up to the end of one event.
 * The payload is then in reader->message or, of a control frame, in
 * reader->control, until the next call.
 */
enum frame_event frame_read(struct frame_reader *reader, const uint8_t **bytes, size_t *size_bytes);

/* What the close frame said that was read last. */
uint16_t frame_closed_with(const struct frame_reader *reader);

#endif
