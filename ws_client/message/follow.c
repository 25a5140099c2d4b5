/* SPDX-License-Identifier: BSD-2-Clause */
#include "follow.h"

#include "prof/clock.h"

#define OVERLAP_ECHO_NS ((int64_t)10 * PROF_NS_PER_S)

void follow_begin_overlap(struct follow *follow)
{
	/* With several links in one, the set lives until the last overlap ends. */
	if (follow->overlap_count++)
		return;
	dedupe_clear(&follow->dedupe);
	for (size_t i = 0; i < STREAMS_SLOT_COUNT; i++) {
		struct stream *stream = &follow->streams->slots[i];

		stream->has_overlap_id = stream->has_id;
		stream->overlap_id = stream->last_id;
	}
}

void follow_end_overlap(struct follow *follow, uint64_t now_ns)
{
	if (follow->overlap_count)
		follow->overlap_count--;
	follow->overlap_over_ns = now_ns;
}

/* True while a message may come a second time: in an overlap and shortly after it. */
static bool is_overlapping(const struct follow *follow, uint64_t now_ns)
{
	/* What the old connection brought last may still be under way on the new one. */
	return follow->overlap_count ||
	       (follow->overlap_over_ns &&
		prof_delta_ns(follow->overlap_over_ns, now_ns) < OVERLAP_ECHO_NS);
}

/*
 * A chain belongs to one connection.  The first message of a new connection
 * is compared with the newest one passed on: what is missing there was lost
 * while nothing was connected, which is no fault of the feed.
 */
static void follow_chain(struct follow *follow, struct stream *stream,
			 const struct feed_message *feed, const struct follow_message *message,
			 bool is_beside)
{
	struct client_counts *counts = follow->counts;
	struct chain *chain = &stream->chains[message->side];
	bool is_new = stream->chain_conns[message->side] != message->conn_number;
	/* Beside a living predecessor, what the successor did not have is not missing. */
	bool is_comparable = stream->has_id && !is_beside;
	uint64_t missing;

	if (is_new)
		*chain = (struct chain){ .has_last = is_comparable, .last_id = stream->last_id };
	stream->chain_conns[message->side] = message->conn_number;
	switch (chain_step(chain, feed, &missing)) {
	case CHAIN_GAP:
		if (is_new) {
			counts->break_messages += missing;
		} else {
			counts->gaps++;
			counts->gap_messages += missing;
		}
		break;
	case CHAIN_REPEAT:
		counts->repeats++;
		break;
	case CHAIN_NONE:
	case CHAIN_START:
	case CHAIN_OK:
		break;
	}
}

static uint32_t tag_of(const struct follow *follow, const struct stream *stream)
{
	return (uint32_t)(stream - follow->streams->slots) + 1;
}

/* True if the message has not been had on another connection. */
static bool is_fresh(struct follow *follow, const struct stream *stream, uint64_t id)
{
	if (stream->has_overlap_id && id <= stream->overlap_id)
		return false;
	return dedupe_add(&follow->dedupe, tag_of(follow, stream), id);
}

/*
 * A stream of many symbols has no number of its own: those of the symbols are
 * far apart, and some messages have none.  There the whole message is its
 * number; not outside an overlap, it is long.
 */
static bool is_fresh_of_all(struct follow *follow, const struct stream *stream,
			    const struct follow_message *message)
{
	return dedupe_add(&follow->dedupe, tag_of(follow, stream),
			  dedupe_hash(message->text, message->size_bytes));
}

bool follow_take(struct follow *follow, struct stream *stream, const struct feed_message *feed,
		 const struct follow_message *message)
{
	bool is_beside = is_overlapping(follow, message->now_ns);
	bool is_passed = true;
	uint64_t id;

	stream->message_count++;
	stream->last_ns = message->now_ns;
	stream->is_silence_told = false;
	if (!stream->is_chainless)
		follow_chain(follow, stream, feed, message, is_beside);
	if (stream->is_of_many && feed->kind == FEED_EVENT)
		return !is_beside || is_fresh_of_all(follow, stream, message);
	if (!feed_identity(feed, &id))
		return true;
	if (is_beside)
		is_passed = is_fresh(follow, stream, id);
	if (is_passed && (!stream->has_id || id > stream->last_id))
		stream->last_id = id;
	stream->has_id = true;
	return is_passed;
}
