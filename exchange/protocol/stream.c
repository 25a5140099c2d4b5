/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <string.h>

#define SPOT   (1u << ROUTE_SPOT)
#define MARKET (1u << ROUTE_MARKET)
#define PUBLIC (1u << ROUTE_PUBLIC)

/* What follows the symbol, exactly; klines are parsed apart for their interval. */
struct suffix {
	const char *text;
	uint8_t routes;
	uint8_t kind;
	uint8_t level_count;
	uint16_t period_ms;
};

static const struct suffix suffixes[] = {
	{ "@aggTrade", SPOT | MARKET, STREAM_AGG_TRADE, 0, 0 },
	{ "@trade", SPOT | PUBLIC, STREAM_TRADE, 0, 0 },
	{ "@bookTicker", SPOT | PUBLIC, STREAM_BOOK_TICKER, 0, 0 },
	{ "@depth", PUBLIC, STREAM_DEPTH_DIFF, 0, 250 },
	{ "@depth", SPOT, STREAM_DEPTH_DIFF, 0, 1000 },
	{ "@depth@0ms", PUBLIC, STREAM_DEPTH_DIFF, 0, 0 },
	{ "@depth@100ms", SPOT | PUBLIC, STREAM_DEPTH_DIFF, 0, 100 },
	{ "@depth@500ms", PUBLIC, STREAM_DEPTH_DIFF, 0, 500 },
	{ "@depth5", PUBLIC, STREAM_DEPTH_TOP, 5, 250 },
	{ "@depth10", PUBLIC, STREAM_DEPTH_TOP, 10, 250 },
	{ "@depth20", PUBLIC, STREAM_DEPTH_TOP, 20, 250 },
	{ "@depth5", SPOT, STREAM_DEPTH_TOP, 5, 1000 },
	{ "@depth10", SPOT, STREAM_DEPTH_TOP, 10, 1000 },
	{ "@depth20", SPOT, STREAM_DEPTH_TOP, 20, 1000 },
	{ "@depth5@100ms", SPOT | PUBLIC, STREAM_DEPTH_TOP, 5, 100 },
	{ "@depth10@100ms", SPOT | PUBLIC, STREAM_DEPTH_TOP, 10, 100 },
	{ "@depth20@100ms", SPOT | PUBLIC, STREAM_DEPTH_TOP, 20, 100 },
	{ "@depth5@500ms", PUBLIC, STREAM_DEPTH_TOP, 5, 500 },
	{ "@depth10@500ms", PUBLIC, STREAM_DEPTH_TOP, 10, 500 },
	{ "@depth20@500ms", PUBLIC, STREAM_DEPTH_TOP, 20, 500 },
	{ "@markPrice", MARKET, STREAM_MARK_PRICE, 0, 3000 },
	{ "@markPrice@1s", MARKET, STREAM_MARK_PRICE, 0, 1000 },
	{ "@miniTicker", SPOT, STREAM_MINI_TICKER, 0, 1000 },
	{ "@miniTicker", MARKET, STREAM_MINI_TICKER, 0, 2000 },
	{ "@ticker", SPOT, STREAM_TICKER, 0, 1000 },
	{ "@ticker", MARKET, STREAM_TICKER, 0, 2000 },
	{ "@forceOrder", MARKET, STREAM_FORCE_ORDER, 0, 1000 },
};

/* The `!` streams, whole names.  Of these, bookTicker and forceOrder are no arrays. */
static const struct suffix alls[] = {
	{ "!miniTicker@arr", SPOT | MARKET, STREAM_MINI_TICKER, 1, 1000 },
	{ "!ticker@arr", SPOT | MARKET, STREAM_TICKER, 1, 1000 },
	{ "!markPrice@arr", MARKET, STREAM_MARK_PRICE, 1, 3000 },
	{ "!markPrice@arr@1s", MARKET, STREAM_MARK_PRICE, 1, 1000 },
	{ "!forceOrder@arr", MARKET, STREAM_FORCE_ORDER, 0, 1000 },
	{ "!bookTicker", PUBLIC, STREAM_BOOK_TICKER, 0, 0 },
};

