/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed.h"

#include <limits.h>
#include <string.h>

#include <libwebsockets.h>

/* Which level of the message a value stands on. */
enum level { LEVEL_TOP, LEVEL_DATA, LEVEL_COUNT };

/* What is known of one level; the level that counts is chosen at the end. */
struct level_seen {
	bool is_array;
	uint32_t element_count; /* of the array, so far */
	bool has_bids;
	bool has_last_update_id;
	bool has_result;
	struct feed_message message;
};

struct feed_parser {
	bool has_data;
	struct level_seen levels[LEVEL_COUNT];
	char stream[FEED_STREAM_BYTES];
	bool is_stream_cut;
};

static const struct {
	const char *name;
	enum feed_event event;
} event_names[] = {
	{ "aggTrade", FEED_EVENT_AGG_TRADE },
	{ "trade", FEED_EVENT_TRADE },
	{ "bookTicker", FEED_EVENT_BOOK_TICKER },
	{ "depthUpdate", FEED_EVENT_DEPTH_UPDATE },
	{ "markPriceUpdate", FEED_EVENT_MARK_PRICE },
	{ "kline", FEED_EVENT_KLINE },
	{ "continuous_kline", FEED_EVENT_KLINE },
	{ "24hrTicker", FEED_EVENT_TICKER },
	{ "24hrMiniTicker", FEED_EVENT_TICKER },
	{ "1hTicker", FEED_EVENT_TICKER },
	{ "4hTicker", FEED_EVENT_TICKER },
	{ "1dTicker", FEED_EVENT_TICKER },
	{ "forceOrder", FEED_EVENT_FORCE_ORDER },
	{ "serverShutdown", FEED_EVENT_SERVER_SHUTDOWN },
};

/* Copies a text; false if it had to be cut. */
static bool copy_text(char *to, size_t to_bytes, const char *from, size_t from_bytes)
{
	size_t kept = from_bytes < to_bytes ? from_bytes : to_bytes - 1;

	memcpy(to, from, kept);
	to[kept] = '\0';
	return kept == from_bytes;
}

/* A whole number without a sign; false if it is none or does not fit. */
static bool read_id(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return true;
}

static void set_number(struct feed_message *message, uint64_t *field, enum feed_has bit,
		       const char *text)
{
	if (read_id(text, field))
		message->has |= (uint32_t)bit;
}

static void take_code(struct feed_message *message, const char *text)
{
	bool is_negative = *text == '-';
	uint64_t value;

	if (!read_id(text + is_negative, &value) || value > INT32_MAX)
		return;
	message->code = is_negative ? -(int64_t)value : (int64_t)value;
	message->has |= FEED_HAS_CODE;
}

/* A number under a key of one character. */
static void take_short_number(struct level_seen *seen, char key, const char *text)
{
	struct feed_message *message = &seen->message;

	switch (key) {
	case 'E':
		set_number(message, &message->event_time, FEED_HAS_EVENT_TIME, text);
		break;
	case 'T':
		set_number(message, &message->trade_time, FEED_HAS_TRADE_TIME, text);
		break;
	case 'a':
		set_number(message, &message->agg_id, FEED_HAS_AGG_ID, text);
		break;
	case 't':
		set_number(message, &message->trade_id, FEED_HAS_TRADE_ID, text);
		break;
	case 'U':
		set_number(message, &message->first_id, FEED_HAS_FIRST_ID, text);
		break;
	case 'u':
		set_number(message, &message->last_id, FEED_HAS_LAST_ID, text);
		break;
	default:
		break; /* none of ours */
	}
}

