/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From CLOCK_REALTIME stamps (the kernel's packet stamps, capture files) to
 * CLOCK_MONOTONIC.
 *
 * The two clocks tick alike, slewing included; only when somebody sets the
 * wall clock does their difference jump.  A measurement of it reads the
 * monotonic clock before and after the wall clock; half the distance bounds
 * its error.  As long as measurements agree the tightest one is kept; one that
 * disagrees is a step.
 *
 * Pure: the caller reads the clocks.
 */
#ifndef CAPTURE_WALL_CLOCK_H
#define CAPTURE_WALL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define WALL_CLOCK_RETAKE_NS 1000000000

/* One measurement of the difference. */
struct wall_pair {
	uint64_t before_ns; /* CLOCK_MONOTONIC, read first */
	uint64_t wall_ns;   /* CLOCK_REALTIME */
	uint64_t after_ns;  /* CLOCK_MONOTONIC, read last */
};

struct wall_clock {
	uint64_t offset_ns;	 /* monotonic = wall + this, modulo 2^64 */
	uint64_t taken_ns;	 /* monotonic time of the last measurement */
	uint64_t uncertainty_ns; /* of the offset */
	uint64_t step_ns;	 /* monotonic time of the last step, 0: none seen */
	uint64_t step_count;
	bool is_valid;
};

/* Takes a measurement in. */
void wall_clock_update(struct wall_clock *clock, const struct wall_pair *pair);

/* True if the last measurement is too old at now_ns. */
bool wall_clock_is_due(const struct wall_clock *clock, uint64_t now_ns);

/* The monotonic time of a wall-clock stamp, by the last measurement. */
uint64_t wall_clock_to_monotonic(const struct wall_clock *clock, uint64_t wall_ns);

/* True if a stamp converted now may have been taken on the other side of a step. */
bool wall_clock_is_stepped(const struct wall_clock *clock);

#endif
