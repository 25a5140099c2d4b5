/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A distribution over the last second and over the last minute, in whole
 * seconds.  Coarser than hist.h, because there is one for each second: values
 * are off by 1.6 % at most, but for the greatest, which is exact.  Pure.
 */
#ifndef CORR_TOP_WINDOW_H
#define CORR_TOP_WINDOW_H

#include <stdint.h>

#define WINDOW_SECOND_COUNT 60

/* Each power of two from 128 to 2^42 is cut into 64 parts; below, every value has a cell. */
#define WINDOW_CELL_COUNT (128 + 35 * 64)

/* Zeroed memory is an empty one, of everything below. */
struct window_hist {
	uint32_t count;
	int64_t max_ns;
	uint32_t cells[WINDOW_CELL_COUNT];
};

/* A ring of seconds: the one that runs, and those that are over. */
struct window {
	uint32_t running; /* its place */
	struct window_hist seconds[WINDOW_SECOND_COUNT + 1];
	struct window_hist minute; /* of those that are over */
};

struct window_figures {
	uint64_t count;
	int64_t p50_ns;
	int64_t p99_ns;
	int64_t max_ns;
};

/* Negative differences belong to no distribution: they are left out. */
void window_add(struct window *window, int64_t value_ns);

/* A second is over. */
void window_turn(struct window *window);

/* The last whole second; the last minute of whole seconds. */
void window_second(const struct window *window, struct window_figures *ret_figures);
void window_minute(const struct window *window, struct window_figures *ret_figures);

#endif