static void take_number(struct level_seen *seen, const char *key, const char *text)
{
	struct feed_message *message = &seen->message;

	if (!key[1]) {
		take_short_number(seen, key[0], text);
	} else if (strcmp(key, "pu") == 0) {
		set_number(message, &message->previous_id, FEED_HAS_PREVIOUS_ID, text);
	} else if (strcmp(key, "id") == 0) {
		set_number(message, &message->request_id, FEED_HAS_REQUEST_ID, text);
	} else if (strcmp(key, "code") == 0) {
		take_code(message, text);
	} else if (strcmp(key, "lastUpdateId") == 0) {
		seen->has_last_update_id = true;
		set_number(message, &message->last_id, FEED_HAS_LAST_ID, text);
	}
}

static void take_text(struct feed_parser *parser, enum level level, const char *key,
		      const char *text, size_t size_bytes)
{
	struct feed_message *message = &parser->levels[level].message;

	if (key[0] == 'e' && !key[1])
		(void)copy_text(message->event_name, FEED_SYMBOL_BYTES, text, size_bytes);
	else if (key[0] == 's' && !key[1])
		(void)copy_text(message->symbol, FEED_SYMBOL_BYTES, text, size_bytes);
	else if (strcmp(key, "msg") == 0)
		(void)copy_text(message->text, FEED_TEXT_BYTES, text, size_bytes);
	else if (level == LEVEL_TOP && strcmp(key, "stream") == 0)
		parser->is_stream_cut = !copy_text(parser->stream, FEED_STREAM_BYTES, text,
						   size_bytes);
}

/*
 * Finds the level of the value at lejp's path, and its key there; false if it
 * lies deeper.  An array's elements are on the level of the array, and its
 * first one speaks for it.
 */
static bool find_level(const struct feed_parser *parser, const char *path, enum level *ret_level,
		       const char **ret_key)
{
	*ret_level = LEVEL_TOP;
	if (strncmp(path, "data.", 5) == 0 || strncmp(path, "data[].", 7) == 0) {
		*ret_level = LEVEL_DATA;
		path += path[4] == '[' ? 7 : 5;
	} else if (strncmp(path, "[].", 3) == 0) {
		path += 3;
	}
	*ret_key = path;
	return *path && !strpbrk(path, ".[") && parser->levels[*ret_level].element_count <= 1;
}

static void note_array(struct feed_parser *parser, const char *path)
{
	if (strcmp(path, "[]") == 0)
		parser->levels[LEVEL_TOP].is_array = true;
	if (strcmp(path, "data[]") == 0)
		parser->levels[LEVEL_DATA].is_array = true;
	if (strcmp(path, "result[]") == 0)
		parser->levels[LEVEL_TOP].has_result = true;
}

static void note_object(struct feed_parser *parser, const char *path)
{
	if (strcmp(path, "[]") == 0)
		parser->levels[LEVEL_TOP].element_count++;
	if (strcmp(path, "data[]") == 0)
		parser->levels[LEVEL_DATA].element_count++;
}

static void note_name(struct feed_parser *parser, const char *path)
{
	enum level level;
	const char *key;

	if (!find_level(parser, path, &level, &key))
		return;
	if (level == LEVEL_TOP && strcmp(key, "data") == 0)
		parser->has_data = true;
	if (level == LEVEL_TOP && strcmp(key, "result") == 0)
		parser->levels[LEVEL_TOP].has_result = true;
	if (strcmp(key, "B") == 0)
		parser->levels[level].has_bids = true;
}

static signed char on_json(struct lejp_ctx *ctx, char reason)
{
	struct feed_parser *parser = ctx->user;
	enum level level;
	const char *key;

	switch (reason) {
	case LEJPCB_PAIR_NAME:
		note_name(parser, ctx->path);
		break;
	case LEJPCB_ARRAY_START:
		note_array(parser, ctx->path);
		break;
	case LEJPCB_OBJECT_START:
		note_object(parser, ctx->path);
		break;
	case LEJPCB_VAL_NUM_INT:
		if (find_level(parser, ctx->path, &level, &key))
			take_number(&parser->levels[level], key, ctx->buf);
		break;
	case LEJPCB_VAL_STR_END:
		if (find_level(parser, ctx->path, &level, &key))
			take_text(parser, level, key, ctx->buf, ctx->npos);
		break;
	default:
		break;
	}
	return 0;
}

