/* SPDX-License-Identifier: BSD-2-Clause */
#include "api_answer.h"

static void add_id(struct text *text, const struct api_request *request)
{
	text_add(text, "{\"id\":");
	text_add(text, request->id[0] ? request->id : "null");
}

void api_begin_result(struct text *text, const struct api_request *request)
{
	add_id(text, request);
	text_add(text, ",\"status\":200,\"result\":");
}

static void add_clock(struct text *text, const struct api_clock *clock)
{
	text_add_u64(text, clock->is_microseconds ? clock->server_us : clock->server_us / 1000);
}

/* In ms whatever the unit is, as the venue's examples have it. */
static void add_retry(struct text *text, const struct api_error *error,
		      const struct api_clock *clock)
{
	text_add(text, ",\"data\":{\"serverTime\":");
	text_add_u64(text, clock->server_us / 1000);
	text_add(text, ",\"retryAfter\":");
	text_add_u64(text, error->retry_us / 1000);
	text_add_char(text, '}');
}

void api_add_error(struct text *text, const struct api_request *request,
		   const struct api_error *error, const struct api_clock *clock)
{
	add_id(text, request);
	text_add(text, ",\"status\":");
	text_add_u64(text, error->status);
	text_add(text, ",\"error\":{\"code\":-");
	text_add_u64(text, (uint64_t)-error->code);
	text_add(text, ",\"msg\":\"");
	text_add(text, error->words);
	text_add_char(text, '"');
	if (error->retry_us)
		add_retry(text, error, clock);
	text_add_char(text, '}');
}

static void add_limit(struct text *text, const struct limits *limits, enum limit limit)
{
	const struct limit_facts *facts = limit_facts(limit);

	text_add(text, "{\"rateLimitType\":\"");
	text_add(text, facts->type);
	text_add(text, "\",\"interval\":\"");
	text_add(text, facts->interval);
	text_add(text, "\",\"intervalNum\":");
	text_add_u64(text, facts->interval_count);
	text_add(text, ",\"limit\":");
	text_add_u64(text, facts->count_max);
	text_add(text, ",\"count\":");
	text_add_u64(text, limits->counts[limit]);
	text_add_char(text, '}');
}

void api_end(struct text *text, const struct limits *limits, bool is_order)
{
	if (limits) {
		text_add(text, ",\"rateLimits\":[");
		for (int limit = is_order ? LIMIT_ORDERS_10S : LIMIT_WEIGHT; limit < LIMIT_COUNT;
		     limit++) {
			add_limit(text, limits, (enum limit)limit);
			if (limit + 1 < LIMIT_COUNT)
				text_add_char(text, ',');
		}
		text_add_char(text, ']');
	}
	text_add_char(text, '}');
}

void api_add_time(struct text *text, const struct api_clock *clock)
{
	text_add(text, "{\"serverTime\":");
	add_clock(text, clock);
	text_add_char(text, '}');
}

/* The venue's own names have 22 letters and digits; ours count. */
static void add_client_id(struct text *text, const struct api_placed *placed)
{
	char digits[22];
	uint64_t rest = placed->order_id;

	if (placed->order->client_id[0]) {
		text_add(text, placed->order->client_id);
		return;
	}
	for (size_t i = sizeof(digits); i > 0; rest /= 36)
		digits[--i] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % 36];
	text_add_bytes(text, digits, sizeof(digits));
}

static void add_named(struct text *text, const char *name, const char *words)
{
	text_add(text, ",\"");
	text_add(text, name);
	text_add(text, "\":\"");
	text_add(text, words);
	text_add_char(text, '"');
}

static void add_amount(struct text *text, const char *name, uint64_t amount)
{
	text_add(text, ",\"");
	text_add(text, name);
	text_add(text, "\":\"");
	text_add_fixed(text, amount, ORDER_DECIMALS);
	text_add_char(text, '"');
}

/* Nobody takes it: it waits, or it has gone already if it must not. */
static void add_result(struct text *text, const struct api_placed *placed)
{
	const struct order *order = placed->order;
	bool is_waiting = order->force == ORDER_GTC;

	add_amount(text, "price", order->price);
	add_amount(text, "origQty", order->quantity);
	add_amount(text, "executedQty", 0);
	add_amount(text, "origQuoteOrderQty", 0);
	add_amount(text, "cummulativeQuoteQty", 0);
	add_named(text, "status", is_waiting ? "NEW" : "EXPIRED");
	add_named(text, "timeInForce", order_force_name(order->force));
	add_named(text, "type", order_type_name(order->type));
	add_named(text, "side", order->is_sell ? "SELL" : "BUY");
	text_add(text, ",\"workingTime\":");
	add_clock(text, &placed->clock);
	add_named(text, "selfTradePreventionMode", "NONE");
	if (order->response == ORDER_FULL)
		text_add(text, ",\"fills\":[]");
}

void api_add_placed(struct text *text, const struct api_placed *placed)
{
	text_add(text, "{\"symbol\":\"");
	text_add(text, placed->order->symbol);
	text_add(text, "\",\"orderId\":");
	text_add_u64(text, placed->order_id);
	text_add(text, ",\"orderListId\":-1,\"clientOrderId\":\"");
	add_client_id(text, placed);
	text_add(text, "\",\"transactTime\":");
	add_clock(text, &placed->clock);
	if (placed->order->response != ORDER_ACK)
		add_result(text, placed);
	text_add_char(text, '}');
}

void api_add_rates(struct text *text)
{
	static const char zeros[] = "{\"maker\":\"0.00000000\",\"taker\":\"0.00000000\"}";

	text_add(text, "{\"standardCommissionForOrder\":");
	text_add(text, zeros);
	text_add(text, ",\"specialCommissionForOrder\":");
	text_add(text, zeros);
	text_add(text, ",\"taxCommissionForOrder\":");
	text_add(text, zeros);
	text_add(text, ",\"discount\":{\"enabledForAccount\":false,\"enabledForSymbol\":false,"
		       "\"discountAsset\":\"BNB\",\"discount\":\"0.00000000\"}}");
}
