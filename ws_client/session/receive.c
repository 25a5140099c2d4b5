/* SPDX-License-Identifier: BSD-2-Clause */
#include "receive.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "naming.h"
#include "prof/clock.h"
#include "wire/utf8.h"
#include "ws_client/tell/explain.h"
#include "ws_client/tell/report.h"

/* A clock_gettime() takes 25 ns, and the stamp lies somewhere in it. */
enum { STAMP_UNCERTAINTY_LOG2_NS = 5 };

/* A whole message, and when its last callback began. */
struct received {
	const char *text;
	size_t size_bytes;
	uint64_t now_ns;
};

static uint32_t saturate_u32(int64_t value)
{
	if (value < 0)
		return 0;
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint8_t flags_of(const struct conn *conn, const struct ws_span *span)
{
	uint8_t flags = 0;

	if (span->frame_count > 1)
		flags |= PROF_FLAG_SPLIT;
	if (!conn->wire.is_tls)
		flags |= PROF_FLAG_PLAIN;
	return flags;
}

static void publish(struct conn *conn, const struct ws_span *span, const struct feed_message *feed,
		    const struct stream *stream, uint64_t now_ns)
{
	struct client *client = conn->client;
	const struct prof_event event = {
		.time_ns = now_ns,
		.conn_key = conn->socket.cookie,
		.kind = PROF_EVENT_MESSAGE,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = STAMP_UNCERTAINTY_LOG2_NS,
		.flags = flags_of(conn, span),
		.stream_index = stream ? stream->bus_index : 0,
		.conn_number = (uint16_t)conn->number,
		.message = {
			.end_offset = span->end_offset,
			.exch_time_us = feed_exch_time_us(feed, client->plan->time_unit),
			.message_index = conn->message_index,
			.size_bytes = (uint32_t)(span->end_offset - span->start_offset),
			.recv_before_ns = saturate_u32(prof_delta_ns(span->recv_ns, now_ns)),
			.parsed_after_ns = saturate_u32(prof_delta_ns(now_ns, prof_now_ns())),
		},
	};

	publisher_event(&client->publisher, &event);
}

/* ---- The place in the TCP stream ---------------------------------------- */

static void complain_ktls(struct conn *conn)
{
	conn->client->counts.ktls++;
	if (conn->is_ktls_told)
		return;
	conn->is_ktls_told = true;
	report_complain(conn->client, "messages of this connection cannot be placed",
			"the kernel decrypts it (kTLS), so nobody sees the records",
			"take 'KTLS' out of the Options in openssl.cnf");
}

/* The tap and the library must have seen the same message. */
static bool find_span(struct conn *conn, size_t payload_bytes, struct ws_span *ret_span)
{
	struct client_counts *counts = &conn->client->counts;

	if (!ws_frames_pop(&conn->wire.frames, ret_span)) {
		counts->untracked++;
		return false;
	}
	/* Of a compressed message the frames' size says nothing. */
	if (!conn->is_message_oversize && !conn->is_compressed &&
	    ret_span->payload_bytes != payload_bytes)
		counts->range_errors++;
	if (conn->wire.is_ktls)
		complain_ktls(conn);
	return !conn->wire.is_ktls;
}

/* ---- What it means to its stream ---------------------------------------- */

/*
 * A chain belongs to one connection.  The first message of a new connection
 * is compared with the newest one passed on: what is missing there was lost
 * while nothing was connected, which is no fault of the feed.
 */
static void follow_chain(struct conn *conn, struct stream *stream, const struct feed_message *feed,
			 bool is_overlapping)
{
	struct client_counts *counts = &conn->client->counts;
	struct chain *chain = &stream->chains[conn->side];
	bool is_new = stream->chain_conns[conn->side] != conn->number;
	/* Beside a living predecessor, what the successor did not have is not missing. */
	bool is_comparable = stream->has_id && !is_overlapping;
	uint64_t missing;

	if (is_new)
		*chain = (struct chain){ .has_last = is_comparable, .last_id = stream->last_id };
	stream->chain_conns[conn->side] = conn->number;
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

static uint32_t tag_of(const struct client *client, const struct stream *stream)
{
	return (uint32_t)(stream - client->streams.slots) + 1;
}

/* True if the message has not been had on another connection. */
static bool is_fresh(struct client *client, const struct stream *stream, uint64_t id)
{
	if (stream->has_overlap_id && id <= stream->overlap_id)
		return false;
	return dedupe_add(&client->dedupe, tag_of(client, stream), id);
}

/*
 * The stream of all symbols has no number of its own: those of the symbols are
 * far apart, and some messages have none.  There the whole message is its
 * number; not outside an overlap, it is long.
 */
static bool is_fresh_of_all(struct client *client, const struct stream *stream,
			    const struct received *received)
{
	return dedupe_add(&client->dedupe, tag_of(client, stream),
			  dedupe_hash(received->text, received->size_bytes));
}

static bool follow_stream(struct conn *conn, struct stream *stream, const struct feed_message *feed,
			  const struct received *received)
{
	struct client *client = conn->client;
	bool is_overlapping = client_is_overlapping(client, received->now_ns);
	bool is_passed = true;
	uint64_t id;

	stream->message_count++;
	stream->last_ns = received->now_ns;
	stream->is_silence_told = false;
	follow_chain(conn, stream, feed, is_overlapping);
	if (stream->name[0] == '!' && feed->kind == FEED_EVENT)
		return !is_overlapping || is_fresh_of_all(client, stream, received);
	if (!feed_identity(feed, &id))
		return true;
	if (is_overlapping)
		is_passed = is_fresh(client, stream, id);
	if (is_passed && (!stream->has_id || id > stream->last_id))
		stream->last_id = id;
	stream->has_id = true;
	return is_passed;
}

/* ---- The message --------------------------------------------------------- */

static void print_message(const struct conn *conn, const char *text, size_t size_bytes)
{
	if (!conn->client->options.is_printing)
		return;
	report_clear(conn->client);
	(void)fwrite(text, 1, size_bytes, stdout);
	(void)fputc('\n', stdout);
	client_check_output(conn->client);
}

static void count_message(struct conn *conn, const struct feed_message *feed, size_t size_bytes)
{
	struct client *client = conn->client;

	conn->message_index++;
	client->counts.messages++;
	client->counts.payload_bytes += size_bytes;
	client->counts.kinds[feed->kind]++;
	if (feed->event == FEED_EVENT_OTHER)
		client->counts.unknown_events++;
	if (client->options.count_max && client->counts.messages == client->options.count_max)
		client_stop(client);
}

/* What is not market data but about the connection. */
static void heed(struct conn *conn, const struct feed_message *feed)
{
	char why[FEED_TEXT_BYTES + 32];

	if (feed->kind == FEED_ERROR) {
		(void)snprintf(why, sizeof(why), "error %lld '%s'", (long long)feed->code,
			       feed->text);
		explain_printable(why);
		report_complain(conn->client, "the exchange refuses a request", why,
				"check the names of the streams");
	} else if (feed->kind == FEED_RESULT && (feed->has & FEED_HAS_REQUEST_ID)) {
		conn->acknowledged_count = feed->request_id; /* see send_subscribe() */
	} else if (feed->event == FEED_EVENT_SERVER_SHUTDOWN) {
		link_roll_over(conn->link, "the server announces its shutdown");
	}
}

static void take_message(struct conn *conn, const struct received *received)
{
	const char *text = received->text;
	size_t size_bytes = received->size_bytes;
	struct feed_message feed;
	struct stream *stream = NULL;
	struct ws_span span;
	bool has_span = find_span(conn, size_bytes, &span);

	if (conn->is_message_oversize) {
		conn->client->counts.oversize++;
		feed_parse("{}", 2, &feed); /* nothing is known of it */
	} else {
		feed_parse(text, size_bytes, &feed);
		stream = naming_find(conn, &feed);
	}
	if (has_span)
		publish(conn, &span, &feed, stream, received->now_ns);
	count_message(conn, &feed, size_bytes);
	if (!stream && (feed.kind == FEED_EVENT || feed.kind == FEED_ARRAY) && !feed.stream[0])
		conn->link->unnamed_ns = received->now_ns;
	if (stream && !follow_stream(conn, stream, &feed, received)) {
		conn->client->counts.duplicates++;
		return;
	}
	if (!conn->is_message_oversize && !lws_frame_is_binary(conn->wsi) &&
	    !utf8_is_valid(text, size_bytes))
		conn_refuse(conn, LWS_CLOSE_STATUS_INVALID_PAYLOAD,
			    "it sent a text that is not UTF-8");
	conn->client->counts.passed++;
	heed(conn, &feed);
	print_message(conn, text, size_bytes);
}

static void gather(struct conn *conn, const void *bytes, size_t size_bytes)
{
	if (size_bytes > CONN_MESSAGE_BYTES_MAX - conn->message_bytes) {
		conn->is_message_oversize = true;
		return;
	}
	memcpy(conn->message + conn->message_bytes, bytes, size_bytes);
	conn->message_bytes += size_bytes;
}

/*
 * libwebsockets 4.1 lets a masked frame pass, and waits for any length it is
 * told.  What was whole before that has been sent, and is taken.
 */
static bool is_hopeless(const struct conn *conn)
{
	const struct ws_frames *frames = &conn->wire.frames;

	return conn->is_refused || (frames->violation != WS_FINE && ws_frames_is_empty(frames));
}

int receive_chunk(struct conn *conn, const void *bytes, size_t size_bytes, uint64_t now_ns)
{
	bool is_first = lws_is_first_fragment(conn->wsi);
	bool is_final = lws_is_final_fragment(conn->wsi);

	if (conn->client->is_stopping || is_hopeless(conn))
		return 0;
	if (is_first) {
		conn->message_bytes = 0;
		conn->is_message_oversize = false;
	}
	if (is_first && is_final) {
		take_message(conn, &(struct received){ bytes, size_bytes, now_ns });
		return 0;
	}
	gather(conn, bytes, size_bytes);
	if (is_final)
		take_message(conn, &(struct received){ (const char *)conn->message,
						       conn->message_bytes, now_ns });
	return 0;
}
