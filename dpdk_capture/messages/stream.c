/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <string.h>

#include "intake.h"
#include "seek.h"

/* Where neither records nor messages can be made out for so long, it is something else. */
#define SEEK_FAILURE_COUNT_MAX 16

/* Whether what is held begins at next_offset. */
static bool has_next(const struct stream *stream)
{
	return stream->held.first && stream->held.first->offset == stream->next_offset;
}

static void drain(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared)
{
	while (has_next(stream) && !stream->is_waiting && stream->state != STREAM_SEEKING) {
		const struct piece *piece = stream->held.first;
		size_t taken = intake_deliver(pair, stream, shared, piece->bytes + piece->begin,
					      piece->size_bytes, &piece->arrival);

		pieces_drop(&stream->held, &shared->pool, taken);
	}
}

static void skip_bytes(struct stream *stream, struct stream_shared *shared, size_t size_bytes)
{
	stream->next_offset += size_bytes;
	stream->skipped_bytes += size_bytes;
	shared->counters.skipped_bytes += size_bytes;
	pieces_drop(&stream->held, &shared->pool, size_bytes);
}

static void found_records(struct stream_pair *pair, struct stream *stream,
			  struct stream_shared *shared)
{
	stream->state = STREAM_TLS;
	stream->is_known = true;
	stream->seek_failure_count = 0;
	shared->counters.resync_count++;
	tls_connection_skip(&pair->tls, stream->index, stream->skipped_bytes);
	stream->skipped_bytes = 0;
}

/* Then so is the other end: it is looked at from the next byte on. */
static void find_plain_client(struct stream_pair *pair, struct stream *client,
			      struct stream_shared *shared)
{
	if (!pair->tls.opens_client) {
		intake_ignore(client, shared);
		return;
	}
	if (client->state == STREAM_SEEKING)
		client->state = STREAM_PLAIN;
}

/* A connection met in the middle may as well be WebSocket without TLS. */
static bool find_plain(struct stream_pair *pair, struct stream *stream,
		       struct stream_shared *shared, size_t size_bytes)
{
	size_t at;

	if (stream->is_known || !search_text(shared->scratch, size_bytes, &at))
		return false;
	skip_bytes(stream, shared, at);
	stream->state = STREAM_PLAIN;
	stream->cutter.state = CUTTER_FRAMES;
	stream->cutter.has_extension = true; /* for all that is known */
	stream->cutter.is_torn = true;
	pair->tls.server_index = stream->index;
	find_plain_client(pair, &pair->streams[1 - stream->index], shared);
	return true;
}

/* Nothing could be made out at one end, nor has been at the other: told once. */
static void count_unmade(struct stream_pair *pair, struct stream *stream,
			 struct stream_shared *shared)
{
	struct stream *other = &pair->streams[1 - stream->index];

	if (stream->is_known || stream->is_told || other->is_known || other->is_told)
		return;
	shared->counters.unmade_count++;
	stream->is_told = true;
}

/* Looks for records among what is held.  is_end: no more will come before the next gap. */
static void seek(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared,
		 bool is_end)
{
	size_t size_bytes = pieces_peek(&stream->held, shared->scratch, sizeof(shared->scratch));
	size_t at;
	enum seek_verdict verdict;

	if (!has_next(stream))
		return;
	verdict = seek_records(shared->scratch, size_bytes, is_end, &at);
	if (verdict == SEEK_FOUND) {
		skip_bytes(stream, shared, at);
		found_records(pair, stream, shared);
	} else if (!find_plain(pair, stream, shared, size_bytes)) {
		/* Without a pending header it can only be text, of which more may tell. */
		if (verdict == SEEK_NOTHING && size_bytes > sizeof(shared->scratch) / 2) {
			skip_bytes(stream, shared, stream->is_known ? at : size_bytes / 2);
			if (++stream->seek_failure_count == SEEK_FAILURE_COUNT_MAX) {
				count_unmade(pair, stream, shared);
				intake_ignore(stream, shared);
			}
		} else if (stream->is_known) {
			skip_bytes(stream, shared, at);
		}
	}
}

/* Uses what is held as far as that goes. */
static void advance(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared,
		    bool is_end)
{
	if (stream->is_waiting && stream->asked_count != shared->log->secret_count)
		intake_again(pair, stream, shared);
	while (has_next(stream) && !stream->is_waiting) {
		uint64_t old_offset = stream->next_offset;
		uint8_t old_state = stream->state;

		if (stream->state == STREAM_SEEKING)
			seek(pair, stream, shared, is_end);
		drain(pair, stream, shared);
		if (stream->next_offset == old_offset && stream->state == old_state)
			break;
	}
}

