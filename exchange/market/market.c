/* SPDX-License-Identifier: BSD-2-Clause */
#include "market.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prof/clock.h"

#define HASH_SLOT_COUNT	   (2 * MARKET_STREAM_COUNT_MAX)
#define NS_PER_MS	   UINT64_C(1000000)
#define LATE_NS_MAX	   (100 * (int64_t)NS_PER_MS)
#define IDLE_NS		   (1000 * NS_PER_MS) /* when nothing at all is due */
#define NATURAL_MEAN_COUNT 3.39		      /* of natural_count() */

/* What makes the streams of one symbol move at the same moments. */
struct symbol {
	char name[STREAM_SYMBOL_BYTES];
	bool is_futures;
	uint64_t due_ns;
	uint32_t first_stream; /* index plus 1 */
	struct rng rng;
};

struct market {
	struct market_config config;
	uint64_t skip_count;
	uint32_t stream_count;
	uint32_t symbol_count;
	uint32_t timed_count;
	uint32_t slots[HASH_SLOT_COUNT]; /* stream index plus 1, by name */
	uint32_t timed[MARKET_STREAM_COUNT_MAX];
	struct symbol symbols[MARKET_SYMBOL_COUNT_MAX];
	struct market_stream streams[MARKET_STREAM_COUNT_MAX];
};

struct market *market_create(const struct market_config *config)
{
	struct market *market = calloc(1, sizeof(*market));

	if (!market)
		return NULL;
	market->config = *config;
	return market;
}

struct market *market_destroy(struct market *market)
{
	free(market);
	return NULL;
}

struct market_stream *market_stream(struct market *market, uint32_t stream_index)
{
	assert(stream_index < market->stream_count);
	return &market->streams[stream_index];
}

void market_set_mood(struct market *market, enum market_pace pace, enum market_depth depth)
{
	market->config.pace = pace;
	market->config.depth = depth;
}

uint64_t market_skip_count(const struct market *market)
{
	return market->skip_count;
}

/* The slot of that stream, or the empty one where it belongs. */
static uint32_t *find_slot(struct market *market, enum route route, const char *name)
{
	uint64_t hash = rng_named(0, (uint64_t)route, name).state;

	for (;; hash++) {
		uint32_t *slot = &market->slots[(uint32_t)hash % HASH_SLOT_COUNT];
		const struct market_stream *stream;

		if (*slot == 0)
			return slot;
		stream = &market->streams[*slot - 1];
		if (stream->route == route && strcmp(stream->name, name) == 0)
			return slot;
	}
}

/* How many messages come at once. */
static uint32_t natural_count(struct rng *rng)
{
	uint32_t percentile = rng_below(rng, 100);

	if (percentile < 70)
		return 1;
	if (percentile < 90)
		return rng_range(rng, 2, 5);
	if (percentile < 98)
		return rng_range(rng, 6, 20);
	return rng_range(rng, 20, 80);
}

/* Moments without a memory: the waits between them are exponential. */
static uint64_t random_wait_ns(struct rng *rng, double mean_ns)
{
	double share = ((double)(rng_next(rng) >> 11) + 0.5) / 9007199254740992.0; /* 2^53 */

	return (uint64_t)(-log(share) * mean_ns) + 1;
}

/* Draws how many messages a moment has and when the next moment comes. */
static uint32_t draw_moment(const struct market_config *config, struct symbol *symbol)
{
	double between_ns = (double)PROF_NS_PER_S / config->rate_hz;
	uint32_t count;

	switch (config->pace) {
	case PACE_STEADY:
		symbol->due_ns += (uint64_t)between_ns;
		return 1;
	case PACE_BURSTS:
		count = rng_range(&symbol->rng, 100, 250);
		symbol->due_ns += (uint64_t)(between_ns * count);
		return count;
	default:
		count = natural_count(&symbol->rng);
		symbol->due_ns += random_wait_ns(&symbol->rng, between_ns * NATURAL_MEAN_COUNT);
		return count;
	}
}

static void start_pace(const struct market_config *config, struct symbol *symbol, uint64_t now_ns)
{
	symbol->rng = rng_named(config->seed, symbol->is_futures, symbol->name);
	symbol->due_ns = now_ns;
	(void)draw_moment(config, symbol);
}

