/* SPDX-License-Identifier: BSD-2-Clause */
/* How much an address may ask, and an account order, in how long. */
#ifndef EXCHANGE_LIMITS_H
#define EXCHANGE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* Those that only orders count for stand first. */
enum limit { LIMIT_ORDERS_10S, LIMIT_ORDERS_DAY, LIMIT_WEIGHT, LIMIT_COUNT };

struct limit_facts {
	const char *type;
	const char *interval;
	uint32_t interval_count;
	uint64_t interval_us;
	uint64_t count_max;
};

/* Zeroed memory is one of which nothing is used up. */
struct limits {
	uint64_t interval_index[LIMIT_COUNT]; /* whole intervals since 1970 */
	uint64_t counts[LIMIT_COUNT];
};

const struct limit_facts *limit_facts(enum limit limit);

/*
 * A request of so much weight and so many orders, at server_us.  LIMIT_COUNT if it is
 * within all limits, else the one that it goes beyond: *ret_retry_us is when that begins anew.
 */
enum limit limits_take(struct limits *limits, uint64_t server_us, uint32_t weight,
		       uint32_t order_count, uint64_t *ret_retry_us);

#endif
