/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_S    UINT64_C(1000000)
#define US_PER_HOUR (3600 * US_PER_S)
#define US_PER_DAY  (24 * US_PER_HOUR)
#define US_PER_WEEK (7 * US_PER_DAY)
#define MONDAY_DAYS 4	   /* 1970-01-05 was one */
#define ERA_DAYS    146097 /* 400 years, after which the calendar repeats */
#define EPOCH_DAYS  719468 /* from 0000-03-01 to 1970-01-01 */

struct date {
	uint64_t year;
	unsigned int month; /* 1..12 */
};

/* Counted from the first of March of the year 0, so that the leap day comes last. */
static uint64_t days_until(uint64_t year, unsigned int month, unsigned int day)
{
	uint64_t march_year = month <= 2 ? year - 1 : year;
	uint64_t march_month = month <= 2 ? month + 9 : month - 3;

	return 365 * march_year + march_year / 4 - march_year / 100 + march_year / 400 +
	       (153 * march_month + 2) / 5 + day - 1 - EPOCH_DAYS;
}

static struct date date_of(uint64_t days)
{
	uint64_t since_march = days + EPOCH_DAYS;
	uint64_t era = since_march / ERA_DAYS;
	uint64_t day = since_march % ERA_DAYS;
	uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint64_t day_of_year = day - (365 * year + year / 4 - year / 100);
	unsigned int month = (unsigned int)((5 * day_of_year + 2) / 153);

	return (struct date){ .year = era * 400 + year + (month >= 10),
			      .month = month < 10 ? month + 3 : month - 9 };
}

static struct calendar_bar month_of(uint64_t local_us)
{
	struct date date = date_of(local_us / US_PER_DAY);
	bool is_december = date.month == 12;

	return (struct calendar_bar){
		.open_us = days_until(date.year, date.month, 1) * US_PER_DAY,
		.next_us = days_until(date.year + is_december, is_december ? 1 : date.month + 1,
				      1) *
			   US_PER_DAY,
	};
}

static uint64_t unit_us(char unit)
{
	switch (unit) {
	case 's':
		return US_PER_S;
	case 'm':
		return 60 * US_PER_S;
	case 'h':
		return US_PER_HOUR;
	case 'd':
		return US_PER_DAY;
	default:
		return US_PER_WEEK;
	}
}

struct calendar_bar calendar_bar(const char *interval, unsigned int zone_h, uint64_t wall_us)
{
	char unit = interval[strlen(interval) - 1];
	uint64_t bar_us = strtoul(interval, NULL, 10) * unit_us(unit);
	uint64_t ahead_us = zone_h * US_PER_HOUR;
	struct calendar_bar bar;

	if (unit == 'M') {
		bar = month_of(wall_us + ahead_us);
		bar.open_us -= ahead_us;
		bar.next_us -= ahead_us;
		return bar;
	}
	if (unit == 'w')
		ahead_us += US_PER_WEEK - MONDAY_DAYS * US_PER_DAY;
	bar.open_us = (wall_us + ahead_us) / bar_us * bar_us - ahead_us;
	bar.next_us = bar.open_us + bar_us;
	return bar;
}

uint64_t calendar_delivery_us(const char *date)
{
	unsigned long number = strtoul(date, NULL, 10);

	return days_until(2000 + number / 10000, (unsigned int)(number / 100 % 100),
			  (unsigned int)(number % 100)) *
		       US_PER_DAY +
	       8 * US_PER_HOUR;
}
