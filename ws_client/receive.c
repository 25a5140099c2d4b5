/* SPDX-License-Identifier: BSD-2-Clause */
#include "receive.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "prof/cli.h"
#include "prof/clock.h"

/* A clock_gettime() takes 25 ns, and the stamp lies somewhere in it. */
enum { STAMP_UNCERTAINTY_LOG2_NS = 5 };

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
	if (!conn->target->is_tls)
		flags |= PROF_FLAG_PLAIN;
	return flags;
}

static void publish(struct conn *conn, const struct ws_span *span, const struct feed_message *feed,
		    uint16_t stream_index, uint64_t now_ns)
{
	struct client *client = conn->client;
	const struct prof_event event = {
		.time_ns = now_ns,
		.conn_key = conn->socket.cookie,
		.kind = PROF_EVENT_MESSAGE,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = STAMP_UNCERTAINTY_LOG2_NS,
		.flags = flags_of(conn, span),
		.stream_index = stream_index,
		.conn_number = (uint16_t)conn->number,
		.message = {
			.end_offset = span->end_offset,
			.exch_time_us = feed_exch_time_us(feed, client->options.time_unit),
			.message_index = conn->message_index,
			.size_bytes = (uint32_t)(span->end_offset - span->start_offset),
			.recv_before_ns = saturate_u32(prof_delta_ns(span->recv_ns, now_ns)),
			.parsed_after_ns = saturate_u32(prof_delta_ns(now_ns, prof_now_ns())),
		},
	};

	publisher_event(&client->publisher, &event);
}

/* The tap and the library must have seen the same message. */
static bool find_span(struct conn *conn, size_t payload_bytes, struct ws_span *ret_span)
{
	struct client_counts *counts = &conn->client->counts;

	if (!ws_frames_pop(&conn->wire.frames, ret_span)) {
		counts->untracked++;
		return false;
	}
	if (!conn->is_message_oversize && ret_span->payload_bytes != payload_bytes)
		counts->range_errors++;
	return true;
}

static void print_message(const struct conn *conn, const char *text, size_t size_bytes)
{
	if (!conn->client->options.is_printing)
		return;
	(void)fwrite(text, 1, size_bytes, stdout);
	(void)fputc('\n', stdout);
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

static void take_message(struct conn *conn, const char *text, size_t size_bytes, uint64_t now_ns)
{
	struct feed_message feed = { .kind = FEED_MALFORMED };
	struct ws_span span;
	bool has_span = find_span(conn, size_bytes, &span);

	if (conn->is_message_oversize)
		conn->client->counts.oversize++;
	else
		feed_parse(text, size_bytes, &feed);
	if (has_span && !conn->wire.is_ktls)
		publish(conn, &span, &feed, client_stream_index(conn->client, &feed), now_ns);
	count_message(conn, &feed, size_bytes);
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

int receive_chunk(struct conn *conn, const void *bytes, size_t size_bytes, uint64_t now_ns)
{
	bool is_first = lws_is_first_fragment(conn->wsi);
	bool is_final = lws_is_final_fragment(conn->wsi);

	if (conn->client->is_stopping)
		return 0;
	if (is_first) {
		conn->message_bytes = 0;
		conn->is_message_oversize = false;
	}
	if (is_first && is_final) {
		take_message(conn, bytes, size_bytes, now_ns);
		return 0;
	}
	gather(conn, bytes, size_bytes);
	if (is_final)
		take_message(conn, (const char *)conn->message, conn->message_bytes, now_ns);
	return 0;
}
