/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message of a Binance-shaped feed says: event, symbol, times, ids.
 *
 * Only the top level of the payload counts - of `data` in a combined stream -
 * because nested objects repeat the same keys with other meanings.  Key order
 * is free and unknown keys are passed over.  What is nested deeper than lejp
 * follows (5 arrays, 12 levels) counts as malformed.
 *
 * Shapes are those of the exchange's JSON (RFC 8259), and of its SBE in binary
 * frames.  Times are the exchange's wall clock in the feed's own unit, ms
 * unless the URL asked for us, and always us in SBE; ids are whatever the
 * exchange counts.  Pure: no allocation, no clock, no state between two messages.
 */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "feed/message/feed_message.h"
#include "feed_time.h"

/*
 * Parses one whole message, not terminated.  *ret_message is written in every
 * case and keeps no pointer to the text; what cannot be read is FEED_MALFORMED.
 */
void feed_parse(const char *text, size_t size_bytes, struct feed_message *ret_message);

/* The same of what came in a binary frame: SBE, see feed_sbe(), or else JSON. */
void feed_parse_binary(const void *bytes, size_t size_bytes, struct feed_message *ret_message);

/*
 * The exchange's wall clock when it sent the message, in us; 0 where the
 * message has no time of origin.
 */
uint64_t feed_exch_time_us(const struct feed_message *message, enum feed_time_unit unit);

#endif
