/* SPDX-License-Identifier: BSD-2-Clause */
#include "order.h"

#include <stdlib.h>
#include <string.h>

struct held {
	struct order_half *half; /* NULL: free */
	uint64_t arrival;
	struct order_frame frame;
	uint8_t bytes[ORDER_FRAME_BYTES_MAX];
};

struct order {
	order_give *give;
	void *context;
	uint64_t arrival;
	uint32_t held_count;
	struct held held[ORDER_HELD_COUNT_MAX];
};

struct order *order_create(order_give *give, void *context)
{
	struct order *order = calloc(1, sizeof(*order));

	if (!order)
		return NULL;
	order->give = give;
	order->context = context;
	return order;
}

struct order *order_destroy(struct order *order)
{
	free(order);
	return NULL;
}

void order_begin(struct order_half *half, uint32_t seq, uint64_t offset)
{
	if (half->is_begun)
		return;
	half->is_begun = true;
	half->edge_seq = seq;
	half->edge_offset = offset;
}

/* Bytes from what has been given to seq; negative: behind it. */
static int32_t ahead(const struct order_half *half, uint32_t seq)
{
	return (int32_t)(seq - half->edge_seq);
}

/* Whether something has to come before it. */
static bool is_early(const struct order_half *half, const struct order_frame *frame)
{
	const struct order_half *peer = half->peer;

	return ahead(half, frame->seq) > 0 ||
	       (frame->has_ack && peer && peer->is_begun && ahead(peer, frame->ack) > 0);
}

/* One that begins at the edge or before it. */
static void give(struct order *order, struct order_half *half, const struct order_frame *frame)
{
	int64_t new_bytes = ahead(half, frame->seq) + (int64_t)frame->payload_bytes + frame->is_fin;
	uint64_t begin = half->edge_offset;

	if (frame->payload_bytes && new_bytes <= 0) {
		half->copy_count++;
		return;
	}
	if (new_bytes > 0) {
		half->edge_offset += (uint64_t)new_bytes;
		half->edge_seq += (uint32_t)new_bytes;
	}
	order->give(order->context, half, frame, begin, half->edge_offset);
}

/* The one that begins first and, of those, came first; NULL if none is held. */
static struct held *first_held(struct order *order, const struct order_half *half)
{
	struct held *first = NULL;

	for (size_t i = 0; i < ORDER_HELD_COUNT_MAX; i++) {
		struct held *held = &order->held[i];
		int32_t behind;

		if (held->half != half)
			continue;
		behind = first ? (int32_t)(held->frame.seq - first->frame.seq) : -1;
		if (behind < 0 || (behind == 0 && held->arrival < first->arrival))
			first = held;
	}
	return first;
}

static void give_held(struct order *order, struct held *held)
{
	struct order_half *half = held->half;

	held->half = NULL;
	half->held_count--;
	order->held_count--;
	give(order, half, &held->frame);
}

/* What has nothing to wait for any more.  Returns whether there was anything. */
static bool release_half(struct order *order, struct order_half *half)
{
	bool is_any = false;

	while (half->held_count) {
		struct held *held = first_held(order, half);

		if (is_early(half, &held->frame))
			break;
		give_held(order, held);
		is_any = true;
	}
	return is_any;
}

/* What one direction gives the other may have waited for. */
static void release(struct order *order, struct order_half *half)
{
	bool is_any = true;

	while (is_any && order->held_count) {
		is_any = release_half(order, half);
		if (half->peer && release_half(order, half->peer))
			is_any = true;
	}
}

/* What is missing will not be waited for any longer. */
static void skip_hole(struct order *order, struct order_half *half, uint32_t seq)
{
	int32_t hole_bytes = ahead(half, seq);

	if (hole_bytes <= 0)
		return;
	half->hole_count++;
	half->is_whole = false;
	half->edge_seq = seq;
	half->edge_offset += (uint32_t)hole_bytes;
	release(order, half);
}

void order_finish(struct order *order, struct order_half *half)
{
	while (half->held_count) {
		struct held *held = first_held(order, half);

		if (ahead(half, held->frame.seq) > 0)
			skip_hole(order, half, held->frame.seq);
		else
			give_held(order, held); /* whatever it acknowledges */
	}
}

static void hold(struct order *order, struct order_half *half, const struct order_frame *frame)
{
	struct held *held = order->held;

	while (held->half)
		held++;
	held->half = half;
	held->arrival = order->arrival++;
	held->frame = *frame;
	held->frame.is_displaced = true;
	memcpy(held->bytes, frame->bytes, frame->captured_bytes);
	held->frame.bytes = held->bytes;
	half->held_count++;
	order->held_count++;
}

/* A SYN of other numbers begins another connection between the same ends. */
static void take_syn(struct order *order, struct order_half *half, const struct order_frame *frame)
{
	if (half->is_begun && half->edge_offset && ahead(half, frame->seq) != 0) {
		order_finish(order, half);
		half->is_begun = false;
	}
	order_begin(half, frame->seq, 0);
	half->is_whole = half->hole_count == 0 && half->edge_offset == 0;
	order->give(order->context, half, frame, half->edge_offset, half->edge_offset);
}

void order_take(struct order *order, struct order_half *half, const struct order_frame *frame)
{
	if (frame->is_syn) {
		take_syn(order, half, frame);
		return;
	}
	order_begin(half, frame->seq, 0);
	if (is_early(half, frame) && order->held_count < ORDER_HELD_COUNT_MAX &&
	    frame->captured_bytes <= ORDER_FRAME_BYTES_MAX) {
		hold(order, half, frame);
		return;
	}
	if (is_early(half, frame)) {
		if (half->peer)
			order_finish(order, half->peer);
		order_finish(order, half);
		skip_hole(order, half, frame->seq);
	}
	give(order, half, frame);
	release(order, half);
}
