/* SPDX-License-Identifier: BSD-2-Clause */
/* A request to the API: whatever it is, it is answered with whole JSON. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "exchange/trade/api_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	const struct limits limits = { 0 };
	const struct api_clock clock = { .server_us = UINT64_C(1790000000123456) };
	char buffer[2048];
	struct text text = text_over(buffer, sizeof(buffer));
	struct json json = { .at = buffer };
	struct api_request request;
	struct api_error error;
	struct order order = { 0 };

	if (api_parse((const char *)data, size_bytes, &request, &error) &&
	    order_take(&request, clock.server_us, &order, &error)) {
		assert(order.price && order.quantity && order.symbol[0]);
		api_begin_result(&text, &request);
		api_add_placed(&text, &(struct api_placed){ .order = &order,
							    .order_id = UINT64_MAX,
							    .clock = clock });
	} else {
		api_add_error(&text, &request, &error, &clock);
	}
	api_end(&text, &limits, true);
	assert(!text.is_cut);
	json.end = buffer + text.used_bytes;
	(void)json_next(&json);
	assert(json_skip(&json) && json_next(&json) == JSON_END);
	return 0;
}
