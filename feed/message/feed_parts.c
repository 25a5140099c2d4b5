/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed_parts.h"

#include <assert.h>
#include <string.h>

#include "feed_origin.h"

/* Names are short: two moves that may overlap are less than a call. */
static void copy_short(char *to, const char *from, size_t size_bytes)
{
	if (size_bytes >= 8 && size_bytes <= 16) {
		memcpy(to, from, 8);
		memcpy(to + size_bytes - 8, from + size_bytes - 8, 8);
	} else if (size_bytes >= 4 && size_bytes < 8) {
		memcpy(to, from, 4);
		memcpy(to + size_bytes - 4, from + size_bytes - 4, 4);
	} else {
		memcpy(to, from, size_bytes);
	}
}

/* Copies a text; false if it had to be cut. */
static bool copy_text(char *to, size_t to_bytes, const char *from, size_t from_bytes)
{
	size_t kept = from_bytes < to_bytes ? from_bytes : to_bytes - 1;

	copy_short(to, from, kept);
	to[kept] = '\0';
	return kept == from_bytes;
}

static void set_number(struct feed_message *message, uint64_t *field, enum feed_has bit,
		       uint64_t value)
{
	*field = value;
	message->has |= (uint32_t)bit;
}

static bool is_key(const char *key, size_t key_bytes, const char *name)
{
	return strlen(name) == key_bytes && memcmp(key, name, key_bytes) == 0;
}

/* A number under a key of one character. */
static void take_short_number(struct feed_message *message, char key, uint64_t value)
{
	switch (key) {
	case 'E':
		set_number(message, &message->event_time, FEED_HAS_EVENT_TIME, value);
		break;
	case 'T':
		set_number(message, &message->trade_time, FEED_HAS_TRADE_TIME, value);
		break;
	case 'a':
		set_number(message, &message->agg_id, FEED_HAS_AGG_ID, value);
		break;
	case 't':
		set_number(message, &message->trade_id, FEED_HAS_TRADE_ID, value);
		break;
	case 'U':
		set_number(message, &message->first_id, FEED_HAS_FIRST_ID, value);
		break;
	case 'u':
		set_number(message, &message->last_id, FEED_HAS_LAST_ID, value);
		break;
	default:
		break; /* none of ours */
	}
}

void feed_take_number(struct feed_seen *seen, const char *key, size_t key_bytes, uint64_t value)
{
	struct feed_message *message = &seen->message;

	if (key_bytes == 1) {
		take_short_number(message, key[0], value);
	} else if (is_key(key, key_bytes, "pu")) {
		set_number(message, &message->previous_id, FEED_HAS_PREVIOUS_ID, value);
	} else if (is_key(key, key_bytes, "id")) {
		set_number(message, &message->request_id, FEED_HAS_REQUEST_ID, value);
	} else if (is_key(key, key_bytes, "lastUpdateId")) {
		seen->has_last_update_id = true;
		set_number(message, &message->last_id, FEED_HAS_LAST_ID, value);
	}
}

void feed_take_code(struct feed_seen *seen, bool is_negative, uint64_t value)
{
	if (value > INT32_MAX)
		return;
	seen->message.code = is_negative ? -(int64_t)value : (int64_t)value;
	seen->message.has |= FEED_HAS_CODE;
}

void feed_take_text(struct feed_parser *parser, enum feed_level level, const char *key,
		    size_t key_bytes, const char *text, size_t text_bytes)
{
	struct feed_message *message = &parser->levels[level].message;

	if (key_bytes == 1 && key[0] == FEED_KEY_EVENT)
		(void)copy_text(message->event_name, FEED_SYMBOL_BYTES, text, text_bytes);
	else if (key_bytes == 1 && key[0] == FEED_KEY_SYMBOL)
		(void)copy_text(message->symbol, FEED_SYMBOL_BYTES, text, text_bytes);
	else if (is_key(key, key_bytes, "ps"))
		(void)copy_text(parser->levels[level].pair, FEED_SYMBOL_BYTES, text, text_bytes);
	else if (is_key(key, key_bytes, "msg"))
		(void)copy_text(message->text, FEED_TEXT_BYTES, text, text_bytes);
	else if (level == FEED_LEVEL_TOP && is_key(key, key_bytes, "stream"))
		parser->is_stream_cut = !copy_text(parser->stream, FEED_STREAM_BYTES, text,
						   text_bytes);
}

