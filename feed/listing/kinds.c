/* SPDX-License-Identifier: BSD-2-Clause */
#include "kinds.h"

#include <ctype.h>
#include <string.h>

#define SPOT   VENUE_AT_SPOT
#define SBE    VENUE_AT_SBE
#define MARKET VENUE_AT_MARKET
#define PUBLIC VENUE_AT_PUBLIC
#define ROUTED (VENUE_AT_PUBLIC | VENUE_AT_ROUTE)
#define DIGITS "0123456789"

/* How a stream's name begins. */
enum scope {
	OF_SYMBOL, /* "btcusdt@type" */
	OF_ALL,	   /* "!type" */
	ALONE,	   /* "type" */
};

/* What a message says of what its stream is about. */
enum subject {
	SYMBOL,	 /* its name, or nothing */
	PAIR,	 /* the stream's name up to a '_' */
	MEMBERS, /* contracts of a pair of COIN-M, which are all in USD */
	OPTIONS, /* options, whose names begin with its base */
};

struct kind {
	enum scope scope;
	const char *type; /* what follows '@' or '!'; it may go on with '@' and a pace */
	const char *more; /* not empty: one of these follows directly */
	uint8_t at;
	bool is_array;
	enum subject subject;
	enum feed_event event;
};

/*
 * Sources as in feed_origin.c; where futures serve a stream: USDS-M notice of
 * 2026-04-23 and @binance/derivatives-trading-usds-futures 38.1.1, which
 * sends each of its methods' streams to a route.
 */
