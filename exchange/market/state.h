/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The market's tables, for the files that keep and that play them.
 */
#ifndef EXCHANGE_STATE_H
#define EXCHANGE_STATE_H

#include "market.h"

#define HASH_SLOT_COUNT (2 * MARKET_STREAM_COUNT_MAX)

/* What makes the streams of one symbol move at the same moments. */
struct symbol {
	char name[STREAM_SYMBOL_BYTES]; /* "" for the streams of all symbols */
	bool is_futures;
	bool is_alive;	       /* something is subscribed that its pulse matters to */
	uint32_t first_stream; /* at the market's pace; index plus 1 */
	uint32_t first_timed;  /* with a period */
	uint64_t timed_due_ns; /* of the first of those */
	uint64_t first_id;     /* where its update ids begin */
	struct pulse pulse;
};

struct market {
	struct market_config config;
	uint64_t skip_count;
	uint32_t stream_count;
	uint32_t symbol_count;
	uint32_t slots[HASH_SLOT_COUNT]; /* stream index plus 1, by name */
	struct symbol symbols[MARKET_SYMBOL_COUNT_MAX];
	struct market_stream streams[MARKET_STREAM_COUNT_MAX];
};

/* Finds a symbol, or starts it; NULL where the table is full. */
struct symbol *state_open_symbol(struct market *market, bool is_futures, const char *name,
				 uint64_t now_ns);

/* Is a message's id one of its symbol's order book, or one of the stream's own? */
bool state_has_update_id(const struct stream_spec *spec);
bool state_has_trade_id(const struct stream_spec *spec);

#endif
