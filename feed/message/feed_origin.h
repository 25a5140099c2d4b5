/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The events that are known by name, and which of their fields say when
 * something happened: the one table of it.
 */
#ifndef FEED_ORIGIN_H
#define FEED_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "feed_message.h"

struct feed_origin {
	const char *event_name; /* "e" of JSON; empty: has none, and is known by its shape */
	enum feed_event event;
	bool is_event_time_origin; /* "E", when it was pushed */
	bool is_trade_time_origin; /* "T", when it happened */
};

/* The row of an event's name; NULL if none is known. */
const struct feed_origin *feed_origin_of(const char *event_name);

/* The row that is number `index`, for whoever wants them all; NULL behind the last one. */
const struct feed_origin *feed_origin_at(size_t index);

/* True where an event's "E", or its "T", is a time of origin. */
bool feed_has_event_origin(enum feed_event event);
bool feed_has_trade_origin(enum feed_event event);

#endif
