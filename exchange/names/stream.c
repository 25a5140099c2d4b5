/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <string.h>

#include "symbol.h"

#define SPOT   (1u << ROUTE_SPOT)
#define SBE    (1u << ROUTE_SBE)
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
	{ "@trade", SPOT | SBE | PUBLIC, STREAM_TRADE, 0, 0 },
	{ "@bookTicker", SPOT | PUBLIC, STREAM_BOOK_TICKER, 0, 0 },
	{ "@bestBidAsk", SBE, STREAM_BOOK_TICKER, 0, 0 },
	{ "@depth", PUBLIC, STREAM_DEPTH_DIFF, 0, 250 },
	{ "@depth", SPOT, STREAM_DEPTH_DIFF, 0, 1000 },
	{ "@depth", SBE, STREAM_DEPTH_DIFF, 0, 20 },
	{ "@depth@0ms", PUBLIC, STREAM_DEPTH_DIFF, 0, 0 },
	{ "@depth@100ms", SPOT | PUBLIC, STREAM_DEPTH_DIFF, 0, 100 },
	{ "@depth@250ms", PUBLIC, STREAM_DEPTH_DIFF, 0, 250 },
	{ "@depth@500ms", PUBLIC, STREAM_DEPTH_DIFF, 0, 500 },
	{ "@depth@1000ms", SPOT, STREAM_DEPTH_DIFF, 0, 1000 },
	/* The same in shape: only the name of a combined stream tells it from @depth. */
	{ "@rpiDepth@500ms", PUBLIC, STREAM_DEPTH_DIFF, 0, 500 },
	{ "@depth5", PUBLIC, STREAM_DEPTH_TOP, 5, 250 },
	{ "@depth10", PUBLIC, STREAM_DEPTH_TOP, 10, 250 },
	{ "@depth20", PUBLIC, STREAM_DEPTH_TOP, 20, 250 },
	{ "@depth5", SPOT, STREAM_DEPTH_TOP, 5, 1000 },
	{ "@depth10", SPOT, STREAM_DEPTH_TOP, 10, 1000 },
	{ "@depth20", SPOT, STREAM_DEPTH_TOP, 20, 1000 },
	{ "@depth20", SBE, STREAM_DEPTH_TOP, 20, 50 },
	{ "@depth5@100ms", SPOT | PUBLIC, STREAM_DEPTH_TOP, 5, 100 },
	{ "@depth10@100ms", SPOT | PUBLIC, STREAM_DEPTH_TOP, 10, 100 },
	{ "@depth20@100ms", SPOT | PUBLIC, STREAM_DEPTH_TOP, 20, 100 },
	{ "@depth5@250ms", PUBLIC, STREAM_DEPTH_TOP, 5, 250 },
	{ "@depth10@250ms", PUBLIC, STREAM_DEPTH_TOP, 10, 250 },
	{ "@depth20@250ms", PUBLIC, STREAM_DEPTH_TOP, 20, 250 },
	{ "@depth5@500ms", PUBLIC, STREAM_DEPTH_TOP, 5, 500 },
	{ "@depth10@500ms", PUBLIC, STREAM_DEPTH_TOP, 10, 500 },
	{ "@depth20@500ms", PUBLIC, STREAM_DEPTH_TOP, 20, 500 },
	{ "@depth5@1000ms", SPOT, STREAM_DEPTH_TOP, 5, 1000 },
	{ "@depth10@1000ms", SPOT, STREAM_DEPTH_TOP, 10, 1000 },
	{ "@depth20@1000ms", SPOT, STREAM_DEPTH_TOP, 20, 1000 },
	{ "@blockTrade", SPOT, STREAM_BLOCK_TRADE, 0, 1000 },
	{ "@markPrice", MARKET, STREAM_MARK_PRICE, 0, 3000 },
	{ "@markPrice@1s", MARKET, STREAM_MARK_PRICE, 0, 1000 },
	{ "@indexPrice", MARKET, STREAM_INDEX_PRICE, 0, 3000 },
	{ "@indexPrice@1s", MARKET, STREAM_INDEX_PRICE, 0, 1000 },
	{ "@miniTicker", SPOT, STREAM_MINI_TICKER, 0, 1000 },
	{ "@miniTicker", MARKET, STREAM_MINI_TICKER, 0, 2000 },
	{ "@ticker", SPOT, STREAM_TICKER, 0, 1000 },
	{ "@ticker", MARKET, STREAM_TICKER, 0, 2000 },
	{ "@avgPrice", SPOT, STREAM_AVG_PRICE, 0, 1000 },
	{ "@referencePrice", SPOT, STREAM_REFERENCE_PRICE, 0, 1000 },
	{ "@forceOrder", MARKET, STREAM_FORCE_ORDER, 0, 1000 },
	{ "@assetIndex", MARKET, STREAM_ASSET_INDEX, 0, 1000 },
	{ "@compositeIndex", MARKET, STREAM_COMPOSITE_INDEX, 0, 1000 },
	{ "@optionTrade", PUBLIC, STREAM_OPTION_TRADE, 0, 0 },
	{ "@optionTicker", PUBLIC, STREAM_OPTION_TICKER, 0, 1000 },
	{ "@optionMarkPrice", MARKET, STREAM_OPTION_MARK_PRICE, 1, 1000 },
};

