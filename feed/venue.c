/* SPDX-License-Identifier: BSD-2-Clause */
#include "venue.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "url_names.h"

static_assert(URL_NAME_BYTES == VENUE_STREAM_BYTES, "a URL's names have room in a plan");

/* What an address without a route is given instead when it names no stream. */
static const char stream_default[] = "btcusdt@aggTrade";

/* Whole names: nbstream.binance.com and margin-stream.binance.com, for instance, are not spot. */
static const struct {
	const char *name;
	enum venue_kind kind;
	bool is_routed; /* on /ws and /stream the streams of /market stay silent */
} hosts[] = {
	{ "fstream.binance.com", VENUE_FUTURES, true },
	{ "fstream.binancefuture.com", VENUE_FUTURES, true },
	{ "fstream-mm.binance.com", VENUE_FUTURES, false },
	{ "demo-fstream.binance.com", VENUE_FUTURES, false },
	{ "dstream.binance.com", VENUE_COIN, false },
	{ "dstream.binancefuture.com", VENUE_COIN, false },
	{ "dstream-mm.binance.com", VENUE_COIN, false },
	{ "demo-dstream.binance.com", VENUE_COIN, false },
	{ "stream.binance.com", VENUE_SPOT, false },
	{ "data-stream.binance.vision", VENUE_SPOT, false },
	{ "stream.testnet.binance.vision", VENUE_SPOT, false },
	{ "demo-stream.binance.com", VENUE_SPOT, false },
	{ "stream-sbe.binance.com", VENUE_SPOT, false },
};

/*
 * What USDS-M futures serve and where.  A stream's type is what follows its
 * '@', or its '!', or all of it; it may go on with '@' and a pace or "arr",
 * and where the row says so with more.
 */
static const struct {
	const char *event_name; /* empty: its events are not known by a name of their own */
	const char *stream_type;
	const char *more; /* what may follow the type directly: anything with these first */
	enum venue_route route;
} types[] = {
	{ "aggTrade", "aggTrade", "", VENUE_ROUTE_MARKET },
	{ "markPriceUpdate", "markPrice", "", VENUE_ROUTE_MARKET },
	{ "kline", "kline", "_", VENUE_ROUTE_MARKET },
	{ "continuous_kline", "continuousKline", "_", VENUE_ROUTE_MARKET },
	{ "24hrMiniTicker", "miniTicker", "", VENUE_ROUTE_MARKET },
	{ "24hrTicker", "ticker", "", VENUE_ROUTE_MARKET },
	{ "forceOrder", "forceOrder", "", VENUE_ROUTE_MARKET },
	{ "contractInfo", "contractInfo", "", VENUE_ROUTE_MARKET },
	{ "assetIndexUpdate", "assetIndex", "", VENUE_ROUTE_MARKET },
	{ "compositeIndex", "compositeIndex", "", VENUE_ROUTE_MARKET },
	{ "", "tradingSession", "", VENUE_ROUTE_MARKET },
	{ "bookTicker", "bookTicker", "", VENUE_ROUTE_PUBLIC },
	{ "depthUpdate", "depth", "0123456789", VENUE_ROUTE_PUBLIC },
	{ "depthUpdate", "rpiDepth", "", VENUE_ROUTE_PUBLIC },
	{ "trade", "trade", "", VENUE_ROUTE_PUBLIC },
};

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* The row of hosts[], or -1. */
static int host_row(const char *host)
{
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strcasecmp(host, hosts[i].name) == 0)
			return (int)i;
	return -1;
}

enum venue_kind venue_kind_of(const char *host)
{
	int row = host_row(host);

	return row < 0 ? VENUE_OTHER : hosts[row].kind;
}

/* "aggTrade@100ms" of "btcusdt@aggTrade@100ms", "ticker@arr" of "!ticker@arr". */
static const char *type_of(const char *stream)
{
	const char *at = strchr(stream, '@');

	if (stream[0] == '!')
		return stream + 1;
	return at ? at + 1 : stream;
}

static bool is_of_type(const char *stream, size_t row)
{
	const char *type = type_of(stream);
	char next;

	if (!begins_with(type, types[row].stream_type))
		return false;
	next = type[strlen(types[row].stream_type)];
	return !next || next == '@' || strchr(types[row].more, next);
}

