/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which symbols are taken for listed, and what their spelling says.  All are
 * lower case here; since the merger of 2026-06-30 both futures hosts know the
 * symbols of either world.
 */
#ifndef EXCHANGE_SYMBOL_H
#define EXCHANGE_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>

/* "bnbbtc": anything before a known quote. */
bool symbol_is_spot(const char *symbol);

/* "btcusdt", "btcusdt_261225", "btcusd_perp", "btcusd_261225". */
bool symbol_is_futures(const char *symbol);

/* "btcusdt", "btcusd": what the contracts of a pair have in common. */
bool symbol_is_pair(const char *symbol);

/* "adausd": an asset, valued in dollars. */
bool symbol_is_asset(const char *symbol);

/* "btc-261225-60000-c" */
bool symbol_is_option(const char *symbol);

/* Is it a symbol or a pair of COIN-M, whose quote is the dollar itself? */
bool symbol_is_coin(const char *symbol);

/* How many bytes of the symbol are its pair's: all those before a '_'. */
size_t symbol_pair_bytes(const char *symbol);

#endif
