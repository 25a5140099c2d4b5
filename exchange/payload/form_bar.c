/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar.h"
#include "form.h"

static const char *event_of(enum stream_kind kind)
{
	switch (kind) {
	case STREAM_KLINE:
		return "{\"e\":\"kline\",\"E\":";
	case STREAM_CONTINUOUS_KLINE:
		return "{\"e\":\"continuous_kline\",\"E\":";
	case STREAM_INDEX_KLINE:
		return "{\"e\":\"indexPrice_kline\",\"E\":";
	default:
		return "{\"e\":\"markPrice_kline\",\"E\":";
	}
}

/* Open, close, high, low: the price itself is the last, and lies between. */
static void add_prices(struct form *form)
{
	uint64_t close = form->message->price;
	uint64_t open = close + rng_below(&form->rng, 400) - (close > 1000 ? 200 : 0);
	uint64_t low = (open < close ? open : close) -
		       (close > 1000 ? rng_below(&form->rng, 99) : 0);

	form_price(form, ", \"o\":", open);
	form_price(form, ", \"c\":", close);
	form_price(form, ", \"h\":", (open > close ? open : close) + rng_below(&form->rng, 99));
	form_price(form, ", \"l\":", low);
}

static void add_volumes(struct form *form, bool is_closed, uint32_t trade_count)
{
	uint64_t volume_milli = rng_range(&form->rng, 1000, 900000000);

	form_quantity(form, ", \"v\":", volume_milli);
	form_number(form, ", \"n\":", trade_count);
	form_flag(form, ", \"x\":", is_closed);
	form_quantity(form, ", \"q\":", 61800 * volume_milli);
	form_quantity(form, ", \"V\":", volume_milli / 2);
	form_quantity(form, ", \"Q\":", 30900 * volume_milli);
	form_add(form, ", \"B\":\"0\"");
}

static void add_bar(struct form *form)
{
	const struct message *message = form->message;
	const struct stream_spec *spec = message->spec;
	struct calendar_bar bar = calendar_bar(spec->interval, spec->zone_h,
					       message->event_wall_us);
	uint64_t next_push_us = message->event_wall_us + FORM_US_PER_MS * spec->period_ms;
	uint32_t trade_count = rng_range(&form->rng, 1, 5000);
	uint64_t last_id = 3000000000u + rng_below(&form->rng, 2000000000u);

	form_time(form, ",\"k\":{\"t\":", bar.open_us);
	form_time(form, ", \"T\":", bar.next_us - FORM_US_PER_MS);
	if (spec->kind != STREAM_CONTINUOUS_KLINE)
		form_symbol(form, ", \"s\":");
	form_text(form, ", \"i\":", spec->interval);
	form_number(form, ", \"f\":", last_id - trade_count + 1);
	form_number(form, ", \"L\":", last_id);
	add_prices(form);
	/* The next one will be about the next bar. */
	add_volumes(form, next_push_us >= bar.next_us, trade_count);
	form_add(form, "}}");
}

void form_bar(struct form *form)
{
	const struct message *message = form->message;

	form_time(form, event_of((enum stream_kind)message->spec->kind), message->event_wall_us);
	if (message->spec->kind == STREAM_KLINE)
		form_symbol(form, ",\"s\":");
	else
		form_pair(form, ",\"ps\":");
	if (message->spec->kind == STREAM_CONTINUOUS_KLINE)
		form_text(form, ",\"ct\":", message->spec->contract);
	add_bar(form);
}
