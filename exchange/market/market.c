/* SPDX-License-Identifier: BSD-2-Clause */
#include "market.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/names/symbol.h"
#include "exchange/payload/universe.h"
#include "prof/clock.h"
#include "state.h"

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

/* The ids start where a busy symbol's are by now: above 2^43 for those of the order book. */
static void start_symbol(const struct market *market, struct symbol *symbol, uint64_t now_ns)
{
	const struct market_config *config = &market->config;
	struct rng rng = rng_named(config->seed, symbol->is_futures, symbol->name);

	pulse_start(&symbol->pulse, rng, config->pace, config->rate_hz, now_ns);
	rng = rng_named(config->seed, 8 + (uint64_t)symbol->is_futures, symbol->name);
	symbol->first_id = UINT64_C(9000000000000) + rng_below(&rng, 4000000000u);
	symbol->timed_due_ns = UINT64_MAX;
}

struct symbol *state_open_symbol(struct market *market, bool is_futures, const char *name,
				 uint64_t now_ns)
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
	start_symbol(market, symbol, now_ns);
	return symbol;
}

bool state_has_update_id(const struct stream_spec *spec)
{
	return spec->kind == STREAM_BOOK_TICKER || spec->kind == STREAM_DEPTH_DIFF ||
	       spec->kind == STREAM_DEPTH_TOP;
}

bool state_has_trade_id(const struct stream_spec *spec)
{
	return spec->kind == STREAM_AGG_TRADE || spec->kind == STREAM_TRADE ||
	       spec->kind == STREAM_BLOCK_TRADE || spec->kind == STREAM_OPTION_TRADE;
}

static void open_values(const struct market *market, struct symbol *symbol,
			struct market_stream *stream, uint64_t now_ns)
{
	const struct stream_spec *spec = &stream->spec;
	const char *name = spec->is_all ? "btcusdt" : spec->symbol;

	stream->rng = rng_named(market->config.seed, 2 + (uint64_t)stream->route, stream->name);
	stream->price = universe_first_price(name, &stream->decimals);
	stream->is_coin = symbol_is_coin(spec->symbol);
	stream->pair_bytes = (uint8_t)symbol_pair_bytes(spec->symbol);
	if (state_has_trade_id(spec))
		stream->id = 3000000000u + rng_below(&stream->rng, 2000000000u);
	else if (state_has_update_id(spec))
		stream->id = pulse_update_id(&symbol->pulse, symbol->first_id, now_ns);
}

/* From now on its pulse is played; what it slept through never was. */
static void wake(struct market *market, struct symbol *symbol, uint64_t now_ns)
{
	if (symbol->is_alive)
		return;
	symbol->is_alive = true;
	if (symbol->pulse.due_ns > now_ns)
		return;
	symbol->pulse.due_ns = now_ns;
	(void)pulse_draw(&symbol->pulse, market->config.pace, market->config.rate_hz);
}

/* Opens all that `!bookTicker` tells of, so that each has its own place in its own sequence. */
static bool open_listed(struct market *market, const struct stream_spec *spec, uint64_t now_ns)
{
	size_t count;
	const char *const *names = universe_listed(true, &count);

	if (!spec->is_all || !state_has_update_id(spec))
		return true;
	for (size_t i = 0; i < count; i++) {
		struct symbol *symbol = state_open_symbol(market, true, names[i], now_ns);

		if (!symbol)
			return false;
		wake(market, symbol, now_ns);
	}
	return true;
}

static void join_symbol(struct market *market, struct symbol *symbol, uint32_t stream_index,
			uint64_t now_ns)
{
	struct market_stream *stream = &market->streams[stream_index];
	bool is_timed = stream->spec.period_ms > 0;
	uint32_t *first = is_timed ? &symbol->first_timed : &symbol->first_stream;

	stream->symbol_index = (uint32_t)(symbol - market->symbols);
	stream->next_of_symbol = *first;
	*first = stream_index + 1;
	if (!is_timed || (symbol->name[0] && state_has_update_id(&stream->spec)))
		wake(market, symbol, now_ns);
	if (!is_timed)
		return;
	stream->due_ns = now_ns + stream->spec.period_ms * PROF_NS_PER_MS;
	if (stream->due_ns < symbol->timed_due_ns)
		symbol->timed_due_ns = stream->due_ns;
}

int market_open_stream(struct market *market, enum route route, const char *name, uint64_t now_ns)
{
	uint32_t *slot = find_slot(market, route_home(route), name);
	struct market_stream *stream;
	struct symbol *symbol;
	struct stream_spec spec;

	if (*slot)
		return (int)(*slot - 1);
	if (!stream_parse(route, name, &spec))
		return -ENOENT;
	if (market->stream_count == MARKET_STREAM_COUNT_MAX)
		return -ENOSPC;
	symbol = state_open_symbol(market, route_is_futures(route), spec.symbol, now_ns);
	if (!symbol || !open_listed(market, &spec, now_ns))
		return -ENOSPC;
	stream = &market->streams[market->stream_count];
	(void)strncpy(stream->name, name, sizeof(stream->name) - 1);
	stream->route = route_home(route);
	stream->spec = spec;
	open_values(market, symbol, stream, now_ns);
	join_symbol(market, symbol, market->stream_count, now_ns);
	*slot = ++market->stream_count;
	return (int)(*slot - 1);
}