/* ---- Holes ------------------------------------------------------------------- */

/* Where the first byte is missing, before which something is there; UINT64_MAX: nowhere. */
static uint64_t gap_offset(const struct stream *stream)
{
	uint64_t gap;

	if (!stream->held.first)
		return UINT64_MAX;
	if (!has_next(stream))
		return stream->next_offset;
	gap = pieces_gap_offset(&stream->held);
	return stream->held.last->offset + stream->held.last->size_bytes == gap ? UINT64_MAX : gap;
}

/* Everything up to the byte behind the next gap is given up. */
static void skip_hole(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared)
{
	uint64_t gap = gap_offset(stream);

	advance(pair, stream, shared, true);
	if (gap == UINT64_MAX || stream->state == STREAM_IGNORED)
		return;
	if (has_next(stream)) { /* that nothing could be made of */
		shared->counters.held_drop_bytes += gap - stream->next_offset;
		pieces_drop(&stream->held, &shared->pool, gap - stream->next_offset);
		stream->skipped_bytes += gap - stream->next_offset;
		stream->next_offset = gap;
	}
	if (!stream->held.first)
		return;
	shared->counters.hole_count++;
	shared->counters.missing_bytes += stream->held.first->offset - stream->next_offset;
	stream->skipped_bytes += stream->held.first->offset - stream->next_offset +
				 stream->record_bytes;
	stream->next_offset = stream->held.first->offset;
	stream->record_bytes = 0;
	stream->is_waiting = false;
	cutter_lose(&stream->cutter, &shared->rooms);
	if (stream->state == STREAM_TLS || stream->state == STREAM_OPENING) {
		stream->is_known |= stream->state == STREAM_TLS;
		stream->state = STREAM_SEEKING;
	}
	advance(pair, stream, shared, false);
}

/* Too much is held: for a key that does not come, for records that cannot be made out. */
static void drop_held(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared)
{
	if (gap_offset(stream) != UINT64_MAX) {
		skip_hole(pair, stream, shared);
		return;
	}
	shared->counters.held_drop_bytes += stream->held.size_bytes + stream->record_bytes;
	stream->skipped_bytes += stream->held.size_bytes + stream->record_bytes;
	stream->next_offset += stream->held.size_bytes;
	pieces_drop(&stream->held, &shared->pool, UINT64_MAX);
	stream->starved_count = shared->log->secret_count + 1;
	stream->is_waiting = false;
	intake_lose(stream, shared);
}

static void check_holes(struct stream_pair *pair, struct stream *stream,
			struct stream_shared *shared, uint64_t time_ns)
{
	uint64_t gap = gap_offset(stream);

	if (stream->held.piece_count > STREAM_HELD_COUNT_MAX) {
		drop_held(pair, stream, shared);
		return;
	}
	if (gap != stream->gap_offset) {
		stream->gap_offset = gap;
		stream->hole_ns = time_ns;
		stream->acked_ns = 0;
	}
	if (gap == UINT64_MAX || stream->is_waiting)
		return;
	if (!stream->acked_ns && stream->acked_offset > gap)
		stream->acked_ns = time_ns;
	if ((stream->acked_ns && time_ns - stream->acked_ns > STREAM_ACKED_NS) ||
	    time_ns - stream->hole_ns > STREAM_HOLE_NS)
		skip_hole(pair, stream, shared);
}

/* ---- Segments ---------------------------------------------------------------- */

/* The offset of a sequence number near the next byte in order; negative: before offset 0. */
static int64_t offset_of(const struct stream *stream, uint32_t seq)
{
	uint32_t next_seq = stream->base_seq + (uint32_t)stream->next_offset;

	return (int64_t)stream->next_offset + (int32_t)(seq - next_seq);
}

void stream_anchor(struct stream *stream, uint32_t base_seq)
{
	stream->base_seq = base_seq;
	stream->is_placed = true;
	stream->has_base = true;
}

/* What nothing in the middle of a connection begins with: a hello of TLS, a head of HTTP. */
static bool is_beginning(const uint8_t *bytes, size_t size_bytes)
{
	static const char *const heads[] = { "HTTP/1.", "GET /", "CONNECT " };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (size_bytes > strlen(heads[i]) && !memcmp(bytes, heads[i], strlen(heads[i])))
			return true;
	}
	return size_bytes > 6 && bytes[0] == 22 && bytes[1] == 3 && bytes[2] <= 3 &&
	       (bytes[5] == TLS_CLIENT_HELLO || bytes[5] == TLS_SERVER_HELLO) && bytes[6] == 0;
}