static struct symbol *open_symbol(struct market *market, bool is_futures, const char *name)
{
	struct symbol *symbol;

	for (uint32_t i = 0; i < market->symbol_count; i++) {
		symbol = &market->symbols[i];
		if (symbol->is_futures == is_futures && strcmp(symbol->name, name) == 0)
			return symbol;
	}
	if (market->symbol_count == MARKET_SYMBOL_COUNT_MAX)
		return NULL;
	symbol = &market->symbols[market->symbol_count++];
	(void)snprintf(symbol->name, sizeof(symbol->name), "%s", name);
	symbol->is_futures = is_futures;
	return symbol;
}

/* The ids start where a busy symbol's are by now: above 2^43 for those of the order book. */
static void open_values(const struct market *market, struct market_stream *stream)
{
	const struct stream_spec *spec = &stream->spec;

	stream->rng = rng_named(market->config.seed, 2 + (uint64_t)stream->route, stream->name);
	stream->price = payload_first_price(spec->is_all ? payload_listed[0] : spec->symbol,
					    &stream->decimals);
	if (spec->kind == STREAM_AGG_TRADE || spec->kind == STREAM_TRADE)
		stream->id = 3000000000u + rng_below(&stream->rng, 2000000000u);
	else if (spec->kind <= STREAM_DEPTH_TOP)
		stream->id = UINT64_C(9000000000000) + rng_below(&stream->rng, 4000000000u);
}

int market_open_stream(struct market *market, enum route route, const char *name, uint64_t now_ns)
{
	uint32_t *slot = find_slot(market, route, name);
	struct market_stream *stream;
	struct symbol *symbol;
	struct stream_spec spec;

	if (*slot)
		return (int)(*slot - 1);
	if (!stream_parse(route, name, &spec))
		return -ENOENT;
	if (market->stream_count == MARKET_STREAM_COUNT_MAX)
		return -ENOSPC;
	symbol = open_symbol(market, route_is_futures(route), spec.symbol);
	if (!symbol)
		return -ENOSPC;
	stream = &market->streams[market->stream_count];
	(void)strncpy(stream->name, name, sizeof(stream->name) - 1);
	stream->route = route;
	stream->spec = spec;
	open_values(market, stream);
	*slot = ++market->stream_count;
	if (spec.period_ms > 0) {
		stream->due_ns = now_ns + spec.period_ms * NS_PER_MS;
		market->timed[market->timed_count++] = *slot - 1;
	} else {
		if (symbol->first_stream == 0)
			start_pace(&market->config, symbol, now_ns);
		stream->next_of_symbol = symbol->first_stream;
		symbol->first_stream = *slot;
	}
	return (int)(*slot - 1);
}

/* How many levels a depth update has, both sides together. */
static uint32_t draw_level_count(enum market_depth depth, struct rng *rng)
{
	uint32_t percentile = rng_below(rng, 100);

	if (depth == DEPTH_LARGE)
		return rng_range(rng, 1200, 1620);
	if (percentile < 50)
		return rng_range(rng, 2, 35);
	if (percentile < 90)
		return rng_range(rng, 35, 150);
	if (percentile < 99)
		return rng_range(rng, 150, 600);
	return rng_range(rng, 600, 1620);
}

static void draw_ids(struct market_stream *stream, struct message *message)
{
	bool is_futures = route_is_futures(stream->route);

	message->prev_id = stream->id;
	switch ((enum stream_kind)stream->spec.kind) {
	case STREAM_AGG_TRADE:
	case STREAM_TRADE:
		stream->id++;
		message->first_id = 4 * stream->id; /* room for the trades of one aggregate */
		break;
	case STREAM_DEPTH_DIFF:
		message->first_id = stream->id + (is_futures ? rng_range(&stream->rng, 1, 300) : 1);
		stream->id = message->first_id + rng_below(&stream->rng, 3000);
		break;
	case STREAM_BOOK_TICKER:
	case STREAM_DEPTH_TOP:
		message->first_id = stream->id + 1;
		stream->id += rng_range(&stream->rng, 1, 3000);
		break;
	default:
		return; /* no number of its own */
	}
	message->id = stream->id;
}

