/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include <stdio.h>
#include <string.h>

#include "prof/clock.h"
#include "ws_client/tell/explain.h"

/* ---- Streams --------------------------------------------------------------- */

static enum explain_request request_of(const struct link *link, const struct stream *stream)
{
	const struct venue_connection *venue = link->scope.venue;
	const struct outgoing *outgoing = &link->conns[link->active].outgoing;
	size_t i = 0;

	while (i < venue->stream_count && strcmp(venue->streams[i], stream->name) != 0)
		i++;
	if (i < venue->url_stream_count)
		return EXPLAIN_IN_URL;
	return i < outgoing->acknowledged_count ? EXPLAIN_ACKNOWLEDGED : EXPLAIN_UNANSWERED;
}

static void tell_silence(const struct link *link, const struct stream *stream)
{
	const struct venue_connection *venue = link->scope.venue;
	enum venue_kind kind = venue_kind_of(venue->target.host);
	const struct explain_silence silence = {
		.stream = stream->name,
		.silent_s = link->means->options->silence_timeout_s,
		.has_spoken = stream->message_count > 0,
		.request = request_of(link, stream),
		.served_at = venue_served_at(stream->name),
		.served = venue_route_of(stream->name),
		.given = venue->route,
		.kind = kind,
	};

	explain_silence(link->means->report, &silence);
}

/* Messages that could be of several streams speak for all of them. */
static bool has_unnamed(const struct link *link, uint64_t now_ns, int64_t timeout_ns)
{
	return link->scope.unnamed_ns && prof_delta_ns(link->scope.unnamed_ns, now_ns) < timeout_ns;
}

static void look_at_stream(const struct link *link, struct stream *stream, uint64_t now_ns)
{
	int64_t timeout_ns = (int64_t)link->means->options->silence_timeout_s * PROF_NS_PER_S;
	const struct conn *conn = &link->conns[link->active];
	uint64_t since_ns = conn->opened_ns;

	if (!timeout_ns || !stream->is_wanted || stream->is_silence_told ||
	    conn->state != CONN_OPEN || has_unnamed(link, now_ns, timeout_ns))
		return;
	if (prof_delta_ns(since_ns, stream->last_ns) > 0)
		since_ns = stream->last_ns;
	if (prof_delta_ns(since_ns, now_ns) < timeout_ns)
		return;
	stream->is_silence_told = true;
	tell_silence(link, stream);
}

/* ---- Connections ----------------------------------------------------------- */

/* A connection on which not even the answer to a ping comes any more. */
static void look_at_conn(struct conn *conn, uint64_t now_ns)
{
	uint32_t timeout_ms = conn->means->options->dead_timeout_ms;
	int64_t timeout_ns = (int64_t)timeout_ms * PROF_NS_PER_MS;
	uint64_t ping_sent_ns = conn->outgoing.ping_sent_ns;
	char why[CONN_WHY_BYTES];

	if (!timeout_ns || conn->state != CONN_OPEN || !ping_sent_ns ||
	    prof_delta_ns(ping_sent_ns, now_ns) <= timeout_ns ||
	    prof_delta_ns(conn->inflow.recv_ns, now_ns) <= timeout_ns)
		return;
	(void)snprintf(why, sizeof(why), "no answer to a ping for %u ms", timeout_ms);
	conn_kill(conn, why);
}

void watch_second(struct link *links, size_t link_count, struct streams *streams, uint64_t now_ns)
{
	for (size_t i = 0; i < STREAMS_SLOT_COUNT; i++)
		if (streams->slots[i].name[0])
			look_at_stream(&links[streams->slots[i].link_index], &streams->slots[i],
				       now_ns);
	for (size_t i = 0; i < link_count; i++)
		for (size_t side = 0; side < LINK_SIDES; side++) {
			conn_check_place(&links[i].conns[side]);
			look_at_conn(&links[i].conns[side], now_ns);
		}
}
