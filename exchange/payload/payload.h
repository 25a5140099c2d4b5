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
