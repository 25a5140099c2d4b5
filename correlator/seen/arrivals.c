/* SPDX-License-Identifier: BSD-2-Clause */
#include "arrivals.h"

bool arrivals_open(struct arrivals *arrivals, uint32_t capacity)
{
	*arrivals = (struct arrivals){ 0 };
	return pool_open(&arrivals->pool, sizeof(struct arrival), capacity);
}

void arrivals_close(struct arrivals *arrivals)
{
	pool_close(&arrivals->pool);
}

static struct arrival *at(const struct arrivals *arrivals, uint32_t index)
{
	return pool_at(&arrivals->pool, index);
}

static void drop_head(struct arrivals *arrivals, struct arrival_list *list)
{
	uint32_t index = list->head;

	list->head = at(arrivals, index)->next;
	if (!list->head)
		list->tail = 0;
	list->count--;
	pool_give(&arrivals->pool, index);
}

/*
 * The socket's own oldest makes room.  A socket of which no message comes, so that
 * nothing of it is ever pruned, gets a quarter of all places at most.
 */
static uint32_t take_place(struct arrivals *arrivals, struct arrival_list *list)
{
	uint32_t index = 0;

	if (list->count <= arrivals->pool.capacity / 4)
		index = pool_take(&arrivals->pool);
	if (index)
		return index;
	arrivals->evicted_count++;
	if (!list->head)
		return 0;
	list->evicted = at(arrivals, list->head)->end;
	drop_head(arrivals, list);
	return pool_take(&arrivals->pool);
}

bool arrivals_add(struct arrivals *arrivals, struct arrival_list *list,
		  const struct prof_event *event)
{
	const struct prof_ready *ready = &event->ready;
	uint32_t index;

	/* Told with the socket locked: always in stream order. */
	if (ready->end_offset <= ready->start_offset ||
	    (list->tail && ready->start_offset < at(arrivals, list->tail)->end))
		return false;
	index = take_place(arrivals, list);
	if (!index)
		return false;
	*at(arrivals, index) = (struct arrival){
		.is_nested = event->flags & PROF_FLAG_NESTED,
		.start = ready->start_offset,
		.end = ready->end_offset,
		.queue_ns = ready->queue_ns,
		.ready_ns = event->time_ns,
	};
	if (list->tail)
		at(arrivals, list->tail)->next = index;
	else
		list->head = index;
	list->tail = index;
	list->count++;
	if (!list->has_any)
		list->low = ready->start_offset;
	list->has_any = true;
	return true;
}

const struct arrival *arrivals_find(const struct arrivals *arrivals,
				    const struct arrival_list *list, uint64_t offset)
{
	for (uint32_t index = list->head; index; index = at(arrivals, index)->next) {
		const struct arrival *arrival = at(arrivals, index);

		if (arrival->start > offset)
			break;
		if (offset < arrival->end)
			return arrival;
	}
	return NULL;
}

void arrivals_prune(struct arrivals *arrivals, struct arrival_list *list, uint64_t offset)
{
	while (list->head && at(arrivals, list->head)->end <= offset)
		drop_head(arrivals, list);
}