static const struct kind kinds[] = {
	{ OF_SYMBOL, "aggTrade", "", SPOT | MARKET, false, SYMBOL, FEED_EVENT_AGG_TRADE },
	{ OF_SYMBOL, "trade", "", SPOT | SBE | PUBLIC, false, SYMBOL, FEED_EVENT_TRADE },
	{ OF_SYMBOL, "bookTicker", "", SPOT | PUBLIC, false, SYMBOL, FEED_EVENT_BOOK_TICKER },
	{ OF_ALL, "bookTicker", "", PUBLIC, false, SYMBOL, FEED_EVENT_BOOK_TICKER },
	{ OF_SYMBOL, "bestBidAsk", "", SBE, false, SYMBOL, FEED_EVENT_BOOK_TICKER },
	{ OF_SYMBOL, "depth", "", SPOT | SBE | PUBLIC, false, SYMBOL, FEED_EVENT_DEPTH_UPDATE },
	/* The same in shape as the one above; spot's have a shape of their own. */
	{ OF_SYMBOL, "rpiDepth", "", ROUTED, false, SYMBOL, FEED_EVENT_DEPTH_UPDATE },
	{ OF_SYMBOL, "depth", DIGITS, PUBLIC, false, SYMBOL, FEED_EVENT_DEPTH_UPDATE },
	{ OF_SYMBOL, "depth", DIGITS, SPOT, false, SYMBOL, FEED_EVENT_DEPTH_SNAPSHOT },
	{ OF_SYMBOL, "depth20", "", SBE, false, SYMBOL, FEED_EVENT_DEPTH_SNAPSHOT },
	{ OF_SYMBOL, "kline", "_", SPOT | MARKET, false, SYMBOL, FEED_EVENT_KLINE },
	{ OF_SYMBOL, "continuousKline", "_", MARKET, false, PAIR, FEED_EVENT_CONTINUOUS_KLINE },
	{ OF_SYMBOL, "indexPriceKline", "_", MARKET, false, PAIR, FEED_EVENT_INDEX_KLINE },
	{ OF_SYMBOL, "markPriceKline", "_", MARKET, false, PAIR, FEED_EVENT_MARK_KLINE },
	{ OF_SYMBOL, "miniTicker", "", SPOT | MARKET, false, SYMBOL, FEED_EVENT_MINI_TICKER },
	{ OF_ALL, "miniTicker@arr", "", SPOT | MARKET, true, SYMBOL, FEED_EVENT_MINI_TICKER },
	{ OF_SYMBOL, "ticker", "", SPOT | MARKET, false, SYMBOL, FEED_EVENT_TICKER },
	/* Spot changelog: retired there on 2026-03-26 */
	{ OF_ALL, "ticker@arr", "", MARKET, true, SYMBOL, FEED_EVENT_TICKER },
	{ OF_SYMBOL, "ticker", "_", SPOT, false, SYMBOL, FEED_EVENT_WINDOW_TICKER },
	{ OF_ALL, "ticker", "_", SPOT, true, SYMBOL, FEED_EVENT_WINDOW_TICKER },
	{ OF_SYMBOL, "avgPrice", "", SPOT, false, SYMBOL, FEED_EVENT_AVG_PRICE },
	{ OF_SYMBOL, "referencePrice", "", SPOT, false, SYMBOL, FEED_EVENT_REFERENCE_PRICE },
	{ OF_SYMBOL, "blockTrade", "", SPOT, false, SYMBOL, FEED_EVENT_BLOCK_TRADE },
	{ OF_SYMBOL, "markPrice", "", MARKET, false, SYMBOL, FEED_EVENT_MARK_PRICE },
	{ OF_SYMBOL, "markPrice", "", MARKET, true, MEMBERS, FEED_EVENT_MARK_PRICE },
	{ OF_ALL, "markPrice@arr", "", MARKET, true, SYMBOL, FEED_EVENT_MARK_PRICE },
	{ OF_SYMBOL, "indexPrice", "", MARKET, false, PAIR, FEED_EVENT_INDEX_PRICE },
	{ OF_SYMBOL, "forceOrder", "", MARKET, false, SYMBOL, FEED_EVENT_FORCE_ORDER },
	/* One order a message, whatever its name says. */
	{ OF_ALL, "forceOrder@arr", "", MARKET, false, SYMBOL, FEED_EVENT_FORCE_ORDER },
	{ OF_ALL, "contractInfo", "", MARKET, false, SYMBOL, FEED_EVENT_CONTRACT_INFO },
	{ OF_SYMBOL, "assetIndex", "", MARKET, false, SYMBOL, FEED_EVENT_ASSET_INDEX },
	{ OF_ALL, "assetIndex@arr", "", MARKET, true, SYMBOL, FEED_EVENT_ASSET_INDEX },
	{ OF_SYMBOL, "compositeIndex", "", MARKET, false, SYMBOL, FEED_EVENT_COMPOSITE_INDEX },
	{ ALONE, "tradingSession", "", MARKET, false, SYMBOL, FEED_EVENT_TRADING_SESSION },
	/* Options, on these routes since 2026-01 */
	{ OF_SYMBOL, "optionTrade", "", PUBLIC, false, OPTIONS, FEED_EVENT_TRADE },
	{ OF_SYMBOL, "optionTicker", "", PUBLIC, false, OPTIONS, FEED_EVENT_TICKER },
	{ OF_SYMBOL, "optionTicker", DIGITS, PUBLIC, false, OPTIONS, FEED_EVENT_TICKER },
	{ OF_SYMBOL, "optionMarkPrice", "", MARKET, true, OPTIONS, FEED_EVENT_OPTION_MARK_PRICE },
	{ OF_SYMBOL, "openInterest", "", MARKET, true, OPTIONS, FEED_EVENT_OPTION_INTEREST },
	{ OF_ALL, "index@arr", "", MARKET, true, SYMBOL, FEED_EVENT_OPTION_INDEX },
	{ OF_ALL, "optionSymbol", "", MARKET, false, SYMBOL, FEED_EVENT_OPTION_SYMBOL },
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

static enum scope scope_of(const char *stream)
{
	if (stream[0] == '!')
		return OF_ALL;
	return strchr(stream, '@') ? OF_SYMBOL : ALONE;
}

/* "aggTrade@100ms" of "btcusdt@aggTrade@100ms", "ticker@arr" of "!ticker@arr". */
static const char *type_of(const char *stream)
{
	switch (scope_of(stream)) {
	case OF_ALL:
		return stream + 1;
	case OF_SYMBOL:
		return strchr(stream, '@') + 1;
	case ALONE:
		break;
	}
	return stream;
}

static bool is_of_kind(const char *stream, const struct kind *kind)
{
	const char *type = type_of(stream);
	size_t size_bytes = strlen(kind->type);
	char next;

	if (strncmp(type, kind->type, size_bytes) != 0 || scope_of(stream) != kind->scope)
		return false;
	next = type[size_bytes];
	if (kind->more[0])
		return next && strchr(kind->more, next);
	return !next || next == '@';
}

/* Of "btcusdt@kline_1s", which is asked of its kind. */
static bool is_by_second(const char *stream, const struct kind *kind)
{
	const char *rest = type_of(stream) + strlen(kind->type);

	return kind->more[0] == '_' && strncmp(rest, "_1s", 3) == 0 && (!rest[3] || rest[3] == '@');
}

/* One second is an interval of spot's bars and of continuous ones only. */
static uint32_t kind_served_at(const char *stream, const struct kind *kind)
{
	if (!is_by_second(stream, kind))
		return kind->at;
	if (kind->event == FEED_EVENT_KLINE)
		return kind->at & SPOT;
	return kind->event == FEED_EVENT_CONTINUOUS_KLINE ? kind->at : 0;
}

uint32_t venue_served_at(const char *stream)
{
	uint32_t at = 0;

	for (size_t i = 0; i < KIND_COUNT; i++)
		if (is_of_kind(stream, &kinds[i]))
			at |= kind_served_at(stream, &kinds[i]);
	return at;
}

enum venue_route venue_route_of(const char *stream)
{
	uint32_t at = venue_served_at(stream);

	if (at & VENUE_AT_MARKET)
		return VENUE_ROUTE_MARKET;
	return at & VENUE_AT_PUBLIC ? VENUE_ROUTE_PUBLIC : VENUE_ROUTE_NONE;
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

/* ---- Which messages come on a stream ------------------------------------- */

/* How much of the stream's name a symbol is, in bytes: symbols may be UTF-8, in which nothing
 * but ASCII has two cases. */
static size_t common_bytes(const char *stream, const char *symbol)
{
	size_t i = 0;

	while (symbol[i] && tolower((unsigned char)symbol[i]) == (unsigned char)stream[i])
		i++;
	return i;
}

static bool is_about(const char *stream, const struct kind *kind, const char *symbol)
{
	size_t same_bytes = common_bytes(stream, symbol);
	bool is_whole = !symbol[same_bytes];

	if (kind->scope != OF_SYMBOL || !symbol[0])
		return true;
	switch (kind->subject) {
	case SYMBOL:
		return is_whole && stream[same_bytes] == '@';
	case PAIR:
		return is_whole && (stream[same_bytes] == '@' || stream[same_bytes] == '_');
	case MEMBERS:
		return stream[same_bytes] == '@' && symbol[same_bytes] == '_' && same_bytes > 3 &&
		       strncmp(stream + same_bytes - 3, "usd", 3) == 0;
	case OPTIONS:
		return same_bytes && strchr(symbol, '-') &&
		       (stream[same_bytes] == '@' || symbol[same_bytes] == '-');
	}
	return false;
}

/* Of futures' books every message names the one before it; of spot's none does. */
static bool is_of_futures_book(const struct feed_message *message)
{
	return message->event == FEED_EVENT_DEPTH_UPDATE && (message->has & FEED_HAS_PREVIOUS_ID);
}

static bool can_be_served(const struct kind *kind, const struct feed_message *message)
{
	if (message->has & FEED_HAS_TEMPLATE)
		return kind->at & SBE;
	if (kind->event != FEED_EVENT_DEPTH_UPDATE)
		return true;
	return kind->at & (is_of_futures_book(message) ? PUBLIC : SPOT);
}

/* "1hTicker" is of "ticker_1h". */
static bool is_of_window(const char *stream, const struct feed_message *message)
{
	const char *window = strchr(type_of(stream), '_');

	return message->event != FEED_EVENT_WINDOW_TICKER || !window ||
	       strncmp(window + 1, message->event_name, 2) == 0;
}

bool venue_stream_carries(const char *stream, const struct feed_message *message)
{
	bool is_array = message->kind == FEED_ARRAY;

	for (size_t i = 0; i < KIND_COUNT; i++)
		if (kinds[i].event == (enum feed_event)message->event &&
		    kinds[i].is_array == is_array && is_of_kind(stream, &kinds[i]) &&
		    can_be_served(&kinds[i], message) && is_of_window(stream, message) &&
		    is_about(stream, &kinds[i], message->symbol))
			return true;
	return false;
}

/* ---- What can be expected of a stream's numbers ----------------------------- */

bool venue_stream_is_chainless(const char *stream)
{
	const char *type = type_of(stream);

	/* A book's best levels are not all of it: between two of them others may have changed. */
	return strncmp(type, "depth", 5) == 0 && type[5] >= '0' && type[5] <= '9';
}

bool venue_stream_is_of_many(const char *stream)
{
	return scope_of(stream) != OF_SYMBOL || strncmp(type_of(stream), "option", 6) == 0;
}
