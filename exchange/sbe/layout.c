/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout.h"

#include "exchange/names/stream.h"

/* TradesStreamEvent, BestBidAskStreamEvent, DepthSnapshotStreamEvent, DepthDiffStreamEvent. */
static const struct sbe_template templates[] = {
	{ .id = 10000,
	  .stream_kind = STREAM_TRADE,
	  .groups = SBE_TRADES,
	  .field_count = 4,
	  .fields = { SBE_EVENT_TIME, SBE_TRANSACT_TIME, SBE_PRICE_EXPONENT,
		      SBE_QUANTITY_EXPONENT } },
	{ .id = 10001,
	  .stream_kind = STREAM_BOOK_TICKER,
	  .groups = SBE_NO_GROUP,
	  .field_count = 8,
	  .fields = { SBE_EVENT_TIME, SBE_LAST_ID, SBE_PRICE_EXPONENT, SBE_QUANTITY_EXPONENT,
		      SBE_BID_PRICE, SBE_BID_QUANTITY, SBE_ASK_PRICE, SBE_ASK_QUANTITY } },
	{ .id = 10002,
	  .stream_kind = STREAM_DEPTH_TOP,
	  .groups = SBE_SIDES,
	  .field_count = 4,
	  .fields = { SBE_EVENT_TIME, SBE_LAST_ID, SBE_PRICE_EXPONENT, SBE_QUANTITY_EXPONENT } },
	{ .id = 10003,
	  .stream_kind = STREAM_DEPTH_DIFF,
	  .groups = SBE_SIDES,
	  .field_count = 5,
	  .fields = { SBE_EVENT_TIME, SBE_FIRST_ID, SBE_LAST_ID, SBE_PRICE_EXPONENT,
		      SBE_QUANTITY_EXPONENT } },
};

const struct sbe_template *sbe_template_of(uint8_t stream_kind)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (templates[i].stream_kind == stream_kind)
			return &templates[i];
	return NULL;
}

size_t sbe_value_bytes(enum sbe_value value)
{
	return value == SBE_PRICE_EXPONENT || value == SBE_QUANTITY_EXPONENT ? 1 : 8;
}

size_t sbe_block_bytes(const struct sbe_template *layout)
{
	size_t size_bytes = 0;

	for (size_t i = 0; i < layout->field_count; i++)
		size_bytes += sbe_value_bytes(layout->fields[i]);
	return size_bytes;
}
