/* SPDX-License-Identifier: BSD-2-Clause */
#include "limits.h"

#define SECOND_US UINT64_C(1000000)

/* The counts are those of the examples in the venue's web-socket-api.md, "Rate limits". */
static const struct limit_facts facts[LIMIT_COUNT] = {
	[LIMIT_ORDERS_10S] = { "ORDERS", "SECOND", 10, 10 * SECOND_US, 50 },
	[LIMIT_ORDERS_DAY] = { "ORDERS", "DAY", 1, 86400 * SECOND_US, 160000 },
	[LIMIT_WEIGHT] = { "REQUEST_WEIGHT", "MINUTE", 1, 60 * SECOND_US, 6000 },
};

const struct limit_facts *limit_facts(enum limit limit)
{
	return &facts[limit];
}

enum limit limits_take(struct limits *limits, uint64_t server_us, uint32_t weight,
		       uint32_t order_count, uint64_t *ret_retry_us)
{
	enum limit beyond = LIMIT_COUNT;

	for (int i = 0; i < LIMIT_COUNT; i++) {
		uint64_t index = server_us / facts[i].interval_us;

		if (index != limits->interval_index[i])
			limits->counts[i] = 0;
		limits->interval_index[i] = index;
		limits->counts[i] += i == LIMIT_WEIGHT ? weight : order_count;
		if (limits->counts[i] > facts[i].count_max && beyond == LIMIT_COUNT) {
			beyond = (enum limit)i;
			*ret_retry_us = (index + 1) * facts[i].interval_us;
		}
	}
	return beyond;
}