/* The streams of no symbol, whole names.  level_count says which are arrays. */
static const struct suffix alls[] = {
	{ "!miniTicker@arr", SPOT | MARKET, STREAM_MINI_TICKER, 1, 1000 },
	{ "!ticker@arr", MARKET, STREAM_TICKER, 1, 1000 }, /* retired on spot, 2026-03-26 */
	{ "!ticker_1h@arr", SPOT, STREAM_WINDOW_TICKER, 1, 1000 },
	{ "!ticker_4h@arr", SPOT, STREAM_WINDOW_TICKER, 1, 1000 },
	{ "!ticker_1d@arr", SPOT, STREAM_WINDOW_TICKER, 1, 1000 },
	{ "!markPrice@arr", MARKET, STREAM_MARK_PRICE, 1, 3000 },
	{ "!markPrice@arr@1s", MARKET, STREAM_MARK_PRICE, 1, 1000 },
	{ "!assetIndex@arr", MARKET, STREAM_ASSET_INDEX, 1, 1000 },
	{ "!forceOrder@arr", MARKET, STREAM_FORCE_ORDER, 0, 1000 },
	{ "!contractInfo", MARKET, STREAM_CONTRACT_INFO, 0, 1000 },
	{ "!bookTicker", PUBLIC, STREAM_BOOK_TICKER, 0, 5000 },
	{ "tradingSession", MARKET, STREAM_TRADING_SESSION, 0, 1000 },
	{ "!index@arr", MARKET, STREAM_OPTION_INDEX, 1, 1000 },
	{ "!optionSymbol", MARKET, STREAM_OPTION_SYMBOL, 0, 1000 },
};

/* "@kline_1m" and its like: where they are served, and how often. */
static const struct {
	const char *text;
	uint8_t routes;
	uint8_t kind;
	bool has_seconds; /* 1s is an interval of it, too */
	uint16_t period_ms;
} bars[] = {
	{ "@kline_", SPOT, STREAM_KLINE, true, 2000 },
	{ "@kline_", MARKET, STREAM_KLINE, false, 250 },
	{ "@continuousKline_", MARKET, STREAM_CONTINUOUS_KLINE, true, 250 },
	{ "@indexPriceKline_", MARKET, STREAM_INDEX_KLINE, false, 250 },
	{ "@markPriceKline_", MARKET, STREAM_MARK_KLINE, false, 250 },
};

static const char *const intervals[] = { "1s", "1m", "3m", "5m",  "15m", "30m", "1h", "2h",
					 "4h", "6h", "8h", "12h", "1d",	 "3d",	"1w", "1M" };
static const char *const windows[] = { "1h", "4h", "1d" };

