/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of numbers that can only grow, in little memory: asked for one that was
 * never put in, it says so but for one time in many.  What was forgotten for
 * want of memory is noted here, so that nobody says it never was.
 */
#ifndef CORR_MARKS_H
#define CORR_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#define MARKS_WORD_COUNT 2048 /* 131,072 bits */

struct marks {
	uint64_t words[MARKS_WORD_COUNT];
};

static inline uint64_t marks_bit(uint64_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15) >> 47; /* 17 bits */
}

static inline void marks_put(struct marks *marks, uint64_t number)
{
	marks->words[marks_bit(number) / 64] |= UINT64_C(1) << marks_bit(number) % 64;
}

static inline bool marks_may_have(const struct marks *marks, uint64_t number)
{
	return marks->words[marks_bit(number) / 64] >> marks_bit(number) % 64 & 1;
}

#endif
