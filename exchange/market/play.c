/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>

#include "exchange/payload/universe.h"
#include "prof/clock.h"
#include "state.h"

#define LATE_NS_MAX (100 * (int64_t)PROF_NS_PER_MS)
#define IDLE_NS	    (1000 * (uint64_t)PROF_NS_PER_MS) /* when nothing at all is due */

/* What is passed down all the way to the messages. */
struct play {
	struct market *market;
	uint64_t wall_us;
	market_emit *emit;
	void *context;
};

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

/* A place in the symbol's sequence: futures skip what the stream does not show. */
static void draw_update_ids(struct symbol *symbol, struct market_stream *stream, uint64_t at_ns,
			    struct message *message)
{
	uint64_t step_max;

	message->prev_id = stream->id;
	message->id = pulse_update_id(&symbol->pulse, symbol->first_id, at_ns);
	/* We are late, and somebody who came just now has taken the time: it moved all the same. */
	if (!stream->spec.is_all && message->id == message->prev_id) {
		symbol->pulse.moved++;
		message->id++;
	}
	message->first_id = message->prev_id + 1;
	stream->id = message->id;
	if (!message->is_futures || stream->spec.is_all)
		return;
	assert(message->id > message->prev_id);
	step_max = message->id - message->prev_id;
	message->first_id = message->prev_id +
			    rng_range(&stream->rng, 1, step_max < 300 ? (uint32_t)step_max : 300);
}

static void draw_ids(struct symbol *symbol, struct market_stream *stream, uint64_t at_ns,
		     struct message *message)
{
	if (state_has_update_id(&stream->spec)) {
		draw_update_ids(symbol, stream, at_ns, message);
	} else if (stream->route == ROUTE_SBE) {
		/* In binary, one message has all the trades of one order. */
		message->first_id = stream->id + 1;
		message->id = stream->id += rng_range(&stream->rng, 1, 3);
	} else if (state_has_trade_id(&stream->spec)) {
		message->id = ++stream->id;
		message->first_id = 4 * stream->id; /* room for the trades of one aggregate */
	}
}

/* The rest of a message that has its symbol. */
static void emit_message(const struct play *play, struct symbol *symbol,
			 struct market_stream *stream, uint64_t at_ns, struct message *message)
{
	stream->price += rng_below(&stream->rng, 21);
	stream->price -= stream->price > 1000 ? 10 : 0;
	draw_ids(symbol, stream, at_ns, message);
	draw_levels(play->market, stream, message);
	message->lag_us = draw_lag_us(stream);
	message->price = stream->price;
	message->decimals = stream->decimals;
	message->quantity_milli = rng_range(&stream->rng, 1, 9999);
	message->detail = (struct rng){ rng_next(&stream->rng) };
	play->emit(play->context, (uint32_t)(stream - play->market->streams), message);
}

static struct message begin_message(const struct play *play, const struct market_stream *stream)
{
	return (struct message){
		.spec = &stream->spec,
		.symbol = stream->spec.symbol,
		.is_futures = route_is_futures(stream->route),
		.is_coin = stream->is_coin,
		.pair_bytes = stream->pair_bytes,
		.event_wall_us = play->wall_us,
	};
}

static void play_symbol(const struct play *play, struct symbol *symbol, uint64_t until_ns);

/* One part of what a stream of all symbols says: about one of them. */
static void emit_listed(const struct play *play, struct symbol *symbol,
			struct market_stream *stream, uint32_t part)
{
	struct message message = begin_message(play, stream);
	uint64_t at_ns = stream->due_ns;
	const char *const *names;
	size_t count;

	message.part = (uint8_t)part;
	names = universe_listed(message.is_futures, &count);
	if (stream->spec.kind == STREAM_OPTION_SYMBOL)
		count = 1; /* options are of this one */
	if (stream->spec.kind == STREAM_BOOK_TICKER) {
		symbol = state_open_symbol(play->market, true, names[part], at_ns);
		assert(symbol);
		play_symbol(play, symbol, at_ns);
	} else {
		part = rng_below(&stream->rng, (uint32_t)count);
	}
	payload_set_symbol(&message, names[part % count]);
	stream->price = universe_first_price(message.symbol, &stream->decimals);
	emit_message(play, symbol, stream, at_ns, &message);
}

static void emit_stream(const struct play *play, struct symbol *symbol,
			struct market_stream *stream, uint64_t at_ns)
{
	size_t part_count = payload_part_count(&stream->spec);
	struct message message;

