/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages of Binance's SBE market data streams (schema 1, version 0), as
 * a table: which fixed fields stand in which order, which groups follow.
 * All numbers are little-endian.
 */
#ifndef EXCHANGE_SBE_LAYOUT_H
#define EXCHANGE_SBE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define SBE_HEADER_BYTES    8 /* blockLength, templateId, schemaId, version, 16 bits each */
#define SBE_SCHEMA_ID	    1
#define SBE_SCHEMA_VERSION  0
#define SBE_FIELD_COUNT_MAX 8

/* What a fixed field is about. */
enum sbe_value {
	SBE_EVENT_TIME, /* us; the first of every message */
	SBE_TRANSACT_TIME,
	SBE_FIRST_ID, /* firstBookUpdateId */
	SBE_LAST_ID,  /* bookUpdateId, lastBookUpdateId */
	SBE_PRICE_EXPONENT,
	SBE_QUANTITY_EXPONENT,
	SBE_BID_PRICE, /* mantissas */
	SBE_BID_QUANTITY,
	SBE_ASK_PRICE,
	SBE_ASK_QUANTITY,
};

/* What follows the fixed fields, before the symbol. */
enum sbe_groups {
	SBE_NO_GROUP,
	SBE_TRADES, /* 16-bit size of an entry, 32-bit count */
	SBE_SIDES,  /* bids and asks: 16-bit size of an entry, 16-bit count, each */
};

struct sbe_template {
	uint16_t id;
	uint8_t stream_kind; /* enum stream_kind */
	uint8_t field_count;
	enum sbe_groups groups;
	enum sbe_value fields[SBE_FIELD_COUNT_MAX];
};

/* The template of a stream's messages; NULL for a kind that SBE has not. */
const struct sbe_template *sbe_template_of(uint8_t stream_kind);

/* How wide a fixed field is, and all of them together. */
size_t sbe_value_bytes(enum sbe_value value);
size_t sbe_block_bytes(const struct sbe_template *layout);

#endif
