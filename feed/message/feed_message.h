/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a message once it has been read: types only.  Times are the
 * exchange's wall clock in the feed's own unit (see feed.h), ids its own counts.
 */
#ifndef FEED_MESSAGE_H
#define FEED_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FEED_STREAM_BYTES 56 /* as PROF_STREAM_NAME_BYTES of the bus */
#define FEED_SYMBOL_BYTES 32
#define FEED_TEXT_BYTES	  128

/* What kind of message it is. */
enum feed_kind {
	FEED_MALFORMED, /* neither JSON nor SBE, or cut short */
	FEED_EVENT,	/* market data */
	FEED_ARRAY,	/* market data, several events: an all-market stream */
	FEED_RESULT,	/* answers a request: {"result":...,"id":N} */
	FEED_ERROR,	/* refuses a request: {"code":N,"msg":"..."} */
	FEED_UNKNOWN,	/* JSON or an SBE template without a meaning for us */
	FEED_KIND_COUNT,
};

/* The event types whose fields are known.  An event of no known type is FEED_EVENT_OTHER. */
enum feed_event {
	FEED_EVENT_NONE,
	FEED_EVENT_OTHER,
	FEED_EVENT_AGG_TRADE,
	FEED_EVENT_TRADE,
	FEED_EVENT_BOOK_TICKER, /* spot's has neither "e" nor a time */
	FEED_EVENT_DEPTH_UPDATE,
	FEED_EVENT_DEPTH_SNAPSHOT, /* spot depth5/10/20: neither "e" nor a time */
	FEED_EVENT_MARK_PRICE,
	FEED_EVENT_KLINE,
	FEED_EVENT_CONTINUOUS_KLINE,
	FEED_EVENT_INDEX_KLINE,
	FEED_EVENT_MARK_KLINE,
	FEED_EVENT_TICKER,
	FEED_EVENT_MINI_TICKER,
	FEED_EVENT_WINDOW_TICKER,
	FEED_EVENT_FORCE_ORDER,
	FEED_EVENT_AVG_PRICE,
	FEED_EVENT_BLOCK_TRADE,
	FEED_EVENT_REFERENCE_PRICE,
	FEED_EVENT_CONTRACT_INFO,
	FEED_EVENT_ASSET_INDEX,
	FEED_EVENT_COMPOSITE_INDEX,
	FEED_EVENT_INDEX_PRICE,
	FEED_EVENT_TRADING_SESSION,
	FEED_EVENT_OPTION_MARK_PRICE,
	FEED_EVENT_OPTION_INTEREST,
	FEED_EVENT_OPTION_INDEX,
	FEED_EVENT_OPTION_SYMBOL,
	FEED_EVENT_SERVER_SHUTDOWN,
	FEED_EVENT_COUNT,
};

/* Which of the numbers in struct feed_message were there. */
enum feed_has {
	FEED_HAS_EVENT_TIME = 1 << 0,
	FEED_HAS_TRADE_TIME = 1 << 1,
	FEED_HAS_AGG_ID = 1 << 2,
	FEED_HAS_FIRST_ID = 1 << 3,
	FEED_HAS_LAST_ID = 1 << 4,
	FEED_HAS_PREVIOUS_ID = 1 << 5,
	FEED_HAS_REQUEST_ID = 1 << 6,
	FEED_HAS_CODE = 1 << 7,
	FEED_HAS_TRADE_ID = 1 << 8,
	FEED_HAS_TEMPLATE = 1 << 9,
};

/*
 * Texts are terminated and cut to their room; empty where there was none.
 * What lies behind their ends is undefined.
 */
struct feed_message {
	uint32_t kind;	/* enum feed_kind */
	uint32_t event; /* enum feed_event */
	uint32_t has;	/* enum feed_has bits */
	bool is_stream_cut;
	bool is_time_us;    /* its times are us, whatever the feed's unit */
	uint16_t schema_id; /* of SBE, as template_id */
	uint16_t template_id;
	uint64_t event_time;  /* E, in the feed's unit; an array's first one */
	uint64_t trade_time;  /* T, only where it is a time of origin */
	uint64_t agg_id;      /* a */
	uint64_t trade_id;    /* t; SBE: of the last of its trades */
	uint64_t first_id;    /* U; SBE trades: of the first of them */
	uint64_t last_id;     /* u */
	uint64_t previous_id; /* pu */
	uint64_t request_id;
	int64_t code;
	char event_name[FEED_SYMBOL_BYTES];
	char symbol[FEED_SYMBOL_BYTES]; /* or the pair, where only that is said */
	char stream[FEED_STREAM_BYTES]; /* of a combined stream */
	char text[FEED_TEXT_BYTES];	/* of an error */
};

#endif
