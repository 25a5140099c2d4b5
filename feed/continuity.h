/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is anything missing from a stream?  Each message names the one before it in
 * a way of its own: aggTrade counts `a`, spot depth begins at U = u + 1,
 * futures depth repeats the last u as `pu`.  Ids are the exchange's own counts,
 * 64 bits.  Pure; a chain is the caller's, one for each stream of a connection.
 */
#ifndef FEED_CONTINUITY_H
#define FEED_CONTINUITY_H

#include <stdbool.h>
#include <stdint.h>

#include "feed/message/feed_message.h"

/* What a message is to its stream.  Zeroed memory is a stream before its first one. */
struct chain {
	bool has_last;
	uint64_t last_id;
};

enum chain_verdict {
	CHAIN_NONE,   /* this kind of event has no chain */
	CHAIN_START,  /* the first one */
	CHAIN_OK,     /* follows the last one */
	CHAIN_GAP,    /* something between is missing */
	CHAIN_REPEAT, /* is not newer than the last one */
};

/*
 * Takes the next message of a stream.  *ret_missing becomes how many are
 * missing after CHAIN_GAP, 1 where the ids do not tell; else 0.
 */
enum chain_verdict chain_step(struct chain *chain, const struct feed_message *message,
			      uint64_t *ret_missing);

/* What tells a message from every other one of its stream; false if nothing does. */
bool feed_identity(const struct feed_message *message, uint64_t *ret_id);

#endif