void feed_note_key(struct feed_parser *parser, enum feed_level level, const char *key,
		   size_t key_bytes)
{
	if (key_bytes == 1 && key[0] == FEED_KEY_BIDS)
		parser->levels[level].has_bids = true;
	else if (level == FEED_LEVEL_TOP && is_key(key, key_bytes, "data"))
		parser->has_data = true;
	else if (level == FEED_LEVEL_TOP && is_key(key, key_bytes, "result"))
		parser->levels[FEED_LEVEL_TOP].has_result = true;
}

static enum feed_event event_of(const struct feed_seen *seen)
{
	const struct feed_message *message = &seen->message;
	const struct feed_origin *row = feed_origin_of(message->event_name);

	if (row)
		return row->event;
	if (message->event_name[0])
		return FEED_EVENT_OTHER;
	if (seen->has_last_update_id)
		return FEED_EVENT_DEPTH_SNAPSHOT;
	if ((message->has & FEED_HAS_LAST_ID) && message->symbol[0] && seen->has_bids)
		return FEED_EVENT_BOOK_TICKER;
	return FEED_EVENT_NONE;
}

static enum feed_kind kind_of(const struct feed_parser *parser, const struct feed_seen *seen,
			      enum feed_event event)
{
	if (event != FEED_EVENT_NONE)
		return seen->is_array ? FEED_ARRAY : FEED_EVENT;
	if (seen->is_array)
		return FEED_ARRAY; /* an all-market stream with nothing to tell */
	if (parser->has_data)
		return FEED_UNKNOWN;
	if (seen->message.has & FEED_HAS_CODE)
		return FEED_ERROR;
	if (seen->has_result)
		return FEED_RESULT;
	return FEED_UNKNOWN;
}

void feed_finish(const struct feed_parser *parser, struct feed_message *ret_message)
{
	const struct feed_seen *seen =
		&parser->levels[parser->has_data ? FEED_LEVEL_DATA : FEED_LEVEL_TOP];
	enum feed_event event = event_of(seen);

	memcpy(ret_message, &seen->message, offsetof(struct feed_message, text));
	ret_message->text[0] = '\0';
	if (seen->message.text[0])
		(void)copy_text(ret_message->text, FEED_TEXT_BYTES, seen->message.text,
				strlen(seen->message.text));
	ret_message->event = event;
	ret_message->is_stream_cut = parser->is_stream_cut;
	memcpy(ret_message->stream, parser->stream, FEED_STREAM_BYTES);
	if (!ret_message->symbol[0])
		memcpy(ret_message->symbol, seen->pair, FEED_SYMBOL_BYTES);
	if (!feed_has_trade_origin(event)) {
		ret_message->has &= ~(uint32_t)FEED_HAS_TRADE_TIME;
		ret_message->trade_time = 0;
	}
	ret_message->kind = kind_of(parser, seen, event);
}

static_assert(FEED_MALFORMED == 0 && FEED_EVENT_NONE == 0, "a cleared message is neither");

void feed_clear(struct feed_message *message)
{
	memset(message, 0, offsetof(struct feed_message, event_name));
	message->event_name[0] = '\0';
	message->symbol[0] = '\0';
	message->stream[0] = '\0';
	message->text[0] = '\0';
}

void feed_begin(struct feed_parser *parser)
{
	memset(parser, 0, offsetof(struct feed_parser, stream));
	parser->stream[0] = '\0';
	for (size_t i = 0; i < FEED_LEVEL_COUNT; i++) {
		memset(&parser->levels[i], 0, offsetof(struct feed_seen, pair));
		parser->levels[i].pair[0] = '\0';
		feed_clear(&parser->levels[i].message);
	}
}
