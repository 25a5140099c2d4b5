/* SPDX-License-Identifier: BSD-2-Clause */
#include "form.h"

static void add_agg_trade(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"aggTrade\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_number(form, ",\"a\":", message->id);
	form_price(form, ",\"p\":", message->price);
	form_quantity(form, ",\"q\":", message->quantity_milli);
	if (message->is_futures)
		form_quantity(form, ",\"nq\":", message->quantity_milli);
	form_number(form, ",\"f\":", message->first_id);
	form_number(form, ",\"l\":", message->first_id + rng_below(&form->rng, 4));
	form_time(form, ",\"T\":", form_origin_us(message));
	form_flag(form, ",\"m\":", rng_below(&form->rng, 2));
	if (message->is_futures)
		form_world(form);
	else
		form_add(form, ",\"M\":true");
	form_add(form, "}");
}

static void add_trade(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"trade\",\"E\":", message->event_wall_us);
	if (message->is_futures)
		form_time(form, ",\"T\":", form_origin_us(message));
	form_symbol(form, ",\"s\":");
	form_number(form, ",\"t\":", message->id);
	form_price(form, ",\"p\":", message->price);
	form_quantity(form, ",\"q\":", message->quantity_milli);
	if (message->is_futures)
		form_add(form, ",\"X\":\"MARKET\"");
	else
		form_time(form, ",\"T\":", form_origin_us(message));
	form_flag(form, ",\"m\":", rng_below(&form->rng, 2));
	form_add(form, message->is_futures ? "}" : ",\"M\":true}");
}

static void add_block_trade(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"blockTrade\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_number(form, ",\"t\":", message->id);
	form_price(form, ",\"p\":", message->price);
	form_quantity(form, ",\"q\":", 1000 * message->quantity_milli);
	form_time(form, ",\"T\":", form_origin_us(message));
	form_flag(form, ",\"m\":", rng_below(&form->rng, 2));
	form_add(form, "}");
}

/* The pair stands inside for COIN-M, as ever, and outside, with the world, in the array. */
static void add_force_order(struct form *form)
{
	const struct message *message = form->message;
	bool is_all = message->spec->is_all;

	form_time(form, "{\"e\":\"forceOrder\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"o\":{\"s\":");
	if (message->is_coin || is_all)
		form_pair(form, ",\"ps\":");
	form_add(form, rng_below(&form->rng, 2) ? ",\"S\":\"SELL\"" : ",\"S\":\"BUY\"");
	form_add(form, ",\"o\":\"LIMIT\",\"f\":\"IOC\"");
	form_quantity(form, ",\"q\":", message->quantity_milli);
	form_price(form, ",\"p\":", message->price);
	form_price(form, ",\"ap\":", message->price + rng_below(&form->rng, 10));
	form_add(form, ",\"X\":\"FILLED\"");
	form_quantity(form,
		      ",\"l\":", 1 + rng_below(&form->rng, (uint32_t)message->quantity_milli));
	form_quantity(form, ",\"z\":", message->quantity_milli);
	form_time(form, ",\"T\":", form_origin_us(message));
	form_add(form, "}");
	if (is_all)
		form_pair_and_world(form);
	form_add(form, "}");
}

void form_trade(struct form *form)
{
	switch ((enum stream_kind)form->message->spec->kind) {
	case STREAM_AGG_TRADE:
		add_agg_trade(form);
		break;
	case STREAM_TRADE:
		add_trade(form);
		break;
	case STREAM_BLOCK_TRADE:
		add_block_trade(form);
		break;
	default:
		add_force_order(form);
	}
}
