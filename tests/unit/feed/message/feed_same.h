/* SPDX-License-Identifier: BSD-2-Clause */
/* What both ways to read a message are compared by; for the property test and the fuzzer. */
#ifndef TESTS_WS_CLIENT_FEED_SAME_H
#define TESTS_WS_CLIENT_FEED_SAME_H

#include <stdbool.h>
#include <string.h>

#include "feed/feed.h"
#include "feed/message/feed_lejp.h"
#include "feed/message/feed_parts.h"
#include "feed/message/feed_scan.h"

/* Not memcmp(): what lies behind the ends of the texts is undefined. */
static inline bool feed_is_same(const struct feed_message *a, const struct feed_message *b)
{
	return a->kind == b->kind && a->event == b->event && a->has == b->has &&
	       strcmp(a->stream, b->stream) == 0 && strcmp(a->event_name, b->event_name) == 0 &&
	       strcmp(a->symbol, b->symbol) == 0 && a->event_time == b->event_time &&
	       a->trade_time == b->trade_time && a->agg_id == b->agg_id &&
	       a->trade_id == b->trade_id && a->first_id == b->first_id &&
	       a->last_id == b->last_id && a->previous_id == b->previous_id &&
	       a->request_id == b->request_id && a->code == b->code &&
	       strcmp(a->text, b->text) == 0;
}

#endif
