/* SPDX-License-Identifier: BSD-2-Clause */
#include "encode.h"

#include <assert.h>
#include <string.h>

#include "layout.h"

#define TRADE_BYTES	  25 /* id, price, qty, isBuyerMaker */
#define LEVEL_BYTES	  16 /* price, qty */
#define QUANTITY_DECIMALS 3
#define SYMBOL_BYTES_MAX  255

/* The low bytes of the value, the least of them first. */
static void put(struct text *bytes, uint64_t value, size_t size_bytes)
{
	char little[8];

	for (size_t i = 0; i < size_bytes; i++)
		little[i] = (char)(value >> 8 * i & 0xff);
	text_add_bytes(bytes, little, size_bytes);
}

static uint64_t value_of(const struct message *message, enum sbe_value value)
{
	struct rng rng = message->detail;

	switch (value) {
	case SBE_EVENT_TIME:
		return message->event_wall_us;
	case SBE_TRANSACT_TIME:
		return message->event_wall_us - message->lag_us;
	case SBE_FIRST_ID:
		return message->first_id;
	case SBE_LAST_ID:
		return message->id;
	case SBE_PRICE_EXPONENT:
		return 0 - (uint64_t)message->decimals;
	case SBE_QUANTITY_EXPONENT:
		return 0 - (uint64_t)QUANTITY_DECIMALS;
	case SBE_BID_PRICE:
		return message->price;
	case SBE_BID_QUANTITY:
		return message->quantity_milli;
	case SBE_ASK_PRICE:
		return message->price + 1;
	case SBE_ASK_QUANTITY:
		return payload_ask_quantity_milli(&rng);
	}
	return 0;
}

static void put_trades(struct text *bytes, const struct message *message)
{
	struct rng rng = message->detail;
	bool is_buyer_maker = rng_below(&rng, 2);

	put(bytes, TRADE_BYTES, 2);
	put(bytes, message->id - message->first_id + 1, 4);
	for (uint64_t id = message->first_id; id <= message->id; id++) {
		put(bytes, id, 8);
		put(bytes, message->price + (id - message->first_id), 8);
		put(bytes, rng_range(&rng, 1, 9999), 8);
		put(bytes, is_buyer_maker, 1);
	}
}

static void put_side(struct text *bytes, const struct message *message, struct rng *rng,
		     uint32_t count, int direction)
{
	struct payload_levels levels = payload_levels_begin(message, direction);

	put(bytes, LEVEL_BYTES, 2);
	put(bytes, count, 2);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t quantity_milli = payload_levels_next(&levels, rng);

		put(bytes, levels.price, 8);
		put(bytes, quantity_milli, 8);
	}
}

static void put_symbol(struct text *bytes, const char *symbol)
{
	size_t size_bytes = strlen(symbol);

	assert(size_bytes <= SYMBOL_BYTES_MAX);
	put(bytes, size_bytes, 1);
	text_add_upper(bytes, symbol, size_bytes);
}

void sbe_encode(struct text *bytes, const struct message *message)
{
	const struct sbe_template *layout = sbe_template_of(message->spec->kind);
	struct rng rng = message->detail;

	assert(layout);
	put(bytes, sbe_block_bytes(layout), 2);
	put(bytes, layout->id, 2);
	put(bytes, SBE_SCHEMA_ID, 2);
	put(bytes, SBE_SCHEMA_VERSION, 2);
	for (size_t i = 0; i < layout->field_count; i++)
		put(bytes, value_of(message, layout->fields[i]),
		    sbe_value_bytes(layout->fields[i]));
	if (layout->groups == SBE_TRADES)
		put_trades(bytes, message);
	if (layout->groups == SBE_SIDES) {
		put_side(bytes, message, &rng, message->bid_count, -1);
		put_side(bytes, message, &rng, message->ask_count, 1);
	}
	put_symbol(bytes, message->symbol);
}
