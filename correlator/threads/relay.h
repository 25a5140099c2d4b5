/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hands items to a thread of its own, in order, many at once.  Nothing is dropped:
 * whoever gives waits for room.  One thread gives.
 */
#ifndef CORR_RELAY_H
#define CORR_RELAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One is filled while others are taken; all of them together stay in a core's own cache. */
#define RELAY_BATCH_COUNT 4
#define RELAY_BATCH_ITEMS 128

struct relay {
	void (*take)(void *context, const void *item);
	void *context;
	size_t item_bytes;
	unsigned char *items;
	uint32_t fill_count; /* items in the batch that is being filled; the giver's */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	uint64_t given_count; /* batches, each RELAY_BATCH_COUNT-th in the same place */
	uint64_t taken_count;
	uint32_t item_counts[RELAY_BATCH_COUNT];
	bool is_closing;
};

/* take() is called on the other thread.  0 or a negative errno: then there is nothing to close. */
int relay_open(struct relay *relay, size_t item_bytes,
	       void (*take)(void *context, const void *item), void *context);

/* Where the next item is to be written; waits for room.  It is given by relay_give(). */
void *relay_room(struct relay *relay);
void relay_give(struct relay *relay);

/* Waits until all has been taken: then nothing runs there, and what it did is seen here. */
void relay_drain(struct relay *relay);

/* Drains, and ends the thread. */
void relay_close(struct relay *relay);

#endif
