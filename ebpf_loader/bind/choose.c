/* SPDX-License-Identifier: BSD-2-Clause */
#include "choose.h"

#include <stddef.h>

/* A tag of 8 bytes (CCM_8) and TLS 1.3's type are the least a record adds. */
#define OVERHEAD_BYTES_MIN 9u

/* TLS 1.3; TLS 1.2 with GCM or CCM, with ChaCha20; TLS 1.3 with CCM_8. */
static const uint32_t usual_overheads_bytes[] = { 17, 24, 16, 9 };

bool choose_is_possible(const struct tls_record *record, uint64_t returned_bytes)
{
	return record->type == TLS_TYPE_DATA &&
	       returned_bytes + OVERHEAD_BYTES_MIN + TLS_HEADER_BYTES <= record->size_bytes;
}

static uint64_t body_bytes(const struct tls_record *record)
{
	return record->size_bytes - TLS_HEADER_BYTES;
}

static bool is_usual_overhead(uint64_t bytes)
{
	for (size_t i = 0; i < sizeof(usual_overheads_bytes) / sizeof(uint32_t); i++)
		if (bytes == usual_overheads_bytes[i])
			return true;
	return false;
}

/*
 * Do the sizes say that a call returned all that this record carries?  They can
 * only if it asked for more than it got.
 */
static bool fits(const struct ssl_conn *conn, const struct tls_record *record,
		 const struct ssl_taking *taking)
{
	uint64_t left_bytes;

	if (!taking->is_rest || conn->is_overhead_varying ||
	    !choose_is_possible(record, taking->returned_bytes))
		return false;
	left_bytes = body_bytes(record) - taking->returned_bytes;
	return conn->is_overhead_known ? left_bytes == conn->overhead_bytes
				       : is_usual_overhead(left_bytes);
}

/*
 * With read-ahead: the first of the records that fits.  What does not fit is
 * passed over (tickets, key updates) once it is known for certain how much a
 * record adds.
 */
static const struct tls_record *first_fitting(const struct ssl_conn *conn,
					      const struct tls_stream *stream, struct tls_span span,
					      const struct ssl_taking *taking)
{
	for (uint64_t i = span.first; i < span.end; i++) {
		const struct tls_record *record = tls_stream_record(stream, i);

		if (fits(conn, record, taking))
			return record;
		if (record->type == TLS_TYPE_DATA && !conn->is_overhead_known)
			return NULL;
	}
	return NULL;
}

/* Without it: the last of them, unless it might as well be another. */
static const struct tls_record *last_fitting(const struct ssl_conn *conn,
					     const struct tls_stream *stream, struct tls_span span,
					     const struct ssl_taking *taking)
{
	const struct tls_record *last = tls_stream_record(stream, span.end - 1);

	for (uint64_t i = span.first; i < span.end - 1; i++)
		if (fits(conn, tls_stream_record(stream, i), taking))
			return NULL;
	return fits(conn, last, taking) ? last : NULL;
}

/* The only record of a span that may carry data; NULL if there is none or more. */
static const struct tls_record *only_one(const struct tls_stream *stream, struct tls_span span,
					 uint32_t *ret_count)
{
	const struct tls_record *only = NULL;

	*ret_count = 0;
	for (uint64_t i = span.first; i < span.end; i++) {
		const struct tls_record *record = tls_stream_record(stream, i);

		if (record->type != TLS_TYPE_DATA)
			continue;
		only = record;
		if (++*ret_count > 1)
			return NULL;
	}
	return only;
}

/*
 * Of several records that came with one call.  Without read-ahead OpenSSL takes
 * one at a time and returns the last, those in front having been its own
 * (tickets, key updates); with it, the first that is data.  One read of several
 * records is read-ahead; so is a count that ends within one.
 */
static const struct tls_record *one_of(struct ssl_conn *conn, const struct tls_stream *stream,
				       struct tls_span span, const struct ssl_taking *taking)
{
	const struct tls_record *last = tls_stream_record(stream, span.end - 1);

	if (!conn->is_fed || tls_record_end(last) != taking->to_offset)
		conn->is_ahead = true;
	return conn->is_ahead ? first_fitting(conn, stream, span, taking)
			      : last_fitting(conn, stream, span, taking);
}

