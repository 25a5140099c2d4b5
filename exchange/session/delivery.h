/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From messages to frames and from frames to records.
 */
#ifndef EXCHANGE_DELIVERY_H
#define EXCHANGE_DELIVERY_H

#include "exchange/market/scenario.h"
#include "exchange/payload/rng.h"
#include "exchange/protocol/frame.h"
#include "outbox.h"

#define DELIVERY_FRAME_COUNT_MAX 1024

/* One connection's: the frames added and not yet cut into records. */
struct delivery {
	enum scenario_delivery mode;
	struct rng rng;
	uint64_t extra_ping_count; /* sent for the scenario's sake */
	uint32_t frame_count;
	uint32_t frame_bytes[DELIVERY_FRAME_COUNT_MAX];
};

/* Adds one frame.  It is sent with the next delivery_cut(). */
void delivery_add_frame(struct delivery *delivery, struct outbox *outbox, unsigned int first_byte,
			const void *payload, size_t size_bytes);

/* Adds a message, FRAME_TEXT or FRAME_BINARY, in fragments where the mode wants them. */
void delivery_add_message(struct delivery *delivery, struct outbox *outbox, unsigned int opcode,
			  const void *payload, size_t size_bytes);

/* Adds bytes as they are, as if they were a frame: for what no server should send. */
void delivery_add_raw(struct delivery *delivery, struct outbox *outbox, const void *bytes,
		      size_t size_bytes);

/* Cuts all that was added into records. */
void delivery_cut(struct delivery *delivery, struct outbox *outbox);

#endif
