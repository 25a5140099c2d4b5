/* SPDX-License-Identifier: BSD-2-Clause */
#include "trading.h"

#include <assert.h>
#include <stdio.h>

#include "exchange/trade/api_answer.h"
#include "prof/clock.h"

#define STATUS_TOO_MANY 429
#define WEIGHT_RATES	20 /* order.test with computeCommissionRates */

static uint64_t server_us(const struct exchange *exchange)
{
	return exchange->wall_us +
	       (uint64_t)prof_delta_ns(exchange->wall_at_ns, exchange->now_ns) / 1000;
}

/* Only an order that is meant counts as one. */
static bool is_within_limits(struct exchange *exchange, const struct api_request *request,
			     uint64_t now_us, struct api_error *error)
{
	bool has_rates = request->params[API_COMMISSION_RATES].token == JSON_TRUE;
	uint64_t retry_us = 0;
	enum limit limit = limits_take(&exchange->limits, now_us, has_rates ? WEIGHT_RATES : 1,
				       request->method == API_ORDER_PLACE, &retry_us);

	if (limit == LIMIT_COUNT || exchange->config.is_client_rate_free)
		return true;
	(void)api_fail(error, limit == LIMIT_WEIGHT ? -1003 : -1015, "");
	error->status = STATUS_TOO_MANY;
	error->retry_us = retry_us;
	(void)snprintf(error->words, sizeof(error->words),
		       limit == LIMIT_WEIGHT
			       ? "Too much request weight used; current limit is %llu request "
				 "weight per %u %s. Please use WebSocket Streams for live updates "
				 "to avoid polling the API."
			       : "Too many new orders; current limit is %llu orders per %u %s.",
		       (unsigned long long)limit_facts(limit)->count_max,
		       limit_facts(limit)->interval_count, limit_facts(limit)->interval);
	return false;
}

/* What stands behind "result":, of an order that is good. */
static void place(struct exchange *exchange, const struct api_request *request,
		  const struct order *order, const struct api_clock *clock, struct text *text)
{
	if (request->method == API_ORDER_PLACE) {
		exchange->counters.order_count++;
		api_add_placed(text, &(struct api_placed){ .order = order,
							   .order_id = ++exchange->order_id_last,
							   .clock = *clock });
		return;
	}
	exchange->counters.order_test_count++;
	if (request->params[API_COMMISSION_RATES].token == JSON_TRUE)
		api_add_rates(text);
	else
		text_add(text, "{}");
}

static bool is_order(const struct api_request *request)
{
	return request->method == API_ORDER_PLACE || request->method == API_ORDER_TEST;
}

static bool answer(struct exchange *exchange, const struct api_request *request,
		   const struct api_clock *clock, struct text *text, struct api_error *error)
{
	struct order order = { 0 };

	if (!is_within_limits(exchange, request, clock->server_us, error) ||
	    (is_order(request) && !order_take(request, clock->server_us, &order, error)))
		return false;
	api_begin_result(text, request);
	if (is_order(request))
		place(exchange, request, &order, clock, text);
	else if (request->method == API_TIME)
		api_add_time(text, clock);
	else
		text_add(text, "{}");
	return true;
}

/* A request says whether it wants to see them, else its connection's address did. */
static bool shows_limits(const struct conn *conn, const struct api_request *request)
{
	enum json_token wish = request->params[API_RATE_LIMITS].token;

	return wish == JSON_TRUE || (wish != JSON_FALSE && !conn->hides_limits);
}

void conn_trade(struct exchange *exchange, struct conn *conn, const char *message,
		size_t size_bytes)
{
	struct text text = text_over(exchange->answer, sizeof(exchange->answer));
	struct api_clock clock = { .server_us = server_us(exchange),
				   .is_microseconds = conn->is_microseconds };
	struct api_request request;
	struct api_error error;

	if (!api_parse(message, size_bytes, &request, &error) ||
	    !answer(exchange, &request, &clock, &text, &error)) {
		exchange->counters.bad_request_count++;
		api_add_error(&text, &request, &error, &clock);
	}
	api_end(&text, shows_limits(conn, &request) ? &exchange->limits : NULL,
		request.method == API_ORDER_PLACE);
	assert(!text.is_cut);
	conn_send_text(exchange, conn, NULL, text.at, text.used_bytes);
}