static const struct {
	const char *text;
	const char *spoken;
} contracts[] = {
	{ "_tradifi_perpetual", "TRADIFI_PERPETUAL" },
	{ "_perpetual", "PERPETUAL" },
	{ "_current_quarter", "CURRENT_QUARTER" },
	{ "_next_quarter", "NEXT_QUARTER" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct suffix *find(const struct suffix *rows, size_t count, enum route route,
				 const char *text)
{
	for (size_t i = 0; i < count; i++)
		if ((rows[i].routes & (1u << route)) && strcmp(rows[i].text, text) == 0)
			return &rows[i];
	return NULL;
}

/* Takes one of those words off the front; returns what follows, or NULL. */
static const char *take_word(const char *text, const char *const *words, size_t count,
			     struct stream_spec *spec)
{
	size_t word_bytes = strcspn(text, "@");

	for (size_t i = 0; i < count; i++) {
		if (word_bytes != strlen(words[i]) || strncmp(text, words[i], word_bytes) != 0)
			continue;
		(void)strncpy(spec->interval, words[i], sizeof(spec->interval) - 1);
		return text + word_bytes;
	}
	return NULL;
}

/* Cuts "_perpetual" and its like off the symbol. */
static bool take_contract(struct stream_spec *spec)
{
	size_t symbol_bytes = strlen(spec->symbol);

	for (size_t i = 0; i < COUNT(contracts); i++) {
		size_t contract_bytes = strlen(contracts[i].text);
		char *end;

		if (symbol_bytes <= contract_bytes)
			continue;
		end = spec->symbol + symbol_bytes - contract_bytes;
		if (strcmp(end, contracts[i].text) != 0)
			continue;
		*end = '\0';
		spec->contract = contracts[i].spoken;
		return true;
	}
	return false;
}

static bool parse_bar(enum route route, const char *text, struct stream_spec *spec)
{
	for (size_t i = 0; i < COUNT(bars); i++) {
		size_t text_bytes = strlen(bars[i].text);
		const char *rest;

		if (!(bars[i].routes & (1u << route)) ||
		    strncmp(text, bars[i].text, text_bytes) != 0)
			continue;
		rest = take_word(text + text_bytes, intervals, COUNT(intervals), spec);
		if (!rest || (strcmp(spec->interval, "1s") == 0 && !bars[i].has_seconds))
			return false;
		if (route == ROUTE_SPOT && strcmp(rest, "@+08:00") == 0)
			spec->zone_h = 8;
		else if (*rest != '\0')
			return false;
		spec->kind = bars[i].kind;
		spec->period_ms = bars[i].period_ms;
		if (route == ROUTE_SPOT && strcmp(spec->interval, "1s") == 0)
			spec->period_ms = 1000;
		return spec->kind != STREAM_CONTINUOUS_KLINE || take_contract(spec);
	}
	return false;
}

/* "@ticker_1h" of spot. */
static bool parse_window(enum route route, const char *text, struct stream_spec *spec)
{
	static const char ticker[] = "@ticker_";
	const char *rest;

	if (route != ROUTE_SPOT || strncmp(text, ticker, sizeof(ticker) - 1) != 0)
		return false;
	rest = take_word(text + sizeof(ticker) - 1, windows, COUNT(windows), spec);
	spec->kind = STREAM_WINDOW_TICKER;
	spec->period_ms = 1000;
	return rest && *rest == '\0';
}

/* "@optionTicker261225" and "@openInterest@261225": of all options that expire then. */
static bool parse_expiry(enum route route, const char *text, struct stream_spec *spec)
{
	static const char ticker[] = "@optionTicker";
	static const char interest[] = "@openInterest@";
	bool is_ticker = strncmp(text, ticker, sizeof(ticker) - 1) == 0;
	bool is_interest = strncmp(text, interest, sizeof(interest) - 1) == 0;

	if ((route == ROUTE_PUBLIC && is_ticker) || (route == ROUTE_MARKET && is_interest)) {
		text += is_ticker ? sizeof(ticker) - 1 : sizeof(interest) - 1;
		text += is_ticker && *text == '@';
		spec->kind = is_ticker ? STREAM_OPTION_TICKER : STREAM_OPTION_INTEREST;
		spec->is_array = is_interest;
		spec->period_ms = is_ticker ? 1000 : 60000;
		(void)strncpy(spec->expiry, text, sizeof(spec->expiry) - 1);
		return strlen(text) == 6 && strspn(text, "0123456789") == 6;
	}
	return false;
}

static void take(const struct suffix *row, struct stream_spec *spec)
{
	spec->kind = row->kind;
	spec->period_ms = row->period_ms;
	if (row->kind == STREAM_DEPTH_TOP)
		spec->level_count = row->level_count;
	else
		spec->is_array = row->level_count > 0;
}

static bool is_listed(enum route route, struct stream_spec *spec)
{
	const char *symbol = spec->symbol;

	switch ((enum stream_kind)spec->kind) {
	case STREAM_OPTION_TRADE:
		return symbol_is_option(symbol) || symbol_is_pair(symbol);
	case STREAM_OPTION_TICKER:
		return spec->expiry[0] ? symbol_is_pair(symbol) : symbol_is_option(symbol);
	case STREAM_OPTION_MARK_PRICE:
	case STREAM_OPTION_INTEREST:
	case STREAM_CONTINUOUS_KLINE:
	case STREAM_COMPOSITE_INDEX:
		return symbol_is_pair(symbol);
	case STREAM_INDEX_PRICE:
	case STREAM_INDEX_KLINE:
		return symbol_is_pair(symbol) && symbol_is_coin(symbol);
	case STREAM_ASSET_INDEX:
		return symbol_is_asset(symbol);
	case STREAM_MARK_PRICE:
		/* A pair of COIN-M stands for all its symbols. */
		spec->is_array = symbol_is_asset(symbol);
		return spec->is_array || symbol_is_futures(symbol);
	case STREAM_MARK_KLINE:
		return symbol_is_futures(symbol) && symbol_is_coin(symbol);
	default:
		return route_is_futures(route) ? symbol_is_futures(symbol) : symbol_is_spot(symbol);
	}
}

static bool parse_all(enum route route, const char *name, struct stream_spec *spec)
{
	const struct suffix *row = find(alls, COUNT(alls), route, name);

	if (!row)
		return false;
	spec->is_all = true;
	take(row, spec);
	if (spec->kind == STREAM_WINDOW_TICKER)
		(void)take_word(name + strlen("!ticker_"), windows, COUNT(windows), spec);
	return true;
}

bool stream_parse(enum route route, const char *name, struct stream_spec *ret_spec)
{
	struct stream_spec spec = { 0 };
	const struct suffix *row;
	const char *at = strchr(name, '@');

	route = route_home(route);
	if (parse_all(route, name, &spec)) {
		*ret_spec = spec;
		return true;
	}
	if (!at || at == name || (size_t)(at - name) >= sizeof(spec.symbol))
		return false;
	memcpy(spec.symbol, name, (size_t)(at - name));
	row = find(suffixes, COUNT(suffixes), route, at);
	if (row)
		take(row, &spec);
	else if (!parse_bar(route, at, &spec) && !parse_window(route, at, &spec) &&
		 !parse_expiry(route, at, &spec))
		return false;
	if (!is_listed(route, &spec))
		return false;
	*ret_spec = spec;
	return true;
}
