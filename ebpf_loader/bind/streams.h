/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the TLS records of each socket's stream lie, as the probe has told
 * them, and how far each has been read.  A fixed table; when it is full the
 * stream used longest ago makes room, and that there was one is remembered.
 * Pure; one thread.
 */
#ifndef EBPF_LOADER_STREAMS_H
#define EBPF_LOADER_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

/* Remembered of each stream: a read of 256 KiB with records of 150 bytes has 1,700. */
#define TLS_STREAM_RECORD_COUNT 2048u

#define TLS_TYPE_HANDSHAKE 22u
#define TLS_TYPE_DATA	   23u
#define TLS_HEADER_BYTES   5u

/* What a stream's first handshake record begins with: RFC 8446, 4. */
#define TLS_CLIENT_HELLO 1u
#define TLS_SERVER_HELLO 2u

struct tls_record {
	uint64_t offset; /* of its header in the TCP stream */
	uint32_t size_bytes;
	uint32_t type;
};

struct tls_stream {
	uint64_t cookie; /* 0: the place is free */
	uint64_t used_at;
	uint64_t bound_ssl;    /* the object of OpenSSL's that reads it; 0: not known */
	uint64_t read_end;     /* its reader has got everything before */
	uint64_t start_offset; /* of its first TLS record, if is_start_known */
	uint64_t record_count; /* ever added */
	uint32_t pid;	       /* 0: not known */
	bool is_start_known;
	bool is_blank;		    /* some of it had been read unseen before its first record */
	struct tls_record *records; /* TLS_STREAM_RECORD_COUNT, the place's own */
};

/* Some records in a row, by their number in the stream. */
struct tls_span {
	uint64_t first;
	uint64_t end;
};

struct tls_streams;

/* With room for stream_count, at least 1.  Returns NULL if there is no memory. */
struct tls_streams *tls_streams_create(uint32_t stream_count);

/* NULL is allowed.  Always returns NULL. */
struct tls_streams *tls_streams_free(struct tls_streams *streams);

/*
 * A record's header has been read.  Offsets grow.  is_hello: it begins with the
 * first message of a handshake.
 */
void tls_streams_note_record(struct tls_streams *streams, uint64_t cookie, uint32_t pid,
			     const struct tls_record *record, bool is_hello);

/* There may have been records that nobody saw. */
void tls_streams_note_blank(struct tls_streams *streams, uint64_t cookie, uint32_t pid);

/* Somebody has read up to end_offset.  Streams of which nothing else was told are not kept. */
void tls_streams_note_read(struct tls_streams *streams, uint64_t cookie, uint64_t end_offset);

void tls_streams_forget(struct tls_streams *streams, uint64_t cookie);

/* NULL if there is none.  Valid until the next record is noted. */
struct tls_stream *tls_streams_find(struct tls_streams *streams, uint64_t cookie);

/* The index-th place, whether free or not; NULL after the last. */
struct tls_stream *tls_streams_at(struct tls_streams *streams, uint32_t index);

/* Has a stream ever had to make room?  Then there may be others than those at hand. */
bool tls_streams_are_incomplete(const struct tls_streams *streams);

static inline uint64_t tls_record_end(const struct tls_record *record)
{
	return record->offset + record->size_bytes;
}

/* A record by its number, which is one of a span's. */
const struct tls_record *tls_stream_record(const struct tls_stream *stream, uint64_t number);

/* The remembered records that end in (from_offset, to_offset]. */
struct tls_span tls_stream_ending_in(const struct tls_stream *stream, uint64_t from_offset,
				     uint64_t to_offset);

/* The record that the byte before that offset belongs to; NULL if it is not remembered. */
const struct tls_record *tls_stream_over(const struct tls_stream *stream, uint64_t end_offset);

/* Is every record known of which a byte lies in [from_offset, to_offset), all of it read? */
bool tls_stream_covers(const struct tls_stream *stream, uint64_t from_offset, uint64_t to_offset);

/* Is everything between the two offsets records that follow each other? */
bool tls_stream_is_whole(const struct tls_stream *stream, uint64_t from_offset, uint64_t to_offset);

#endif
