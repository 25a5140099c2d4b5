/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/venue.h"

static struct venue_plan *plan;

static int make_plan(void **state)
{
	(void)state;
	plan = calloc(1, sizeof(*plan));
	return plan ? 0 : -1;
}

static int free_plan(void **state)
{
	(void)state;
	free(plan);
	return 0;
}

static enum venue_verdict plan_for(const char *url, const char *const *streams, size_t count)
{
	static struct target target;
	const char *bad = NULL;

	assert_int_equal(target_parse(url, &target), TARGET_OK);
	return venue_plan(&target, streams, count, plan, &bad);
}

static void the_seed_url_is_explained_and_sent_where_the_data_is(void **state)
{
	(void)state;
	assert_int_equal(plan_for("wss://fstream.binance.com:443/ws/stream", NULL, 0), VENUE_OK);
	assert_int_equal(plan->connection_count, 1);
	assert_string_equal(plan->connections[0].target.path, "/market/stream");
	assert_string_equal(plan->connections[0].target.host, "fstream.binance.com");
	assert_int_equal(plan->connections[0].stream_count, 1);
	assert_int_equal(plan->connections[0].url_stream_count, 0);
	assert_string_equal(plan->connections[0].streams[0], "btcusdt@aggTrade");
	assert_non_null(strstr(plan->notes, "what /market serves stays silent"));
	assert_non_null(strstr(plan->notes, "'stream' is no stream"));
}

static void a_url_without_route_has_its_streams_sorted(void **state)
{
	static const char *const more[] = { "ethusdt@depth" };

	(void)state;
	assert_int_equal(
		plan_for("wss://fstream.binance.com/stream?streams=a@bookTicker/a@aggTrade", more,
			 1),
		VENUE_OK);
	assert_int_equal(plan->connection_count, 2);
	/* What /public serves, the address without a route serves as well: it is taken as given. */
	assert_int_equal(plan->connections[0].route, VENUE_ROUTE_NONE);
	assert_string_equal(plan->connections[0].target.path, "/stream?streams=a@bookTicker");
	assert_int_equal(plan->connections[0].stream_count, 2);
	assert_string_equal(plan->connections[0].streams[1], "ethusdt@depth");
	assert_int_equal(plan->connections[1].route, VENUE_ROUTE_MARKET);
	assert_string_equal(plan->connections[1].streams[0], "a@aggTrade");
}

/* Escaped, in capitals or not, it is the stream that the exchange names: also where it is given. */
static void a_stream_to_subscribe_to_may_be_escaped(void **state)
{
	static const char *const streams[] = { "%E5%B8%81usdt%40aggTrade", "%e5%b8%81usdt@trade",
					       "\u5e01usdt@depth" };
	static const char *const urls[] = { "wss://fstream.binance.com/stream",
					    "wss://fstream.binance.com/market/stream",
					    "wss://stream.binance.com/stream" };

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		size_t found_count = 0;

		assert_int_equal(plan_for(urls[i], streams, 3), VENUE_OK);
		for (size_t k = 0; k < plan->connection_count; k++) {
			const struct venue_connection *connection = &plan->connections[k];

			for (size_t j = 0; j < connection->stream_count; j++)
				found_count += !strncmp(connection->streams[j], "\u5e01usdt@", 8);
		}
		assert_int_equal(found_count, 3);
	}
	assert_int_equal(plan_for(urls[0], (const char *const[]){ "a%2fb@trade" }, 1), VENUE_OK);
}

/* connections[i] has this path and exactly this one stream. */
static void assert_only(size_t i, const char *path, const char *stream)
{
	assert_true(i < plan->connection_count);
	assert_string_equal(plan->connections[i].target.path, path);
	assert_int_equal(plan->connections[i].stream_count, 1);
	assert_string_equal(plan->connections[i].streams[0], stream);
}

/* Bytes that are no UTF-8, an escaped 0, more than any name has: the server's to refuse, not ours.
 */
static void what_can_be_no_name_is_left_in_the_url_and_no_other_taken(void **state)
{
	static const char *const paths[] = {
		"/stream?streams=%ff%fe@aggTrade",
		"/stream?streams=btcusdt@aggTrade%00x",
		"/ws/a%22b@depth",
		"/stream?streams=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@"
		"depth",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char url[160];

		(void)snprintf(url, sizeof(url), "wss://fstream.binance.com%s", paths[i]);
		assert_int_equal(plan_for(url, NULL, 0), VENUE_OK);
		assert_int_equal(plan->connection_count, 1);
		assert_string_equal(plan->connections[0].target.path, paths[i]);
		assert_int_equal(plan->connections[0].stream_count, 0);
		assert_non_null(
			strstr(plan->notes, "' can be no stream's name; it is left as it is\n"));
	}
	assert_int_equal(
		plan_for("wss://fstream.binance.com/stream?streams=%ff/a@aggTrade", NULL, 0),
		VENUE_OK);
	assert_int_equal(plan->connection_count, 2);
	assert_string_equal(plan->connections[0].target.path, "/stream?streams=%ff");
	assert_string_equal(plan->connections[1].streams[0], "a@aggTrade");
}

