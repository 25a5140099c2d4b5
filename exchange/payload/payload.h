/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the exchange says about the market: from values to the JSON payloads
 * that Binance sends, key by key in its order.
 */
#ifndef EXCHANGE_PAYLOAD_H
#define EXCHANGE_PAYLOAD_H

#include "exchange/names/stream.h"
#include "exchange/protocol/text.h"
#include "rng.h"

#define PAYLOAD_BYTES_MAX 65536

/* One thing that happened.  Prices are in units of the last decimal shown. */
struct message {
	const struct stream_spec *spec;
	const char *symbol; /* lower case; of an array, of no meaning */
	bool is_futures;
	bool is_coin;	    /* of COIN-M: st is 2 */
	uint8_t pair_bytes; /* of the symbol: ps */
	uint8_t part;	    /* of a stream that says one moment in several messages, which */
	unsigned int decimals;
	uint64_t id;	   /* a, t or u: what continuity is checked by; 0 where there is none */
	uint64_t first_id; /* U of depth, f of trades */
	uint64_t prev_id;  /* pu */
	uint64_t price;
	uint64_t quantity_milli;
	uint64_t event_wall_us; /* E */
	uint32_t lag_us;	/* E - T */
	uint32_t bid_count;	/* of depth */
	uint32_t ask_count;
	struct rng detail; /* whatever else has to be made up */
};

/* The quantity that is asked beside a best bid: the first thing made up of a message's detail. */
static inline uint32_t payload_ask_quantity_milli(struct rng *rng)
{
	return rng_range(rng, 1, 20000);
}

/* One side of a book, level by level away from the price in steps of 1 to 3. */
struct payload_levels {
	uint64_t price; /* of the level that payload_levels_next() has given */
	uint64_t next_price;
	bool is_ask;
	bool has_gone; /* levels of quantity 0 among them: a snapshot has none */
};

static inline struct payload_levels payload_levels_begin(const struct message *message,
							 int direction)
{
	return (struct payload_levels){
		.next_price = message->price + (direction > 0 ? 1 : 0),
		.is_ask = direction > 0,
		.has_gone = message->spec->kind == STREAM_DEPTH_DIFF,
	};
}

/* Goes on to the next level and gives its quantity. */
static inline uint64_t payload_levels_next(struct payload_levels *levels, struct rng *rng)
{
	uint64_t step = rng_range(rng, 1, 3);
	bool is_gone = rng_below(rng, 8) == 0 && levels->has_gone;

	levels->price = levels->next_price;
	if (levels->is_ask)
		levels->next_price += step;
	else
		levels->next_price -= levels->next_price > step ? step : levels->next_price;
	return is_gone ? 0 : rng_range(rng, 1, 9999);
}

/* Makes the message one about that symbol, which must outlive it; all else stays. */
void payload_set_symbol(struct message *message, const char *symbol);

/* How many messages say one moment of the stream: one, or one for each symbol or session. */
size_t payload_part_count(const struct stream_spec *spec);

/*
 * Appends the payload; every time field is in microseconds or, as is usual,
 * in milliseconds.  The same message gives the same text, whoever asks.
 */
void payload_format(struct text *text, const struct message *message, bool is_microseconds);

#endif
