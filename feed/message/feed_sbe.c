/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed_sbe.h"

#include <stdio.h>
#include <string.h>

#include "feed_parts.h"

#define NONE	  UINT8_MAX /* a field that a template has not */
#define TIME_NULL INT64_MIN /* SBE's null of an int64 */

enum { GROUP_COUNT_MAX = 2, SCHEMA_VERSION = 0 };

/* What follows the fixed fields: groups, then the symbol. */
struct groups {
	uint8_t count;
	uint8_t number_bytes; /* of the number of entries; before it, 2 of the size of each */
};

/*
 * stream_1_0.xml of the exchange's published SBE schemas: schema 1, version 0.
 * Offsets are those in the fixed fields.
 */
static const struct template
{
	uint16_t id;
	enum feed_event event;
	const char *name; /* that the schema has for it */
	uint8_t event_time_at;
	uint8_t trade_time_at;
	uint8_t first_id_at;
	uint8_t last_id_at;
	struct groups groups;
	bool is_trades; /* the entries of its group begin with the trade's id */
}
templates[] = {
	/* eventTime, transactTime, priceExponent, qtyExponent; trades */
	{ 10000, FEED_EVENT_TRADE, "TradesStreamEvent", 0, 8, NONE, NONE, { 1, 4 }, true },
	/* eventTime, bookUpdateId, priceExponent, qtyExponent, bid and ask */
	{ 10001,
	  FEED_EVENT_BOOK_TICKER,
	  "BestBidAskStreamEvent",
	  0,
	  NONE,
	  NONE,
	  8,
	  { 0, 0 },
	  false },
	/* eventTime, bookUpdateId, priceExponent, qtyExponent; bids, asks */
	{ 10002,
	  FEED_EVENT_DEPTH_SNAPSHOT,
	  "DepthSnapshotStreamEvent",
	  0,
	  NONE,
	  NONE,
	  8,
	  { 2, 2 },
	  false },
	/* eventTime, firstBookUpdateId, lastBookUpdateId, the exponents; bids, asks */
	{ 10003, FEED_EVENT_DEPTH_UPDATE, "DepthDiffStreamEvent", 0, NONE, 8, 16, { 2, 2 }, false },
};

/* What is left of the message. */
struct span {
	const uint8_t *at;
	size_t left_bytes;
};

static uint64_t little(const uint8_t *bytes, size_t size_bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size_bytes; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

/* Steps over so many bytes and returns where they began, or NULL if there are fewer. */
static const uint8_t *take(struct span *span, uint64_t size_bytes)
{
	const uint8_t *begin = span->at;

	if (size_bytes > span->left_bytes)
		return NULL;
	span->at += size_bytes;
	span->left_bytes -= (size_t)size_bytes;
	return begin;
}

bool feed_sbe_header(const uint8_t *bytes, size_t size_bytes, struct feed_sbe_header *ret_header)
{
	struct feed_sbe_header header;

	if (size_bytes < FEED_SBE_HEADER_BYTES)
		return false;
	header = (struct feed_sbe_header){
		.block_bytes = (uint16_t)little(bytes, 2),
		.template_id = (uint16_t)little(bytes + 2, 2),
		.schema_id = (uint16_t)little(bytes + 4, 2),
		.version = (uint16_t)little(bytes + 6, 2),
	};
	if (header.block_bytes > size_bytes - FEED_SBE_HEADER_BYTES)
		return false;
	*ret_header = header;
	return true;
}

static const struct template *template_of(const struct feed_sbe_header *header)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (header->schema_id == FEED_SBE_SCHEMA_ID &&
		    header->template_id == templates[i].id)
			return &templates[i];
	return NULL;
}

