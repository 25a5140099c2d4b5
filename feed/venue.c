/* SPDX-License-Identifier: BSD-2-Clause */
#include "venue.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What the retired addresses are given instead when they name no stream. */
static const char stream_default[] = "btcusdt@aggTrade";

static const struct {
	const char *event_name;
	const char *stream_type; /* what follows '@', or the beginning of it */
	enum venue_route route;
} types[] = {
	{ "aggTrade", "aggTrade", VENUE_ROUTE_MARKET },
	{ "markPriceUpdate", "markPrice", VENUE_ROUTE_MARKET },
	{ "kline", "kline_", VENUE_ROUTE_MARKET },
	{ "continuous_kline", "continuousKline_", VENUE_ROUTE_MARKET },
	{ "24hrMiniTicker", "miniTicker", VENUE_ROUTE_MARKET },
	{ "24hrTicker", "ticker", VENUE_ROUTE_MARKET },
	{ "forceOrder", "forceOrder", VENUE_ROUTE_MARKET },
	{ "bookTicker", "bookTicker", VENUE_ROUTE_PUBLIC },
	{ "depthUpdate", "depth", VENUE_ROUTE_PUBLIC },
	{ "trade", "trade", VENUE_ROUTE_PUBLIC },
};

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t text_bytes = strlen(text);
	size_t end_bytes = strlen(end);

	return text_bytes >= end_bytes && strcasecmp(text + text_bytes - end_bytes, end) == 0;
}

enum venue_kind venue_kind_of(const char *host)
{
	if (ends_with(host, "fstream.binance.com"))
		return VENUE_FUTURES;
	if (ends_with(host, "dstream.binance.com"))
		return VENUE_COIN;
	if (ends_with(host, "stream.binance.com") || ends_with(host, "data-stream.binance.vision"))
		return VENUE_SPOT;
	return VENUE_OTHER;
}

/* "aggTrade" of "btcusdt@aggTrade"; of "!ticker@arr" what follows the '!'. */
static const char *type_of(const char *stream)
{
	const char *at = strchr(stream, '@');

	if (stream[0] == '!')
		return stream + 1;
	return at ? at + 1 : "";
}

enum venue_route venue_route_of(const char *stream)
{
	const char *type = type_of(stream);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (begins_with(type, types[i].stream_type))
			return types[i].route;
	return VENUE_ROUTE_NONE;
}

const char *venue_route_name(enum venue_route route)
{
	switch (route) {
	case VENUE_ROUTE_MARKET:
		return "/market";
	case VENUE_ROUTE_PUBLIC:
		return "/public";
	case VENUE_ROUTE_NONE:
		break;
	}
	return "";
}

static bool symbol_matches(const char *stream, const char *symbol)
{
	size_t i = 0;

	for (; symbol[i]; i++)
		if (tolower((unsigned char)symbol[i]) != stream[i])
			return false;
	return stream[i] == '@';
}

bool venue_stream_carries(const char *stream, const char *event_name, const char *symbol)
{
	if (stream[0] != '!' && !symbol_matches(stream, symbol))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].event_name, event_name) == 0)
			return begins_with(type_of(stream), types[i].stream_type);
	return false;
}

/* A name goes into a JSON request and a URL as it is. */
static bool is_stream_good(const char *stream, size_t size_bytes)
{
	if (!size_bytes || size_bytes >= VENUE_STREAM_BYTES)
		return false;
	for (size_t i = 0; i < size_bytes; i++)
		if (stream[i] <= ' ' || stream[i] >= 0x7f || stream[i] == '"' ||
		    stream[i] == '\\' || stream[i] == '/')
			return false;
	return true;
}

static enum venue_verdict add_stream(struct venue_connection *connection, const char *stream,
				     size_t size_bytes)
{
	char *to;

	if (!is_stream_good(stream, size_bytes))
		return VENUE_BAD_STREAM;
	if (connection->stream_count == VENUE_STREAM_COUNT_MAX)
		return VENUE_TOO_MANY_STREAMS;
	to = connection->streams[connection->stream_count++];
	memcpy(to, stream, size_bytes);
	to[size_bytes] = '\0';
	return VENUE_OK;
}

static void note(struct venue_plan *plan, const char *first, const char *second, const char *third)
{
	size_t at = strlen(plan->notes);

	(void)snprintf(plan->notes + at, VENUE_NOTES_BYTES - at, "%s%s%s\n", first, second, third);
}

/* ---- What the URL says ------------------------------------------------- */

static enum venue_route route_of_path(const char *path)
{
	if (begins_with(path, "/market/"))
		return VENUE_ROUTE_MARKET;
	if (begins_with(path, "/public/"))
		return VENUE_ROUTE_PUBLIC;
	return VENUE_ROUTE_NONE;
}

/* Where the list of streams begins in a path, or NULL; tells the two forms apart. */
static const char *streams_of_path(const char *path, bool *ret_is_combined)
{
	const char *streams;

	if (route_of_path(path) != VENUE_ROUTE_NONE)
		path = strchr(path + 1, '/');
	*ret_is_combined = begins_with(path, "/stream");
	if (begins_with(path, "/ws/"))
		return path + 4;
	if (!*ret_is_combined)
		return NULL;
	streams = strstr(path, "streams=");
	return streams ? streams + 8 : NULL;
}

