/* SPDX-License-Identifier: BSD-2-Clause */
#include "messages.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "feed/feed.h"
#include "prof/event.h"
#include "wire/ws_header.h"

#define SLOT_COUNT  16384 /* a power of two, at most a quarter full */
#define PIECE_COUNT 32768 /* 64 MB, touched as far as it is needed */

/* Times of origin in microseconds begin here, those in milliseconds end long before: 2100. */
#define MICROSECONDS_MIN UINT64_C(100000000000000)

struct connection;

/* One end of a connection, as its cutter knows it. */
struct speaker {
	struct connection *connection;
	size_t index;
};

struct connection {
	struct messages *messages;
	uint64_t flow_id;
	uint64_t last_ns;
	uint64_t begun_ns;
	bool is_wanted;
	bool is_dropped;	      /* nobody asked for it for so long: nothing of it is kept */
	struct prof_endpoint ends[2]; /* who sends what streams[i] takes */
	struct speaker speakers[2];
	struct stream_pair pair;
};

struct messages {
	struct messages_options options;
	struct stream_shared shared;
	uint64_t evicted_count;
	uint64_t unread_count;
	uint64_t seen_count;
	uint32_t connection_count;  /* in use: the first so many */
	struct connection *newest;  /* the one that the last segment was of */
	uint32_t slots[SLOT_COUNT]; /* index plus 1, by flow id */
	struct connection *connections;
};

/* ---- What a message says ------------------------------------------------------ */

static uint64_t exch_time_us(const struct feed_message *feed)
{
	bool is_us = feed->event_time >= MICROSECONDS_MIN;

	return feed_exch_time_us(feed, is_us ? FEED_TIME_US : FEED_TIME_MS);
}

/* What is binary is SBE. */
static void read_payload(const struct cut_message *cut, struct feed_message *ret_feed)
{
	size_t size_bytes = (size_t)cut->payload_bytes;

	if (cut->opcode == WS_BINARY)
		feed_parse_binary(cut->payload, size_bytes, ret_feed);
	else
		feed_parse((const char *)cut->payload, size_bytes, ret_feed);
}

/* A cutter has a message. */
static void give(void *context, const struct cut_message *cut)
{
	const struct speaker *speaker = context;
	const struct connection *connection = speaker->connection;
	struct messages *messages = connection->messages;
	const struct stream *stream = &connection->pair.streams[speaker->index];
	struct feed_message feed;
	struct message message = {
		.flow_id = connection->flow_id,
		.is_wanted = connection->is_wanted,
		.is_plain = stream->state == STREAM_PLAIN,
		.base_seq = stream->base_seq,
		.src = &connection->ends[speaker->index],
		.dst = &connection->ends[1 - speaker->index],
		.has_range = stream->has_base,
		.start_offset = cut->start_offset,
		.end_offset = cut->end_offset,
		.first = cut->first,
		.last = cut->last,
		.payload_bytes = cut->payload_bytes,
		.frame_count = cut->frame_count,
		.opcode = cut->opcode,
		.is_compressed = cut->is_compressed,
		.stream = "",
		.is_asked = speaker->index != connection->pair.tls.server_index,
		.is_control = ws_is_control(cut->opcode),
		.payload = cut->is_compressed ? NULL : cut->payload,
	};

	if (message.is_asked || message.is_control) {
		messages->options.give(messages->options.context, &message);
		return;
	}
	if (cut->payload && !cut->is_compressed) {
		read_payload(cut, &feed);
		message.stream = feed.stream;
		message.exch_time_us = exch_time_us(&feed);
	} else {
		messages->unread_count++;
	}
	messages->options.give(messages->options.context, &message);
}

/* ---- Connections ---------------------------------------------------------------- */