static void draw_levels(const struct market *market, struct market_stream *stream,
			struct message *message)
{
	uint32_t count;

	if (stream->spec.kind == STREAM_DEPTH_TOP) {
		message->bid_count = message->ask_count = stream->spec.level_count;
	} else if (stream->spec.kind == STREAM_DEPTH_DIFF) {
		count = draw_level_count(market->config.depth, &stream->rng);
		/* Now and then a side is empty. */
		message->bid_count = rng_below(&stream->rng, 12) ? count / 2 : count;
		message->ask_count = count - message->bid_count;
	}
}

static uint32_t draw_lag_us(struct market_stream *stream)
{
	if (stream->spec.kind == STREAM_AGG_TRADE && route_is_futures(stream->route))
		return rng_range(&stream->rng, 100000, 160000); /* the aggregation */
	return rng_range(&stream->rng, 0, 4000);
}

static void emit_message(struct market *market, uint32_t stream_index, uint64_t wall_us,
			 market_emit *emit, void *context)
{
	struct market_stream *stream = &market->streams[stream_index];
	struct message message = {
		.spec = &stream->spec,
		.symbol = stream->spec.symbol,
		.is_futures = route_is_futures(stream->route),
		.event_wall_us = wall_us,
	};

	stream->price += rng_below(&stream->rng, 21);
	stream->price -= stream->price > 1000 ? 10 : 0;
	if (stream->spec.is_all && !stream->spec.is_array) {
		message.symbol = payload_listed[rng_below(&stream->rng, PAYLOAD_LISTED_COUNT)];
		stream->price = payload_first_price(message.symbol, &stream->decimals);
	}
	draw_ids(stream, &message);
	draw_levels(market, stream, &message);
	message.lag_us = draw_lag_us(stream);
	message.price = stream->price;
	message.decimals = stream->decimals;
	message.quantity_milli = rng_range(&stream->rng, 1, 9999);
	message.detail = (struct rng){ rng_next(&stream->rng) };
	emit(context, stream_index, &message);
}

/* After a long pause the market goes on from now instead of flooding the clients. */
static void catch_up(struct market *market, uint64_t *due_ns, uint64_t now_ns)
{
	if (prof_delta_ns(*due_ns, now_ns) <= LATE_NS_MAX)
		return;
	*due_ns = now_ns;
	market->skip_count++;
}

static void advance_symbol(struct market *market, struct symbol *symbol, uint64_t now_ns,
			   uint64_t wall_us, market_emit *emit, void *context)
{
	catch_up(market, &symbol->due_ns, now_ns);
	while (symbol->due_ns <= now_ns) {
		uint32_t count = draw_moment(&market->config, symbol);

		for (uint32_t i = 0; i < count; i++)
			for (uint32_t at = symbol->first_stream; at > 0;
			     at = market->streams[at - 1].next_of_symbol)
				emit_message(market, at - 1, wall_us, emit, context);
	}
}

uint64_t market_advance(struct market *market, uint64_t now_ns, uint64_t wall_us, market_emit *emit,
			void *context)
{
	uint64_t next_ns = now_ns + IDLE_NS;

	for (uint32_t i = 0; i < market->symbol_count; i++) {
		struct symbol *symbol = &market->symbols[i];

		if (symbol->first_stream == 0)
			continue;
		advance_symbol(market, symbol, now_ns, wall_us, emit, context);
		if (symbol->due_ns < next_ns)
			next_ns = symbol->due_ns;
	}
	for (uint32_t i = 0; i < market->timed_count; i++) {
		struct market_stream *stream = &market->streams[market->timed[i]];

		catch_up(market, &stream->due_ns, now_ns);
		if (stream->due_ns <= now_ns) {
			emit_message(market, market->timed[i], wall_us, emit, context);
			stream->due_ns += stream->spec.period_ms * NS_PER_MS;
		}
		if (stream->due_ns < next_ns)
			next_ns = stream->due_ns;
	}
	return next_ns;
}
