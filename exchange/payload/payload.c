/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload.h"

#include <stdio.h>

#include "exchange/names/symbol.h"
#include "form.h"
#include "universe.h"

#define OPTION_COUNT 4 /* in the arrays of one underlying */

void payload_set_symbol(struct message *message, const char *symbol)
{
	message->symbol = symbol;
	message->is_coin = symbol_is_coin(symbol);
	message->pair_bytes = (uint8_t)symbol_pair_bytes(symbol);
}

size_t payload_part_count(const struct stream_spec *spec)
{
	size_t count = 1;

	if (spec->kind == STREAM_TRADING_SESSION)
		return FORM_SESSION_COUNT;
	if (spec->is_all && !spec->is_array && spec->kind == STREAM_BOOK_TICKER)
		(void)universe_listed(true, &count);
	return count;
}

static void add_object(struct form *form)
{
	switch ((enum stream_kind)form->message->spec->kind) {
	case STREAM_AGG_TRADE:
	case STREAM_TRADE:
	case STREAM_BLOCK_TRADE:
	case STREAM_FORCE_ORDER:
		form_trade(form);
		break;
	case STREAM_BOOK_TICKER:
	case STREAM_DEPTH_DIFF:
	case STREAM_DEPTH_TOP:
		form_book(form);
		break;
	case STREAM_MARK_PRICE:
	case STREAM_INDEX_PRICE:
	case STREAM_AVG_PRICE:
	case STREAM_REFERENCE_PRICE:
		form_price_update(form);
		break;
	case STREAM_KLINE:
	case STREAM_CONTINUOUS_KLINE:
	case STREAM_INDEX_KLINE:
	case STREAM_MARK_KLINE:
		form_bar(form);
		break;
	case STREAM_MINI_TICKER:
	case STREAM_TICKER:
	case STREAM_WINDOW_TICKER:
		form_ticker(form);
		break;
	case STREAM_CONTRACT_INFO:
	case STREAM_ASSET_INDEX:
	case STREAM_COMPOSITE_INDEX:
	case STREAM_TRADING_SESSION:
		form_info(form);
		break;
	case STREAM_OPTION_TRADE:
	case STREAM_OPTION_TICKER:
	case STREAM_OPTION_MARK_PRICE:
	case STREAM_OPTION_INTEREST:
	case STREAM_OPTION_INDEX:
	case STREAM_OPTION_SYMBOL:
		form_option(form);
		break;
	}
}

static void add_element(struct form *form, struct message *element, const char *symbol)
{
	if (form->text->at[form->text->used_bytes - 1] != '[')
		text_add_char(form->text, ',');
	payload_set_symbol(element, symbol);
	element->price = universe_first_price(symbol, &element->decimals) +
			 rng_below(&form->rng, 100);
	add_object(form);
}

/* Each symbol or, as the real arrays leave out what did not change, most of them. */
static void add_most(struct form *form, struct message *element, const char *const *symbols,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rng_below(&form->rng, 8) > 0)
			add_element(form, element, symbols[i]);
}

/* The contracts of one pair. */
static void add_contracts(struct form *form, struct message *element)
{
	static const char *const contracts[] = { "_perp", "_261225" };

	for (size_t i = 0; i < sizeof(contracts) / sizeof(contracts[0]); i++) {
		char symbol[STREAM_SYMBOL_BYTES + 8];

		(void)snprintf(symbol, sizeof(symbol), "%s%s", form->message->spec->symbol,
			       contracts[i]);
		add_element(form, element, symbol);
	}
}

static void add_elements(struct form *form, struct message *element)
{
	static const char *const assets[] = { "btcusd", "ethusd", "usdcusd" };
	static const char *const underlyings[] = { "btcusdt", "ethusdt" };
	const struct stream_spec *spec = form->message->spec;
	const char *const *symbols;
	size_t count;

	switch ((enum stream_kind)spec->kind) {
	case STREAM_ASSET_INDEX:
		add_most(form, element, assets, sizeof(assets) / sizeof(assets[0]));
		break;
	case STREAM_OPTION_INDEX:
		add_most(form, element, underlyings, sizeof(underlyings) / sizeof(underlyings[0]));
		break;
	case STREAM_OPTION_MARK_PRICE:
	case STREAM_OPTION_INTEREST:
		for (int i = 0; i < OPTION_COUNT; i++)
			add_element(form, element, spec->symbol);
		break;
	default:
		symbols = universe_listed(form->message->is_futures, &count);
		if (spec->is_all)
			add_most(form, element, symbols, count);
		else
			add_contracts(form, element);
	}
}

static void add_array(struct form *form)
{
	struct message element = *form->message;
	struct form inner = *form;

	text_add_char(form->text, '[');
	inner.message = &element;
	add_elements(&inner, &element);
	text_add_char(form->text, ']');
}

void payload_format(struct text *text, const struct message *message, bool is_microseconds)
{
	struct form form = { .text = text,
			     .message = message,
			     .rng = message->detail,
			     .is_microseconds = is_microseconds };

	if (message->spec->is_array)
		add_array(&form);
	else
		add_object(&form);
}
