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
	form_quantity(form, ",\"A\":", rng_range(&form->rng, 1, 20000));
	if (message->is_futures) {
		form_time(form, ",\"T\":", form_origin_us(message));
		form_time(form, ",\"E\":", message->event_wall_us);
		form_pair_and_world(form);
	}
	form_add(form, "}");
}

/* [["61800.00","2.301"],...], away from the price in steps of 1 to 3. */
static void add_levels(struct form *form, const char *key, uint32_t count, int direction)
{
	/* A level that went away has quantity 0; what is there has more. */
	bool has_gone = form->message->spec->kind == STREAM_DEPTH_DIFF;
	uint64_t price = form->message->price + (direction > 0 ? 1 : 0);

	form_add(form, key);
	text_add_char(form->text, '[');
	for (uint32_t i = 0; i < count; i++) {
		uint64_t step = rng_range(&form->rng, 1, 3);
		bool is_gone = rng_below(&form->rng, 8) == 0 && has_gone;

		form_price(form, i == 0 ? "[" : ",[", price);
		form_quantity(form, ",", is_gone ? 0 : rng_range(&form->rng, 1, 9999));
		text_add_char(form->text, ']');
		price = direction > 0 ? price + step : price > step ? price - step : 0;
	}
	text_add_char(form->text, ']');
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
