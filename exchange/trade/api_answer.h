/* SPDX-License-Identifier: BSD-2-Clause */
/* What the venue's WebSocket API answers, as text. */
#ifndef EXCHANGE_API_ANSWER_H
#define EXCHANGE_API_ANSWER_H

#include "exchange/protocol/text.h"
#include "limits.h"
#include "order.h"

/* When it was, in the connection's unit of time. */
struct api_clock {
	uint64_t server_us;
	bool is_microseconds;
};

/* An order that was taken: its number, and the name that it has where the client gave none. */
struct api_placed {
	const struct order *order;
	uint64_t order_id;
	struct api_clock clock;
};

/* What stands behind "result":. */
void api_add_time(struct text *text, const struct api_clock *clock);
void api_add_placed(struct text *text, const struct api_placed *placed);
void api_add_rates(struct text *text); /* order.test with computeCommissionRates */

/* {"id":...,"status":200,"result": */
void api_begin_result(struct text *text, const struct api_request *request);

/* The whole but its end: {"id":...,"status":400,"error":{"code":...,"msg":"..."} */
void api_add_error(struct text *text, const struct api_request *request,
		   const struct api_error *error, const struct api_clock *clock);

/* ,"rateLimits":[...]}; NULL: they are not asked for. */
void api_end(struct text *text, const struct limits *limits, bool is_order);

#endif
