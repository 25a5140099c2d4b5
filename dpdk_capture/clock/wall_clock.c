/* SPDX-License-Identifier: BSD-2-Clause */
#include "wall_clock.h"

#include "prof/clock.h"

/* How long after a step was found stamps may still be from before it. */
#define STEP_SHADOW_NS ((int64_t)2 * WALL_CLOCK_RETAKE_NS)

static uint64_t magnitude_ns(int64_t delta_ns)
{
	return delta_ns < 0 ? -(uint64_t)delta_ns : (uint64_t)delta_ns;
}

void wall_clock_update(struct wall_clock *clock, const struct wall_pair *pair)
{
	uint64_t width_ns = (uint64_t)prof_delta_ns(pair->before_ns, pair->after_ns);
	uint64_t middle_ns = pair->before_ns + width_ns / 2;
	uint64_t offset_ns = middle_ns - pair->wall_ns;
	uint64_t uncertainty_ns = width_ns / 2 + 1;
	bool is_step = clock->is_valid && magnitude_ns(prof_delta_ns(clock->offset_ns, offset_ns)) >
						  uncertainty_ns + clock->uncertainty_ns;

	if (is_step) {
		clock->step_ns = middle_ns;
		clock->step_count++;
	}
	if (!clock->is_valid || is_step || uncertainty_ns <= clock->uncertainty_ns) {
		clock->offset_ns = offset_ns;
		clock->uncertainty_ns = uncertainty_ns;
	}
	clock->taken_ns = middle_ns;
	clock->is_valid = true;
}

bool wall_clock_is_due(const struct wall_clock *clock, uint64_t now_ns)
{
	return !clock->is_valid || prof_delta_ns(clock->taken_ns, now_ns) >= WALL_CLOCK_RETAKE_NS;
}

uint64_t wall_clock_to_monotonic(const struct wall_clock *clock, uint64_t wall_ns)
{
	return wall_ns + clock->offset_ns;
}

bool wall_clock_is_stepped(const struct wall_clock *clock)
{
	return clock->step_count && prof_delta_ns(clock->step_ns, clock->taken_ns) < STEP_SHADOW_NS;
}