static bool is_microseconds(const char *path)
{
	const char *unit = strstr(path, "timeUnit=");

	return unit && strncasecmp(unit + 9, "MICROSECOND", 11) == 0;
}

static void take_url_streams(struct venue_connection *connection)
{
	const char *at = streams_of_path(connection->target.path, &connection->is_combined);

	while (at && *at && *at != '&' && *at != '?') {
		size_t size_bytes = strcspn(at, "/&?");

		/* What cannot be a stream's name is the server's to refuse. */
		(void)add_stream(connection, at, size_bytes);
		at += size_bytes;
		at += *at == '/';
	}
	connection->url_stream_count = connection->stream_count;
}

/* ---- The plan ----------------------------------------------------------- */

static struct venue_connection *add_connection(struct venue_plan *plan, const struct target *target)
{
	struct venue_connection *connection = &plan->connections[plan->connection_count++];

	connection->target = *target;
	connection->route = route_of_path(target->path);
	connection->stream_count = 0;
	connection->url_stream_count = 0;
	connection->is_combined = false;
	return connection;
}

/* The connection for a stream's route, beside the one of the URL. */
static struct venue_connection *connection_of(struct venue_plan *plan, enum venue_route route,
					      const struct target *target)
{
	struct venue_connection *connection;

	for (size_t i = 0; i < plan->connection_count; i++)
		if (plan->connections[i].route == route)
			return &plan->connections[i];
	connection = add_connection(plan, target);
	connection->route = route;
	connection->is_combined = true;
	(void)snprintf(connection->target.path, TARGET_PATH_BYTES, "%s/stream",
		       venue_route_name(route));
	return connection;
}

static bool is_retired(const struct target *target)
{
	return venue_kind_of(target->host) == VENUE_FUTURES &&
	       route_of_path(target->path) == VENUE_ROUTE_NONE;
}

static enum venue_verdict sort_stream(struct venue_plan *plan, const struct target *target,
				      bool has_routes, const char *stream)
{
	enum venue_route route = has_routes ? venue_route_of(stream) : VENUE_ROUTE_NONE;
	struct venue_connection *connection;

	if (route == VENUE_ROUTE_NONE && plan->connection_count)
		connection = &plan->connections[0];
	else
		connection = connection_of(
			plan, route == VENUE_ROUTE_NONE ? VENUE_ROUTE_MARKET : route, target);
	return add_stream(connection, stream, strlen(stream));
}

static void note_wrong_routes(struct venue_plan *plan)
{
	const struct venue_connection *first = &plan->connections[0];

	for (size_t i = 0; i < first->url_stream_count; i++) {
		enum venue_route route = venue_route_of(first->streams[i]);
		char served[96];

		if (first->route == VENUE_ROUTE_NONE || route == first->route)
			continue;
		if (route == VENUE_ROUTE_NONE)
			(void)snprintf(served, sizeof(served),
				       " is no stream that is known here; it may stay silent");
		else
			(void)snprintf(served, sizeof(served),
				       " is served on %s, not on %s, where it will stay silent",
				       venue_route_name(route), venue_route_name(first->route));
		note(plan, first->streams[i], served, "");
	}
}

/* The streams of a retired address go to the routes that serve them now. */
static enum venue_verdict plan_retired(struct venue_plan *plan, const struct target *target,
				       bool is_anything_asked)
{
	struct venue_connection *old = &plan->connections[VENUE_CONNECTION_COUNT_MAX - 1];
	enum venue_verdict verdict = VENUE_OK;
	size_t used = 0;

	old->target = *target;
	old->stream_count = 0;
	take_url_streams(old);
	note(plan, "the addresses /ws and /stream of ", target->host,
	     " were retired on 2026-04-23; /market and /public are used instead");
	for (size_t i = 0; i < old->stream_count && verdict == VENUE_OK; i++) {
		if (venue_route_of(old->streams[i]) == VENUE_ROUTE_NONE) {
			note(plan, "'", old->streams[i], "' is no stream; it is left out");
			continue;
		}
		verdict = sort_stream(plan, target, true, old->streams[i]);
		used++;
	}
	if (used || is_anything_asked)
		return verdict;
	note(plan, "no stream was asked for; ", stream_default, " is taken");
	return sort_stream(plan, target, true, stream_default);
}

enum venue_verdict venue_plan(const struct target *target, const char *const *streams,
			      size_t stream_count, struct venue_plan *ret_plan,
			      const char **ret_bad)
{
	bool is_old = is_retired(target);
	enum venue_verdict verdict = VENUE_OK;
	bool has_routes = is_old || route_of_path(target->path) != VENUE_ROUTE_NONE;

	ret_plan->connection_count = 0;
	ret_plan->notes[0] = '\0';
	ret_plan->time_unit = is_microseconds(target->path) ? FEED_TIME_US : FEED_TIME_MS;
	if (is_old) {
		verdict = plan_retired(ret_plan, target, stream_count > 0);
	} else {
		take_url_streams(add_connection(ret_plan, target));
		note_wrong_routes(ret_plan);
	}
	for (size_t i = 0; i < stream_count && verdict == VENUE_OK; i++) {
		*ret_bad = streams[i];
		verdict = sort_stream(ret_plan, target, has_routes, streams[i]);
	}
	return verdict;
}
