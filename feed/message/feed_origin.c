/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed_origin.h"

#include <string.h>

/*
 * "E" is when the exchange pushed it.  "T" is when it happened - or when
 * something else will: then it is no origin.  A "T" inside another object
 * (kline's k, forceOrder's o) is on no level that is read.
 *
 * Sources, by section.  S: Binance Spot API docs, "WebSocket Streams for
 * Binance" (as of 2026-09-18), and the types of @binance/spot 32.0.4.  F:
 * USDS-M Futures docs, "Websocket Market Streams" (2026-07), and those of
 * @binance/derivatives-trading-usds-futures 38.1.1.  C: the same of COIN-M,
 * @binance/derivatives-trading-coin-futures 8.0.1.  O: Options docs.
 */
static const struct feed_origin origins[] = {
	/* The busiest first: names are looked up in this order. */
	/* S, F: Aggregate Trade Streams, "T": trade time */
	{ "aggTrade", FEED_EVENT_AGG_TRADE, true, true },
	/* S: Trade Streams, "T": trade time; F: Trade Streams, "T": transaction time */
	{ "trade", FEED_EVENT_TRADE, true, true },
	/* F: Individual Symbol Book Ticker, "T": transaction time */
	{ "bookTicker", FEED_EVENT_BOOK_TICKER, true, true },
	/* S: Diff. Depth Stream, no "T"; F: Diff. Book Depth, RPI Diff. Book Depth, Partial Book
	   Depth, "T": transaction time */
	{ "depthUpdate", FEED_EVENT_DEPTH_UPDATE, true, true },
	/* F: Mark Price Stream, "T": next funding time */
	{ "markPriceUpdate", FEED_EVENT_MARK_PRICE, true, false },
	/* S, F: Kline/Candlestick Streams, "T" of k: kline close time */
	{ "kline", FEED_EVENT_KLINE, true, false },
	/* F: Continuous Contract Kline/Candlestick Streams, likewise */
	{ "continuous_kline", FEED_EVENT_CONTINUOUS_KLINE, true, false },
	/* C: Index Kline and Mark Price Kline/Candlestick Streams, likewise */
	{ "indexPrice_kline", FEED_EVENT_INDEX_KLINE, true, false },
	{ "markPrice_kline", FEED_EVENT_MARK_KLINE, true, false },
	/* S, F: Individual Symbol Ticker Streams, Mini Ticker Streams: no "T" */
	{ "24hrTicker", FEED_EVENT_TICKER, true, false },
	{ "24hrMiniTicker", FEED_EVENT_MINI_TICKER, true, false },
	/* S: Individual Symbol Rolling Window Statistics Streams: no "T" */
	{ "1hTicker", FEED_EVENT_WINDOW_TICKER, true, false },
	{ "4hTicker", FEED_EVENT_WINDOW_TICKER, true, false },
	{ "1dTicker", FEED_EVENT_WINDOW_TICKER, true, false },
	/* F: Liquidation Order Streams, "T" of o: trade time */
	{ "forceOrder", FEED_EVENT_FORCE_ORDER, true, false },
	/* S: Average Price, "T": last trade time, however long ago */
	{ "avgPrice", FEED_EVENT_AVG_PRICE, true, false },
	/* S: Block Trade Streams, "T": trade time */
	{ "blockTrade", FEED_EVENT_BLOCK_TRADE, true, true },
	/* S: Reference Price Streams, neither "E" nor "T"; "t" is the engine's */
	{ "referencePrice", FEED_EVENT_REFERENCE_PRICE, false, false },
	/* F: Contract Info Stream, Multi-Assets Mode Asset Index, Composite Index Symbol
	   Information Streams: no "T" */
	{ "contractInfo", FEED_EVENT_CONTRACT_INFO, true, false },
	{ "assetIndexUpdate", FEED_EVENT_ASSET_INDEX, true, false },
	{ "compositeIndex", FEED_EVENT_COMPOSITE_INDEX, true, false },
	/* C: Index Price Stream: no "T" */
	{ "indexPriceUpdate", FEED_EVENT_INDEX_PRICE, true, false },
	/* F: Trading Session Stream, "t" and "T": the session's bounds */
	{ "EquityUpdate", FEED_EVENT_TRADING_SESSION, true, false },
	{ "CommodityUpdate", FEED_EVENT_TRADING_SESSION, true, false },
	{ "KR_EquityUpdate", FEED_EVENT_TRADING_SESSION, true, false },
	{ "HK_EquityUpdate", FEED_EVENT_TRADING_SESSION, true, false },
	{ "CN_EquityUpdate", FEED_EVENT_TRADING_SESSION, true, false },
	{ "FXUpdate", FEED_EVENT_TRADING_SESSION, true, false },
	/* O: Mark Price, Open Interest, Index Price Streams, New Symbol Info: no "T" */
	{ "markPrice", FEED_EVENT_OPTION_MARK_PRICE, true, false },
	{ "openInterest", FEED_EVENT_OPTION_INTEREST, true, false },
	{ "indexPrice", FEED_EVENT_OPTION_INDEX, true, false },
	{ "optionSymbol", FEED_EVENT_OPTION_SYMBOL, true, false },
	/* S: serverShutdown, "E": when it was announced */
	{ "serverShutdown", FEED_EVENT_SERVER_SHUTDOWN, true, false },
	/* S: Partial Book Depth Streams, neither "e" nor a time.  In SBE (sbe-market-data-streams)
	   it has eventTime, as each template has. */
	{ "", FEED_EVENT_DEPTH_SNAPSHOT, true, false },
};

enum { ORIGIN_COUNT = sizeof(origins) / sizeof(origins[0]) };

const struct feed_origin *feed_origin_at(size_t index)
{
	return index < ORIGIN_COUNT ? &origins[index] : NULL;
}

const struct feed_origin *feed_origin_of(const char *event_name)
{
	if (!event_name[0])
		return NULL;
	for (size_t i = 0; i < ORIGIN_COUNT; i++)
		if (event_name[0] == origins[i].event_name[0] &&
		    strcmp(event_name, origins[i].event_name) == 0)
			return &origins[i];
	return NULL;
}

/* The first row of an event; all of them say the same. */
static const struct feed_origin *row_of(enum feed_event event)
{
	for (size_t i = 0; i < ORIGIN_COUNT; i++)
		if (origins[i].event == event)
			return &origins[i];
	return NULL;
}

bool feed_has_event_origin(enum feed_event event)
{
	const struct feed_origin *row = row_of(event);

	return row && row->is_event_time_origin;
}

bool feed_has_trade_origin(enum feed_event event)
{
	const struct feed_origin *row = row_of(event);

	return row && row->is_trade_time_origin;
}
