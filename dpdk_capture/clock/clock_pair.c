/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock_pair.h"

#include "prof/clock.h"

/* Being preempted between two reads widens one of them, hardly all. */
#define ATTEMPT_COUNT 5

static struct wall_pair take_pair(void)
{
	struct wall_pair pair;
	struct timespec wall;

	pair.before_ns = prof_now_ns();
	(void)clock_gettime(CLOCK_REALTIME, &wall); /* cannot fail for this clock */
	pair.after_ns = prof_now_ns();
	pair.wall_ns = (uint64_t)wall.tv_sec * PROF_NS_PER_S + (uint64_t)wall.tv_nsec;
	return pair;
}

static int64_t pair_width_ns(const struct wall_pair *pair)
{
	return prof_delta_ns(pair->before_ns, pair->after_ns);
}

void clock_pair_retake(struct wall_clock *clock)
{
	struct wall_pair best = take_pair();

	for (int i = 1; i < ATTEMPT_COUNT; i++) {
		struct wall_pair pair = take_pair();

		if (pair_width_ns(&pair) < pair_width_ns(&best))
			best = pair;
	}
	wall_clock_update(clock, &best);
}

uint64_t clock_pair_check(struct wall_clock *clock)
{
	struct wall_pair pair = take_pair();

	wall_clock_update(clock, &pair);
	return pair.after_ns;
}
