/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock_pair.h"

#include "prof/clock.h"

/* Being preempted between two reads widens one of them, hardly all. */
#define ATTEMPT_COUNT 5

void clock_pair_retake(struct wall_clock *clock)
{
	struct wall_pair best = { 0 };

	for (int i = 0; i < ATTEMPT_COUNT; i++) {
		struct wall_pair pair;
		struct timespec wall;

		pair.before_ns = prof_now_ns();
		(void)clock_gettime(CLOCK_REALTIME, &wall); /* cannot fail for this clock */
		pair.after_ns = prof_now_ns();
		pair.wall_ns = (uint64_t)wall.tv_sec * PROF_NS_PER_S + (uint64_t)wall.tv_nsec;
		if (i == 0 || prof_delta_ns(pair.before_ns, pair.after_ns) <
				      prof_delta_ns(best.before_ns, best.after_ns))
			best = pair;
	}
	wall_clock_update(clock, &best);
}
