/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever somebody types as a URL, and, after a line feed, as streams: what
 * is accepted can be put into a request as it is.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "feed/venue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

#define STREAM_COUNT 8

static struct target target;
static struct venue_plan plan;

static void check_printable(const char *text, size_t room_bytes)
{
	size_t size_bytes = strnlen(text, room_bytes);

	if (size_bytes == room_bytes)
		abort();
	for (size_t i = 0; i < size_bytes; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			abort();
}

static void check_connection(const struct venue_connection *connection)
{
	check_printable(connection->target.host, TARGET_HOST_BYTES);
	check_printable(connection->target.path, TARGET_PATH_BYTES);
	for (const char *at = connection->target.path; *at; at++)
		if ((unsigned char)*at >= 0x80)
			abort();
	if (!connection->target.port || connection->target.path[0] != '/' ||
	    connection->url_stream_count > connection->stream_count)
		abort();
	for (size_t i = 0; i < connection->stream_count; i++) {
		check_printable(connection->streams[i], VENUE_STREAM_BYTES);
		if (!connection->streams[i][0] || strpbrk(connection->streams[i], "\"\\/"))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	const char *streams[STREAM_COUNT];
	const char *bad = NULL;
	size_t count = 0;
	char *text = malloc(size_bytes + 1);
	char *at;

	if (!text)
		return 0;
	memcpy(text, bytes, size_bytes);
	text[size_bytes] = '\0';
	for (at = strchr(text, '\n'); at && count < STREAM_COUNT; at = strchr(at, '\n')) {
		*at++ = '\0';
		streams[count++] = at;
	}
	if (target_parse(text, &target) == TARGET_OK &&
	    venue_plan(&target, streams, count, &plan, &bad) == VENUE_OK) {
		if (!plan.connection_count || plan.connection_count > VENUE_CONNECTION_COUNT_MAX ||
		    strnlen(plan.notes, VENUE_NOTES_BYTES) == VENUE_NOTES_BYTES)
			abort();
		for (size_t i = 0; i < plan.connection_count; i++)
			check_connection(&plan.connections[i]);
	}
	free(text);
	return 0;
}
