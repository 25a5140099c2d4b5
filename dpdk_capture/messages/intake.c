/* SPDX-License-Identifier: BSD-2-Clause */
#include "intake.h"

#include <string.h>

/* A chunk without TLS fits into a search. */
#define PLAIN_CHUNK_BYTES_MAX 32768

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

void intake_ignore(struct stream *stream, struct stream_shared *shared)
{
	stream->state = STREAM_IGNORED;
	stream->is_waiting = false;
	stream->record_bytes = 0;
	cutter_clear(&stream->cutter, &shared->rooms);
	pieces_drop(&stream->held, &shared->pool, UINT64_MAX);
}

static void ignore_both(struct stream_pair *pair, struct stream_shared *shared)
{
	intake_ignore(&pair->streams[0], shared);
	intake_ignore(&pair->streams[1], shared);
}

/* ---- Records --------------------------------------------------------------- */

/* Counts a connection that is not followed, once, and follows it no further. */
static void give_up(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared,
		    uint64_t *count)
{
	if (!stream->is_told)
		(*count)++;
	stream->is_told = true;
	ignore_both(pair, shared);
}

/* A client's frames begin once the server has agreed. */
static void hear_client(struct stream_pair *pair, struct stream *stream,
			struct stream_shared *shared, const struct chunk *chunk)
{
	const struct cutter *server = &pair->streams[1 - stream->index].cutter;
	struct cutter *cutter = &stream->cutter;

	cutter->is_client = true;
	if (cutter->state == CUTTER_HEAD && !cutter->head.is_whole) {
		(void)http_head_feed(&cutter->head, chunk->bytes, chunk->size_bytes);
		return;
	}
	if (cutter->state == CUTTER_HEAD && server->state == CUTTER_FRAMES)
		cutter_begin_frames(cutter, server->has_extension);
	cutter_feed(cutter, &shared->rooms, chunk);
}

static void say(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared,
		const struct chunk *chunk)
{
	if (stream->index != pair->tls.server_index) {
		hear_client(pair, stream, shared, chunk);
		return;
	}
	cutter_feed(&stream->cutter, &shared->rooms, chunk);
	if (stream->cutter.state == CUTTER_HTTP2)
		give_up(pair, stream, shared, &shared->counters.http2_count);
	else if (stream->cutter.state == CUTTER_OTHER && !stream->is_told) {
		shared->counters.other_count++;
		stream->is_told = true;
	}
}

/* A record's key is not known.  True if it is worth waiting for it. */
static bool may_wait(struct stream *stream, struct stream_shared *shared)
{
	return stream->starved_count != shared->log->secret_count + 1;
}

/* What came of a record that lay at [start_offset, start_offset + its size). */
static void take_verdict(struct stream_pair *pair, struct stream *stream,
			 struct stream_shared *shared, enum tls_verdict verdict,
			 const struct tls_record *record, uint64_t start_offset)
{
	const struct chunk chunk = {
		.bytes = record->plain,
		.size_bytes = record->plain_bytes,
		.start_offset = start_offset,
		.end_offset = start_offset + record->size_bytes,
		.first = stream->record_first,
		.last = stream->record_last,
	};

	switch (verdict) {
	case TLS_PLAIN:
		shared->counters.record_count++;
		say(pair, stream, shared, &chunk);
		break;
	case TLS_SILENT:
		if (pair->tls.is_h2)
			give_up(pair, stream, shared, &shared->counters.http2_count);
		break;
	case TLS_FOREIGN:
		shared->counters.foreign_name = pair->tls.suite->name;
		give_up(pair, stream, shared, &shared->counters.foreign_count);
		break;
	case TLS_BAD:
		shared->counters.bad_count += 1 +
					      tls_connection_take_passed(&pair->tls, stream->index);
		cutter_lose(&stream->cutter, &shared->rooms);
		break;
	case TLS_KEYLESS:
	case TLS_UNPROVEN:
		shared->counters.keyless_count++;
		cutter_lose(&stream->cutter, &shared->rooms);
		break;
	}
}

