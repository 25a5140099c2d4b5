/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When bars begin and end: not all of them are as long as the next.
 */
#ifndef EXCHANGE_CALENDAR_H
#define EXCHANGE_CALENDAR_H

#include <stdint.h>

struct calendar_bar {
	uint64_t open_us;
	uint64_t next_us; /* when the bar after it opens */
};

/*
 * The bar of that moment, of an interval such as "1s", "15m", "3d", "1w" or
 * "1M".  Weeks begin on Monday, months with the month, all others are counted
 * from 1970-01-01; zone_h hours before UTC does.
 */
struct calendar_bar calendar_bar(const char *interval, unsigned int zone_h, uint64_t wall_us);

/* 08:00 UTC of a day such as "261225": when contracts are delivered. */
uint64_t calendar_delivery_us(const char *date);

#endif