static const char *const intervals[] = { "1s", "1m", "3m", "5m",  "15m", "30m", "1h", "2h",
					 "4h", "6h", "8h", "12h", "1d",	 "3d",	"1w", "1M" };

/* A symbol is taken for listed when it ends in one of these. */
static const char *const quotes[] = { "usdt", "usdc", "fdusd", "tusd", "busd", "btc",
				      "eth",  "bnb",  "eur",   "try",  "brl",  "usd_perp" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_listed(const char *symbol)
{
	size_t size_bytes = strlen(symbol);

	for (size_t i = 0; i < size_bytes; i++)
		if (!((symbol[i] >= 'a' && symbol[i] <= 'z') ||
		      (symbol[i] >= '0' && symbol[i] <= '9') || symbol[i] == '_'))
			return false;
	for (size_t i = 0; i < COUNT(quotes); i++) {
		size_t quote_bytes = strlen(quotes[i]);

		if (size_bytes >= quote_bytes + 2 &&
		    strcmp(symbol + size_bytes - quote_bytes, quotes[i]) == 0)
			return true;
	}
	return false;
}

static const struct suffix *find(const struct suffix *rows, size_t count, enum route route,
				 const char *text)
{
	for (size_t i = 0; i < count; i++)
		if ((rows[i].routes & (1u << route)) && strcmp(rows[i].text, text) == 0)
			return &rows[i];
	return NULL;
}

static bool parse_interval(const char *text, struct stream_spec *spec)
{
	for (size_t i = 0; i < COUNT(intervals); i++) {
		if (strcmp(text, intervals[i]) != 0)
			continue;
		(void)strncpy(spec->interval, text, sizeof(spec->interval) - 1);
		spec->period_ms = strcmp(text, "1s") == 0 ? 1000 : 250;
		return true;
	}
	return false;
}

/* "@kline_1m", or "_perpetual@continuousKline_1m" cut off its contract type already. */
static bool parse_kline(enum route route, const char *text, struct stream_spec *spec)
{
	static const char kline[] = "@kline_";
	static const char continuous[] = "@continuousKline_";

	if (route != ROUTE_PUBLIC && strncmp(text, kline, sizeof(kline) - 1) == 0) {
		spec->kind = STREAM_KLINE;
		return parse_interval(text + sizeof(kline) - 1, spec);
	}
	if (route == ROUTE_MARKET && strncmp(text, continuous, sizeof(continuous) - 1) == 0) {
		static const char contract[] = "_perpetual";
		size_t symbol_bytes = strlen(spec->symbol);

		spec->kind = STREAM_CONTINUOUS_KLINE;
		if (symbol_bytes <= sizeof(contract) - 1 ||
		    strcmp(spec->symbol + symbol_bytes - (sizeof(contract) - 1), contract) != 0)
			return false;
		spec->symbol[symbol_bytes - (sizeof(contract) - 1)] = '\0';
		return parse_interval(text + sizeof(continuous) - 1, spec);
	}
	return false;
}

static void take(const struct suffix *row, struct stream_spec *spec)
{
	spec->kind = row->kind;
	spec->period_ms = row->period_ms;
	spec->level_count = spec->is_all ? 0 : row->level_count;
	spec->is_array = spec->is_all && row->level_count > 0;
}

bool stream_parse(enum route route, const char *name, struct stream_spec *ret_spec)
{
	struct stream_spec spec = { .is_all = name[0] == '!' };
	const struct suffix *row;
	const char *at = strchr(name, '@');

	if (spec.is_all) {
		row = find(alls, COUNT(alls), route, name);
		if (!row)
			return false;
		take(row, &spec);
		*ret_spec = spec;
		return true;
	}
	if (!at || at == name || (size_t)(at - name) >= sizeof(spec.symbol))
		return false;
	memcpy(spec.symbol, name, (size_t)(at - name));
	row = find(suffixes, COUNT(suffixes), route, at);
	if (row)
		take(row, &spec);
	else if (!parse_kline(route, at, &spec))
		return false;
	if (!is_listed(spec.symbol))
		return false;
	*ret_spec = spec;
	return true;
}