/*
 * A whole record, beginning at start_offset.  False if its key has to be
 * waited for: then it is to be given again.
 */
static bool take_record(struct stream_pair *pair, struct stream *stream,
			struct stream_shared *shared, const uint8_t *bytes, size_t size_bytes,
			uint64_t start_offset)
{
	struct tls_record record = { .bytes = bytes,
				     .size_bytes = size_bytes,
				     .plain = shared->plain };
	enum tls_verdict verdict = tls_connection_take(&pair->tls, stream->index, shared->log,
						       &record);

	if (verdict == TLS_KEYLESS) {
		stream->asked_count = shared->log->secret_count;
		if (may_wait(stream, shared))
			return false;
		tls_connection_skip(&pair->tls, stream->index, size_bytes);
	}
	take_verdict(pair, stream, shared, verdict, &record, start_offset);
	if (pair->tls.halves[stream->index].phase == TLS_PHASE_IGNORED)
		intake_ignore(stream, shared);
	return true;
}

void intake_lose(struct stream *stream, struct stream_shared *shared)
{
	stream->state = STREAM_SEEKING;
	stream->is_known = true;
	stream->record_bytes = 0;
	cutter_lose(&stream->cutter, &shared->rooms);
}

/* Puts together a record that more than one segment brings.  Returns how many bytes it took. */
static size_t fill_record(struct stream *stream, const uint8_t *bytes, size_t size_bytes,
			  size_t whole_bytes, const struct arrival *arrival)
{
	size_t taken = min_size(size_bytes, whole_bytes - stream->record_bytes);

	if (!stream->record_bytes)
		stream->record_first = *arrival;
	stream->record_last = *arrival;
	memcpy(stream->record + stream->record_bytes, bytes, taken);
	stream->record_bytes += (uint32_t)taken;
	return taken;
}

void intake_again(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared)
{
	size_t size_bytes = stream->record_bytes;

	stream->is_waiting = !take_record(pair, stream, shared, stream->record, size_bytes,
					  stream->next_offset - size_bytes);
	if (!stream->is_waiting)
		stream->record_bytes = 0;
}

/* Goes on with a record of which a part is there. */
static size_t go_on(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared,
		    const uint8_t *bytes, size_t size_bytes, const struct arrival *arrival)
{
	size_t taken = 0;
	uint32_t body_bytes;

	if (stream->record_bytes < TLS_RECORD_HEADER_BYTES)
		taken = fill_record(stream, bytes, size_bytes, TLS_RECORD_HEADER_BYTES, arrival);
	stream->next_offset += taken;
	if (stream->record_bytes < TLS_RECORD_HEADER_BYTES)
		return taken;
	if (!tls_record_is_plausible(stream->record, &body_bytes)) {
		intake_lose(stream, shared);
		return taken;
	}
	size_bytes = fill_record(stream, bytes + taken, size_bytes - taken,
				 TLS_RECORD_HEADER_BYTES + body_bytes, arrival);
	stream->next_offset += size_bytes;
	if (stream->record_bytes == TLS_RECORD_HEADER_BYTES + body_bytes)
		intake_again(pair, stream, shared);
	return taken + size_bytes;
}

/* Whole records are taken where they lie.  Returns how many bytes were taken. */
static size_t take_tls(struct stream_pair *pair, struct stream *stream,
		       struct stream_shared *shared, const uint8_t *bytes, size_t size_bytes,
		       const struct arrival *arrival)
{
	size_t at = 0;

	while (at < size_bytes && stream->state == STREAM_TLS && !stream->is_waiting) {
		size_t left_bytes = size_bytes - at;
		uint32_t body_bytes = 0;
		bool is_there = !stream->record_bytes && left_bytes >= TLS_RECORD_HEADER_BYTES &&
				tls_record_is_plausible(bytes + at, &body_bytes) &&
				left_bytes >= TLS_RECORD_HEADER_BYTES + body_bytes;

		if (is_there) {
			stream->record_first = *arrival;
			stream->record_last = *arrival;
			is_there = take_record(pair, stream, shared, bytes + at,
					       TLS_RECORD_HEADER_BYTES + body_bytes,
					       stream->next_offset);
			if (is_there) {
				at += TLS_RECORD_HEADER_BYTES + body_bytes;
				stream->next_offset += TLS_RECORD_HEADER_BYTES + body_bytes;
				continue;
			}
		}
		at += go_on(pair, stream, shared, bytes + at, left_bytes, arrival);
	}
	return at;
}

