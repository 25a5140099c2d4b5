/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An order to measure with, as spot's WebSocket API understands it (the venue's published
 * web-socket-api.md, "Test new order").  Its key and signature are none.  Pure.
 */
#ifndef FEED_ORDER_TEXT_H
#define FEED_ORDER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_SYMBOL_BYTES 24
#define ORDER_TEXT_BYTES   640

/* The symbol of "btcusdt@bookTicker", in capitals.  False where the name has none. */
bool order_symbol(const char *stream, char ret_symbol[ORDER_SYMBOL_BYTES]);

/* An order.test whose request has that id; returns how many bytes it has. */
size_t order_text(char ret_text[ORDER_TEXT_BYTES], const char *symbol, uint64_t id,
		  uint64_t wall_ms);

#endif