static void begin(struct connection *connection, struct messages *messages, uint64_t flow_id,
		  const struct messages_segment *segment)
{
	memset(connection, 0, sizeof(*connection));
	connection->messages = messages;
	connection->flow_id = flow_id;
	connection->begun_ns = segment->time_ns;
	connection->ends[0] = *segment->src;
	connection->ends[1] = *segment->dst;
	for (size_t i = 0; i < 2; i++) {
		struct stream *stream = &connection->pair.streams[i];

		connection->speakers[i] = (struct speaker){ connection, i };
		stream->index = (uint8_t)i;
		stream->gap_offset = UINT64_MAX;
		stream->cutter.context = &connection->speakers[i];
	}
	tls_connection_begin(&connection->pair.tls, segment->flags & PROF_TCP_SYN);
	connection->pair.tls.opens_client = messages->options.hears_clients;
	/* Until a hello tells: servers have the lower port. */
	connection->pair.tls.server_index = connection->ends[1].port < connection->ends[0].port;
	messages->seen_count++;
}

static void end(struct connection *connection)
{
	struct stream_shared *shared = &connection->messages->shared;

	/* The one whose hello the other's keys may need comes first. */
	for (size_t i = 0; i < 2; i++)
		stream_finish(&connection->pair, i, shared);
	tls_connection_clear(&connection->pair.tls);
}

static uint32_t *slot_of(struct messages *messages, uint64_t flow_id)
{
	size_t at = flow_id % SLOT_COUNT;

	while (messages->slots[at] &&
	       messages->connections[messages->slots[at] - 1].flow_id != flow_id)
		at = (at + 1) % SLOT_COUNT;
	return &messages->slots[at];
}

static void rebuild_slots(struct messages *messages)
{
	memset(messages->slots, 0, sizeof(messages->slots));
	for (uint32_t i = 0; i < messages->connection_count; i++)
		*slot_of(messages, messages->connections[i].flow_id) = i + 1;
}

/* The one that was silent for the longest time makes room. */
static struct connection *evict(struct messages *messages, uint64_t flow_id)
{
	struct connection *oldest = &messages->connections[0];

	for (uint32_t i = 1; i < messages->connection_count; i++)
		if (messages->connections[i].last_ns < oldest->last_ns)
			oldest = &messages->connections[i];
	end(oldest);
	messages->evicted_count++;
	oldest->flow_id = flow_id;
	rebuild_slots(messages);
	return oldest;
}

static struct connection *enter(struct messages *messages, uint64_t flow_id)
{
	struct connection *connection;

	if (messages->connection_count == MESSAGES_CONNECTION_COUNT_MAX)
		return evict(messages, flow_id);
	*slot_of(messages, flow_id) = messages->connection_count + 1;
	connection = &messages->connections[messages->connection_count++];
	connection->flow_id = flow_id;
	return connection;
}

