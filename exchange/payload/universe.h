/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The symbols that the `!` streams are about, and what symbols begin with.
 */
#ifndef EXCHANGE_UNIVERSE_H
#define EXCHANGE_UNIVERSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of spot, or of futures: there both worlds are in one list. */
const char *const *universe_listed(bool is_futures, size_t *ret_count);

/* The price at which a symbol starts, and its decimals: of the well-known, about the real one. */
uint64_t universe_first_price(const char *symbol, unsigned int *ret_decimals);

#endif
