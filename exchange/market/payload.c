/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload.h"

#include <stdlib.h>
#include <string.h>

#define US_PER_MS  1000u
#define MS_PER_S   1000u
#define MS_PER_DAY 86400000u

const char *const payload_listed[PAYLOAD_LISTED_COUNT] = { "btcusdt", "ethusdt", "bnbusdt",
							   "solusdt", "xrpusdt", "dogeusdt" };

static const struct {
	const char *symbol;
	uint32_t price;
	uint32_t decimals;
} known_prices[] = {
	{ "btcusdt", 6180010, 2 }, { "ethusdt", 245035, 2 }, { "bnbusdt", 612340, 3 },
	{ "solusdt", 1423100, 4 }, { "xrpusdt", 52310, 5 },  { "dogeusdt", 104480, 6 },
	{ "btcusdc", 6180250, 2 }, { "bnbbtc", 9911000, 9 },
};

uint64_t payload_first_price(const char *symbol, unsigned int *ret_decimals)
{
	struct rng rng = rng_named(0, 0, symbol);

	for (size_t i = 0; i < sizeof(known_prices) / sizeof(known_prices[0]); i++) {
		if (strcmp(known_prices[i].symbol, symbol) == 0) {
			*ret_decimals = known_prices[i].decimals;
			return known_prices[i].price;
		}
	}
	*ret_decimals = rng_range(&rng, 2, 6);
	return rng_range(&rng, 10000, 900000);
}

/* Formatting has more places than arguments; this is what they share. */
struct form {
	struct text *text;
	const struct message *message;
	struct rng rng;
	bool is_microseconds;
};

static void add(struct form *form, const char *string)
{
	text_add(form->text, string);
}

static void add_number(struct form *form, const char *key, uint64_t value)
{
	add(form, key);
	text_add_u64(form->text, value);
}

/* ,"E":1790000000123 */
static void add_time(struct form *form, const char *key, uint64_t wall_us)
{
	add_number(form, key, form->is_microseconds ? wall_us : wall_us / US_PER_MS);
}

static void add_price(struct form *form, const char *key, uint64_t price)
{
	add(form, key);
	text_add_char(form->text, '"');
	text_add_fixed(form->text, price, form->message->decimals);
	text_add_char(form->text, '"');
}

static void add_quantity(struct form *form, const char *key, uint64_t quantity_milli)
{
	add(form, key);
	text_add_char(form->text, '"');
	text_add_fixed(form->text, quantity_milli, 3);
	text_add_char(form->text, '"');
}

static void add_signed(struct form *form, const char *key, int64_t value, unsigned int decimals)
{
	add(form, key);
	text_add_char(form->text, '"');
	text_add_signed(form->text, value, decimals);
	text_add_char(form->text, '"');
}

static void add_symbol(struct form *form, const char *key)
{
	add(form, key);
	text_add_char(form->text, '"');
	text_add_upper(form->text, form->message->symbol);
	text_add_char(form->text, '"');
}

static void add_flag(struct form *form, const char *key, bool value)
{
	add(form, key);
	add(form, value ? "true" : "false");
}

static uint64_t origin_us(const struct message *message)
{
	return message->event_wall_us - message->lag_us;
}

static void add_agg_trade(struct form *form)
{
	const struct message *message = form->message;

	add_time(form, "{\"e\":\"aggTrade\",\"E\":", message->event_wall_us);
	add_symbol(form, ",\"s\":");
	add_number(form, ",\"a\":", message->id);
	add_price(form, ",\"p\":", message->price);
	add_quantity(form, ",\"q\":", message->quantity_milli);
	if (message->is_futures)
		add_quantity(form, ",\"nq\":", message->quantity_milli);
	add_number(form, ",\"f\":", message->first_id);
	add_number(form, ",\"l\":", message->first_id + rng_below(&form->rng, 4));
	add_time(form, ",\"T\":", origin_us(message));
	add_flag(form, ",\"m\":", rng_below(&form->rng, 2));
	add(form, message->is_futures ? "}" : ",\"M\":true}");
}

static void add_trade(struct form *form)
{
	const struct message *message = form->message;

	add_time(form, "{\"e\":\"trade\",\"E\":", message->event_wall_us);
	if (message->is_futures)
		add_time(form, ",\"T\":", origin_us(message));
	add_symbol(form, ",\"s\":");
	add_number(form, ",\"t\":", message->id);
	add_price(form, ",\"p\":", message->price);
	add_quantity(form, ",\"q\":", message->quantity_milli);
	if (message->is_futures)
		add(form, ",\"X\":\"MARKET\"");
	else
		add_time(form, ",\"T\":", origin_us(message));
	add_flag(form, ",\"m\":", rng_below(&form->rng, 2));
	add(form, message->is_futures ? "}" : ",\"M\":true}");
}

