/* SPDX-License-Identifier: BSD-2-Clause */
#include "form.h"

#define DAY_US (UINT64_C(86400) * FORM_US_PER_S)

/* Open, high and low of the window. */
static void add_range(struct form *form)
{
	uint64_t price = form->message->price;

	form_price(form, ",\"o\":", price + rng_below(&form->rng, 500));
	form_price(form, ",\"h\":", price + 500 + rng_below(&form->rng, 500));
	form_price(form, ",\"l\":", price - rng_below(&form->rng, 500));
}

/* Its volume in both currencies. */
static void add_volumes(struct form *form)
{
	form_quantity(form, ",\"v\":", rng_range(&form->rng, 1000000, 900000000));
	form_quantity(form, ",\"q\":", rng_range(&form->rng, 1000000, 4000000000u));
}

static void add_change(struct form *form)
{
	form_signed(form, ",\"p\":", (int64_t)rng_below(&form->rng, 2000) - 1000,
		    form->message->decimals);
	form_signed(form, ",\"P\":", (int64_t)rng_below(&form->rng, 2000) - 1000, 3);
}

/* From when to when, and which trades those were. */
static void add_span(struct form *form, uint64_t open_us)
{
	uint64_t first_id = 3000000000u + rng_below(&form->rng, 2000000000u);

	form_time(form, ",\"O\":", open_us);
	form_time(form, ",\"C\":", form->message->event_wall_us);
	form_number(form, ",\"F\":", first_id);
	form_number(form, ",\"L\":", first_id + 99999);
	form_add(form, ",\"n\":100000");
}

static void add_mini_ticker(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"24hrMiniTicker\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_price(form, ",\"c\":", message->price);
	add_range(form);
	add_volumes(form);
	form_pair_and_world(form);
	form_add(form, "}");
}

static void add_day_ticker(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"24hrTicker\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	add_change(form);
	form_price(form, ",\"w\":", message->price);
	if (!message->is_futures)
		form_price(form, ",\"x\":", message->price + rng_below(&form->rng, 500));
	form_price(form, ",\"c\":", message->price);
	form_quantity(form, ",\"Q\":", message->quantity_milli);
	if (!message->is_futures) {
		form_price(form, ",\"b\":", message->price);
		form_quantity(form, ",\"B\":", rng_range(&form->rng, 1, 20000));
		form_price(form, ",\"a\":", message->price + 1);
		form_quantity(form, ",\"A\":", rng_range(&form->rng, 1, 20000));
	}
	add_range(form);
	add_volumes(form);
	add_span(form, message->event_wall_us - DAY_US);
	form_pair_and_world(form);
	form_add(form, "}");
}

/* "1h", "4h" or "1d", back to the beginning of a minute. */
static uint64_t window_open_us(const struct message *message)
{
	const char *window = message->spec->interval;
	uint64_t hours = window[1] == 'd' ? 24 : window[0] == '4' ? 4 : 1;
	uint64_t minute_us = 60 * FORM_US_PER_S;

	return (message->event_wall_us - hours * 60 * minute_us) / minute_us * minute_us;
}

static void add_window_ticker(struct form *form)
{
	const struct message *message = form->message;

	form_add(form, "{\"e\":\"");
	form_add(form, message->spec->interval);
	form_time(form, "Ticker\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	add_change(form);
	add_range(form);
	form_price(form, ",\"c\":", message->price);
	form_price(form, ",\"w\":", message->price);
	add_volumes(form);
	add_span(form, window_open_us(message));
	form_add(form, "}");
}

void form_ticker(struct form *form)
{
	switch ((enum stream_kind)form->message->spec->kind) {
	case STREAM_MINI_TICKER:
		add_mini_ticker(form);
		break;
	case STREAM_TICKER:
		add_day_ticker(form);
		break;
	default:
		add_window_ticker(form);
	}
}
