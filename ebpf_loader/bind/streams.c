/* SPDX-License-Identifier: BSD-2-Clause */
#include "streams.h"

#include <stddef.h>
#include <stdlib.h>

#define ROW_STREAM_COUNT 8u

struct tls_streams {
	uint64_t use_count;
	uint64_t evicted_count;
	uint32_t row_count;
	uint32_t place_count;
	struct tls_record *records; /* of all places; apart, so that looking at all is quick */
	struct tls_stream places[];
};

struct tls_streams *tls_streams_create(uint32_t stream_count)
{
	uint32_t row_count = (stream_count + ROW_STREAM_COUNT - 1) / ROW_STREAM_COUNT;
	uint32_t place_count = row_count * ROW_STREAM_COUNT;
	struct tls_streams *streams = calloc(1, sizeof(*streams) +
							place_count * sizeof(struct tls_stream));

	if (!streams)
		return NULL;
	streams->row_count = row_count;
	streams->place_count = place_count;
	/* Most of it is never touched, and takes no memory then. */
	streams->records = calloc((size_t)place_count * TLS_STREAM_RECORD_COUNT,
				  sizeof(*streams->records));
	if (!streams->records)
		return tls_streams_free(streams);
	for (size_t i = 0; i < place_count; i++)
		streams->places[i].records = &streams->records[i * TLS_STREAM_RECORD_COUNT];
	return streams;
}

struct tls_streams *tls_streams_free(struct tls_streams *streams)
{
	if (!streams)
		return NULL;
	free(streams->records);
	free(streams);
	return NULL;
}

bool tls_streams_are_incomplete(const struct tls_streams *streams)
{
	return streams->evicted_count > 0;
}

/* Cookies count upwards: multiplying spreads neighbours over the rows. */
static struct tls_stream *row_of(struct tls_streams *streams, uint64_t cookie)
{
	uint64_t row = (cookie * UINT64_C(0x9e3779b97f4a7c15) >> 32) % streams->row_count;

	return &streams->places[row * ROW_STREAM_COUNT];
}

struct tls_stream *tls_streams_find(struct tls_streams *streams, uint64_t cookie)
{
	struct tls_stream *row = row_of(streams, cookie);

	for (uint32_t i = 0; cookie && i < ROW_STREAM_COUNT; i++) {
		if (row[i].cookie == cookie) {
			row[i].used_at = ++streams->use_count;
			return &row[i];
		}
	}
	return NULL;
}

struct tls_stream *tls_streams_at(struct tls_streams *streams, uint32_t index)
{
	return index < streams->place_count ? &streams->places[index] : NULL;
}

/* All but its records, of which none counts then: clearing those is the larger part. */
static void clear(struct tls_stream *stream)
{
	*stream = (struct tls_stream){ .records = stream->records };
}

/* In a free place of the row, or that of the one used longest ago: free ones were never used. */
static struct tls_stream *add(struct tls_streams *streams, uint64_t cookie, uint32_t pid)
{
	struct tls_stream *row = row_of(streams, cookie);
	struct tls_stream *place = &row[0];

	for (uint32_t i = 1; i < ROW_STREAM_COUNT; i++)
		if (row[i].used_at < place->used_at)
			place = &row[i];
	streams->evicted_count += place->cookie != 0;
	clear(place);
	place->cookie = cookie;
	place->pid = pid;
	place->used_at = ++streams->use_count;
	return place;
}

/* NULL for cookie 0. */
static struct tls_stream *get(struct tls_streams *streams, uint64_t cookie, uint32_t pid)
{
	struct tls_stream *stream = tls_streams_find(streams, cookie);

	if (!stream && cookie)
		stream = add(streams, cookie, pid);
	if (stream && !stream->pid)
		stream->pid = pid;
	return stream;
}

void tls_streams_note_record(struct tls_streams *streams, uint64_t cookie, uint32_t pid,
			     const struct tls_record *record, bool is_hello)
{
	struct tls_stream *stream = get(streams, cookie, pid);
	const struct tls_record *last;

	if (!stream)
		return;
	if (stream->record_count == 0 && !stream->is_blank && is_hello &&
	    record->type == TLS_TYPE_HANDSHAKE) {
		stream->is_start_known = true;
		stream->start_offset = record->offset;
	}
	last = stream->record_count ? tls_stream_record(stream, stream->record_count - 1) : NULL;
	if (last && record->offset < tls_record_end(last))
		return; /* two threads read at once: what came first stands */
	stream->records[stream->record_count % TLS_STREAM_RECORD_COUNT] = *record;
	stream->record_count++;
}

void tls_streams_note_blank(struct tls_streams *streams, uint64_t cookie, uint32_t pid)
{
	struct tls_stream *stream = get(streams, cookie, pid);

	if (stream && stream->record_count == 0)
		stream->is_blank = true;
}

void tls_streams_note_read(struct tls_streams *streams, uint64_t cookie, uint64_t end_offset)
{
	struct tls_stream *stream = tls_streams_find(streams, cookie);

	if (stream && end_offset > stream->read_end)
		stream->read_end = end_offset;
}

void tls_streams_forget(struct tls_streams *streams, uint64_t cookie)
{
	struct tls_stream *stream = tls_streams_find(streams, cookie);

	if (stream)
		clear(stream);
}

const struct tls_record *tls_stream_record(const struct tls_stream *stream, uint64_t number)
{
	return &stream->records[number % TLS_STREAM_RECORD_COUNT];
}

/* The number of the first remembered record that ends after that offset. */
static uint64_t first_after(const struct tls_stream *stream, uint64_t offset)
{
	uint64_t high = stream->record_count;
	uint64_t low = high > TLS_STREAM_RECORD_COUNT ? high - TLS_STREAM_RECORD_COUNT : 0;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (tls_record_end(tls_stream_record(stream, middle)) > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct tls_span tls_stream_ending_in(const struct tls_stream *stream, uint64_t from_offset,
				     uint64_t to_offset)
{
	struct tls_span span = { .first = first_after(stream, from_offset) };

	span.end = to_offset > from_offset ? first_after(stream, to_offset) : span.first;
	return span;
}

const struct tls_record *tls_stream_over(const struct tls_stream *stream, uint64_t end_offset)
{
	uint64_t number = end_offset ? first_after(stream, end_offset - 1) : stream->record_count;
	const struct tls_record *record;

	if (number == stream->record_count)
		return NULL;
	record = tls_stream_record(stream, number);
	return record->offset < end_offset ? record : NULL;
}

bool tls_stream_covers(const struct tls_stream *stream, uint64_t from_offset, uint64_t to_offset)
{
	uint64_t first = first_after(stream, from_offset);
	uint64_t at = from_offset;

	for (uint64_t i = first; i < stream->record_count && at < to_offset; i++) {
		const struct tls_record *record = tls_stream_record(stream, i);

		if (i == first ? record->offset > at : record->offset != at)
			return false;
		at = tls_record_end(record);
	}
	/* Of what is too short for a header nothing can have been told. */
	return at >= to_offset || to_offset - at < TLS_HEADER_BYTES;
}

bool tls_stream_is_whole(const struct tls_stream *stream, uint64_t from_offset, uint64_t to_offset)
{
	uint64_t at = from_offset;
	struct tls_span span = tls_stream_ending_in(stream, from_offset, to_offset);

	for (uint64_t i = span.first; i < span.end; i++) {
		const struct tls_record *record = tls_stream_record(stream, i);

		if (record->offset != at)
			return false;
		at = tls_record_end(record);
	}
	return at == to_offset;
}
