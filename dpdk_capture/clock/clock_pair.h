/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the clocks that wall_clock.h relates to each other. */
#ifndef CAPTURE_CLOCK_PAIR_H
#define CAPTURE_CLOCK_PAIR_H

#include "wall_clock.h"

/* Takes a few measurements and updates with the tightest. */
void clock_pair_retake(struct wall_clock *clock);

/*
 * One measurement, for every burst: a step is found before anything is
 * converted across it.  About 75 ns.  Returns its monotonic time.
 */
uint64_t clock_pair_check(struct wall_clock *clock);

#endif
