/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The market: which streams are alive, when each has something to say, and
 * what.  It knows no connection and no clock; the caller tells it the time.
 *
 * Everything but the time fields follows from the seed, the stream's name and
 * how long its symbol has been open: a stream's payloads are the same in every
 * run, whoever else subscribes.  Only update ids know of time: of each symbol
 * there is one sequence, in which all its books and their snapshots have a place.
 */
#ifndef EXCHANGE_MARKET_H
#define EXCHANGE_MARKET_H

#include "exchange/payload/payload.h"
#include "pulse.h"

#define MARKET_STREAM_COUNT_MAX 4096
#define MARKET_SYMBOL_COUNT_MAX 2048

enum market_depth {
	DEPTH_NATURAL, /* median about 900 bytes, rarely up to 35 kB */
	DEPTH_LARGE,   /* 25 to 35 kB each */
};

struct market_config {
	uint64_t seed;
	uint32_t rate_hz; /* mean messages a second of each stream without a period */
	enum market_pace pace;
	enum market_depth depth;
};

struct market;

struct market_stream {
	char name[STREAM_NAME_BYTES];
	enum route route;
	struct stream_spec spec;
	uint64_t subscribers; /* a bit for each connection; kept by the exchange */
	uint64_t id;	      /* of the last message */
	uint64_t price;
	unsigned int decimals;
	bool is_coin;	    /* of its symbol, as in a message */
	uint8_t pair_bytes; /* likewise */
	uint32_t symbol_index;
	uint32_t next_of_symbol; /* index plus 1; 0 ends the list */
	uint64_t due_ns;	 /* of a stream with a period */
	struct rng rng;
};

/* Called for each message; the message and all it points to lives for the call only. */
typedef void market_emit(void *context, uint32_t stream_index, const struct message *message);

/* Returns NULL without memory. */
struct market *market_create(const struct market_config *config);
struct market *market_destroy(struct market *market);

/*
 * Finds a stream, or starts it.  A stream once started goes on, also when
 * nobody listens: its ids move on as they do outside.
 *
 * Returns its index, or -ENOENT if that route serves no such stream, or
 * -ENOSPC if the tables are full.
 */
int market_open_stream(struct market *market, enum route route, const char *name, uint64_t now_ns);

/* From now on the market moves so. */
void market_set_mood(struct market *market, enum market_pace pace, enum market_depth depth);

struct market_stream *market_stream(struct market *market, uint32_t stream_index);

/*
 * Emits all that is due by now_ns.  After a pause of the caller's of more
 * than 100 ms the missing time is left out and counted.
 * Returns when to call again.
 */
uint64_t market_advance(struct market *market, uint64_t now_ns, uint64_t wall_us, market_emit *emit,
			void *context);

/* How often the market fell behind the clock and left time out. */
uint64_t market_skip_count(const struct market *market);

#endif
