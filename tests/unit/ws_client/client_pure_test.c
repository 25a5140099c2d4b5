/* SPDX-License-Identifier: BSD-2-Clause */
/* The small pure parts: waits, chains, what was had already, names, UTF-8. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/continuity.h"
#include "feed/dedupe.h"
#include "feed/streams.h"
#include "wire/utf8.h"
#include "ws_client/session/backoff.h"

static void waits_double_with_jitter_up_to_the_cap(void **state)
{
	(void)state;
	for (uint32_t dice = 0; dice < 1000; dice += 7) {
		struct backoff backoff = { 0 };
		uint32_t whole_ms = BACKOFF_FIRST_MS;

		for (int i = 0; i < 20; i++) {
			uint32_t wait_ms = backoff_next_ms(&backoff, 30000, dice * 2654435761u);

			assert_in_range(wait_ms, whole_ms / 2, whole_ms);
			whole_ms = whole_ms * 2 > 30000 ? 30000 : whole_ms * 2;
		}
	}
}

static void jitter_spreads_over_the_whole_half(void **state)
{
	uint32_t least_ms = UINT32_MAX;
	uint32_t most_ms = 0;

	(void)state;
	for (uint32_t dice = 0; dice < 1000; dice++) {
		struct backoff backoff = { 0 };
		uint32_t wait_ms = backoff_next_ms(&backoff, 30000, dice);

		least_ms = wait_ms < least_ms ? wait_ms : least_ms;
		most_ms = wait_ms > most_ms ? wait_ms : most_ms;
	}
	assert_int_equal(least_ms, BACKOFF_FIRST_MS / 2);
	assert_int_equal(most_ms, BACKOFF_FIRST_MS);
}

static void only_a_good_connection_resets_the_wait(void **state)
{
	struct backoff backoff = { .failure_count = 5 };

	(void)state;
	backoff_note_life(&backoff, BACKOFF_RESET_MS - 1);
	assert_int_equal(backoff.failure_count, 5);
	backoff_note_life(&backoff, BACKOFF_RESET_MS);
	assert_int_equal(backoff.failure_count, 0);
}

/* ---- Chains -------------------------------------------------------------- */

static struct feed_message agg(uint64_t id)
{
	return (struct feed_message){
		.event = FEED_EVENT_AGG_TRADE,
		.has = FEED_HAS_AGG_ID,
		.agg_id = id,
	};
}

static struct feed_message spot_depth(uint64_t first, uint64_t last)
{
	return (struct feed_message){
		.event = FEED_EVENT_DEPTH_UPDATE,
		.has = FEED_HAS_FIRST_ID | FEED_HAS_LAST_ID,
		.first_id = first,
		.last_id = last,
	};
}

static struct feed_message futures_depth(uint64_t previous, uint64_t first, uint64_t last)
{
	struct feed_message message = spot_depth(first, last);

	message.has |= FEED_HAS_PREVIOUS_ID;
	message.previous_id = previous;
	return message;
}

static enum chain_verdict step(struct chain *chain, struct feed_message message, uint64_t missing)
{
	uint64_t got;
	enum chain_verdict verdict = chain_step(chain, &message, &got);

	assert_int_equal(got, missing);
	return verdict;
}

static void agg_trades_count_by_one(void **state)
{
	struct chain chain = { 0 };

	(void)state;
	assert_int_equal(step(&chain, agg(7), 0), CHAIN_START);
	assert_int_equal(step(&chain, agg(8), 0), CHAIN_OK);
	assert_int_equal(step(&chain, agg(11), 2), CHAIN_GAP);
	assert_int_equal(step(&chain, agg(11), 0), CHAIN_REPEAT);
	assert_int_equal(step(&chain, agg(3), 0), CHAIN_REPEAT);
	assert_int_equal(step(&chain, agg(12), 0), CHAIN_OK);
}

static void spot_depth_begins_behind_the_last_one(void **state)
{
	struct chain chain = { 0 };

	(void)state;
	assert_int_equal(step(&chain, spot_depth(1, 5), 0), CHAIN_START);
	assert_int_equal(step(&chain, spot_depth(6, 6), 0), CHAIN_OK);
	assert_int_equal(step(&chain, spot_depth(9, 12), 2), CHAIN_GAP);
	assert_int_equal(step(&chain, spot_depth(13, 20), 0), CHAIN_OK);
	assert_int_equal(step(&chain, spot_depth(13, 20), 0), CHAIN_REPEAT);
}

static void futures_depth_names_the_last_one(void **state)
{
	struct chain chain = { 0 };

	(void)state;
	assert_int_equal(step(&chain, futures_depth(1, 3, 5), 0), CHAIN_START);
	assert_int_equal(step(&chain, futures_depth(5, 40, 50), 0), CHAIN_OK);
	assert_int_equal(step(&chain, futures_depth(51, 52, 60), 1), CHAIN_GAP);
	assert_int_equal(step(&chain, futures_depth(60, 61, 61), 0), CHAIN_OK);
	assert_int_equal(step(&chain, futures_depth(5, 40, 50), 0), CHAIN_REPEAT);
}

static void other_events_have_no_chain_but_an_identity(void **state)
{
	struct feed_message trade = {
		.event = FEED_EVENT_TRADE,
		.has = FEED_HAS_TRADE_ID | FEED_HAS_EVENT_TIME,
		.trade_id = 5,
		.event_time = 9,
	};
	struct feed_message bar = {
		.event = FEED_EVENT_KLINE,
		.has = FEED_HAS_EVENT_TIME,
		.event_time = 9,
	};
	struct feed_message nothing = { 0 };
	struct chain chain = { 0 };
	uint64_t id = 0;

	(void)state;
	assert_int_equal(step(&chain, trade, 0), CHAIN_NONE);
	assert_true(feed_identity(&trade, &id));
	assert_int_equal(id, 5);
	assert_true(feed_identity(&bar, &id));
	assert_int_equal(id, 9);
	assert_false(feed_identity(&nothing, &id));
}

