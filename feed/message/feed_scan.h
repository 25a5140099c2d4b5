/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The quick way to read a message.
 *
 * lejp is the parser.  This goes before it, because lejp alone takes longer
 * for a trade than everything else between socket and bus together: it reads
 * strictly what an exchange normally sends and declines everything else -
 * escapes, arrays of events, deep nesting, anything malformed - which lejp
 * then judges.  Where both read a text, they must read the same: see fuzz_feed
 * and feed_property_test.
 */
#ifndef FEED_SCAN_H
#define FEED_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "feed_parts.h"

/*
 * Expects a parser that has begun.  False if the text is not for it; the
 * parser then holds what was read before that and must begin again.
 */
bool feed_scan(const char *text, size_t size_bytes, struct feed_parser *parser);

#endif
