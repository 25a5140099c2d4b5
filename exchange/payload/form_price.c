/* SPDX-License-Identifier: BSD-2-Clause */
#include "form.h"

#define FUNDING_US (UINT64_C(8) * 3600 * FORM_US_PER_S)

/* Contracts with a date are not funded: no rate, and no time of it. */
static void add_funding(struct form *form)
{
	const struct message *message = form->message;
	int64_t rate = (int64_t)rng_below(&form->rng, 100000) - 50000;
	const char *contract = message->symbol + message->pair_bytes;

	if (contract[0] == '_' && contract[1] != 'p') {
		form_add(form, ",\"r\":\"\",\"T\":0");
		return;
	}
	form_signed(form, ",\"r\":", rate, 8);
	/* The next funding: a time to come. */
	form_time(form, ",\"T\":", (message->event_wall_us / FUNDING_US + 1) * FUNDING_US);
}

static void add_mark_price(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"markPriceUpdate\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_price(form, ",\"p\":", message->price);
	form_price(form, ",\"ap\":", message->price);
	form_price(form, ",\"i\":", message->price - rng_below(&form->rng, 900));
	form_price(form, ",\"P\":", message->price - rng_below(&form->rng, 900));
	add_funding(form);
	form_world(form);
	form_add(form, "}");
}

static void add_index_price(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"indexPriceUpdate\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"i\":");
	form_price(form, ",\"p\":", message->price);
	form_add(form, "}");
}

static void add_avg_price(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"avgPrice\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_add(form, ",\"i\":\"5m\"");
	form_price(form, ",\"w\":", message->price);
	/* Of the last trade, whenever that was. */
	form_time(form,
		  ",\"T\":", message->event_wall_us - FORM_US_PER_MS * rng_below(&form->rng, 3000));
	form_add(form, "}");
}

static void add_reference_price(struct form *form)
{
	const struct message *message = form->message;

	form_symbol(form, "{\"e\":\"referencePrice\",\"s\":");
	if (rng_below(&form->rng, 8) == 0)
		form_add(form, ",\"r\":null");
	else
		form_price(form, ",\"r\":", message->price);
	form_time(form, ",\"t\":", form_origin_us(message));
	form_add(form, "}");
}

void form_price_update(struct form *form)
{
	switch ((enum stream_kind)form->message->spec->kind) {
	case STREAM_MARK_PRICE:
		add_mark_price(form);
		break;
	case STREAM_INDEX_PRICE:
		add_index_price(form);
		break;
	case STREAM_AVG_PRICE:
		add_avg_price(form);
		break;
	default:
		add_reference_price(form);
	}
}
