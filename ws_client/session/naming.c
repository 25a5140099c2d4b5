/* SPDX-License-Identifier: BSD-2-Clause */
#include "naming.h"

#include <stdio.h>
#include <string.h>

#include "client.h"

/* Enters a name, also on the bus. */
static struct stream *enter(struct client *client, const char *name, uint32_t link_index)
{
	struct stream *stream = streams_get(&client->streams, name);

	if (!stream) {
		client->counts.streams_overflow++;
		return NULL;
	}
	stream->link_index = (uint8_t)link_index;
	stream->bus_index = publisher_stream(&client->publisher, name);
	return stream;
}

void naming_enter(struct client *client, struct link *link)
{
	for (size_t i = 0; i < link->venue->stream_count; i++) {
		struct stream *stream = enter(client, link->venue->streams[i], link->index);

		if (stream)
			stream->is_wanted = true;
		link->only_stream = link->venue->stream_count == 1 ? stream : NULL;
	}
}

static const char *event_name_of(const struct feed_message *feed)
{
	if (feed->event == FEED_EVENT_BOOK_TICKER)
		return "bookTicker"; /* spot's does not say it */
	return feed->event_name;
}

/* The only stream asked for that can carry the message; NULL if there are none or several. */
static const char *only_carrier(const struct link *link, const struct feed_message *feed)
{
	const char *found = NULL;

	for (size_t i = 0; i < link->venue->stream_count; i++) {
		const char *name = link->venue->streams[i];

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
static struct stream *find_bare(struct conn *conn, const struct feed_message *feed)
{
	struct streams *streams = &conn->client->streams;
	char key[FEED_STREAM_BYTES];
	struct stream *alias;
	struct stream *target;
	const char *name;

	if (conn->link->only_stream)
		return conn->link->only_stream;
	(void)snprintf(key, sizeof(key), "%u %.20s %.28s", conn->link->index, event_name_of(feed),
		       feed->symbol);
	alias = streams_find(streams, key);
	if (!alias) {
		alias = streams_get(streams, key);
		name = only_carrier(conn->link, feed);
		target = name ? streams_find(streams, name) : NULL;
		if (alias && target)
			alias->alias_slot = (uint32_t)(target - streams->slots) + 1;
	}
	return alias && alias->alias_slot ? &streams->slots[alias->alias_slot - 1] : NULL;
}

struct stream *naming_find(struct conn *conn, const struct feed_message *feed)
{
	struct stream *stream;

	if (feed->kind != FEED_EVENT && feed->kind != FEED_ARRAY)
		return NULL;
	if (feed->is_stream_cut || feed->event == FEED_EVENT_SERVER_SHUTDOWN)
		return NULL;
	if (!feed->stream[0])
		return find_bare(conn, feed);
	stream = streams_find(&conn->client->streams, feed->stream);
	return stream ? stream : enter(conn->client, feed->stream, conn->link->index);
}