/* ---- What was had already -------------------------------------------------- */

static void each_id_of_a_stream_is_new_once(void **state)
{
	struct dedupe *dedupe = calloc(1, sizeof(*dedupe));

	(void)state;
	assert_non_null(dedupe);
	for (int round = 0; round < 2; round++) {
		for (uint32_t stream = 1; stream <= 3; stream++)
			for (uint64_t id = 0; id < 5000; id++)
				assert_int_equal(dedupe_add(dedupe, stream, id << stream * 9),
						 round == 0);
	}
	dedupe_clear(dedupe);
	assert_true(dedupe_add(dedupe, 1, 0));
	free(dedupe);
}

static void a_full_set_says_new_and_counts(void **state)
{
	struct dedupe *dedupe = calloc(1, sizeof(*dedupe));

	(void)state;
	assert_non_null(dedupe);
	for (uint64_t id = 0; id < DEDUPE_SLOT_COUNT / 2; id++)
		assert_true(dedupe_add(dedupe, 1, id));
	assert_true(dedupe_add(dedupe, 1, UINT64_MAX));
	assert_true(dedupe_add(dedupe, 1, UINT64_MAX));
	assert_int_equal(dedupe->overflow_count, 2);
	assert_false(dedupe_add(dedupe, 1, 17));
	free(dedupe);
}

static void messages_of_other_bytes_have_other_numbers(void **state)
{
	static const char *const texts[] = { "", "a", "b", "ab", "ba", "{\"u\":1}", "{\"u\":2}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			assert_int_equal(dedupe_hash(texts[i], strlen(texts[i])) ==
						 dedupe_hash(texts[k], strlen(texts[k])),
					 i == k);
}

/* ---- Names ------------------------------------------------------------------ */

static void names_are_found_again_until_the_table_is_full(void **state)
{
	struct streams *streams = calloc(1, sizeof(*streams));
	char name[FEED_STREAM_BYTES];

	(void)state;
	assert_non_null(streams);
	assert_null(streams_find(streams, "x"));
	assert_null(streams_get(streams, ""));
	for (uint32_t i = 0; i < STREAMS_COUNT_MAX; i++) {
		(void)snprintf(name, sizeof(name), "symbol%u@depth", i);
		struct stream *stream = streams_get(streams, name);

		assert_non_null(stream);
		stream->bus_index = (uint16_t)i;
	}
	assert_null(streams_get(streams, "one@more"));
	for (uint32_t i = 0; i < STREAMS_COUNT_MAX; i++) {
		(void)snprintf(name, sizeof(name), "symbol%u@depth", i);
		assert_int_equal(streams_find(streams, name)->bus_index, i);
	}
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	free(streams);
}

/* ---- UTF-8 --------------------------------------------------------------- */

/* Encodes any number up to 2^21 as if it were a character, in the given length. */
static size_t encode(uint32_t code, size_t size_bytes, char *text)
{
	static const uint8_t firsts[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	if (size_bytes == 1) {
		text[0] = (char)code;
		return 1;
	}
	for (size_t i = size_bytes - 1; i > 0; i--) {
		text[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	text[0] = (char)(firsts[size_bytes] | code);
	return size_bytes;
}

static void every_number_is_valid_in_its_shortest_form_only(void **state)
{
	char text[20];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (uint32_t code = 0; code < 1u << 21; code++) {
		size_t shortest = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		bool is_character = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

		for (size_t size_bytes = shortest; size_bytes <= 4; size_bytes++) {
			(void)encode(code, size_bytes, text + 9);
			assert_int_equal(utf8_is_valid(text, 9 + size_bytes),
					 is_character && size_bytes == shortest);
			text[10] = text[11] = text[12] = 'a';
		}
	}
}

static void a_character_cut_short_is_invalid(void **state)
{
	static const char text[] = "abcdefg\xf0\x9f\x98\x80";

	(void)state;
	for (size_t size_bytes = 0; size_bytes <= 11; size_bytes++)
		assert_int_equal(utf8_is_valid(text, size_bytes),
				 size_bytes <= 7 || size_bytes == 11);
	for (int byte = 0x80; byte < 0x100; byte++) {
		char lone[2] = { (char)byte, 'x' };

		assert_false(utf8_is_valid(lone, 1));
		assert_false(utf8_is_valid(lone, 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_with_jitter_up_to_the_cap),
		cmocka_unit_test(jitter_spreads_over_the_whole_half),
		cmocka_unit_test(only_a_good_connection_resets_the_wait),
		cmocka_unit_test(agg_trades_count_by_one),
		cmocka_unit_test(spot_depth_begins_behind_the_last_one),
		cmocka_unit_test(futures_depth_names_the_last_one),
		cmocka_unit_test(other_events_have_no_chain_but_an_identity),
		cmocka_unit_test(each_id_of_a_stream_is_new_once),
		cmocka_unit_test(a_full_set_says_new_and_counts),
		cmocka_unit_test(messages_of_other_bytes_have_other_numbers),
		cmocka_unit_test(names_are_found_again_until_the_table_is_full),
		cmocka_unit_test(every_number_is_valid_in_its_shortest_form_only),
		cmocka_unit_test(a_character_cut_short_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