/* The record that a call opened, whose last byte lies in (from_offset, to_offset]. */
static const struct tls_record *next_of(struct ssl_conn *conn, const struct tls_stream *stream,
					uint64_t from_offset, uint64_t to_offset,
					const struct ssl_taking *taking, bool *ret_is_certain)
{
	struct tls_span span = tls_stream_ending_in(stream, from_offset, to_offset);
	const struct tls_record *only;
	uint32_t count;

	if (!tls_stream_covers(stream, from_offset, to_offset))
		return NULL;
	only = only_one(stream, span, &count);
	*ret_is_certain = only != NULL;
	if (only || count == 0)
		return only;
	return one_of(conn, stream, span, taking);
}

/* Whether the latest record has bytes left cannot be told; it must, if there is no other. */
static bool is_latest(const struct ssl_conn *conn, const struct tls_stream *stream,
		      uint64_t limit_offset)
{
	uint64_t end_offset = tls_record_end(&conn->record);
	uint32_t count;

	(void)only_one(stream, tls_stream_ending_in(stream, end_offset, limit_offset), &count);
	return count == 0 && tls_stream_covers(stream, end_offset, limit_offset);
}

/* The call took nothing from the stream: it went on in a record, or took one that was buffered. */
static const struct tls_record *buffered(struct ssl_conn *conn, const struct tls_stream *stream,
					 const struct ssl_taking *taking, bool *ret_is_certain)
{
	if (!conn->has_record)
		return NULL;
	if (conn->is_drained)
		return next_of(conn, stream, tls_record_end(&conn->record), taking->limit_offset,
			       taking, ret_is_certain);
	return conn->is_overhead_known || is_latest(conn, stream, taking->limit_offset)
		       ? &conn->record
		       : NULL;
}

/* Learns from, or checks, how much of the record is left.  False if it contradicts. */
static bool weigh(struct ssl_conn *conn, const struct tls_record *record, uint64_t taken_bytes,
		  bool is_rest, bool is_certain)
{
	uint64_t left_bytes;

	if (!choose_is_possible(record, taken_bytes))
		return false;
	left_bytes = body_bytes(record) - taken_bytes;
	if (conn->is_overhead_varying)
		return true;
	if (!conn->is_overhead_known && is_rest) {
		/* Padded: by how much, the next record may do differently. */
		conn->is_overhead_varying = !is_usual_overhead(left_bytes);
		conn->is_overhead_known = !conn->is_overhead_varying;
		conn->overhead_bytes = (uint32_t)left_bytes;
	}
	if (!conn->is_overhead_known)
		return true;
	if (is_rest ? left_bytes == conn->overhead_bytes : left_bytes >= conn->overhead_bytes)
		return true;
	conn->is_overhead_varying = true;
	conn->is_overhead_known = false;
	return is_certain;
}

static void begin_record(struct ssl_conn *conn, const struct tls_stream *stream,
			 const struct tls_record *record)
{
	bool is_joined = conn->end_offset && conn->end_offset <= record->offset &&
			 tls_stream_is_whole(stream, conn->end_offset, record->offset);

	conn->start_offset = is_joined ? conn->end_offset : record->offset;
	conn->end_offset = tls_record_end(record);
	conn->record = *record;
	conn->has_record = true;
	conn->taken_bytes = 0;
}

bool choose_record(struct ssl_conn *conn, const struct tls_stream *stream,
		   const struct ssl_taking *taking)
{
	const struct tls_record *record;
	bool is_certain = false;
	bool is_new;

	if (taking->to_offset > taking->from_offset)
		record = next_of(conn, stream, taking->from_offset, taking->to_offset, taking,
				 &is_certain);
	else
		record = buffered(conn, stream, taking, &is_certain);
	is_new = record && record != &conn->record;
	if (!record ||
	    !weigh(conn, record, (is_new ? 0 : conn->taken_bytes) + taking->returned_bytes,
		   taking->is_rest, is_certain)) {
		conn->has_record = false;
		conn->end_offset = 0;
		return false;
	}
	if (is_new)
		begin_record(conn, stream, record);
	if (taking->is_peek) {
		conn->is_drained = false;
		return true;
	}
	conn->taken_bytes += taking->returned_bytes;
	conn->is_drained = taking->is_rest ||
			   (conn->is_overhead_known &&
			    conn->taken_bytes + conn->overhead_bytes == body_bytes(&conn->record));
	return true;
}
