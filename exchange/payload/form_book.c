/* SPDX-License-Identifier: BSD-2-Clause */
#include "form.h"

static void add_book_ticker(struct form *form)
{
	const struct message *message = form->message;

	form_number(form,
		    message->is_futures ? "{\"e\":\"bookTicker\",\"u\":" : "{\"u\":", message->id);
	form_symbol(form, ",\"s\":");
	form_price(form, ",\"b\":", message->price);
	form_quantity(form, ",\"B\":", message->quantity_milli);
	form_price(form, ",\"a\":", message->price + 1);
	form_quantity(form, ",\"A\":", payload_ask_quantity_milli(&form->rng));
	if (message->is_futures) {
		form_time(form, ",\"T\":", form_origin_us(message));
		form_time(form, ",\"E\":", message->event_wall_us);
		form_pair_and_world(form);
	}
	form_add(form, "}");
}

/* [["61800.00","2.301"],...]: where most of the exchange's time goes. */
static void add_levels(struct form *form, const char *key, uint32_t count, int direction)
{
	struct payload_levels levels = payload_levels_begin(form->message, direction);
	struct text *text = form->text;

	form_add(form, key);
	text_add_char(text, '[');
	for (uint32_t i = 0; i < count; i++) {
		uint64_t quantity_milli = payload_levels_next(&levels, &form->rng);

		text_add(text, i == 0 ? "[\"" : ",[\"");
		text_add_fixed(text, levels.price, form->message->decimals);
		text_add(text, "\",\"");
		text_add_fixed(text, quantity_milli, FORM_QUANTITY_DECIMALS);
		text_add(text, "\"]");
	}
	text_add_char(text, ']');
}

static void add_depth_update(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"depthUpdate\",\"E\":", message->event_wall_us);
	if (message->is_futures)
		form_time(form, ",\"T\":", form_origin_us(message));
	form_symbol(form, ",\"s\":");
	form_number(form, ",\"U\":", message->first_id);
	form_number(form, ",\"u\":", message->id);
	if (message->is_futures)
		form_number(form, ",\"pu\":", message->prev_id);
	add_levels(form, ",\"b\":", message->bid_count, -1);
	add_levels(form, ",\"a\":", message->ask_count, 1);
	form_pair_and_world(form);
	form_add(form, "}");
}

static void add_spot_snapshot(struct form *form)
{
	const struct message *message = form->message;

	form_number(form, "{\"lastUpdateId\":", message->id);
	add_levels(form, ",\"bids\":", message->bid_count, -1);
	add_levels(form, ",\"asks\":", message->ask_count, 1);
	form_add(form, "}");
}

void form_book(struct form *form)
{
	const struct message *message = form->message;

	if (message->spec->kind == STREAM_BOOK_TICKER)
		add_book_ticker(form);
	else if (message->spec->kind == STREAM_DEPTH_TOP && !message->is_futures)
		add_spot_snapshot(form);
	else
		add_depth_update(form);
}