enum venue_route venue_route_of(const char *stream)
{
	bool is_whole = type_of(stream) ==
			stream; /* as tradingSession; all others are of a symbol */

	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (is_of_type(stream, i) && is_whole == !types[i].event_name[0])
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
	case VENUE_ROUTE_PRIVATE:
		return "/private";
	case VENUE_ROUTE_NONE:
		break;
	}
	return "";
}

/* Symbols may be UTF-8, in which nothing but ASCII has two cases. */
static bool symbol_matches(const char *stream, const char *symbol)
{
	size_t i = 0;

	for (; symbol[i]; i++)
		if (tolower((unsigned char)symbol[i]) != (unsigned char)stream[i])
			return false;
	return stream[i] == '@';
}

bool venue_stream_carries(const char *stream, const char *event_name, const char *symbol)
{
	if (!event_name[0] || (stream[0] != '!' && !symbol_matches(stream, symbol)))
		return false;
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (strcmp(types[i].event_name, event_name) == 0 && is_of_type(stream, i))
			return true;
	return false;
}

static enum venue_verdict add_stream(struct venue_connection *connection, const char *stream)
{
	size_t size_bytes = strlen(stream);

	if (size_bytes >= VENUE_STREAM_BYTES || !url_name_is_good(stream))
		return VENUE_BAD_STREAM;
	if (connection->stream_count == VENUE_STREAM_COUNT_MAX)
		return VENUE_TOO_MANY_STREAMS;
	memcpy(connection->streams[connection->stream_count++], stream, size_bytes + 1);
	return VENUE_OK;
}

/* A line that has no room is left out whole, and the last one says so. */
static void note(struct venue_plan *plan, const char *first, const char *second, const char *third)
{
	static const char more[] = "there is more of that kind\n";
	size_t at = strlen(plan->notes);
	size_t size_bytes = strlen(first) + strlen(second) + strlen(third) + 1;

	if (plan->is_noted_full)
		return;
	plan->is_noted_full = size_bytes >= VENUE_NOTES_BYTES - sizeof(more) - at;
	if (plan->is_noted_full)
		memcpy(plan->notes + at, more, sizeof(more));
	else
		(void)snprintf(plan->notes + at, size_bytes + 1, "%s%s%s\n", first, second, third);
}

static void note_unknown(struct venue_plan *plan, const char *stream)
{
	note(plan, stream,
	     " is no stream that is known here; it is asked for all the same, and may stay silent",
	     "");
}

/* ---- What the URL says ------------------------------------------------- */

static enum venue_route route_of_path(const char *path)
{
	if (begins_with(path, "/market/"))
		return VENUE_ROUTE_MARKET;
	if (begins_with(path, "/public/"))
		return VENUE_ROUTE_PUBLIC;
	if (begins_with(path, "/private/"))
		return VENUE_ROUTE_PRIVATE;
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
	struct url_name name;

