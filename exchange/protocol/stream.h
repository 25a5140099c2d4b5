/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stream names and the routes that serve them.
 */
#ifndef EXCHANGE_STREAM_H
#define EXCHANGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_NAME_BYTES     64 /* with the terminating zero */
#define STREAM_SYMBOL_BYTES   28
#define STREAM_INTERVAL_BYTES 4

enum route {
	ROUTE_SPOT,   /* /ws, /stream */
	ROUTE_MARKET, /* futures: /market/... */
	ROUTE_PUBLIC, /* futures: /public/... */
};

static inline bool route_is_futures(enum route route)
{
	return route != ROUTE_SPOT;
}

enum stream_kind {
	STREAM_AGG_TRADE,
	STREAM_TRADE,
	STREAM_BOOK_TICKER,
	STREAM_DEPTH_DIFF,
	STREAM_DEPTH_TOP, /* 5, 10 or 20 levels */
	STREAM_MARK_PRICE,
	STREAM_KLINE,
	STREAM_CONTINUOUS_KLINE,
	STREAM_MINI_TICKER,
	STREAM_TICKER,
	STREAM_FORCE_ORDER,
};

struct stream_spec {
	uint8_t kind;			      /* enum stream_kind */
	bool is_all;			      /* `!...`: every symbol */
	bool is_array;			      /* the payload is an array */
	uint8_t level_count;		      /* STREAM_DEPTH_TOP */
	uint32_t period_ms;		      /* 0: at the pace of the market */
	char symbol[STREAM_SYMBOL_BYTES];     /* lower case; "" with is_all */
	char interval[STREAM_INTERVAL_BYTES]; /* of a kline: "1m" */
};

/*
 * Is there such a stream on that route?  If not, the exchange acknowledges a
 * subscription all the same and stays silent, as the real one does.
 */
bool stream_parse(enum route route, const char *name, struct stream_spec *ret_spec);

#endif
