/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay.h"

#include <errno.h>
#include <stdlib.h>

#include "thread.h"

static unsigned char *item_at(const struct relay *relay, uint64_t batch, uint32_t item)
{
	size_t index = batch % RELAY_BATCH_COUNT * RELAY_BATCH_ITEMS + item;

	return relay->items + index * relay->item_bytes;
}

/* The number of items of the next batch; 0: there will be none.  Waits for one. */
static uint32_t await_batch(struct relay *relay)
{
	uint32_t count = 0;

	(void)pthread_mutex_lock(&relay->mutex);
	while (relay->taken_count == relay->given_count && !relay->is_closing)
		(void)pthread_cond_wait(&relay->changed, &relay->mutex);
	if (relay->taken_count < relay->given_count)
		count = relay->item_counts[relay->taken_count % RELAY_BATCH_COUNT];
	(void)pthread_mutex_unlock(&relay->mutex);
	return count;
}

static void *work(void *context)
{
	struct relay *relay = context;
	uint64_t batch = 0;
	uint32_t count;

	while ((count = await_batch(relay)) > 0) {
		for (uint32_t i = 0; i < count; i++)
			relay->take(relay->context, item_at(relay, batch, i));
		batch++;
		(void)pthread_mutex_lock(&relay->mutex);
		relay->taken_count = batch;
		(void)pthread_cond_signal(&relay->changed);
		(void)pthread_mutex_unlock(&relay->mutex);
	}
	return NULL;
}

int relay_open(struct relay *relay, size_t item_bytes,
	       void (*take)(void *context, const void *item), void *context)
{
	int err;

	*relay = (struct relay){ .take = take, .context = context, .item_bytes = item_bytes };
	relay->items = calloc((size_t)RELAY_BATCH_COUNT * RELAY_BATCH_ITEMS, item_bytes);
	if (!relay->items)
		return -ENOMEM;
	(void)pthread_mutex_init(&relay->mutex, NULL);
	(void)pthread_cond_init(&relay->changed, NULL);
	err = thread_start(&relay->thread, work, relay);
	if (err) {
		(void)pthread_cond_destroy(&relay->changed);
		(void)pthread_mutex_destroy(&relay->mutex);
		free(relay->items);
	}
	return err;
}

/* The giver waits until at most that many batches are still to be taken. */
static void await_taken(struct relay *relay, uint64_t left_count)
{
	(void)pthread_mutex_lock(&relay->mutex);
	while (relay->given_count - relay->taken_count > left_count)
		(void)pthread_cond_wait(&relay->changed, &relay->mutex);
	(void)pthread_mutex_unlock(&relay->mutex);
}

static void give_batch(struct relay *relay)
{
	(void)pthread_mutex_lock(&relay->mutex);
	relay->item_counts[relay->given_count % RELAY_BATCH_COUNT] = relay->fill_count;
	relay->given_count++;
	(void)pthread_cond_signal(&relay->changed);
	(void)pthread_mutex_unlock(&relay->mutex);
	relay->fill_count = 0;
}

void *relay_room(struct relay *relay)
{
	if (relay->fill_count == 0)
		await_taken(relay, RELAY_BATCH_COUNT - 1);
	return item_at(relay, relay->given_count, relay->fill_count);
}

void relay_give(struct relay *relay)
{
	if (++relay->fill_count == RELAY_BATCH_ITEMS)
		give_batch(relay);
}

void relay_drain(struct relay *relay)
{
	if (relay->fill_count)
		give_batch(relay);
	await_taken(relay, 0);
}

void relay_close(struct relay *relay)
{
	relay_drain(relay);
	(void)pthread_mutex_lock(&relay->mutex);
	relay->is_closing = true;
	(void)pthread_cond_signal(&relay->changed);
	(void)pthread_mutex_unlock(&relay->mutex);
	(void)pthread_join(relay->thread, NULL);
	(void)pthread_cond_destroy(&relay->changed);
	(void)pthread_mutex_destroy(&relay->mutex);
	free(relay->items);
}
