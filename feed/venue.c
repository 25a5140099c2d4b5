/* SPDX-License-Identifier: BSD-2-Clause */
#include "venue.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "url_names.h"

static_assert(URL_NAME_BYTES == VENUE_STREAM_BYTES, "a URL's names have room in a plan");

/* What an address without a route is given instead when it names no stream. */
static const char stream_default[] = "btcusdt@aggTrade";

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
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

/* "spot and /public". */
static void name_places(uint32_t at, char *text, size_t room_bytes)
{
	static const char *const names[] = { "spot", "spot's SBE", "/market", "/public" };
	size_t used_bytes = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (at & 1u << i)
			used_bytes += (size_t)snprintf(text + used_bytes, room_bytes - used_bytes,
						       "%s%s", used_bytes ? " and " : "", names[i]);
}

/* A stream that may stay silent `here`, which is called so. */
static void note_stream(struct venue_plan *plan, const char *stream, uint32_t here,
			const char *called)
{
	const uint32_t futures = VENUE_AT_MARKET | VENUE_AT_PUBLIC;
	uint32_t at = venue_served_at(stream);
	char served[128];
	char places[64];

	if (at & here)
		return;
	if (!at) {
		note(plan, stream,
		     " is no stream that is known here; it is asked for all the same, and may stay "
		     "silent",
		     "");
		return;
	}
	if (here & futures && at & futures) /* of futures only its routes are of interest */
		at &= futures;
	name_places(at, places, sizeof(places));
	(void)snprintf(served, sizeof(served),
		       " is served on %s, not on %s, where it will stay silent", places, called);
	note(plan, stream, served, "");
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

uint32_t venue_serves(enum venue_kind kind)
{
	switch (kind) {
	case VENUE_SPOT:
		return VENUE_AT_SPOT;
	case VENUE_SBE:
		return VENUE_AT_SBE;
	case VENUE_FUTURES:
	case VENUE_COIN:
		return VENUE_AT_MARKET | VENUE_AT_PUBLIC;
	case VENUE_OTHER:
		break;
	}
	return 0;
}

/* What an address can serve; 0 where nothing is known of it, or nothing is to be said. */
static uint32_t served_here(const struct target *target, const char **ret_called)
{
	enum venue_kind kind = venue_kind_of(target->host);
	enum venue_route route = route_of_path(target->path);

	*ret_called = route == VENUE_ROUTE_NONE ? venue_kind_name(kind) : venue_route_name(route);
	if (route == VENUE_ROUTE_MARKET)
		return VENUE_AT_MARKET;
	if (route == VENUE_ROUTE_PUBLIC)
		return VENUE_AT_PUBLIC;
	if (route == VENUE_ROUTE_PRIVATE) /* what it has in its URL is nobody's to print */
		return 0;
	return venue_serves(kind); /* where routes are not known to be needed, silence will tell */
}

static void note_url_streams(struct venue_plan *plan, const struct target *target)
{
	const struct venue_connection *first = &plan->connections[0];
	const char *called;
	uint32_t here = served_here(target, &called);

	for (size_t i = 0; here && i < first->url_stream_count; i++)
		note_stream(plan, first->streams[i], here, called);
}

/* A stream to subscribe to, at a host with routes: each to its own. */
static enum venue_verdict sort_stream(struct venue_plan *plan, const struct target *target,
				      const char *stream)
{
	enum venue_route given = route_of_path(target->path);
	enum venue_route route = venue_route_of(stream);

	if (route != VENUE_ROUTE_NONE)
		return add_stream(connection_of(plan, route, target), stream);
	/* What is not known to be served there is asked for where the URL points. */
	if (url_name_is_good(stream))
		note_stream(plan, stream, VENUE_AT_MARKET | VENUE_AT_PUBLIC, "futures");
	return add_stream(connection_of(plan, given, target), stream);
}

/* The same at an address without routes. */
static enum venue_verdict join_stream(struct venue_plan *plan, const struct target *target,
				      const char *stream)
{
	const char *called;
	uint32_t here = served_here(target, &called);

	if (here && url_name_is_good(stream))
		note_stream(plan, stream, here, called);
	return add_stream(&plan->connections[0], stream);
}

/* ---- An address without a route, where there are routes ---------------------- */

/* Others' routes are alive without one, or there are none. */
static bool needs_route(const struct target *target)
{
	const struct venue_host *host = venue_host_of(target->host);
	const char *path = target->path;

	return host && host->is_routed &&
	       (strcmp(path, "/") == 0 || begins_with(path, "/ws") || begins_with(path, "/stream"));
}

/* The seed of many a copied example is /ws/stream, in which "stream" is no stream. */
static bool is_form(const char *name)
{
	return strcmp(name, "stream") == 0 || strcmp(name, "ws") == 0;
}

/*
 * The route that a stream needs; VENUE_ROUTE_NONE: it is served without.  Where that is not
 * known, it is asked for with its route, unless a raw connection would become another one.
 */
static enum venue_route route_needed(const char *stream, bool is_combined)
{
	enum venue_route route = venue_route_of(stream);
	bool is_unsure = is_combined && venue_served_at(stream) & VENUE_AT_ROUTE;

	return route == VENUE_ROUTE_MARKET || is_unsure ? route : VENUE_ROUTE_NONE;
}

/* True for what stays where the URL has it; what can be no name is the server's to refuse. */
static bool is_kept(const struct url_name *name, bool is_combined)
{
	if (!name->is_good)
		return name->raw_bytes > 0;
	return !is_form(name->text) && route_needed(name->text, is_combined) == VENUE_ROUTE_NONE;
}

/* The URL again, with those of its streams that are kept. */
static void keep_streams(struct venue_connection *connection, const struct target *target,
			 const char *list, bool is_combined)
{
	char *path = connection->target.path;
	size_t at = (size_t)(list - target->path);
	bool is_first = true;
	struct url_name name;

	memcpy(path, target->path, at);
	while (url_take_name(&list, &name)) {
		if (!is_kept(&name, is_combined))
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

/* The URL's own address, for a stream that is not in it: raw stays raw. */
static struct venue_connection *unrouted_connection(struct venue_plan *plan,
						    const struct target *target)
{
	struct venue_connection *connection = connection_of(plan, VENUE_ROUTE_NONE, target);

	if (connection->stream_count || !begins_with(target->path, "/ws"))
		return connection;
	connection->is_combined = false;
	(void)snprintf(connection->target.path, TARGET_PATH_BYTES, "/ws");
	return connection;
}

/* Asked for on the route that it needs; told once. */
static enum venue_verdict move_to(struct venue_plan *plan, enum venue_route route,
				  const struct target *target, const char *stream)
{
	size_t count = plan->connection_count;
	struct venue_connection *connection = connection_of(plan, route, target);

	if (plan->connection_count > count && route == VENUE_ROUTE_MARKET)
		note(plan, "on /ws and /stream of ", target->host,
		     " what /market serves stays silent; it is asked for on /market/stream "
		     "instead");
	else if (plan->connection_count > count)
		note(plan, "", stream,
		     " is not known to be served without /public; it is asked for on "
		     "/public/stream instead");
	return add_stream(connection, stream);
}

static void note_kept(struct venue_plan *plan, const struct url_name *name)
{
	char shown[URL_NAME_BYTES];

	if (name->is_good) {
		note_stream(plan, name->text, VENUE_AT_PUBLIC, "futures");
		return;
	}
	(void)snprintf(shown, sizeof(shown), "%.*s", (int)name->raw_bytes, name->raw);
	note(plan, "'", shown, "' can be no stream's name; it is left as it is");
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
		if (!name.raw_bytes)
			continue;
		if (name.is_good && is_form(name.text)) {
			note(plan, "'", name.text, "' is no stream; it is left out");
			continue;
		}
		++*ret_count;
		if (!is_kept(&name, is_combined)) {
			verdict = move_to(plan, route_needed(name.text, is_combined), target,
					  name.text);
			continue;
		}
		note_kept(plan, &name);
		if (connection_of(plan, VENUE_ROUTE_NONE, target)->stream_count == 0)
			keep_streams(connection_of(plan, VENUE_ROUTE_NONE, target), target, list,
				     is_combined);
	}
	return verdict;
}

/* A stream to subscribe to, where what /public serves is served without a route as well. */
static enum venue_verdict split_stream(struct venue_plan *plan, const struct target *target,
				       const char *stream)
{
	bool is_combined = !begins_with(target->path, "/ws");
	enum venue_route route = route_needed(stream, is_combined);

	if (route != VENUE_ROUTE_NONE)
		return move_to(plan, route, target, stream);
	if (url_name_is_good(stream))
		note_stream(plan, stream, VENUE_AT_PUBLIC, "futures");
	return add_stream(unrouted_connection(plan, target), stream);
}

/* Escaped as in a URL, from where it may have been copied, it is the same stream. */
static enum venue_verdict add_subscription(struct venue_plan *plan, const struct target *target,
					   const char *stream)
{
	struct url_name name;
	const char *end = stream;

	if (url_take_name(&end, &name) && !*end && name.is_good)
		stream = name.text;
	if (needs_route(target))
		return split_stream(plan, target, stream);
	if (route_of_path(target->path) != VENUE_ROUTE_NONE)
		return sort_stream(plan, target, stream);
	return join_stream(plan, target, stream);
}

/* Futures know no unit but ms; SBE says its own. */
static enum feed_time_unit time_unit_of(const struct target *target)
{
	enum venue_kind kind = venue_kind_of(target->host);

	if (kind != VENUE_SPOT && kind != VENUE_OTHER)
		return FEED_TIME_MS;
	return is_microseconds(target->path) ? FEED_TIME_US : FEED_TIME_MS;
}

enum venue_verdict venue_plan(const struct target *target, const char *const *streams,
			      size_t stream_count, struct venue_plan *ret_plan,
			      const char **ret_bad)
{
	enum venue_verdict verdict = VENUE_OK;
	size_t url_count = 0;

	ret_plan->connection_count = 0;
	ret_plan->notes[0] = '\0';
	ret_plan->is_noted_full = false;
	ret_plan->time_unit = time_unit_of(target);
	if (needs_route(target)) {
		verdict = plan_unrouted(ret_plan, target, &url_count);
	} else {
		take_url_streams(add_connection(ret_plan, target));
		note_url_streams(ret_plan, target);
	}
	for (size_t i = 0; i < stream_count && verdict == VENUE_OK; i++) {
		*ret_bad = streams[i];
		verdict = add_subscription(ret_plan, target, streams[i]);
	}
	if (verdict == VENUE_OK && needs_route(target) && !url_count && !stream_count) {
		verdict = move_to(ret_plan, VENUE_ROUTE_MARKET, target, stream_default);
		note(ret_plan, "no stream was asked for; ", stream_default, " is taken");
	}
	return verdict;
}

void venue_add_api(struct venue_plan *plan)
{
	struct venue_connection *api = &plan->connections[plan->connection_count++];

	assert(plan->connection_count <= VENUE_CONNECTION_COUNT_MAX);
	*api = (struct venue_connection){ .target = plan->connections[0].target, .is_api = true };
	(void)snprintf(api->target.path, sizeof(api->target.path), "/ws-api/v3");
}