static void add_book_ticker(struct form *form)
{
	const struct message *message = form->message;

	add_number(form,
		   message->is_futures ? "{\"e\":\"bookTicker\",\"u\":" : "{\"u\":", message->id);
	add_symbol(form, ",\"s\":");
	add_price(form, ",\"b\":", message->price);
	add_quantity(form, ",\"B\":", message->quantity_milli);
	add_price(form, ",\"a\":", message->price + 1);
	add_quantity(form, ",\"A\":", rng_range(&form->rng, 1, 20000));
	if (message->is_futures) {
		add_time(form, ",\"T\":", origin_us(message));
		add_time(form, ",\"E\":", message->event_wall_us);
	}
	add(form, "}");
}

/* [["61800.00","2.301"],...], away from the price in steps of 1 to 3. */
static void add_levels(struct form *form, const char *key, uint32_t count, int direction)
{
	uint64_t price = form->message->price + (direction > 0 ? 1 : 0);

	add(form, key);
	text_add_char(form->text, '[');
	for (uint32_t i = 0; i < count; i++) {
		uint64_t step = rng_range(&form->rng, 1, 3);

		add_price(form, i == 0 ? "[" : ",[", price);
		/* A level that went away has quantity 0. */
		add_quantity(form, ",",
			     rng_below(&form->rng, 8) ? rng_range(&form->rng, 1, 9999) : 0);
		text_add_char(form->text, ']');
		price = direction > 0 ? price + step : price > step ? price - step : 0;
	}
	text_add_char(form->text, ']');
}

static void add_depth_update(struct form *form)
{
	const struct message *message = form->message;

	add_time(form, "{\"e\":\"depthUpdate\",\"E\":", message->event_wall_us);
	if (message->is_futures)
		add_time(form, ",\"T\":", origin_us(message));
	add_symbol(form, ",\"s\":");
	add_number(form, ",\"U\":", message->first_id);
	add_number(form, ",\"u\":", message->id);
	if (message->is_futures)
		add_number(form, ",\"pu\":", message->prev_id);
	add_levels(form, ",\"b\":", message->bid_count, -1);
	add_levels(form, ",\"a\":", message->ask_count, 1);
	add(form, "}");
}

static void add_depth_top(struct form *form)
{
	const struct message *message = form->message;

	if (message->is_futures) {
		add_depth_update(form);
		return;
	}
	add_number(form, "{\"lastUpdateId\":", message->id);
	add_levels(form, ",\"bids\":", message->bid_count, -1);
	add_levels(form, ",\"asks\":", message->ask_count, 1);
	add(form, "}");
}

static void add_mark_price(struct form *form)
{
	const uint64_t eight_hours_us = UINT64_C(8) * 3600 * MS_PER_S * US_PER_MS;
	const struct message *message = form->message;
	uint64_t now_us = message->event_wall_us;

	add_time(form, "{\"e\":\"markPriceUpdate\",\"E\":", now_us);
	add_symbol(form, ",\"s\":");
	add_price(form, ",\"p\":", message->price);
	add_price(form, ",\"ap\":", message->price);
	add_price(form, ",\"i\":", message->price - rng_below(&form->rng, 900));
	add_price(form, ",\"P\":", message->price - rng_below(&form->rng, 900));
	add_signed(form, ",\"r\":", (int64_t)rng_below(&form->rng, 100000) - 50000, 8);
	/* The next funding: a time to come. */
	add_time(form, ",\"T\":", (now_us / eight_hours_us + 1) * eight_hours_us);
	add(form, "}");
}

static uint64_t interval_ms(const char *interval)
{
	uint64_t count = strtoul(interval, NULL, 10);

	switch (interval[strlen(interval) - 1]) {
	case 's':
		return count * MS_PER_S;
	case 'm':
		return count * 60 * MS_PER_S;
	case 'h':
		return count * 3600 * MS_PER_S;
	case 'd':
		return count * MS_PER_DAY;
	case 'w':
		return count * 7 * MS_PER_DAY;
	default:
		return count * 30 * MS_PER_DAY;
	}
}

