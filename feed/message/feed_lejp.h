/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole way to read a message: by libwebsockets' JSON parser.
 */
#ifndef FEED_LEJP_H
#define FEED_LEJP_H

#include <stdbool.h>
#include <stddef.h>

#include "feed_parts.h"

/* Expects a parser that has begun; false if the text is not JSON, or nested too deep for lejp. */
bool feed_lejp(const char *text, size_t size_bytes, struct feed_parser *parser);

#endif