	while (at && url_take_name(&at, &name))
		if (name.is_good) /* what cannot be a stream's name is the server's to refuse */
			(void)add_stream(connection, name.text);
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

static enum venue_verdict sort_stream(struct venue_plan *plan, const struct target *target,
				      bool has_routes, const char *stream)
{
	enum venue_route given = route_of_path(target->path);
	enum venue_route route = has_routes ? venue_route_of(stream) : given;

	if (route != VENUE_ROUTE_NONE || !has_routes)
		return add_stream(connection_of(plan, route, target), stream);
	/* What nobody here knows is asked for where the URL points. */
	if (url_name_is_good(stream))
		note_unknown(plan, stream);
	return add_stream(connection_of(plan, given, target), stream);
}

static void note_wrong_routes(struct venue_plan *plan)
{
	const struct venue_connection *first = &plan->connections[0];

	/* What /private has in its URL is nobody's to print. */
	if (first->route == VENUE_ROUTE_NONE || first->route == VENUE_ROUTE_PRIVATE)
		return;
	for (size_t i = 0; i < first->url_stream_count; i++) {
		enum venue_route route = venue_route_of(first->streams[i]);
		char served[96];

		if (route == first->route)
			continue;
		if (route == VENUE_ROUTE_NONE) {
			note_unknown(plan, first->streams[i]);
			continue;
		}
		(void)snprintf(served, sizeof(served),
			       " is served on %s, not on %s, where it will stay silent",
			       venue_route_name(route), venue_route_name(first->route));
		note(plan, first->streams[i], served, "");
	}
}

/* ---- An address without a route, where there are routes ---------------------- */

/* Others' routes are alive without one, or there are none. */
static bool needs_route(const struct target *target)
{
	int row = host_row(target->host);
	const char *path = target->path;

	return row >= 0 && hosts[row].is_routed &&
	       (strcmp(path, "/") == 0 || begins_with(path, "/ws") || begins_with(path, "/stream"));
}

/* The seed of many a copied example is /ws/stream, in which "stream" is no stream. */
static bool is_form(const char *name)
{
	return strcmp(name, "stream") == 0 || strcmp(name, "ws") == 0;
}

/* The URL again, with those of its streams that no route is known for. */
static void keep_unknown(struct venue_connection *connection, const struct target *target,
			 const char *list)
{
	char *path = connection->target.path;
	size_t at = (size_t)(list - target->path);
	bool is_first = true;
	struct url_name name;

	memcpy(path, target->path, at);
	while (url_take_name(&list, &name)) {
		if (!name.is_good || is_form(name.text) ||
		    venue_route_of(name.text) != VENUE_ROUTE_NONE)
			continue;
		if (!is_first)
			path[at++] = '/';
		memcpy(path + at, name.raw, name.raw_bytes);
		at += name.raw_bytes;
		is_first = false;
	}
	(void)snprintf(path + at, TARGET_PATH_BYTES - at, "%s", list); /* all shorter than it was */
	take_url_streams(connection);
}

/* Sorts the URL's own streams; *ret_count becomes how many there are. */
static enum venue_verdict plan_unrouted(struct venue_plan *plan, const struct target *target,
					size_t *ret_count)
{
	bool is_combined;
	const char *list = streams_of_path(target->path, &is_combined);
	const char *at = list;
	enum venue_verdict verdict = VENUE_OK;
	struct url_name name;

	*ret_count = 0;
	while (at && verdict == VENUE_OK && url_take_name(&at, &name)) {
		if (!name.is_good)
			continue;
		if (is_form(name.text)) {
			note(plan, "'", name.text, "' is no stream; it is left out");
			continue;
		}
		++*ret_count;
		if (venue_route_of(name.text) != VENUE_ROUTE_NONE) {
			verdict = sort_stream(plan, target, true, name.text);
			continue;
		}
		note_unknown(plan, name.text);
		if (connection_of(plan, VENUE_ROUTE_NONE, target)->stream_count == 0)
			keep_unknown(connection_of(plan, VENUE_ROUTE_NONE, target), target, list);
	}
	return verdict;
}

enum venue_verdict venue_plan(const struct target *target, const char *const *streams,
			      size_t stream_count, struct venue_plan *ret_plan,
			      const char **ret_bad)
{
	bool is_unrouted = needs_route(target);
	bool has_routes = is_unrouted || route_of_path(target->path) != VENUE_ROUTE_NONE;
	enum venue_verdict verdict = VENUE_OK;
	size_t url_count = 0;

	ret_plan->connection_count = 0;
	ret_plan->notes[0] = '\0';
	ret_plan->is_noted_full = false;
	ret_plan->time_unit = is_microseconds(target->path) ? FEED_TIME_US : FEED_TIME_MS;
	if (is_unrouted) {
		note(ret_plan, "on /ws and /stream of ", target->host,
		     " what /market serves stays silent; /market and /public are used instead");
		verdict = plan_unrouted(ret_plan, target, &url_count);
	} else {
		take_url_streams(add_connection(ret_plan, target));
		note_wrong_routes(ret_plan);
	}
	for (size_t i = 0; i < stream_count && verdict == VENUE_OK; i++) {
		*ret_bad = streams[i];
		verdict = sort_stream(ret_plan, target, has_routes, streams[i]);
	}
	if (verdict != VENUE_OK || !is_unrouted || url_count || stream_count)
		return verdict;
	note(ret_plan, "no stream was asked for; ", stream_default, " is taken");
	return sort_stream(ret_plan, target, true, stream_default);
}
