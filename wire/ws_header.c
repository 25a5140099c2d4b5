/* SPDX-License-Identifier: BSD-2-Clause */
#include "ws_header.h"

enum {
	SECOND_MASK = 0x80,
	SECOND_LENGTH = 0x7f,
	LENGTH_16 = WS_SECOND_LENGTH_16,
	LENGTH_64 = 127,
	OPCODE_DATA_LAST = 2,
	OPCODE_CONTROL_LAST = 10,
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

uint8_t ws_header_bytes(const uint8_t *header, size_t size_bytes)
{
	uint8_t needed = 2;

	if (size_bytes < 2)
		return needed;
	if ((header[1] & SECOND_LENGTH) == LENGTH_16)
		needed += 2;
	else if ((header[1] & SECOND_LENGTH) == LENGTH_64)
		needed += 8;
	if (header[1] & SECOND_MASK)
		needed += 4;
	return needed;
}

uint64_t ws_header_payload_bytes(const uint8_t *header)
{
	uint8_t length = header[1] & SECOND_LENGTH;
	size_t length_bytes = length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
	uint64_t payload_bytes = 0;

	if (!length_bytes)
		return length;
	for (size_t i = 0; i < length_bytes; i++)
		payload_bytes = payload_bytes << 8 | header[2 + i];
	return payload_bytes;
}

/* What the first byte says against the protocol. */
static enum ws_violation check_first(uint8_t first, bool has_extension, bool is_in_message)
{
	uint8_t opcode = first & WS_FIRST_OPCODE;

	if ((first & WS_FIRST_RESERVED) && !has_extension)
		return WS_RESERVED_BITS;
	if (ws_is_control(first))
		return opcode > OPCODE_CONTROL_LAST ? WS_UNKNOWN_OPCODE
		       : first & WS_FIRST_FIN	    ? WS_FINE
						    : WS_BAD_CONTROL;
	if (opcode > OPCODE_DATA_LAST)
		return WS_UNKNOWN_OPCODE;
	if (opcode == WS_CONTINUATION)
		return is_in_message ? WS_FINE : WS_NOTHING_TO_CONTINUE;
	return is_in_message ? WS_UNFINISHED : WS_FINE;
}

static enum ws_violation check_second(const uint8_t *header)
{
	if (header[1] & SECOND_MASK)
		return WS_MASKED;
	if (ws_is_control(header[0]) && (header[1] & SECOND_LENGTH) > WS_CONTROL_BYTES_MAX)
		return WS_BAD_CONTROL;
	return WS_FINE;
}

enum ws_violation ws_header_check(const uint8_t *header, size_t size_bytes, bool has_extension,
				  bool is_in_message)
{
	bool is_long;

	switch (size_bytes) {
	case 1:
		return check_first(header[0], has_extension, is_in_message);
	case 2:
		return check_second(header);
	case 3:
		is_long = (header[1] & SECOND_LENGTH) == LENGTH_64;
		return is_long && (header[2] & LENGTH_SIGN) ? WS_LENGTH_OUT_OF_RANGE : WS_FINE;
	default:
		return WS_FINE;
	}
}

/* An extension may use the first reserved bit, for a message's first frame; nobody uses others. */
static bool is_first_plausible(uint8_t first)
{
	uint8_t opcode = first & WS_FIRST_OPCODE;
	uint8_t reserved = first & WS_FIRST_RESERVED;

	if (opcode == WS_CONTINUATION)
		return !reserved;
	if (reserved & ~WS_FIRST_COMPRESSED || (reserved && ws_is_control(first)))
		return false;
	return check_first(first, true, false) == WS_FINE;
}

static bool is_shortest(const uint8_t *header, uint64_t payload_bytes)
{
	uint8_t length = header[1] & SECOND_LENGTH;

	return length < LENGTH_16 || (length == LENGTH_16 && payload_bytes >= LENGTH_16) ||
	       (length == LENGTH_64 && payload_bytes > UINT16_MAX);
}

bool ws_header_is_plausible(const uint8_t *header, size_t size_bytes, size_t *ret_header_bytes,
			    uint64_t *ret_payload_bytes)
{
	*ret_header_bytes = ws_header_bytes(header, size_bytes);
	*ret_payload_bytes = 0;
	if (size_bytes && !is_first_plausible(header[0]))
		return false;
	if (size_bytes >= 2 && check_second(header) != WS_FINE)
		return false;
	if (size_bytes < *ret_header_bytes)
		return true;
	*ret_payload_bytes = ws_header_payload_bytes(header);
	return *ret_payload_bytes <= WS_MESSAGE_BYTES_MAX &&
	       is_shortest(header, *ret_payload_bytes);
}