	if (stream->spec.is_all && !stream->spec.is_array) {
		for (uint32_t part = 0; part < part_count; part++)
			emit_listed(play, symbol, stream, part);
		return;
	}
	message = begin_message(play, stream);
	emit_message(play, symbol, stream, at_ns, &message);
}

static void play_moment(const struct play *play, struct symbol *symbol)
{
	struct market *market = play->market;
	uint64_t at_ns = symbol->pulse.due_ns;
	uint32_t count = pulse_draw(&symbol->pulse, market->config.pace, market->config.rate_hz);

	for (uint32_t i = 0; i < count; i++) {
		pulse_move(&symbol->pulse);
		for (uint32_t at = symbol->first_stream; at > 0;
		     at = market->streams[at - 1].next_of_symbol) {
			struct market_stream *stream = &market->streams[at - 1];
			struct message message = begin_message(play, stream);

			emit_message(play, symbol, stream, at_ns, &message);
		}
	}
}

static void play_timed(const struct play *play, struct symbol *symbol)
{
	struct market *market = play->market;
	uint64_t at_ns = symbol->timed_due_ns;
	uint64_t next_ns = UINT64_MAX;

	for (uint32_t at = symbol->first_timed; at > 0;
	     at = market->streams[at - 1].next_of_symbol) {
		struct market_stream *stream = &market->streams[at - 1];

		if (stream->due_ns <= at_ns) {
			emit_stream(play, symbol, stream, stream->due_ns);
			stream->due_ns += (uint64_t)stream->spec.period_ms * PROF_NS_PER_MS;
		}
		if (stream->due_ns < next_ns)
			next_ns = stream->due_ns;
	}
	symbol->timed_due_ns = next_ns;
}

static uint64_t next_ns_of(const struct symbol *symbol)
{
	if (symbol->is_alive && symbol->pulse.due_ns < symbol->timed_due_ns)
		return symbol->pulse.due_ns;
	return symbol->timed_due_ns;
}

/* In the order of their times, so that each id is where its time is. */
static void play_symbol(const struct play *play, struct symbol *symbol, uint64_t until_ns)
{
	while (next_ns_of(symbol) <= until_ns) {
		if (symbol->is_alive && symbol->pulse.due_ns <= symbol->timed_due_ns)
			play_moment(play, symbol);
		else
			play_timed(play, symbol);
	}
}

/* After a long pause the market goes on from now instead of flooding the clients. */
static void catch_up(struct market *market, uint64_t *due_ns, uint64_t now_ns)
{
	if (*due_ns == UINT64_MAX || prof_delta_ns(*due_ns, now_ns) <= LATE_NS_MAX)
		return;
	*due_ns = now_ns;
	market->skip_count++;
}

static void catch_up_symbol(struct market *market, struct symbol *symbol, uint64_t now_ns)
{
	if (next_ns_of(symbol) == UINT64_MAX ||
	    prof_delta_ns(next_ns_of(symbol), now_ns) <= LATE_NS_MAX)
		return;
	if (symbol->is_alive)
		catch_up(market, &symbol->pulse.due_ns, now_ns);
	for (uint32_t at = symbol->first_timed; at > 0; at = market->streams[at - 1].next_of_symbol)
		catch_up(market, &market->streams[at - 1].due_ns, now_ns);
	if (symbol->first_timed && prof_delta_ns(symbol->timed_due_ns, now_ns) > LATE_NS_MAX)
		symbol->timed_due_ns = now_ns;
}

uint64_t market_advance(struct market *market, uint64_t now_ns, uint64_t wall_us, market_emit *emit,
			void *context)
{
	const struct play play = {
		.market = market, .wall_us = wall_us, .emit = emit, .context = context
	};
	uint64_t next_ns = now_ns + IDLE_NS;

	for (uint32_t i = 0; i < market->symbol_count; i++)
		catch_up_symbol(market, &market->symbols[i], now_ns);
	/* The streams of all symbols first: they play those that they are about. */
	for (uint32_t i = 0; i < 2 * market->symbol_count; i++) {
		struct symbol *symbol = &market->symbols[i % market->symbol_count];

		if ((symbol->name[0] == '\0') != (i < market->symbol_count))
			continue;
		play_symbol(&play, symbol, now_ns);
		if (next_ns_of(symbol) < next_ns)
			next_ns = next_ns_of(symbol);
	}
	return next_ns;
}