static bool is_end(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	return a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static bool is_between(const struct connection *connection, const struct messages_segment *segment)
{
	const struct prof_endpoint *ends = connection->ends;

	return (is_end(&ends[0], segment->src) && is_end(&ends[1], segment->dst)) ||
	       (is_end(&ends[1], segment->src) && is_end(&ends[0], segment->dst));
}

static struct connection *find(struct messages *messages, const struct messages_segment *segment)
{
	const struct prof_flow flow = { .local = *segment->dst, .remote = *segment->src };
	struct connection *connection = messages->newest;
	uint64_t flow_id;
	uint32_t slot;

	if (connection && is_between(connection, segment))
		return connection;
	flow_id = prof_flow_id(&flow);
	slot = *slot_of(messages, flow_id);
	if (slot) {
		connection = &messages->connections[slot - 1];
	} else if (!segment->is_wanted && !(segment->flags & PROF_TCP_SYN)) {
		return NULL;
	} else {
		connection = enter(messages, flow_id);
		begin(connection, messages, flow_id, segment);
	}
	messages->newest = connection;
	return connection;
}

/* ---- Segments --------------------------------------------------------------------- */

/* The first of a new connection between the same ends, or the one there is again. */
static void take_syn(struct connection *connection, size_t index,
		     const struct messages_segment *segment)
{
	struct stream *stream = &connection->pair.streams[index];
	uint32_t base_seq = segment->seq + 1;

	if (stream->has_base && stream->base_seq == base_seq)
		return;
	if (stream->is_placed) {
		end(connection);
		begin(connection, connection->messages, connection->flow_id, segment);
		stream = &connection->pair.streams[0];
	}
	stream_anchor(stream, base_seq);
}

/* False if it is one that nobody asks for.  One that is asked for late is met in its middle. */
static bool is_followed(struct connection *connection, const struct messages_segment *segment)
{
	if (connection->is_wanted)
		return true;
	if (segment->is_wanted || (segment->flags & PROF_TCP_SYN)) {
		if (connection->is_dropped)
			begin(connection, connection->messages, connection->flow_id, segment);
		return true;
	}
	if (!connection->is_dropped &&
	    segment->time_ns - connection->begun_ns > MESSAGES_YOUNG_NS) {
		connection->is_dropped = true;
		for (size_t i = 0; i < 2; i++)
			stream_clear(&connection->pair.streams[i], &connection->messages->shared);
		tls_connection_clear(&connection->pair.tls);
	}
	return !connection->is_dropped;
}

void messages_take(struct messages *messages, const struct messages_segment *segment)
{
	struct connection *connection = find(messages, segment);
	size_t index;
	bool is_syn = segment->flags & PROF_TCP_SYN;
	const struct stream_segment payload = {
		.time_ns = segment->time_ns,
		.seq = segment->seq + is_syn,
		.payload_bytes = segment->payload_bytes,
		.captured_bytes = segment->captured_bytes,
		.payload = segment->payload,
	};

	if (!connection || !is_followed(connection, segment))
		return;
	index = is_end(&connection->ends[0], segment->src) ? 0 : 1;
	connection->last_ns = segment->time_ns;
	if (is_syn) {
		take_syn(connection, index, segment);
		index = is_end(&connection->ends[0], segment->src) ? 0 : 1;
	}
	connection->is_wanted |= segment->is_wanted;
	/* What a RST carries says why, and is nothing of the stream (RFC 9293, 3.5.3). */
	if (segment->payload_bytes && !(segment->flags & PROF_TCP_RST))
		stream_take(&connection->pair, index, &messages->shared, &payload);
	if (segment->flags & PROF_TCP_ACK)
		stream_acknowledge(&connection->pair, 1 - index, &messages->shared, segment->ack,
				   segment->time_ns);
}

void messages_retry(struct messages *messages)
{
	for (uint32_t i = 0; i < messages->connection_count; i++) {
		struct stream_pair *pair = &messages->connections[i].pair;

		/* The server's agreement comes before the client's first frame. */
		stream_retry(pair, pair->tls.server_index, &messages->shared);
		stream_retry(pair, 1 - pair->tls.server_index, &messages->shared);
	}
}

void messages_finish(struct messages *messages)
{
	for (uint32_t i = 0; i < messages->connection_count; i++)
		end(&messages->connections[i]);
	messages->connection_count = 0;
	messages->newest = NULL;
	memset(messages->slots, 0, sizeof(messages->slots));
}

void messages_count(const struct messages *messages, struct messages_counters *ret_counters)
{
	*ret_counters = (struct messages_counters){
		.stream = messages->shared.counters,
		.cutter = messages->shared.rooms.counters,
		.connection_count = messages->seen_count,
		.evicted_count = messages->evicted_count,
		.unread_count = messages->unread_count,
	};
}

struct messages *messages_create(const struct messages_options *options)
{
	struct messages *messages = calloc(1, sizeof(*messages));

	if (!messages)
		return NULL;
	messages->options = *options;
	messages->shared.log = options->log;
	messages->connections = calloc(MESSAGES_CONNECTION_COUNT_MAX,
				       sizeof(*messages->connections));
	if (!messages->connections || !piece_pool_create(&messages->shared.pool, PIECE_COUNT) ||
	    !cutter_rooms_create(&messages->shared.rooms))
		return messages_destroy(messages);
	messages->shared.rooms.give = give;
	messages->shared.rooms.hears_control = options->hears_control;
	return messages;
}

struct messages *messages_destroy(struct messages *messages)
{
	if (!messages)
		return NULL;
	for (uint32_t i = 0; i < messages->connection_count; i++)
		tls_connection_clear(&messages->connections[i].pair.tls);
	cutter_rooms_destroy(&messages->shared.rooms);
	piece_pool_destroy(&messages->shared.pool);
	free(messages->connections);
	OPENSSL_cleanse(messages, sizeof(*messages));
	free(messages);
	return NULL;
}
