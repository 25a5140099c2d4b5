/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two ways to read a message share: where they put what they find,
 * and what is made of it in the end.  For feed*.c and their tests only, and
 * knows neither way: feed.c is above feed_scan.c and feed_lejp.c, and this is
 * below them.
 */
#ifndef FEED_PARTS_H
#define FEED_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed_message.h"

/* Which level of the message a value stands on. */
enum feed_level { FEED_LEVEL_TOP, FEED_LEVEL_DATA, FEED_LEVEL_COUNT };

/* What is known of one level; the level that counts is chosen at the end. */
struct feed_seen {
	bool is_array;
	bool has_bids;
	bool has_last_update_id;
	bool has_result;
	uint32_t element_count; /* of the array, so far */
	char pair[FEED_SYMBOL_BYTES];
	struct feed_message message;
};

struct feed_parser {
	bool has_data;
	bool is_in_long_text; /* lejp is handing over a text in pieces */
	bool is_stream_cut;
	char stream[FEED_STREAM_BYTES];
	struct feed_seen levels[FEED_LEVEL_COUNT];
};

/* Of keys of one character, those whose numbers feed_take_number() keeps. */
static inline bool feed_is_number_key(char key)
{
	return key == 'E' || key == 'T' || key == 'a' || key == 't' || key == 'U' || key == 'u';
}

/* A whole number without a sign under a key. */
void feed_take_number(struct feed_seen *seen, const char *key, size_t key_bytes, uint64_t value);

/* An error's code, which may have a sign. */
void feed_take_code(struct feed_seen *seen, bool is_negative, uint64_t value);

/* A text under a key, neither of them terminated; of keys of one character these two matter. */
#define FEED_KEY_EVENT	'e'
#define FEED_KEY_SYMBOL 's'
void feed_take_text(struct feed_parser *parser, enum feed_level level, const char *key,
		    size_t key_bytes, const char *text, size_t text_bytes);

/* A key that says something by being there: of those of one character it is this one. */
#define FEED_KEY_BIDS 'B'
void feed_note_key(struct feed_parser *parser, enum feed_level level, const char *key,
		   size_t key_bytes);

/* Chooses the level and says what it is. */
void feed_finish(const struct feed_parser *parser, struct feed_message *ret_message);

/* Before each message.  The texts' rooms are left as they are: clearing them would take longer
 * than reading a trade. */
void feed_begin(struct feed_parser *parser);

/* A message of which nothing is known: FEED_MALFORMED. */
void feed_clear(struct feed_message *message);

#endif
