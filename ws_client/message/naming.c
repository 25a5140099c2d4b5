/* SPDX-License-Identifier: BSD-2-Clause */
#include "naming.h"

#include <assert.h>
#include <stdio.h>

#include "ws_client/tell/report.h"

static_assert(FEED_EVENT_COUNT <= 64, "each has a bit of its own");
static_assert(VENUE_STREAM_BYTES == FEED_STREAM_BYTES, "each name has room in either place");

/* Enters a name, also on the bus. */
static struct stream *enter(struct naming *naming, const char *name, uint32_t link_index)
{
	struct stream *stream = streams_get(&naming->streams, name);

	if (!stream) {
		naming->means->counts->streams_overflow++;
		return NULL;
	}
	stream->link_index = (uint8_t)link_index;
	stream->is_chainless = venue_stream_is_chainless(name);
	stream->is_of_many = venue_stream_is_of_many(name);
	stream->bus_index = publisher_stream(naming->means->publisher, name);
	return stream;
}

void naming_enter(struct naming *naming, struct naming_scope *scope)
{
	for (size_t i = 0; i < scope->venue->stream_count; i++) {
		struct stream *stream = enter(naming, scope->venue->streams[i], scope->link_index);

		if (stream)
			stream->is_wanted = true;
		scope->only_stream = scope->venue->stream_count == 1 ? stream : NULL;
	}
}

/* Only a message's stream, which it does not say, would tell.  Once for each kind of event. */
static void tell_alike(const struct naming *naming, struct naming_scope *scope,
		       const struct feed_message *feed, const char *a, const char *b)
{
	uint64_t bit = UINT64_C(1) << feed->event;
	char what[2 * FEED_STREAM_BYTES + 8];

	if (scope->told_events & bit)
		return;
	scope->told_events |= bit;
	(void)snprintf(what, sizeof(what), "%s and %s", a, b);
	report_complain(naming->means->report, what,
			"their messages are not told apart on this connection, so gaps and "
			"silence of either are not seen",
			"ask for them by /stream?streams=, where messages name their stream");
}

/* The only stream asked for that can carry the message; NULL if there are none or several. */
static const char *only_carrier(const struct naming *naming, struct naming_scope *scope,
				const struct feed_message *feed)
{
	const struct venue_connection *venue = scope->venue;
	const char *found = NULL;

	for (size_t i = 0; i < venue->stream_count; i++) {
		const char *name = venue->streams[i];

		if (!venue_stream_carries(name, feed))
			continue;
		if (found) {
			tell_alike(naming, scope, feed, found, name);
			return NULL;
		}
		found = name;
	}
	return found;
}

/*
 * On a bare connection of several streams, event and symbol stand for the
 * stream, and the answer is kept in the table under that name.  The space
 * keeps such names apart from those of streams.
 */
static struct stream *find_bare(struct naming *naming, struct naming_scope *scope,
				const struct feed_message *feed)
{
	struct streams *streams = &naming->streams;
	char key[FEED_STREAM_BYTES];
	struct stream *alias;
	struct stream *target;
	const char *name;

	if (scope->only_stream)
		return scope->only_stream;
	(void)snprintf(key, sizeof(key), "%u %u%.2s%s %.31s", scope->link_index, feed->event,
		       feed->event_name, feed->kind == FEED_ARRAY ? "[]" : "", feed->symbol);
	alias = streams_find(streams, key);
	if (alias)
		return alias->alias_slot ? &streams->slots[alias->alias_slot - 1] : NULL;
	name = only_carrier(naming, scope, feed);
	target = name ? streams_find(streams, name) : NULL;
	alias = streams_get(streams, key); /* NULL: it is full, and each message is looked up */
	if (alias && target)
		alias->alias_slot = (uint32_t)(target - streams->slots) + 1;
	return target;
}

struct stream *naming_find(struct naming *naming, struct naming_scope *scope,
			   const struct feed_message *feed)
{
	struct stream *stream;

	if (feed->kind != FEED_EVENT && feed->kind != FEED_ARRAY)
		return NULL;
	if (feed->is_stream_cut || feed->event == FEED_EVENT_SERVER_SHUTDOWN)
		return NULL;
	if (!feed->stream[0])
		return find_bare(naming, scope, feed);
	stream = streams_find(&naming->streams, feed->stream);
	return stream ? stream : enter(naming, feed->stream, scope->link_index);
}