static enum feed_event event_of(const struct level_seen *seen)
{
	const struct feed_message *message = &seen->message;

	for (size_t i = 0; i < sizeof(event_names) / sizeof(event_names[0]); i++)
		if (strcmp(message->event_name, event_names[i].name) == 0)
			return event_names[i].event;
	if (message->event_name[0])
		return FEED_EVENT_OTHER;
	if (seen->has_last_update_id)
		return FEED_EVENT_DEPTH_SNAPSHOT;
	if ((message->has & FEED_HAS_LAST_ID) && message->symbol[0] && seen->has_bids)
		return FEED_EVENT_BOOK_TICKER;
	return FEED_EVENT_NONE;
}

static enum feed_kind kind_of(const struct feed_parser *parser, const struct level_seen *seen,
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

/* True where T says when it happened, and not when something else is due. */
static bool is_trade_time_origin(enum feed_event event)
{
	return event == FEED_EVENT_AGG_TRADE || event == FEED_EVENT_TRADE ||
	       event == FEED_EVENT_BOOK_TICKER || event == FEED_EVENT_DEPTH_UPDATE;
}

static void finish(const struct feed_parser *parser, struct feed_message *ret_message)
{
	const struct level_seen *seen = &parser->levels[parser->has_data ? LEVEL_DATA : LEVEL_TOP];

	enum feed_event event = event_of(seen);

	*ret_message = seen->message;
	ret_message->event = event;
	ret_message->is_stream_cut = parser->is_stream_cut;
	memcpy(ret_message->stream, parser->stream, FEED_STREAM_BYTES);
	if (!is_trade_time_origin(event)) {
		ret_message->has &= ~(uint32_t)FEED_HAS_TRADE_TIME;
		ret_message->trade_time = 0;
	}
	ret_message->kind = kind_of(parser, seen, event);
}

static bool is_space_only(const char *text, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
			return false;
	return true;
}

/* lejp reports what it left of the text behind the value. */
static bool is_whole(const char *text, size_t size_bytes, int unused)
{
	return unused >= 0 && is_space_only(text + size_bytes - unused, (size_t)unused);
}

/* The one valid text that lejp refuses. */
static bool is_empty_object(const char *text, size_t size_bytes)
{
	const char *open = memchr(text, '{', size_bytes);
	const char *shut = memchr(text, '}', size_bytes);

	return open && shut > open && is_space_only(text, (size_t)(open - text)) &&
	       is_space_only(open + 1, (size_t)(shut - open - 1)) &&
	       is_space_only(shut + 1, (size_t)(text + size_bytes - shut - 1));
}

void feed_parse(const char *text, size_t size_bytes, struct feed_message *ret_message)
{
	struct feed_parser parser = { 0 };
	struct lejp_ctx ctx;
	int unused;

	*ret_message = (struct feed_message){ .kind = FEED_MALFORMED };
	if (!size_bytes || size_bytes > INT_MAX)
		return;
	lejp_construct(&ctx, on_json, &parser, NULL, 0);
	unused = lejp_parse(&ctx, (const unsigned char *)text, (int)size_bytes);
	lejp_destruct(&ctx);
	if (is_whole(text, size_bytes, unused))
		finish(&parser, ret_message);
	else if (is_empty_object(text, size_bytes))
		ret_message->kind = FEED_UNKNOWN;
}

uint64_t feed_exch_time_us(const struct feed_message *message, enum feed_time_unit unit)
{
	if (!(message->has & FEED_HAS_EVENT_TIME) || message->event == FEED_EVENT_NONE ||
	    message->event == FEED_EVENT_OTHER)
		return 0;
	if (unit == FEED_TIME_US)
		return message->event_time;
	return message->event_time <= UINT64_MAX / 1000 ? message->event_time * 1000 : 0;
}
