/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client asks of the venue's WebSocket API:
 * {"id":...,"method":"order.place","params":{...}}.
 *
 * Methods, parameters and errors are those of the venue's published web-socket-api.md and
 * errors.md (spot, 2025-04-25 and 2025-01-09).  Offered are ping, time, order.place and
 * order.test, the last two for orders with a price that wait in the book.
 */
#ifndef EXCHANGE_API_REQUEST_H
#define EXCHANGE_API_REQUEST_H

#include "exchange/protocol/json.h"
#include "exchange/protocol/request.h"

enum api_method { API_PING, API_TIME, API_ORDER_PLACE, API_ORDER_TEST, API_METHOD_COUNT };

enum api_param {
	API_SYMBOL,
	API_SIDE,
	API_TYPE,
	API_TIME_IN_FORCE,
	API_QUANTITY,
	API_PRICE,
	API_CLIENT_ORDER_ID,
	API_RESPONSE_TYPE,
	API_PREVENTION_MODE,
	API_KEY,
	API_RECV_WINDOW,
	API_SIGNATURE,
	API_TIMESTAMP,
	API_COMMISSION_RATES,
	API_RATE_LIMITS,
	API_PARAM_COUNT,
};

/* As it stands in the request, which it points into; token JSON_BAD: it is not there. */
struct api_value {
	enum json_token token;
	const char *text;
	size_t text_bytes;
};

struct api_request {
	char id[REQUEST_ID_BYTES]; /* as it was written, quotes and all; "" for null */
	enum api_method method;
	struct api_value params[API_PARAM_COUNT];
};

/* Why a request was not done. */
struct api_error {
	uint16_t status;   /* as in HTTP */
	int16_t code;	   /* below 0 */
	uint64_t retry_us; /* from when on it may be asked again; 0: that is not why */
	char words[160];
};

/* Fills the error in; returns false, for callers to return. */
bool api_fail(struct api_error *error, int16_t code, const char *words);
/* Likewise, with the parameter's name in place of the one %s. */
bool api_fail_param(struct api_error *error, int16_t code, const char *words, enum api_param param);

/*
 * Parses one message.  False, and *ret_error, if it is no request that is offered; its id
 * is then good all the same, if it had one.  Whether parameters make sense is not looked at.
 */
bool api_parse(const char *text, size_t size_bytes, struct api_request *ret_request,
	       struct api_error *ret_error);

#endif
