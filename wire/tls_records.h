/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the TLS records of one direction of a connection begin and end.
 *
 * A record is a header of 5 bytes - type, version, 2 bytes of length, big
 * endian - and a body of that length (RFC 8446, 5.1; RFC 5246, 6.2.1), so the
 * boundaries can be followed without any key.
 *
 * Offsets are bytes since the first byte fed, which is the first byte of the
 * TLS stream; where that lies in the TCP stream is the caller's to know.
 * Pure: fed with the bytes as they come off the socket, in any pieces; keeps
 * no pointer to them, allocates nothing.  The struct is the caller's; one
 * direction of one connection each, by one thread at a time.
 */
#ifndef WIRE_TLS_RECORDS_H
#define WIRE_TLS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_RECORD_HEADER_BYTES	  5
#define TLS_RECORD_BODY_BYTES_MAX (16384 + 2048) /* TLS 1.2 allows most (RFC 5246, 6.2.3) */

/* True if the 5 bytes can be a record's header; *ret_body_bytes is set then. */
bool tls_record_is_plausible(const uint8_t *header, uint32_t *ret_body_bytes);

/* Zeroed memory is a connection that has received nothing yet. */
struct tls_records {
	uint64_t offset;       /* bytes fed so far */
	uint64_t start_offset; /* of the last whole record */
	uint64_t end_offset;   /* behind it; 0: there was none yet */
	uint64_t record_count; /* whole records */
	uint32_t left_bytes;   /* of the body being read */
	uint8_t header[TLS_RECORD_HEADER_BYTES];
	uint8_t header_bytes; /* of the header, so far; all of them: inside the body */
	bool is_broken;	      /* not TLS; nothing is followed any more, only counted */
};

/*
 * Follows the next size_bytes of the stream.  Returns how many records were
 * completed by them, 0 or more; start_offset and end_offset are those of the
 * last one.  What cannot be a record - another major version than 3, or a body
 * longer than TLS_RECORD_BODY_BYTES_MAX - sets is_broken for good: from there
 * on bytes are only counted and 0 is returned.
 */
size_t tls_records_feed(struct tls_records *records, const uint8_t *bytes, size_t size_bytes);

#endif
