/* SPDX-License-Identifier: BSD-2-Clause */
#include "naming.h"

#include <assert.h>
#include <stdio.h>

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

static const char *event_name_of(const struct feed_message *feed)
{
	if (feed->event == FEED_EVENT_BOOK_TICKER)
		return "bookTicker"; /* spot's does not say it */
	return feed->event_name;
}

/* The only stream asked for that can carry the message; NULL if there are none or several. */
static const char *only_carrier(const struct venue_connection *venue,
				const struct feed_message *feed)
{
	const char *found = NULL;

	for (size_t i = 0; i < venue->stream_count; i++) {
		const char *name = venue->streams[i];

		if (!venue_stream_carries(name, event_name_of(feed), feed->symbol))
			continue;
		if (found)
			return NULL;
		found = name;
	}
	return found;
}

/*
 * On a bare connection of several streams, event and symbol stand for the
 * stream, and the answer is kept in the table under that name.  The space
 * keeps such names apart from those of streams.
 */
static struct stream *find_bare(struct streams *streams, const struct naming_scope *scope,
				const struct feed_message *feed)
{
	char key[FEED_STREAM_BYTES];
	struct stream *alias;
	struct stream *target;
	const char *name;

	if (scope->only_stream)
		return scope->only_stream;
	(void)snprintf(key, sizeof(key), "%u %.20s %.28s", scope->link_index, event_name_of(feed),
		       feed->symbol);
	alias = streams_find(streams, key);
	if (!alias) {
		alias = streams_get(streams, key);
		name = only_carrier(scope->venue, feed);
		target = name ? streams_find(streams, name) : NULL;
		if (alias && target)
			alias->alias_slot = (uint32_t)(target - streams->slots) + 1;
	}
	return alias && alias->alias_slot ? &streams->slots[alias->alias_slot - 1] : NULL;
}

struct stream *naming_find(struct naming *naming, const struct naming_scope *scope,
			   const struct feed_message *feed)
{
	struct stream *stream;

	if (feed->kind != FEED_EVENT && feed->kind != FEED_ARRAY)
		return NULL;
	if (feed->is_stream_cut || feed->event == FEED_EVENT_SERVER_SHUTDOWN)
		return NULL;
	if (!feed->stream[0])
		return find_bare(&naming->streams, scope, feed);
	stream = streams_find(&naming->streams, feed->stream);
	return stream ? stream : enter(naming, feed->stream, scope->link_index);
}
