/* SPDX-License-Identifier: BSD-2-Clause */
#include "pulse.h"

#include <math.h>

#include "prof/clock.h"

#define NATURAL_MEAN_COUNT 3.39 /* of natural_count() */
#define STEP_MAX	   3000

/* How many messages come at once. */
static uint32_t natural_count(struct rng *rng)
{
	uint32_t percentile = rng_below(rng, 100);

	if (percentile < 70)
		return 1;
	if (percentile < 90)
		return rng_range(rng, 2, 5);
	if (percentile < 98)
		return rng_range(rng, 6, 20);
	return rng_range(rng, 20, 80);
}

/* Moments without a memory: the waits between them are exponential. */
static uint64_t random_wait_ns(struct rng *rng, double mean_ns)
{
	double share = ((double)(rng_next(rng) >> 11) + 0.5) / 9007199254740992.0; /* 2^53 */

	return (uint64_t)(-log(share) * mean_ns) + 1;
}

uint32_t pulse_draw(struct pulse *pulse, enum market_pace pace, uint32_t rate_hz)
{
	double between_ns = (double)PROF_NS_PER_S / rate_hz;
	uint32_t count;

	switch (pace) {
	case PACE_STEADY:
		pulse->due_ns += (uint64_t)between_ns;
		return 1;
	case PACE_BURSTS:
		count = rng_range(&pulse->rng, 100, 250);
		pulse->due_ns += (uint64_t)(between_ns * count);
		return count;
	default:
		count = natural_count(&pulse->rng);
		pulse->due_ns += random_wait_ns(&pulse->rng, between_ns * NATURAL_MEAN_COUNT);
		return count;
	}
}

void pulse_start(struct pulse *pulse, struct rng rng, enum market_pace pace, uint32_t rate_hz,
		 uint64_t now_ns)
{
	*pulse = (struct pulse){
		.rng = rng, .begin_ns = now_ns, .now_ns = now_ns, .due_ns = now_ns
	};
	(void)pulse_draw(pulse, pace, rate_hz);
}

void pulse_move(struct pulse *pulse)
{
	pulse->moved += rng_range(&pulse->rng, 1, STEP_MAX);
}

uint64_t pulse_update_id(struct pulse *pulse, uint64_t first_id, uint64_t now_ns)
{
	/* Never back, whatever was left out. */
	if (now_ns > pulse->now_ns)
		pulse->now_ns = now_ns;
	return first_id + pulse->moved + (pulse->now_ns - pulse->begin_ns) / PROF_NS_PER_MS;
}
