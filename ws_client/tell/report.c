/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "prof/cli.h"
#include "prof/clock.h"
#include "ws_client/session/client.h"

#define PLAIN_PROGRESS_S 10 /* where nobody watches a terminal */

static uint32_t open_count(const struct client *client)
{
	uint32_t count = 0;

	for (size_t i = 0; i < client->link_count; i++)
		for (size_t side = 0; side < LINK_SIDES; side++)
			count += client->links[i].conns[side].state == CONN_OPEN;
	return count;
}

void report_clear(struct client *client)
{
	if (client->is_progress_shown)
		(void)fputs("\r\033[K", stderr);
	client->is_progress_shown = false;
}

void report_complain(struct client *client, const char *what, const char *why, const char *remedy)
{
	report_clear(client);
	prof_complain(CLIENT_PROGRAM, what, why, remedy);
}

static void tell_progress(struct client *client, uint64_t now_ns)
{
	bool is_terminal = isatty(STDERR_FILENO) == 1;
	int64_t since_ns = prof_delta_ns(client->progress_ns, now_ns);
	uint64_t rate;

	if (!is_terminal && since_ns < (int64_t)PLAIN_PROGRESS_S * PROF_NS_PER_S)
		return;
	rate = (client->counts.messages - client->second_messages) * PROF_NS_PER_S /
	       (uint64_t)(since_ns > 0 ? since_ns : 1);
	report_clear(client);
	(void)fprintf(stderr,
		      CLIENT_PROGRAM ": %" PRIu64 " messages/s, %u connections, rtt %" PRIu64
				     " us, %" PRIu64 " gaps%s",
		      rate, open_count(client), client->last_rtt_us, client->counts.gaps,
		      is_terminal ? "" : "\n");
	client->is_progress_shown = is_terminal;
	client->progress_ns = now_ns;
	client->second_messages = client->counts.messages;
}

/* What became of the request for a stream; the URL's are not acknowledged. */
static const char *request_state(const struct link *link, const struct stream *stream)
{
	size_t i = 0;

	while (i < link->venue->stream_count && strcmp(link->venue->streams[i], stream->name) != 0)
		i++;
	if (i < link->venue->url_stream_count)
		return "it is in the URL";
	return i < link->conns[link->active].acknowledged_count
		       ? "it is acknowledged"
		       : "the server has not answered the request for it";
}

/* Why a stream that was asked for may have nothing to say. */
static void tell_silence(struct client *client, const struct stream *stream)
{
	const struct link *link = &client->links[stream->link_index];
	enum venue_route served = venue_route_of(stream->name);
	enum venue_route given = link->venue->route;
	char what[FEED_STREAM_BYTES + 64];
	char why[128];

	(void)snprintf(what, sizeof(what), "stream %s: silent for %u s", stream->name,
		       client->options.silence_timeout_s);
	if (stream->message_count)
		(void)snprintf(why, sizeof(why),
			       "it has spoken before, so its market may be quiet");
	else if (given != VENUE_ROUTE_NONE && served != VENUE_ROUTE_NONE && served != given)
		(void)snprintf(
			why, sizeof(why),
			"it is served on %s, not on %s, which acknowledges it and sends nothing",
			venue_route_name(served), venue_route_name(given));
	else
		(void)snprintf(why, sizeof(why), "%s; %s", request_state(link, stream),
			       served == VENUE_ROUTE_NONE ? "no stream of that kind is known"
							  : "its symbol may not exist or be quiet");
	report_complain(client, what, why,
			"check the stream's name: symbol in lower case, '@', kind");
}

/* Messages that could be of several streams speak for all of them. */
static bool has_unnamed(const struct link *link, uint64_t now_ns, int64_t timeout_ns)
{
	return link->unnamed_ns && prof_delta_ns(link->unnamed_ns, now_ns) < timeout_ns;
}

static void look_for_silence(struct client *client, uint64_t now_ns)
{
	int64_t timeout_ns = (int64_t)client->options.silence_timeout_s * PROF_NS_PER_S;

	for (size_t i = 0; timeout_ns && i < STREAMS_SLOT_COUNT; i++) {
		struct stream *stream = &client->streams.slots[i];
		const struct link *link = &client->links[stream->link_index];
		const struct conn *conn = &link->conns[link->active];
		uint64_t since_ns = conn->opened_ns;

		if (!stream->is_wanted || stream->is_silence_told || conn->state != CONN_OPEN ||
		    has_unnamed(link, now_ns, timeout_ns))
			continue;
		if (prof_delta_ns(since_ns, stream->last_ns) > 0)
			since_ns = stream->last_ns;
		if (prof_delta_ns(since_ns, now_ns) < timeout_ns)
			continue;
		stream->is_silence_told = true;
		tell_silence(client, stream);
	}
}

/* A connection on which not even the answer to a ping comes any more. */
static void look_for_dead(struct client *client, uint64_t now_ns)
{
	int64_t timeout_ns = (int64_t)client->options.dead_timeout_ms * PROF_NS_PER_MS;
	char why[CONN_WHY_BYTES];

	(void)snprintf(why, sizeof(why), "no answer to a ping for %u ms",
		       client->options.dead_timeout_ms);
	for (size_t i = 0; timeout_ns && i < client->link_count; i++) {
		for (size_t side = 0; side < LINK_SIDES; side++) {
			struct conn *conn = &client->links[i].conns[side];

			if (conn->state == CONN_OPEN && conn->ping_sent_ns &&
			    prof_delta_ns(conn->ping_sent_ns, now_ns) > timeout_ns &&
			    prof_delta_ns(conn->wire.recv_ns, now_ns) > timeout_ns)
				conn_kill(conn, why);
		}
	}
}

void report_second(struct client *client, uint64_t now_ns)
{
	if (prof_delta_ns(client->second_ns, now_ns) < PROF_NS_PER_S)
		return;
	client->second_ns = now_ns;
	look_for_silence(client, now_ns);
	look_for_dead(client, now_ns);
	tell_progress(client, now_ns);
}

void report_summary(struct client *client)
{
	const struct client_counts *counts = &client->counts;

	report_clear(client);
	(void)fprintf(stderr,
		      CLIENT_PROGRAM ": %" PRIu64 " messages, %" PRIu64 " bytes, %" PRIu64
				     " dropped, %" PRIu64 " reconnects, %" PRIu64 " roll-overs, "
				     "%" PRIu64 " gaps, %" PRIu64 " malformed\n",
		      counts->messages, counts->payload_bytes, client->publisher.dropped_count,
		      counts->breaks, counts->roll_overs, counts->gaps,
		      counts->kinds[FEED_MALFORMED]);
	(void)fprintf(stderr,
		      CLIENT_PROGRAM ": %" PRIu64 " missing in gaps, %" PRIu64
				     " missing across reconnects, %" PRIu64 " duplicates, %" PRIu64
				     " repeats, %" PRIu64 " oversize, %" PRIu64 " unknown events, "
				     "%" PRIu64 " refused requests, %" PRIu64
				     " range errors, %" PRIu64 " of streams without room, "
				     "%" PRIu64 " not checked for being duplicates\n",
		      counts->gap_messages, counts->break_messages, counts->duplicates,
		      counts->repeats, counts->oversize, counts->unknown_events,
		      counts->kinds[FEED_ERROR], counts->range_errors + counts->untracked,
		      counts->streams_overflow, client->dedupe.overflow_count);
}
