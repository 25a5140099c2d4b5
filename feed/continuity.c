/* SPDX-License-Identifier: BSD-2-Clause */
#include "continuity.h"

static bool has_all(const struct feed_message *message, uint32_t bits)
{
	return (message->has & bits) == bits;
}

bool feed_identity(const struct feed_message *message, uint64_t *ret_id)
{
	static const struct {
		enum feed_event event;
		enum feed_has bit;
	} ids[] = {
		{ FEED_EVENT_AGG_TRADE, FEED_HAS_AGG_ID },
		{ FEED_EVENT_TRADE, FEED_HAS_TRADE_ID },
		{ FEED_EVENT_BOOK_TICKER, FEED_HAS_LAST_ID },
		{ FEED_EVENT_DEPTH_UPDATE, FEED_HAS_LAST_ID },
		{ FEED_EVENT_DEPTH_SNAPSHOT, FEED_HAS_LAST_ID },
		{ FEED_EVENT_BLOCK_TRADE, FEED_HAS_TRADE_ID },
		{ FEED_EVENT_REFERENCE_PRICE, FEED_HAS_TRADE_ID }, /* its "t", a time */
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (message->event != ids[i].event || !(message->has & ids[i].bit))
			continue;
		*ret_id = ids[i].bit == FEED_HAS_AGG_ID	    ? message->agg_id
			  : ids[i].bit == FEED_HAS_TRADE_ID ? message->trade_id
							    : message->last_id;
		return true;
	}
	/* Prices, bars and tickers have no number; one a stream is pushed at a time. */
	*ret_id = message->event_time;
	return message->event != FEED_EVENT_NONE && (message->has & FEED_HAS_EVENT_TIME);
}

/* Steps along a chain of whole numbers first..last. */
static enum chain_verdict step(struct chain *chain, uint64_t first_id, uint64_t last_id,
			       uint64_t *ret_missing)
{
	if (!chain->has_last)
		return CHAIN_START;
	if (last_id <= chain->last_id)
		return CHAIN_REPEAT;
	if (first_id <= chain->last_id + 1)
		return CHAIN_OK;
	*ret_missing = first_id - chain->last_id - 1;
	return CHAIN_GAP;
}

static enum chain_verdict step_previous(const struct chain *chain,
					const struct feed_message *message, uint64_t *ret_missing)
{
	if (!chain->has_last)
		return CHAIN_START;
	if (message->last_id <= chain->last_id)
		return CHAIN_REPEAT;
	if (message->previous_id == chain->last_id)
		return CHAIN_OK;
	*ret_missing = 1;
	return CHAIN_GAP;
}

enum chain_verdict chain_step(struct chain *chain, const struct feed_message *message,
			      uint64_t *ret_missing)
{
	enum chain_verdict verdict;
	uint64_t last_id;

	*ret_missing = 0;
	if (message->event == FEED_EVENT_AGG_TRADE && has_all(message, FEED_HAS_AGG_ID)) {
		last_id = message->agg_id;
		verdict = step(chain, last_id, last_id, ret_missing);
	} else if (message->event != FEED_EVENT_DEPTH_UPDATE) {
		return CHAIN_NONE;
	} else if (has_all(message, FEED_HAS_PREVIOUS_ID | FEED_HAS_LAST_ID)) {
		last_id = message->last_id;
		verdict = step_previous(chain, message, ret_missing);
	} else if (has_all(message, FEED_HAS_FIRST_ID | FEED_HAS_LAST_ID)) {
		last_id = message->last_id;
		verdict = step(chain, message->first_id, last_id, ret_missing);
	} else {
		return CHAIN_NONE;
	}
	/* A repeat does not move the chain back. */
	if (verdict != CHAIN_REPEAT) {
		chain->has_last = true;
		chain->last_id = last_id;
	}
	return verdict;
}
