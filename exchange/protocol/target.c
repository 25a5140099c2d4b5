/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include <string.h>

#include "wire/utf8.h"

struct span {
	const char *at;
	size_t size_bytes;
};

static const struct {
	const char *path;
	enum route route;
	bool is_combined;
} routes[] = {
	{ "/market/ws", ROUTE_MARKET, false },	 { "/market/stream", ROUTE_MARKET, true },
	{ "/public/ws", ROUTE_PUBLIC, false },	 { "/public/stream", ROUTE_PUBLIC, true },
	{ "/private/ws", ROUTE_PRIVATE, false }, { "/private/stream", ROUTE_PRIVATE, true },
	{ "/ws-api/v3", ROUTE_API, false },	 { "/ws", ROUTE_SPOT, false },
	{ "/stream", ROUTE_SPOT, true },
};

/* What /ws and /stream are at each venue. */
static const enum route bare_routes[] = {
	[VENUE_SPOT] = ROUTE_SPOT,
	[VENUE_FUTURES] = ROUTE_UNROUTED,
	[VENUE_SBE] = ROUTE_SBE,
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Takes what stands before the first `mark`, and the mark; all of it if there is none. */
static struct span cut(struct span *rest, char mark)
{
	const char *found = rest->size_bytes ? memchr(rest->at, mark, rest->size_bytes) : NULL;
	struct span first = *rest;

	if (!found) {
		rest->at += rest->size_bytes;
		rest->size_bytes = 0;
		return first;
	}
	first.size_bytes = (size_t)(found - rest->at);
	rest->at = found + 1;
	rest->size_bytes -= first.size_bytes + 1;
	return first;
}

static bool span_is(struct span span, const char *text)
{
	return span.size_bytes == strlen(text) && memcmp(span.at, text, span.size_bytes) == 0;
}

/* Takes one character, undoing %XX; returns it, or -1 for a broken escape. */
static int take_char(struct span *rest)
{
	int c = (unsigned char)rest->at[0];
	size_t taken_bytes = 1;

	if (c == '%') {
		int high = rest->size_bytes >= 3 ? hex_digit(rest->at[1]) : -1;
		int low = rest->size_bytes >= 3 ? hex_digit(rest->at[2]) : -1;

		if (high < 0 || low < 0)
			return -1;
		c = high * 16 + low;
		taken_bytes = 3;
	}
	rest->at += taken_bytes;
	rest->size_bytes -= taken_bytes;
	return c;
}

bool target_is_name_char(int c)
{
	return c > ' ' && c != 127 && c != '"' && c != '\\';
}

bool target_is_name(const char *name, size_t size_bytes)
{
	if (size_bytes == 0 || size_bytes >= STREAM_NAME_BYTES)
		return false;
	for (size_t i = 0; i < size_bytes; i++)
		if (!target_is_name_char((unsigned char)name[i]))
			return false;
	return utf8_is_valid(name, size_bytes);
}

/* Ends the name being collected, if there is one. */
static bool end_name(struct target *target, size_t size_bytes)
{
	if (size_bytes == 0)
		return true;
	return target_is_name(target->streams[target->stream_count++], size_bytes);
}

/*
 * A list of names with slashes between them.  A slash may come as %2F, from a
 * client that escapes the whole query, so names are cut after the unescaping.
 */
static enum target_verdict add_streams(struct target *target, struct span list)
{
	size_t used_bytes = 0;

	while (list.size_bytes > 0) {
		int c = take_char(&list);
		char *name;

		if (c == '/') {
			if (!end_name(target, used_bytes))
				return TARGET_BAD;
			used_bytes = 0;
			continue;
		}
		if (target->stream_count == TARGET_STREAM_COUNT_MAX)
			return TARGET_TOO_MANY;
		if (c < 0 || used_bytes == STREAM_NAME_BYTES - 1)
			return TARGET_BAD;
		name = target->streams[target->stream_count];
		name[used_bytes++] = (char)c;
		name[used_bytes] = '\0';
	}
	return end_name(target, used_bytes) ? TARGET_OK : TARGET_BAD;
}

static enum target_verdict parse_query(struct target *target, struct span query)
{
	enum target_verdict verdict = TARGET_OK;

	while (query.size_bytes > 0 && verdict == TARGET_OK) {
		struct span value = cut(&query, '&');
		struct span key = cut(&value, '=');

		if (span_is(key, "streams") && target->is_combined)
			verdict = add_streams(target, value);
		else if (span_is(key, "returnRateLimits") && target->route == ROUTE_API)
			target->hides_limits = span_is(value, "false");
		else if (span_is(key, "timeUnit") &&
			 (target->route == ROUTE_SPOT || target->route == ROUTE_API))
			target->is_microseconds = span_is(value, "MICROSECOND") ||
						  span_is(value, "microsecond");
	}
	return verdict;
}

enum target_verdict target_parse(enum venue venue, const char *text, size_t size_bytes,
				 struct target *ret_target)
{
	struct span query = { text, size_bytes };
	struct span path = cut(&query, '?');

	ret_target->stream_count = 0;
	ret_target->hides_limits = false;
	ret_target->is_microseconds = venue == VENUE_SBE; /* whatever is asked for */
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		size_t path_bytes = strlen(routes[i].path);
		struct span rest = { path.at + path_bytes, path.size_bytes - path_bytes };
		enum target_verdict verdict;

		if (path.size_bytes < path_bytes ||
		    memcmp(path.at, routes[i].path, path_bytes) != 0 ||
		    (rest.size_bytes > 0 && rest.at[0] != '/'))
			continue;
		if ((routes[i].is_combined || routes[i].route == ROUTE_API) && rest.size_bytes > 1)
			continue;
		if (routes[i].route == ROUTE_API && venue != VENUE_SPOT)
			break;
		ret_target->route = routes[i].route == ROUTE_SPOT ? bare_routes[venue]
								  : routes[i].route;
		ret_target->is_combined = routes[i].is_combined;
		verdict = add_streams(ret_target, rest);
		return verdict == TARGET_OK ? parse_query(ret_target, query) : verdict;
	}
	return TARGET_NO_ROUTE;
}
