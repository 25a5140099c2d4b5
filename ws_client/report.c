/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "client.h"
#include "prof/cli.h"
#include "prof/clock.h"

#define PLAIN_PROGRESS_S 10 /* where nobody watches a terminal */

static uint32_t open_count(const struct client *client)
{
	uint32_t count = 0;

	for (size_t i = 0; i < client->link_count; i++)
		for (size_t side = 0; side < LINK_SIDES; side++)
			count += client->links[i].conns[side].state == CONN_OPEN;
	return count;
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
	(void)fprintf(stderr,
		      "%s" CLIENT_PROGRAM ": %" PRIu64 " messages/s, %u connections, rtt %" PRIu64
		      " us, %" PRIu64 " gaps%s",
		      is_terminal ? "\r" : "", rate, open_count(client), client->last_rtt_us,
		      client->counts.gaps, is_terminal ? "\033[K" : "\n");
	client->progress_ns = now_ns;
	client->second_messages = client->counts.messages;
}

/* Why a stream that was asked for may have nothing to say. */
static void tell_silence(const struct client *client, const struct stream *stream)
{
	enum venue_route served = venue_route_of(stream->name);
	enum venue_route given = client->links[stream->link_index].venue->route;
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
	else if (served == VENUE_ROUTE_NONE)
		(void)snprintf(why, sizeof(why),
			       "it is acknowledged, but no stream of that kind is known");
	else
		(void)snprintf(why, sizeof(why),
			       "it is acknowledged; its symbol may not exist or be quiet");
	prof_complain(CLIENT_PROGRAM, what, why,
		      "check the stream's name: symbol in lower case, '@', kind");
}

static void look_for_silence(struct client *client, uint64_t now_ns)
{
	int64_t timeout_ns = (int64_t)client->options.silence_timeout_s * PROF_NS_PER_S;

	for (size_t i = 0; timeout_ns && i < STREAMS_SLOT_COUNT; i++) {
		struct stream *stream = &client->streams.slots[i];
		const struct link *link = &client->links[stream->link_index];
		const struct conn *conn = &link->conns[link->active];
		uint64_t since_ns = conn->opened_ns;

		if (!stream->is_wanted || stream->is_silence_told || conn->state != CONN_OPEN)
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

void report_summary(const struct client *client)
{
	const struct client_counts *counts = &client->counts;

	if (isatty(STDERR_FILENO) == 1)
		(void)fputc('\n', stderr);
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
				     "%" PRIu64 " refused requests, %" PRIu64 " range errors\n",
		      counts->gap_messages, counts->break_messages, counts->duplicates,
		      counts->repeats, counts->oversize, counts->unknown_events,
		      counts->kinds[FEED_ERROR], counts->range_errors + counts->untracked);
}