/*
 * Its SYN is missing.  Where it begins all the same, no offset is known and
 * everything else is; met in the middle, what it is and where in it this is
 * has to be found.
 */
static void place(struct stream *stream, struct stream_shared *shared,
		  const struct stream_segment *segment)
{
	stream->base_seq = segment->seq;
	stream->is_placed = true;
	if (is_beginning(segment->payload, segment->captured_bytes))
		return;
	stream->state = STREAM_SEEKING;
	cutter_lose(&stream->cutter, &shared->rooms);
}

static void hold(struct stream *stream, struct stream_shared *shared, uint64_t offset,
		 const uint8_t *bytes, size_t size_bytes, const struct arrival *arrival)
{
	uint64_t new_bytes;

	shared->counters.held_drop_bytes += pieces_add(&stream->held, &shared->pool, offset, bytes,
						       size_bytes, arrival, &new_bytes);
	if (!new_bytes)
		shared->counters.copy_count++;
}

void stream_take(struct stream_pair *pair, size_t index, struct stream_shared *shared,
		 const struct stream_segment *segment)
{
	struct stream *stream = &pair->streams[index];
	const struct arrival arrival = { segment->time_ns, segment->seq };
	const uint8_t *bytes = segment->payload;
	size_t size_bytes = segment->captured_bytes;
	int64_t start;
	int64_t behind;

	shared->counters.segment_count++;
	shared->counters.cut_count += segment->captured_bytes < segment->payload_bytes;
	if (!stream->is_placed)
		place(stream, shared, segment);
	start = offset_of(stream, segment->seq);
	behind = (int64_t)stream->next_offset - start;
	if (behind >= (int64_t)size_bytes) {
		shared->counters.copy_count++;
		return;
	}
	if (behind > 0) {
		bytes += behind;
		size_bytes -= (size_t)behind;
		start += behind;
	}
	/* As a rule it is the next one, and nothing is held. */
	if (behind >= 0 && !stream->held.first) {
		size_t taken = intake_deliver(pair, stream, shared, bytes, size_bytes, &arrival);

		bytes += taken;
		size_bytes -= taken;
		start += (int64_t)taken;
		if (!size_bytes || stream->state == STREAM_IGNORED)
			return;
	}
	hold(stream, shared, (uint64_t)start, bytes, size_bytes, &arrival);
	advance(pair, stream, shared, false);
	check_holes(pair, stream, shared, segment->time_ns);
}

void stream_acknowledge(struct stream_pair *pair, size_t index, struct stream_shared *shared,
			uint32_t ack_seq, uint64_t time_ns)
{
	struct stream *stream = &pair->streams[index];
	int64_t offset;

	if (!stream->held.first) /* nothing is missing */
		return;
	offset = offset_of(stream, ack_seq);
	if (offset > 0 && (uint64_t)offset > stream->acked_offset)
		stream->acked_offset = (uint64_t)offset;
	check_holes(pair, stream, shared, time_ns);
}

void stream_retry(struct stream_pair *pair, size_t index, struct stream_shared *shared)
{
	if (pair->streams[index].is_waiting)
		advance(pair, &pair->streams[index], shared, false);
}

void stream_finish(struct stream_pair *pair, size_t index, struct stream_shared *shared)
{
	struct stream *stream = &pair->streams[index];

	stream->starved_count = shared->log->secret_count + 1;
	if (stream->is_waiting)
		intake_again(pair, stream, shared);
	advance(pair, stream, shared, false);
	while (stream->held.first && stream->state != STREAM_IGNORED) {
		uint64_t old_offset = stream->next_offset;

		skip_hole(pair, stream, shared);
		if (stream->next_offset == old_offset)
			break;
	}
	if (stream->state == STREAM_SEEKING && stream->held.first)
		count_unmade(pair, stream, shared);
	shared->counters.bad_count += tls_connection_take_passed(&pair->tls, index);
	stream_clear(stream, shared);
}

void stream_clear(struct stream *stream, struct stream_shared *shared)
{
	shared->counters.held_drop_bytes += stream->held.size_bytes;
	pieces_drop(&stream->held, &shared->pool, UINT64_MAX);
	cutter_clear(&stream->cutter, &shared->rooms);
}
