/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that look random and are the same each time: SplitMix64 (Steele, Lea and Flood 2014). */
#ifndef CORR_RANDOM_H
#define CORR_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t mixed = *seed += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

#endif