/* A fixed field of 8 bytes, if the template has it and this version's block still does. */
static void take_field(struct feed_message *message, uint64_t *field, enum feed_has bit,
		       const struct span *block, uint8_t at)
{
	uint64_t value;

	if (at == NONE || at + sizeof(value) > block->left_bytes)
		return;
	value = little(block->at + at, sizeof(value));
	if (value > INT64_MAX) /* null, or before 1970 */
		return;
	*field = value;
	message->has |= (uint32_t)bit;
}

static void take_trades(struct feed_message *message, const uint8_t *entries, size_t entry_bytes,
			uint64_t count)
{
	struct span first = { entries, entry_bytes };
	struct span last = { entries + (count - 1) * entry_bytes, entry_bytes };

	take_field(message, &message->first_id, FEED_HAS_FIRST_ID, &first, 0);
	take_field(message, &message->trade_id, FEED_HAS_TRADE_ID, &last, 0);
}

/* False if a group ends behind the message. */
static bool take_groups(struct feed_message *message, struct span *span,
			const struct template *layout)
{
	for (uint8_t i = 0; i < layout->groups.count; i++) {
		const uint8_t *head = take(span, 2u + layout->groups.number_bytes);
		const uint8_t *entries;
		uint64_t count;
		size_t entry_bytes;

		if (!head)
			return false;
		entry_bytes = (size_t)little(head, 2);
		count = little(head + 2, layout->groups.number_bytes);
		entries = take(span, count * entry_bytes);
		if (!entries)
			return false;
		if (layout->is_trades && count)
			take_trades(message, entries, entry_bytes, count);
	}
	return true;
}

/* A length of one byte, then UTF-8.  False if it ends behind the message. */
static bool take_symbol(struct feed_message *message, struct span *span)
{
	const uint8_t *size = take(span, 1);
	const uint8_t *text = size ? take(span, *size) : NULL;

	if (!text)
		return false;
	if (*size < FEED_SYMBOL_BYTES && !memchr(text, '\0', *size)) {
		memcpy(message->symbol, text, *size);
		message->symbol[*size] = '\0';
	}
	return true;
}

static void take_fields(struct feed_message *message, const struct span *block,
			const struct template *layout)
{
	take_field(message, &message->event_time, FEED_HAS_EVENT_TIME, block,
		   layout->event_time_at);
	take_field(message, &message->trade_time, FEED_HAS_TRADE_TIME, block,
		   layout->trade_time_at);
	take_field(message, &message->first_id, FEED_HAS_FIRST_ID, block, layout->first_id_at);
	take_field(message, &message->last_id, FEED_HAS_LAST_ID, block, layout->last_id_at);
}

void feed_sbe(const uint8_t *bytes, size_t size_bytes, struct feed_message *ret_message)
{
	const struct template *layout;
	struct feed_sbe_header header;
	struct span block;
	struct span rest;

	feed_clear(ret_message); /* FEED_MALFORMED is 0 */
	if (!feed_sbe_header(bytes, size_bytes, &header))
		return;
	ret_message->is_time_us = true;
	ret_message->schema_id = header.schema_id;
	ret_message->template_id = header.template_id;
	ret_message->has = FEED_HAS_TEMPLATE;
	layout = template_of(&header);
	if (!layout) {
		ret_message->kind = FEED_UNKNOWN;
		return;
	}
	block = (struct span){ bytes + FEED_SBE_HEADER_BYTES, header.block_bytes };
	rest = (struct span){ block.at + block.left_bytes,
			      size_bytes - FEED_SBE_HEADER_BYTES - block.left_bytes };
	take_fields(ret_message, &block, layout);
	if (!take_groups(ret_message, &rest, layout) || !take_symbol(ret_message, &rest)) {
		/* A later version may have more groups than are known here: then it is not told. */
		if (header.version == SCHEMA_VERSION) {
			feed_clear(ret_message);
			return;
		}
	}
	(void)snprintf(ret_message->event_name, FEED_SYMBOL_BYTES, "%s", layout->name);
	ret_message->event = layout->event;
	ret_message->kind = FEED_EVENT;
}
