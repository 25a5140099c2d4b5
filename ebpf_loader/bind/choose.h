/* SPDX-License-Identifier: BSD-2-Clause */
/* Which record of a known stream a call returned bytes of.  Pure. */
#ifndef EBPF_LOADER_CHOOSE_H
#define EBPF_LOADER_CHOOSE_H

#include "conns.h"
#include "streams.h"

/* A call, reduced to what the choice needs. */
struct ssl_taking {
	uint64_t returned_bytes;
	bool is_rest;	       /* fewer than asked for: the record had no more */
	bool is_peek;	       /* the next call returns them again */
	uint64_t from_offset;  /* OpenSSL took what lies between from the stream ... */
	uint64_t to_offset;    /* ... during the call; equal: nothing */
	uint64_t limit_offset; /* it had taken at most this much after it */
};

/*
 * Moves conn on to the record that the call returned bytes of: conn->record
 * and conn->start_offset say which.  False if that cannot be proven; then the
 * next call has to be placed by itself.
 */
bool choose_record(struct ssl_conn *conn, const struct tls_stream *stream,
		   const struct ssl_taking *taking);

/* Could a call that returned so many bytes have returned them of this record?  Not a proof. */
bool choose_is_possible(const struct tls_record *record, uint64_t returned_bytes);

#endif
