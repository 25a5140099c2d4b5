/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the clocks that wall_clock.h relates to each other. */
#ifndef CAPTURE_CLOCK_PAIR_H
#define CAPTURE_CLOCK_PAIR_H

#include "wall_clock.h"

/* Takes a few measurements and updates with the tightest. */
void clock_pair_retake(struct wall_clock *clock);

#endif