static void an_unknown_stream_is_kept_where_the_url_points(void **state)
{
	static const char *const more[] = { "b@new" };

	(void)state;
	assert_int_equal(plan_for("wss://fstream.binance.com/ws/a@new?x=y", NULL, 0), VENUE_OK);
	assert_int_equal(plan->connection_count, 1);
	assert_only(0, "/ws/a@new?x=y", "a@new");
	assert_false(plan->connections[0].is_combined);
	assert_non_null(strstr(plan->notes, "a@new is no stream that is known here"));
	/* Beside a known one that is served there, too: nothing is changed. */
	assert_int_equal(
		plan_for("wss://fstream.binance.com/stream?x=y&streams=a@trade/a@new/c%40new&z",
			 more, 1),
		VENUE_OK);
	assert_int_equal(plan->connection_count, 1);
	assert_string_equal(plan->connections[0].target.path,
			    "/stream?x=y&streams=a@trade/a@new/c%40new&z");
	assert_int_equal(plan->connections[0].url_stream_count, 3);
	assert_int_equal(plan->connections[0].stream_count, 4);
	assert_string_equal(plan->connections[0].streams[2], "c@new");
	assert_string_equal(plan->connections[0].streams[3], "b@new");
	/* Beside one that is not: neither is asked for twice. */
	assert_int_equal(
		plan_for("wss://fstream.binance.com/ws/a@aggTrade/a@trade/c%40new?x=y", NULL, 0),
		VENUE_OK);
	assert_int_equal(plan->connection_count, 2);
	assert_only(0, "/market/stream", "a@aggTrade");
	assert_string_equal(plan->connections[1].target.path, "/ws/a@trade/c%40new?x=y");
	assert_int_equal(plan->connections[1].url_stream_count, 2);
	assert_false(plan->connections[1].is_combined);
	/* Only subscribed to: there, too. */
	assert_int_equal(plan_for("wss://fstream.binance.com/ws", more, 1), VENUE_OK);
	assert_only(0, "/ws", "b@new");
	assert_int_equal(plan_for("wss://fstream.binance.com/private/ws?listenKey=k", more, 1),
			 VENUE_OK);
	assert_only(0, "/private/ws?listenKey=k", "b@new");
}

static void an_address_that_lives_is_taken_as_given(void **state)
{
	static const char *const urls[] = {
		"wss://demo-fstream.binance.com/ws/btcusdt@aggTrade",
		"wss://dstream.binance.com/ws/btcusd_perp@aggTrade",
		"wss://nbstream.binance.com/ws/btcusdt@aggTrade",
		"wss://stream.binance.com:9443/ws/btcusdt@aggTrade",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		assert_int_equal(plan_for(urls[i], NULL, 0), VENUE_OK);
		assert_int_equal(plan->connection_count, 1);
		assert_non_null(strstr(plan->connections[0].target.path, "/ws/btcusd"));
		assert_string_equal(plan->notes, "");
	}
	assert_int_equal(plan_for("wss://fstream.binance.com/private/ws?listenKey=k", NULL, 0),
			 VENUE_OK);
	assert_int_equal(plan->connection_count, 1);
	assert_string_equal(plan->connections[0].target.path, "/private/ws?listenKey=k");
	assert_string_equal(plan->notes, ""); /* nor is a key printed */
}

static void names_are_compared_unescaped_and_sent_as_they_were(void **state)
{
	static const char name[] = "\u5e01\u5b89\u4eba\u751fusdt@aggTrade";
	static const char *const more[] = { name };

	(void)state;
	assert_int_equal(
		plan_for("wss://h/stream?streams=a%40trade%2Fb%40%74rade/%zz@x/%00", NULL, 0),
		VENUE_OK);
	assert_string_equal(plan->connections[0].target.path,
			    "/stream?streams=a%40trade%2Fb%40%74rade/%zz@x/%00");
	assert_int_equal(plan->connections[0].stream_count, 3);
	assert_string_equal(plan->connections[0].streams[0], "a@trade");
	assert_string_equal(plan->connections[0].streams[1], "b@trade");
	assert_string_equal(plan->connections[0].streams[2], "%zz@x");
	/* UTF-8, as typed and escaped, is one and the same stream. */
	assert_int_equal(
		plan_for("wss://h/ws/%E5%B8%81%e5%ae%89%E4%BA%BA%E7%94%9Fusdt@aggTrade", NULL, 0),
		VENUE_OK);
	assert_string_equal(plan->connections[0].streams[0], name);
	assert_int_equal(plan_for("wss://h/ws/\u5e01\u5b89\u4eba\u751fusdt@aggTrade", more, 1),
			 VENUE_OK);
	assert_string_equal(plan->connections[0].target.path,
			    "/ws/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9Fusdt@aggTrade");
	assert_string_equal(plan->connections[0].streams[0], name);
	assert_string_equal(plan->connections[0].streams[1], name);
}