/* ---- Without TLS ----------------------------------------------------------- */

static size_t take_plain(struct stream_pair *pair, struct stream *stream,
			 struct stream_shared *shared, const uint8_t *bytes, size_t size_bytes,
			 const struct arrival *arrival)
{
	size_t taken = min_size(size_bytes, PLAIN_CHUNK_BYTES_MAX);
	const struct chunk chunk = {
		.bytes = bytes,
		.size_bytes = taken,
		.start_offset = stream->next_offset,
		.end_offset = stream->next_offset + taken,
		.first = *arrival,
		.last = *arrival,
		.is_plain = true,
	};

	stream->next_offset += taken;
	say(pair, stream, shared, &chunk);
	return taken;
}

/* ---- First bytes ------------------------------------------------------------- */

/* The other end is a client without TLS, whose request is over. */
static void take_plain_client(struct stream_pair *pair, struct stream *client,
			      struct stream_shared *shared)
{
	if (!pair->tls.opens_client) {
		intake_ignore(client, shared);
		return;
	}
	client->cutter.head.is_whole = true;
	client->state = STREAM_PLAIN;
}

/* A head has been read: WebSocket, or a proxy's answer and something else behind it. */
static void end_head(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared)
{
	struct http_head *head = &stream->cutter.head;
	bool is_upgraded = http_head_status(head) == 101;

	if (is_upgraded) {
		stream->state = STREAM_PLAIN;
		pair->tls.server_index = stream->index;
		cutter_begin_frames(&stream->cutter, head->has_deflate);
		take_plain_client(pair, &pair->streams[1 - stream->index], shared);
	}
	memset(head, 0, sizeof(*head));
}

static size_t take_opening(struct stream_pair *pair, struct stream *stream,
			   struct stream_shared *shared, const uint8_t *bytes, size_t size_bytes)
{
	static const char methods[] = "HGCP"; /* HTTP/1.1, GET, CONNECT, POST, PRI */
	struct http_head *head = &stream->cutter.head;
	size_t taken = size_bytes;

	if (!head->status_bytes && bytes[0] == 22) {
		stream->state = STREAM_TLS;
		return 0;
	}
	if (head->status_bytes || memchr(methods, bytes[0], sizeof(methods) - 1)) {
		taken = http_head_feed(head, bytes, size_bytes);
		if (head->is_whole && strncmp(head->status_line, "PRI * HTTP/2.0", 14) == 0)
			give_up(pair, stream, shared, &shared->counters.http2_count);
		else if (head->is_whole)
			end_head(pair, stream, shared);
	}
	stream->next_offset += taken;
	return taken;
}

/* ---- All of it --------------------------------------------------------------- */

size_t intake_deliver(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared,
		      const uint8_t *bytes, size_t size_bytes, const struct arrival *arrival)
{
	size_t at = 0;

	while (at < size_bytes && !stream->is_waiting) {
		size_t left_bytes = size_bytes - at;

		switch ((enum stream_state)stream->state) {
		case STREAM_OPENING:
			at += take_opening(pair, stream, shared, bytes + at, left_bytes);
			break;
		case STREAM_TLS:
			at += take_tls(pair, stream, shared, bytes + at, left_bytes, arrival);
			break;
		case STREAM_PLAIN:
			at += take_plain(pair, stream, shared, bytes + at, left_bytes, arrival);
			break;
		case STREAM_IGNORED:
			stream->next_offset += left_bytes;
			return size_bytes;
		case STREAM_SEEKING:
			return at;
		}
	}
	return at;
}
