/* SPDX-License-Identifier: BSD-2-Clause */
#include "outgoing.h"

#include <stdio.h>
#include <string.h>

#include "prof/clock.h"

#define SUBSCRIBE_BATCH 200    /* streams a request; the exchange allows 1,024 in all */
#define SUBSCRIBE_US	500000 /* between requests: spot takes 5 frames a second, pings and all */
#define PING_BYTES	8
#define PING_GIVE_UP_MS 10000 /* an older ping's pong is not waited for any more */

void outgoing_begin(struct outgoing *outgoing, struct means *means,
		    const struct venue_connection *venue, const struct requests *requests)
{
	outgoing->means = means;
	outgoing->venue = venue;
	outgoing->requests = *requests;
	outgoing->wsi = NULL;
	outgoing->subscribed_count = venue->url_stream_count;
	outgoing->acknowledged_count = 0;
	outgoing->is_subscribe_due = true;
	outgoing->is_compressed = false;
	outgoing->ping_sent_ns = 0;
	outgoing->is_ping_due = false;
}

bool outgoing_has_subscribed(const struct outgoing *outgoing)
{
	return outgoing->subscribed_count == outgoing->venue->stream_count;
}

/* write_ns: now, before the library knows of it. */
static int send_frame(struct outgoing *outgoing, size_t size_bytes, enum prof_purpose purpose,
		      uint64_t id, uint64_t write_ns)
{
	int sent;

	requests_note(&outgoing->requests, purpose, id, write_ns);
	sent = lws_write(outgoing->wsi, outgoing->tx + LWS_PRE, size_bytes,
			 purpose == PROF_PURPOSE_PING ? LWS_WRITE_PING : LWS_WRITE_TEXT);
	requests_tell(&outgoing->requests);
	return sent < (int)size_bytes ? -1 : 0;
}

/* ---- Requests for streams ----------------------------------------------- */

static void on_subscribe_timer(lws_sorted_usec_list_t *timer)
{
	struct outgoing *outgoing = lws_container_of(timer, struct outgoing, subscribe_timer);

	outgoing->is_subscribe_due = true;
	(void)lws_callback_on_writable(outgoing->wsi);
}

/* Writes one SUBSCRIBE for as many of the streams as fit; its id is how many those were. */
static int send_subscribe(struct outgoing *outgoing)
{
	const struct venue_connection *venue = outgoing->venue;
	char *text = (char *)outgoing->tx + LWS_PRE;
	size_t room = OUTGOING_TX_BYTES;
	size_t at = (size_t)snprintf(text, room, "{\"method\":\"SUBSCRIBE\",\"params\":[");
	size_t i = 0;

	for (; outgoing->subscribed_count < venue->stream_count && i < SUBSCRIBE_BATCH; i++) {
		const char *stream = venue->streams[outgoing->subscribed_count++];

		at += (size_t)snprintf(text + at, room - at, "%s\"%s\"", i ? "," : "", stream);
	}
	at += (size_t)snprintf(text + at, room - at, "],\"id\":%zu}", outgoing->subscribed_count);
	outgoing->is_subscribe_due = false;
	if (!outgoing_has_subscribed(outgoing))
		lws_sul_schedule(outgoing->means->context, 0, &outgoing->subscribe_timer,
				 on_subscribe_timer, SUBSCRIBE_US);
	return send_frame(outgoing, at, PROF_PURPOSE_SUBSCRIBE, outgoing->subscribed_count,
			  prof_now_ns());
}

/* ---- Pings --------------------------------------------------------------- */

static int send_ping(struct outgoing *outgoing)
{
	outgoing->is_ping_due = false;
	outgoing->ping_sent_ns = prof_now_ns();
	memcpy(outgoing->tx + LWS_PRE, &outgoing->ping_sent_ns, PING_BYTES);
	return send_frame(outgoing, PING_BYTES, PROF_PURPOSE_PING, outgoing->ping_sent_ns,
			  outgoing->ping_sent_ns);
}