static void add_kline(struct form *form)
{
	const struct message *message = form->message;
	bool is_continuous = message->spec->kind == STREAM_CONTINUOUS_KLINE;
	uint64_t bar_us = interval_ms(message->spec->interval) * US_PER_MS;
	uint64_t open_us = message->event_wall_us / bar_us * bar_us;

	add_time(form,
		 is_continuous ? "{\"e\":\"continuous_kline\",\"E\":" : "{\"e\":\"kline\",\"E\":",
		 message->event_wall_us);
	add_symbol(form, is_continuous ? ",\"ps\":" : ",\"s\":");
	add(form, is_continuous ? ",\"ct\":\"PERPETUAL\"" : "");
	add_time(form, ",\"k\":{\"t\":", open_us);
	add_time(form, ", \"T\":", open_us + bar_us - US_PER_MS);
	if (!is_continuous)
		add_symbol(form, ", \"s\":");
	add(form, ", \"i\":\"");
	add(form, message->spec->interval);
	add(form, "\", \"x\":false}}");
}

static void add_force_order(struct form *form)
{
	const struct message *message = form->message;

	add_time(form, "{\"e\":\"forceOrder\",\"E\":", message->event_wall_us);
	add_symbol(form, ",\"o\":{\"s\":");
	add(form, rng_below(&form->rng, 2) ? ",\"S\":\"SELL\"" : ",\"S\":\"BUY\"");
	add(form, ",\"o\":\"LIMIT\"");
	add_time(form, ",\"T\":", origin_us(message));
	add(form, "}}");
}

/* Open, high and low of the day, its volume in both currencies. */
static void add_day(struct form *form)
{
	uint64_t price = form->message->price;

	add_price(form, ",\"o\":", price + rng_below(&form->rng, 500));
	add_price(form, ",\"h\":", price + 500 + rng_below(&form->rng, 500));
	add_price(form, ",\"l\":", price - rng_below(&form->rng, 500));
	add_quantity(form, ",\"v\":", rng_range(&form->rng, 1000000, 900000000));
	add_quantity(form, ",\"q\":", rng_range(&form->rng, 1000000, 4000000000u));
}

static void add_mini_ticker(struct form *form)
{
	const struct message *message = form->message;

	add_time(form, "{\"e\":\"24hrMiniTicker\",\"E\":", message->event_wall_us);
	add_symbol(form, ",\"s\":");
	add_price(form, ",\"c\":", message->price);
	add_day(form);
	add(form, "}");
}

static void add_ticker(struct form *form)
{
	const uint64_t day_us = (uint64_t)MS_PER_DAY * US_PER_MS;
	const struct message *message = form->message;

	add_time(form, "{\"e\":\"24hrTicker\",\"E\":", message->event_wall_us);
	add_symbol(form, ",\"s\":");
	add_signed(form, ",\"p\":", (int64_t)rng_below(&form->rng, 2000) - 1000, message->decimals);
	add_signed(form, ",\"P\":", (int64_t)rng_below(&form->rng, 2000) - 1000, 3);
	add_price(form, ",\"w\":", message->price);
	add_price(form, ",\"c\":", message->price);
	add_quantity(form, ",\"Q\":", message->quantity_milli);
	add_day(form);
	add_time(form, ",\"O\":", message->event_wall_us - day_us);
	add_time(form, ",\"C\":", message->event_wall_us);
	add_number(form, ",\"F\":", message->first_id);
	add_number(form, ",\"L\":", message->first_id + 99999);
	add(form, ",\"n\":100000}");
}

static void add_object(struct form *form)
{
	switch ((enum stream_kind)form->message->spec->kind) {
	case STREAM_AGG_TRADE:
		add_agg_trade(form);
		break;
	case STREAM_TRADE:
		add_trade(form);
		break;
	case STREAM_BOOK_TICKER:
		add_book_ticker(form);
		break;
	case STREAM_DEPTH_DIFF:
		add_depth_update(form);
		break;
	case STREAM_DEPTH_TOP:
		add_depth_top(form);
		break;
	case STREAM_MARK_PRICE:
		add_mark_price(form);
		break;
	case STREAM_KLINE:
	case STREAM_CONTINUOUS_KLINE:
		add_kline(form);
		break;
	case STREAM_MINI_TICKER:
		add_mini_ticker(form);
		break;
	case STREAM_TICKER:
		add_ticker(form);
		break;
	case STREAM_FORCE_ORDER:
		add_force_order(form);
		break;
	}
}

/* Of each listed symbol, or - as the real arrays leave out what did not change - of most. */
static void add_array(struct form *form)
{
	struct message element = *form->message;
	bool is_first = true;

	form->message = &element;
	text_add_char(form->text, '[');
	for (size_t i = 0; i < PAYLOAD_LISTED_COUNT; i++) {
		if (rng_below(&form->rng, 8) == 0)
			continue;
		if (!is_first)
			text_add_char(form->text, ',');
		is_first = false;
		element.symbol = payload_listed[i];
		element.price = payload_first_price(element.symbol, &element.decimals) +
				rng_below(&form->rng, 100);
		add_object(form);
	}
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
