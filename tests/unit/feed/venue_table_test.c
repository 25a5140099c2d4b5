/* SPDX-License-Identifier: BSD-2-Clause */
/* What is made of a URL: hosts by routes by kinds of streams by ways to write them. */
#include "tests/unit/unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/venue.h"
#include "venue_table.h"

/* Text that grows. */
struct account {
	size_t size_bytes;
	char text[2048];
};

__attribute__((format(printf, 2, 3))) static void say(struct account *account, const char *format,
						      ...)
{
	size_t room_bytes = sizeof(account->text) - account->size_bytes;
	va_list words;
	int size_bytes;

	va_start(words, format);
	size_bytes = vsnprintf(account->text + account->size_bytes, room_bytes, format, words);
	va_end(words);
	assert_true(size_bytes >= 0 && (size_t)size_bytes < room_bytes);
	account->size_bytes += (size_t)size_bytes;
}

/* "/ws/a@trade raw a@trade + /market/stream named a@aggTrade" */
static void say_connections(struct account *account, const struct venue_plan *plan)
{
	for (size_t i = 0; i < plan->connection_count; i++) {
		const struct venue_connection *connection = &plan->connections[i];

		say(account, "%s%s %s ", i ? " + " : "", connection->target.path,
		    connection->is_combined ? "named" : "raw");
		for (size_t k = 0; k < connection->stream_count; k++)
			say(account, "%s%s", k ? "," : "", connection->streams[k]);
	}
}

/* A line of the notes, as one word; the stream's name is what stands before the first space. */
static void say_note(struct account *account, const char *line)
{
	static const struct {
		const char *words;
		const char *called;
		bool has_name;
	} kinds[] = {
		{ "what /market serves stays silent", "moved", false },
		{ "is not known to be served without /public", "routed:", true },
		{ " is no stream that is known here", "unknown:", true },
		{ ", where it will stay silent", "wrong:", true },
		{ "no stream was asked for", "default", false },
	};
	size_t i = 0;

	while (!strstr(line, kinds[i].words))
		assert_true(++i < sizeof(kinds) / sizeof(kinds[0]));
	say(account, "%s%s%.*s", account->size_bytes ? "," : "", kinds[i].called,
	    kinds[i].has_name ? (int)strcspn(line, " ") : 0, line);
}

static void say_notes(struct account *account, struct venue_plan *plan)
{
	char *rest;

	for (char *line = strtok_r(plan->notes, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		say_note(account, line);
}

static void every_url_is_made_the_best_of(void **state)
{
	static struct venue_plan plan;
	static struct target target;

	(void)state;
	for (size_t i = 0; i < VENUE_ROW_COUNT; i++) {
		struct account connections = { 0 };
		struct account notes = { 0 };
		const char *bad = NULL;

		assert_int_equal(target_parse(venue_rows[i].url, &target), TARGET_OK);
		assert_int_equal(venue_plan(&target, NULL, 0, &plan, &bad), VENUE_OK);
		say_connections(&connections, &plan);
		say_notes(&notes, &plan);
		if (strcmp(connections.text, venue_rows[i].connections) != 0 ||
		    strcmp(notes.text, venue_rows[i].notes) != 0 ||
		    plan.time_unit != venue_rows[i].time_unit)
			fail_msg("%s: %s (%s)", venue_rows[i].url, connections.text, notes.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_url_is_made_the_best_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
