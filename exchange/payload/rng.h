/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seeded pseudo-random numbers (splitmix64): the same seed gives the same
 * run on every machine.  Not for secrets.
 */
#ifndef EXCHANGE_RNG_H
#define EXCHANGE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

static inline uint64_t rng_next(struct rng *rng)
{
	rng->state += UINT64_C(0x9e3779b97f4a7c15);
	return rng_mix(rng->state);
}

/* 0 .. bound-1; bound is not 0.  The bias, below bound / 2^32, matters to nobody here. */
static inline uint32_t rng_below(struct rng *rng, uint32_t bound)
{
	return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

/* min .. max, both possible. */
static inline uint32_t rng_range(struct rng *rng, uint32_t min, uint32_t max)
{
	return min + rng_below(rng, max - min + 1);
}

/* A generator of its own for each name: streams do not disturb each other's numbers. */
static inline struct rng rng_named(uint64_t seed, uint64_t salt, const char *name)
{
	uint64_t hash = rng_mix(seed ^ rng_mix(salt + 1));

	for (; *name; name++)
		hash = rng_mix(hash ^ (unsigned char)*name) + 1;
	return (struct rng){ .state = hash };
}

#endif
