/* SPDX-License-Identifier: BSD-2-Clause */
/* An order as the venue's rules let it pass, and why it does not. */
#ifndef EXCHANGE_ORDER_H
#define EXCHANGE_ORDER_H

#include "api_request.h"

#define ORDER_SYMBOL_BYTES    21 /* with the terminating zero */
#define ORDER_CLIENT_ID_BYTES 37
#define ORDER_DECIMALS	      8

enum order_type { ORDER_LIMIT, ORDER_LIMIT_MAKER, ORDER_TYPE_COUNT };
enum order_force { ORDER_GTC, ORDER_IOC, ORDER_FOK, ORDER_FORCE_COUNT };
enum order_response { ORDER_ACK, ORDER_RESULT, ORDER_FULL, ORDER_RESPONSE_COUNT };

struct order {
	char symbol[ORDER_SYMBOL_BYTES];
	char client_id[ORDER_CLIENT_ID_BYTES]; /* "": the venue makes one */
	bool is_sell;
	enum order_type type;
	enum order_force force;
	enum order_response response;
	uint64_t price; /* times 10^ORDER_DECIMALS, as the next one */
	uint64_t quantity;
};

const char *order_type_name(enum order_type type);
const char *order_force_name(enum order_force force);

/*
 * Checks a request for order.place or order.test that arrived at server_us by the venue's
 * clock.  Keys and signatures must look like some; nobody's are known here, so that is all.
 * False, and *ret_error, if the venue would refuse it.
 */
bool order_take(const struct api_request *request, uint64_t server_us, struct order *ret_order,
		struct api_error *ret_error);

#endif
