/* SPDX-License-Identifier: BSD-2-Clause */
#include "receive.h"

#include <stdio.h>
#include <string.h>

#include "prof/clock.h"
#include "sbe_line.h"
#include "wire/utf8.h"
#include "ws_client/connection/orders.h"
#include "ws_client/tell/printable.h"
#include "ws_client/tell/report.h"

/* A clock_gettime() takes 25 ns, and the stamp lies somewhere in it. */
enum { STAMP_UNCERTAINTY_LOG2_NS = 5 };

static uint32_t saturate_u32(int64_t value)
{
	if (value < 0)
		return 0;
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint8_t flags_of(const struct receiver *receiver, const struct conn *conn,
			const struct ws_span *span, const struct feed_message *feed)
{
	uint8_t flags = 0;

	if (feed->is_time_us || receiver->time_unit == FEED_TIME_US)
		flags |= PROF_FLAG_EXCH_US;

	if (span->frame_count > 1)
		flags |= PROF_FLAG_SPLIT;
	if (!conn->inflow.is_tls)
		flags |= PROF_FLAG_PLAIN;
	return flags;
}

static void publish(const struct receiver *receiver, const struct conn *conn,
		    const struct ws_span *span, const struct feed_message *feed,
		    const struct stream *stream, uint64_t now_ns)
{
	const struct prof_event event = {
		.time_ns = now_ns,
		.conn_key = conn->socket.cookie,
		.kind = PROF_EVENT_MESSAGE,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = STAMP_UNCERTAINTY_LOG2_NS,
		.flags = flags_of(receiver, conn, span, feed),
		.stream_index = stream ? stream->bus_index : 0,
		.conn_number = (uint16_t)conn->number,
		.message = {
			.end_offset = span->end_offset,
			.exch_time_us = feed_exch_time_us(feed, receiver->time_unit),
			.message_index = conn->message_index,
			.size_bytes = (uint32_t)(span->end_offset - span->start_offset),
			.recv_before_ns = saturate_u32(prof_delta_ns(span->recv_ns, now_ns)),
			.parsed_after_ns = saturate_u32(prof_delta_ns(now_ns, prof_now_ns())),
		},
	};

	publisher_event(receiver->means->publisher, &event);
}

/* ---- The place in the TCP stream ---------------------------------------- */

/* Each of them is counted; why, is told once a connection. */
static void note_unplaced(struct conn *conn, const char *doubt)
{
	struct client_counts *counts = conn->means->counts;

	if (conn->inflow.is_ktls)
		counts->ktls++;
	else
		counts->unplaced++;
	if (conn->is_doubt_told)
		return;
	conn->is_doubt_told = true;
	report_complain(conn->means->report, "messages of this connection cannot be placed", doubt,
			conn->inflow.is_ktls ? "take 'KTLS' out of the Options in openssl.cnf"
					     : "they are counted and take part in no range");
}

/* The tap and the library must have seen the same message. */
static bool is_same(const struct conn *conn, const struct conn_message *message,
		    const struct ws_span *span)
{
	/* Of a compressed message the frames' size says nothing. */
	return message->is_oversize || conn->is_compressed ||
	       span->payload_bytes == message->size_bytes;
}

/* False if it is not known where the message lay. */
static bool find_span(struct conn *conn, const struct conn_message *message,
		      struct ws_span *ret_span)
{
	const char *doubt;

	if (!ws_frames_pop(&conn->inflow.frames, ret_span)) {
		conn->means->counts->untracked++;
		doubt = "libwebsockets has given a message that was not seen coming";
	} else if (!is_same(conn, message, ret_span)) {
		conn->means->counts->range_errors++;
		inflow_give_up(&conn->inflow); /* and what follows is not its successor, either */
		doubt = inflow_doubt(&conn->inflow);
	} else {
		doubt = inflow_doubt(&conn->inflow);
	}
	if (doubt)
		note_unplaced(conn, doubt);
	return !doubt;
}

/* ---- The message --------------------------------------------------------- */

static void count_template(struct client_counts *counts, const struct feed_message *feed)
{
	for (size_t i = 0; i < CLIENT_TEMPLATE_COUNT; i++) {
		struct client_template *row = &counts->templates[i];

		if (row->count &&
		    (row->template_id != feed->template_id || row->schema_id != feed->schema_id))
			continue;
		row->template_id = feed->template_id;
		row->schema_id = feed->schema_id;
		row->count++;
		return;
	}
	counts->other_templates++;
}

static void count_message(struct means *means, const struct feed_message *feed, size_t size_bytes)
{
	struct client_counts *counts = means->counts;

	counts->messages++;
	counts->payload_bytes += size_bytes;
	counts->kinds[feed->kind]++;
	if (feed->event == FEED_EVENT_OTHER)
		counts->unknown_events++;
	if (feed->kind == FEED_UNKNOWN && (feed->has & FEED_HAS_TEMPLATE))
		count_template(counts, feed);
	if (means->options->count_max && counts->messages == means->options->count_max)
		means->is_ending = true;
}

/* What is not market data but about the connection. */
static enum receive_verdict heed(struct conn *conn, const struct feed_message *feed)
{
	char why[FEED_TEXT_BYTES + 32];

	if (feed->kind == FEED_ERROR) {
		(void)snprintf(why, sizeof(why), "error %lld '%s'", (long long)feed->code,
			       feed->text);
		printable_make(why);
		report_complain(conn->means->report, "the exchange refuses a request", why,
				"check the names of the streams");
	} else if (feed->kind == FEED_RESULT && (feed->has & FEED_HAS_REQUEST_ID)) {
		conn->outgoing.acknowledged_count = feed->request_id; /* see send_subscribe() */
	} else if (feed->event == FEED_EVENT_SERVER_SHUTDOWN) {
		return RECEIVE_SHUTDOWN;
	}
	return RECEIVE_OK;
}

static bool is_had_before(struct receiver *receiver, const struct conn *conn, struct stream *stream,
			  const struct feed_message *feed, const struct conn_message *message)
{
	const struct follow_message followed = {
		.text = message->text,
		.size_bytes = message->size_bytes,
		.now_ns = message->now_ns,
		.side = conn->side,
		.conn_number = conn->number,
	};

	return !follow_take(&receiver->follow, stream, feed, &followed);
}

/* What is binary is nothing to read: what is known of it is. */
static void print(struct report *report, const struct feed_message *feed,
		  const struct conn_message *message)
{
	char line[SBE_LINE_BYTES];

	if (!(feed->has & FEED_HAS_TEMPLATE)) {
		report_message(report, message->text, message->size_bytes);
		return;
	}
	report_message(report, line, sbe_line(line, feed, message->size_bytes));
}

/* ---- Orders ---------------------------------------------------------------- */

/* The id that an order can carry; false if the message has none. */
static bool id_of(const struct feed_message *feed, uint64_t *ret_id)
{
	if (feed->has & FEED_HAS_AGG_ID)
		*ret_id = feed->agg_id;
	else if (feed->has & FEED_HAS_TRADE_ID)
		*ret_id = feed->trade_id;
	else if (feed->has & FEED_HAS_LAST_ID)
		*ret_id = feed->last_id;
	else
		return false;
	return true;
}

static void order_on(struct orders *orders, const struct conn *conn, const struct stream *stream,
		     const struct feed_message *feed)
{
	struct order_cause cause = { .message_index = conn->message_index,
				     .conn_number = (uint16_t)conn->number };

	if (strcmp(stream->name, orders->stream) == 0 && id_of(feed, &cause.id))
		orders_message(orders, &cause);
}

static void take_order_answer(struct conn *conn, const struct feed_message *feed,
			      const struct conn_message *message, const struct ws_span *span)
{
	struct order_cause cause;
	struct prof_answer told = { 0 };
	bool is_known = orders_answer(conn->means->orders, feed->request_id, message->text,
				      message->size_bytes, &cause);

	if (is_known) {
		told.cause_conn_number = cause.conn_number;
		told.cause_message_index = cause.message_index;
	}
	requests_answer_order(&conn->outgoing.requests, feed->request_id, span, message->now_ns,
			      is_known ? &told : NULL);
}

/* Nobody has seen it yet: it is for the user. */
static enum receive_verdict pass_on(struct conn *conn, const struct feed_message *feed,
				    const struct conn_message *message)
{
	struct means *means = conn->means;
	enum receive_verdict verdict;

	if (!message->is_oversize && !message->is_binary &&
	    !utf8_is_valid(message->text, message->size_bytes))
		conn_refuse(conn, LWS_CLOSE_STATUS_INVALID_PAYLOAD,
			    "it sent a text that is not UTF-8");
	means->counts->passed++;
	verdict = conn->venue->is_api ? RECEIVE_OK : heed(conn, feed);
	if (means->options->is_printing)
		print(means->report, feed, message);
	return verdict;
}

enum receive_verdict receive_message(struct receiver *receiver, struct conn *conn,
				     struct naming_scope *scope, const struct conn_message *message)
{
	struct means *means = receiver->means;
	struct feed_message feed;
	struct stream *stream = NULL;
	struct ws_span span;
	bool is_placed = find_span(conn, message, &span);

	if (message->is_oversize) {
		means->counts->oversize++;
		feed_parse("{}", 2, &feed); /* nothing is known of it */
	} else {
		if (message->is_binary)
			feed_parse_binary(message->text, message->size_bytes, &feed);
		else
			feed_parse(message->text, message->size_bytes, &feed);
		stream = naming_find(&receiver->naming, scope, &feed);
	}
	if (!is_placed) /* so no layer's range can meet it, and the report can say why */
		span = (struct ws_span){ .recv_ns = conn->inflow.recv_ns };
	if (!conn->inflow.is_ktls)
		publish(receiver, conn, &span, &feed, stream, message->now_ns);
	if (conn->venue->is_api && (feed.has & FEED_HAS_REQUEST_ID))
		take_order_answer(conn, &feed, message, &span);
	else if ((feed.kind == FEED_RESULT || feed.kind == FEED_ERROR) &&
		 (feed.has & FEED_HAS_REQUEST_ID))
		requests_answer(&conn->outgoing.requests, PROF_PURPOSE_SUBSCRIBE, feed.request_id,
				&span, message->now_ns);
	if (means->orders && stream && !message->is_oversize)
		order_on(means->orders, conn, stream, &feed);
	conn->message_index++;
	count_message(means, &feed, message->size_bytes);
	if (!stream && (feed.kind == FEED_EVENT || feed.kind == FEED_ARRAY) && !feed.stream[0])
		scope->unnamed_ns = message->now_ns;
	if (stream && is_had_before(receiver, conn, stream, &feed, message)) {
		means->counts->duplicates++;
		return RECEIVE_OK;
	}
	return pass_on(conn, &feed, message);
}
