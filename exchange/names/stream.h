/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stream names and the routes that serve them.
 */
#ifndef EXCHANGE_STREAM_H
#define EXCHANGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_NAME_BYTES     96 /* with the terminating zero; a listen key has 64 */
#define STREAM_SYMBOL_BYTES   48
#define STREAM_INTERVAL_BYTES 4

enum route {
	ROUTE_SPOT,	/* /ws, /stream */
	ROUTE_SBE,	/* the same of a host that speaks SBE */
	ROUTE_UNROUTED, /* the same of a futures host: what /public serves, and no more */
	ROUTE_MARKET,	/* futures: /market/... */
	ROUTE_PUBLIC,	/* futures: /public/... */
	ROUTE_PRIVATE,	/* futures: /private/...; serves nothing without an account */
	ROUTE_API,	/* spot: /ws-api/v3, where there are no streams but answers */
};

static inline bool route_is_futures(enum route route)
{
	return route >= ROUTE_UNROUTED && route <= ROUTE_PRIVATE;
}

/* The route whose streams these are: the unrouted address shows those of /public. */
static inline enum route route_home(enum route route)
{
	return route == ROUTE_UNROUTED ? ROUTE_PUBLIC : route;
}

enum stream_kind {
	STREAM_AGG_TRADE,
	STREAM_TRADE,
	STREAM_BOOK_TICKER,
	STREAM_DEPTH_DIFF,
	STREAM_DEPTH_TOP, /* 5, 10 or 20 levels */
	STREAM_BLOCK_TRADE,
	STREAM_MARK_PRICE,
	STREAM_INDEX_PRICE,
	STREAM_KLINE,
	STREAM_CONTINUOUS_KLINE,
	STREAM_INDEX_KLINE,
	STREAM_MARK_KLINE,
	STREAM_MINI_TICKER,
	STREAM_TICKER,
	STREAM_WINDOW_TICKER,
	STREAM_AVG_PRICE,
	STREAM_REFERENCE_PRICE,
	STREAM_FORCE_ORDER,
	STREAM_CONTRACT_INFO,
	STREAM_ASSET_INDEX,
	STREAM_COMPOSITE_INDEX,
	STREAM_TRADING_SESSION,
	STREAM_OPTION_TRADE,
	STREAM_OPTION_TICKER,
	STREAM_OPTION_MARK_PRICE,
	STREAM_OPTION_INTEREST,
	STREAM_OPTION_INDEX,
	STREAM_OPTION_SYMBOL,
};

struct stream_spec {
	uint8_t kind;			  /* enum stream_kind */
	bool is_all;			  /* `!...`: every symbol */
	bool is_array;			  /* the payload is an array */
	uint8_t level_count;		  /* STREAM_DEPTH_TOP */
	uint8_t zone_h;			  /* of a kline: hours that its bars begin before UTC's */
	uint32_t period_ms;		  /* 0: at the pace of the market */
	const char *contract;		  /* of a continuous kline: "PERPETUAL" */
	char symbol[STREAM_SYMBOL_BYTES]; /* lower case; "" with is_all */
	char expiry[8];			  /* of options: "261225"; else "" */
	char interval[STREAM_INTERVAL_BYTES]; /* of a kline, a window: "1m" */
};

/*
 * Is there such a stream on that route?  If not, the exchange acknowledges a
 * subscription all the same and stays silent, as the real one does.
 */
bool stream_parse(enum route route, const char *name, struct stream_spec *ret_spec);

#endif
