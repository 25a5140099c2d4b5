/* SPDX-License-Identifier: BSD-2-Clause */
#include "window.h"

#include <string.h>

#define VALUE_NS_MAX ((INT64_C(1) << 42) - 1)

static uint32_t cell_of(int64_t value_ns)
{
	/* 127 has 7 bits: smaller values share bucket 0, cell by cell. */
	uint32_t bucket = 64 - 7 - (uint32_t)__builtin_clzll((uint64_t)value_ns | 127);

	return bucket * 64 + (uint32_t)(value_ns >> bucket);
}

static int64_t highest_of(uint32_t cell)
{
	uint32_t bucket = cell < 128 ? 0 : cell / 64 - 1;
	int64_t lowest = (int64_t)(cell - bucket * 64) << bucket;

	return lowest + (INT64_C(1) << bucket) - 1;
}

void window_add(struct window *window, int64_t value_ns)
{
	struct window_hist *hist = &window->seconds[window->running];

	if (value_ns < 0)
		return;
	if (value_ns > hist->max_ns)
		hist->max_ns = value_ns;
	hist->cells[cell_of(value_ns < VALUE_NS_MAX ? value_ns : VALUE_NS_MAX)]++;
	hist->count++;
}

static uint32_t place_before(uint32_t place)
{
	return (place + WINDOW_SECOND_COUNT) % (WINDOW_SECOND_COUNT + 1);
}

/* The second that falls out of the minute is the place where the next one will run. */
void window_turn(struct window *window)
{
	const struct window_hist *over = &window->seconds[window->running];
	struct window_hist *next;

	window->running = (window->running + 1) % (WINDOW_SECOND_COUNT + 1);
	next = &window->seconds[window->running];
	window->minute.count += over->count - next->count;
	for (uint32_t i = 0; i < WINDOW_CELL_COUNT; i++)
		window->minute.cells[i] += over->cells[i] - next->cells[i];
	memset(next, 0, sizeof(*next));
	window->minute.max_ns = 0;
	for (uint32_t i = 0; i <= WINDOW_SECOND_COUNT; i++) {
		if (window->seconds[i].max_ns > window->minute.max_ns)
			window->minute.max_ns = window->seconds[i].max_ns;
	}
}

/* The highest value of the cell in which the wanted-th one lies, from 1. */
static int64_t find(const struct window_hist *hist, uint64_t wanted)
{
	uint64_t seen = 0;

	for (uint32_t cell = 0; cell < WINDOW_CELL_COUNT; cell++) {
		seen += hist->cells[cell];
		if (seen >= wanted)
			return highest_of(cell) < hist->max_ns ? highest_of(cell) : hist->max_ns;
	}
	return hist->max_ns;
}

static void look(const struct window_hist *hist, struct window_figures *ret_figures)
{
	*ret_figures = (struct window_figures){ .count = hist->count, .max_ns = hist->max_ns };
	if (!hist->count)
		return;
	ret_figures->p50_ns = find(hist, ((uint64_t)hist->count * 50 + 99) / 100);
	ret_figures->p99_ns = find(hist, ((uint64_t)hist->count * 99 + 99) / 100);
}

void window_second(const struct window *window, struct window_figures *ret_figures)
{
	look(&window->seconds[place_before(window->running)], ret_figures);
}

void window_minute(const struct window *window, struct window_figures *ret_figures)
{
	look(&window->minute, ret_figures);
}