static void notes_end_with_a_whole_line(void **state)
{
	static char names[100][32];
	static const char *list[100];
	static const char last[] = "there is more of that kind\n";

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "s%zu@new", i);
		list[i] = names[i];
	}
	assert_int_equal(plan_for("wss://h/market/stream", list, 100), VENUE_OK);
	assert_int_equal(plan->connections[0].stream_count, 100);
	assert_true(strlen(plan->notes) < VENUE_NOTES_BYTES);
	assert_string_equal(plan->notes + strlen(plan->notes) - strlen(last), last);
}

static void subscriptions_are_sorted_to_their_routes(void **state)
{
	static const char *const more[] = { "b@bookTicker", "b@kline_1m", "b@what" };

	(void)state;
	assert_int_equal(plan_for("wss://127.0.0.1:9443/market/stream?streams=b@aggTrade", more, 3),
			 VENUE_OK);
	assert_int_equal(plan->connection_count, 2);
	assert_int_equal(plan->connections[0].url_stream_count, 1);
	assert_int_equal(plan->connections[0].stream_count, 3); /* the unknown one with the URL */
	assert_string_equal(plan->connections[0].streams[1], "b@kline_1m");
	assert_string_equal(plan->connections[0].streams[2], "b@what");
	assert_string_equal(plan->connections[1].target.path, "/public/stream");
	assert_string_equal(plan->connections[1].streams[0], "b@bookTicker");
	assert_string_equal(plan->notes, "b@what is no stream that is known here; it is asked for "
					 "all the same, and may stay silent\n");
}

static void a_wrong_route_is_told_before_connecting(void **state)
{
	(void)state;
	assert_int_equal(plan_for("wss://h/market/ws/b@bookTicker/b@x", NULL, 0), VENUE_OK);
	assert_non_null(strstr(plan->notes, "b@bookTicker is served on /public, not on /market"));
	assert_non_null(strstr(plan->notes, "b@x is no stream"));
	assert_int_equal(plan_for("wss://h/ws/b@bookTicker/b@x", NULL, 0), VENUE_OK);
	assert_string_equal(plan->notes, ""); /* spot has no routes */
}

static void both_forms_of_a_path_give_their_streams(void **state)
{
	(void)state;
	assert_int_equal(plan_for("wss://h/ws/a@trade/b@trade?timeUnit=MICROSECOND", NULL, 0),
			 VENUE_OK);
	assert_int_equal(plan->time_unit, FEED_TIME_US);
	assert_false(plan->connections[0].is_combined);
	assert_int_equal(plan->connections[0].url_stream_count, 2);
	assert_string_equal(plan->connections[0].streams[1], "b@trade");
	assert_int_equal(plan_for("wss://h/stream?timeUnit=millisecond&streams=a@trade/b@trade&x=y",
				  NULL, 0),
			 VENUE_OK);
	assert_int_equal(plan->time_unit, FEED_TIME_MS);
	assert_true(plan->connections[0].is_combined);
	assert_int_equal(plan->connections[0].url_stream_count, 2);
	assert_string_equal(plan->connections[0].streams[1], "b@trade");
}

static void a_bad_stream_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"a b",
		"a\"b",
		"a\\b",
		"a/b",
		"a\nb",
		"a123456789012345678901234567890123456789012345678901234@x",
		"\xff@trade",
		"\xe5\xb8@trade",
		"\xc2\x9bx@trade",
		"\x7f@trade",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(plan_for("wss://h/stream", &bad[i], 1), VENUE_BAD_STREAM);
}

static void a_connection_takes_1024_streams_and_no_more(void **state)
{
	static char names[1025][16];
	static const char *list[1025];

	(void)state;
	for (size_t i = 0; i < 1025; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "s%zu@trade", i);
		list[i] = names[i];
	}
	assert_int_equal(plan_for("wss://h/stream", list, 1024), VENUE_OK);
	assert_int_equal(plan_for("wss://h/stream", list, 1025), VENUE_TOO_MANY_STREAMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seed_url_is_explained_and_sent_where_the_data_is),
		cmocka_unit_test(a_url_without_route_has_its_streams_sorted),
		cmocka_unit_test(a_stream_to_subscribe_to_may_be_escaped),
		cmocka_unit_test(what_can_be_no_name_is_left_in_the_url_and_no_other_taken),
		cmocka_unit_test(an_unknown_stream_is_kept_where_the_url_points),
		cmocka_unit_test(an_address_that_lives_is_taken_as_given),
		cmocka_unit_test(names_are_compared_unescaped_and_sent_as_they_were),
		cmocka_unit_test(notes_end_with_a_whole_line),
		cmocka_unit_test(subscriptions_are_sorted_to_their_routes),
		cmocka_unit_test(a_wrong_route_is_told_before_connecting),
		cmocka_unit_test(both_forms_of_a_path_give_their_streams),
		cmocka_unit_test(a_bad_stream_is_refused),
		cmocka_unit_test(a_connection_takes_1024_streams_and_no_more),
	};

	return cmocka_run_group_tests(tests, make_plan, free_plan);
}