bool outgoing_send_order(struct outgoing *outgoing, const char *text, size_t size_bytes,
			 uint64_t id)
{
	if (!outgoing->wsi || size_bytes > OUTGOING_TX_BYTES || lws_send_pipe_choked(outgoing->wsi))
		return false;
	memcpy(outgoing->tx + LWS_PRE, text, size_bytes);
	return send_frame(outgoing, size_bytes, PROF_PURPOSE_ORDER, id, prof_now_ns()) == 0;
}

static void schedule_ping(struct outgoing *outgoing);

static void on_ping_timer(lws_sorted_usec_list_t *timer)
{
	struct outgoing *outgoing = lws_container_of(timer, struct outgoing, ping_timer);
	int64_t waiting_ns = prof_delta_ns(outgoing->ping_sent_ns, prof_now_ns());

	/* A new ping would make the pong that is still under way unknown. */
	if (!outgoing->ping_sent_ns || waiting_ns > (int64_t)PING_GIVE_UP_MS * PROF_NS_PER_MS) {
		outgoing->is_ping_due = true;
		(void)lws_callback_on_writable(outgoing->wsi);
	}
	schedule_ping(outgoing);
}

static void schedule_ping(struct outgoing *outgoing)
{
	lws_usec_t interval_us = (lws_usec_t)outgoing->means->options->ping_interval_ms * 1000;

	/*
	 * libwebsockets 4.1 never comes back from a pong once an extension is
	 * active, unless the connection is closed for it: see outgoing_take_pong().
	 */
	if (interval_us && !outgoing->is_compressed)
		lws_sul_schedule(outgoing->means->context, 0, &outgoing->ping_timer, on_ping_timer,
				 interval_us);
}

int outgoing_take_pong(struct outgoing *outgoing, const void *payload, size_t size_bytes)
{
	struct means *means = outgoing->means;
	uint64_t now_ns = prof_now_ns();
	int64_t rtt_ns;

	if (!outgoing->ping_sent_ns || size_bytes != PING_BYTES ||
	    memcmp(payload, &outgoing->ping_sent_ns, PING_BYTES) != 0)
		return outgoing->is_compressed ? -1
					       : 0; /* unsolicited: allowed (RFC 6455, 5.5.3) */
	requests_answer_ping(&outgoing->requests, payload, size_bytes, outgoing->ping_sent_ns,
			     now_ns);
	rtt_ns = prof_delta_ns(outgoing->ping_sent_ns, now_ns);
	outgoing->ping_sent_ns = 0;
	means->counts->pongs++;
	means->last_rtt_us = (uint64_t)rtt_ns / PROF_NS_PER_US;
	if (!means->options->is_ping_quiet)
		report_ping(means->report, means->last_rtt_us);
	return 0;
}

/* ---- Begin and end ------------------------------------------------------- */

void outgoing_open(struct outgoing *outgoing, struct lws *wsi, bool is_compressed)
{
	outgoing->wsi = wsi;
	outgoing->is_compressed = is_compressed;
	if (!outgoing_has_subscribed(outgoing))
		(void)lws_callback_on_writable(wsi);
	schedule_ping(outgoing);
}

void outgoing_end(struct outgoing *outgoing)
{
	lws_sul_cancel(&outgoing->ping_timer);
	lws_sul_cancel(&outgoing->subscribe_timer);
	outgoing->means->counts->untold_requests += outgoing->requests.lost_count;
	outgoing->requests.lost_count = 0;
}

/* One frame a call, as libwebsockets wants it. */
int outgoing_write(struct outgoing *outgoing)
{
	int err = 0;

	requests_tell(&outgoing->requests); /* what the library had kept back */
	if (!outgoing_has_subscribed(outgoing) && outgoing->is_subscribe_due)
		err = send_subscribe(outgoing);
	else if (outgoing->is_ping_due)
		err = send_ping(outgoing);
	if (!err && outgoing->is_ping_due)
		(void)lws_callback_on_writable(outgoing->wsi);
	return err;
}
