/* SPDX-License-Identifier: BSD-2-Clause */
/* What the attackers, the attacked and the accountants of crash_bus share. */
#ifndef TESTS_STRESS_CRASH_BOARD_H
#define TESTS_STRESS_CRASH_BOARD_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "prof/bus.h"
#include "prof/cli.h"

#define LANE_COUNT	   6
#define SLOT_COUNT	   1024
#define POSITION_COUNT_MAX (1u << 23) /* of a lane */
#define VICTIM_COUNT_MAX   100000
#define STABLE_COUNT	   2

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, __VA_ARGS__);                                        \
			(void)fputc('\n', stderr);                                                 \
			board->is_failed = 1;                                                      \
			stop_everybody();                                                          \
			exit(PROF_EXIT_FAILED);                                                    \
		}                                                                                  \
	} while (0)

struct victim {
	_Atomic uint32_t is_paused;
	_Atomic uint32_t committed_count; /* prof_publish() has returned so often */
};

/* Shared by everybody. */
struct board {
	_Atomic uint32_t is_stopping;
	_Atomic uint32_t is_failed;
	_Atomic uint32_t is_taking_off; /* consumers let events lie, so that heirs find some */
	_Atomic uint64_t progress[STABLE_COUNT + 1]; /* the producers' and the consumer's */
	struct victim victims[VICTIM_COUNT_MAX];
	/* Who was at a position: its event's id, 0 not told. */
	_Atomic uint64_t seen[LANE_COUNT][POSITION_COUNT_MAX];
};

struct tally {
	uint32_t kill_count;
	uint32_t paused_kill_count;
	uint32_t stop_count;
	int64_t slack; /* events a consumer killed at random may have told and taken along */
};

/* In memory that all processes share; set before any of them starts. */
extern struct board *board;

/* Asks everybody to end; after a failure, makes them. */
void stop_everybody(void);

static inline void sleep_us(uint32_t delay_us)
{
	struct timespec delay = { .tv_nsec = (long)delay_us * 1000 };

	(void)nanosleep(&delay, NULL);
}

/*
 * When all is over and taken: accounts for every position of every lane and
 * every event of every victim, and prints the sum.  Ends the program if
 * something does not add up.
 */
int check_everything(struct prof_bus *bus, const struct tally *tally, uint32_t victim_count);

#endif
