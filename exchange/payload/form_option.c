/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar.h"
#include "form.h"

#include <string.h>

#define EXPIRY "261225" /* of what is made up */

/* The option that the message is about: its own, or one made up for its pair and expiry. */
static void add_name(struct form *form, const char *key)
{
	const struct message *message = form->message;
	size_t base_bytes = message->pair_bytes > 4 ? message->pair_bytes - 4u : 0;

	if (strchr(message->symbol, '-')) {
		form_symbol(form, key);
		return;
	}
	form_add(form, key);
	text_add_char(form->text, '"');
	text_add_upper(form->text, message->symbol, base_bytes); /* without its four of "usdt" */
	text_add_char(form->text, '-');
	form_add(form, message->spec->expiry[0] ? message->spec->expiry : EXPIRY);
	text_add_char(form->text, '-');
	text_add_u64(form->text, 1000 * (uint64_t)rng_range(&form->rng, 40, 120));
	form_add(form, rng_below(&form->rng, 2) ? "-C\"" : "-P\"");
}

static void add_trade(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"trade\",\"E\":", message->event_wall_us);
	form_time(form, ",\"T\":", form_origin_us(message));
	add_name(form, ",\"s\":");
	form_number(form, ",\"t\":", message->id);
	form_price(form, ",\"p\":", message->price);
	form_quantity(form, ",\"q\":", message->quantity_milli);
	form_add(form, ",\"X\":\"MARKET\"");
	form_add(form, rng_below(&form->rng, 2) ? ",\"S\":\"SELL\"" : ",\"S\":\"BUY\"");
	form_flag(form, ",\"m\":", rng_below(&form->rng, 2));
	form_add(form, "}");
}

static void add_ticker(struct form *form)
{
	static const char *const prices[] = { ",\"w\":", ",\"c\":", ",\"o\":", ",\"h\":",
					      ",\"l\":" };
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"24hrTicker\",\"E\":", message->event_wall_us);
	add_name(form, ",\"s\":");
	form_add(form, ",\"p\":\"20\",\"P\":\"0.10\"");
	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
		form_price(form, prices[i], message->price + i);
	form_quantity(form, ",\"Q\":", message->quantity_milli);
	form_quantity(form, ",\"v\":", 9 * message->quantity_milli);
	form_quantity(form, ",\"q\":", 1800 * message->quantity_milli);
	form_time(form, ",\"O\":", message->event_wall_us - 86400 * FORM_US_PER_S);
	form_time(form, ",\"C\":", message->event_wall_us);
	form_add(form, ",\"F\":1,\"L\":22,\"n\":9}");
}

static void add_mark_price(struct form *form)
{
	static const char *const greeks[] = { ",\"b\":", ",\"a\":", ",\"vo\":", ",\"rf\":",
					      ",\"d\":", ",\"t\":", ",\"g\":",	",\"v\":" };
	const struct message *message = form->message;
	uint64_t price = message->price;

	add_name(form, "{\"s\":");
	form_price(form, ",\"mp\":", price);
	form_time(form, ",\"E\":", message->event_wall_us);
	form_add(form, ",\"e\":\"markPrice\"");
	form_price(form, ",\"i\":", price);
	form_add(form, ",\"P\":\"0.000\"");
	form_price(form, ",\"bo\":", price - price / 100);
	form_price(form, ",\"ao\":", price + price / 100);
	form_quantity(form, ",\"bq\":", rng_below(&form->rng, 9999));
	form_quantity(form, ",\"aq\":", rng_below(&form->rng, 9999));
	form_price(form, ",\"hl\":", price + price / 5);
	form_price(form, ",\"ll\":", price - price / 5);
	for (size_t i = 0; i < sizeof(greeks) / sizeof(greeks[0]); i++)
		form_signed(form, greeks[i], (int64_t)rng_below(&form->rng, 200000000) - 100000000,
			    8);
	form_add(form, "}");
}

static void add_interest(struct form *form)
{
	form_time(form, "{\"e\":\"openInterest\",\"E\":", form->message->event_wall_us);
	add_name(form, ",\"s\":");
	form_quantity(form, ",\"o\":", rng_range(&form->rng, 1, 900000000));
	form_quantity(form, ",\"h\":", rng_range(&form->rng, 1, 4000000000u));
	form_add(form, "}");
}

static void add_index(struct form *form)
{
	form_time(form, "{\"e\":\"indexPrice\",\"E\":", form->message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_price(form, ",\"p\":", form->message->price);
	form_add(form, "}");
}

static void add_new_symbol(struct form *form)
{
	form_time(form, "{\"e\":\"optionSymbol\",\"E\":", form->message->event_wall_us);
	add_name(form, ",\"s\":");
	form_pair(form, ",\"ps\":");
	form_add(form, ",\"qa\":\"USDT\",\"d\":\"CALL\",\"sp\":\"60000\"");
	form_time(form, ",\"dt\":", calendar_delivery_us(EXPIRY));
	form_add(form, ",\"u\":1");
	form_time(form, ",\"ot\":", form->message->event_wall_us);
	form_add(form, ",\"cs\":\"TRADING\"}");
}

void form_option(struct form *form)
{
	switch ((enum stream_kind)form->message->spec->kind) {
	case STREAM_OPTION_TRADE:
		add_trade(form);
		break;
	case STREAM_OPTION_TICKER:
		add_ticker(form);
		break;
	case STREAM_OPTION_MARK_PRICE:
		add_mark_price(form);
		break;
	case STREAM_OPTION_INTEREST:
		add_interest(form);
		break;
	case STREAM_OPTION_INDEX:
		add_index(form);
		break;
	default:
		add_new_symbol(form);
	}
}
