/* SPDX-License-Identifier: BSD-2-Clause */
#include "delivery.h"

#define FRAGMENT_COUNT_MAX 5
#define PIECE_COUNT_MEAN   24
#define PIECE_COUNT_MAX	   48 /* outbox_has_room() counts on it */
#define GROUP_COUNT_MAX	   8

void delivery_add_raw(struct delivery *delivery, struct outbox *outbox, const void *bytes,
		      size_t size_bytes)
{
	if (delivery->frame_count == DELIVERY_FRAME_COUNT_MAX)
		delivery_cut(delivery, outbox);
	outbox_add(outbox, bytes, size_bytes);
	delivery->frame_bytes[delivery->frame_count++] = (uint32_t)size_bytes;
}

void delivery_add_frame(struct delivery *delivery, struct outbox *outbox, unsigned int first_byte,
			const void *payload, size_t size_bytes)
{
	uint8_t header[FRAME_HEADER_BYTES_MAX];
	size_t header_bytes = frame_put_header(header, first_byte, size_bytes);

	delivery_add_raw(delivery, outbox, header, header_bytes);
	outbox_add(outbox, payload, size_bytes);
	delivery->frame_bytes[delivery->frame_count - 1] += (uint32_t)size_bytes;
}

static void add_between(struct delivery *delivery, struct outbox *outbox)
{
	static const char payload[] = "between fragments";
	uint32_t choice = rng_below(&delivery->rng, 3);

	delivery->extra_ping_count += choice == 0;
	if (choice < 2)
		delivery_add_frame(delivery, outbox,
				   FRAME_FIN | (choice == 0 ? FRAME_PING : FRAME_PONG), payload,
				   rng_below(&delivery->rng, sizeof(payload)));
}

static void add_fragments(struct delivery *delivery, struct outbox *outbox, unsigned int opcode,
			  const uint8_t *payload, size_t size_bytes, bool has_between)
{
	uint32_t count = rng_range(&delivery->rng, 2, FRAGMENT_COUNT_MAX);

	for (uint32_t i = 0; i < count; i++) {
		bool is_last = i + 1 == count;
		/* An empty fragment is allowed, and worth trying. */
		size_t take_bytes = is_last ? size_bytes
					    : rng_below(&delivery->rng, (uint32_t)size_bytes + 1);

		delivery_add_frame(delivery, outbox,
				   (is_last ? FRAME_FIN : 0u) |
					   (i == 0 ? opcode : FRAME_CONTINUATION),
				   payload, take_bytes);
		payload += take_bytes;
		size_bytes -= take_bytes;
		if (!is_last && has_between)
			add_between(delivery, outbox);
	}
}

void delivery_add_message(struct delivery *delivery, struct outbox *outbox, unsigned int opcode,
			  const void *payload, size_t size_bytes)
{
	bool is_mixed = delivery->mode == DELIVERY_MIXED;

	if (delivery->mode == DELIVERY_FRAGMENTS || (is_mixed && rng_below(&delivery->rng, 3) == 0))
		add_fragments(delivery, outbox, opcode, payload, size_bytes, is_mixed);
	else
		delivery_add_frame(delivery, outbox, FRAME_FIN | opcode, payload, size_bytes);
}

/* Records of what fits, all but the last full. */
static void cut_plain(struct outbox *outbox, size_t size_bytes, bool is_pushed)
{
	while (size_bytes > 0) {
		size_t take_bytes = size_bytes < OUTBOX_TLS_RECORD_BYTES ? size_bytes
									 : OUTBOX_TLS_RECORD_BYTES;

		size_bytes -= take_bytes;
		outbox_cut(outbox,
			   &(struct outbox_record){ .size_bytes = (uint32_t)take_bytes,
						    .is_pushed = is_pushed && size_bytes == 0 });
	}
}

/* Up to group_count_max whole frames a record; the last record pushes them all out. */
static void cut_groups(struct delivery *delivery, struct outbox *outbox, uint32_t group_count_max)
{
	uint32_t at = 0;

	while (at < delivery->frame_count) {
		uint32_t count = rng_range(&delivery->rng, 1, group_count_max);
		size_t size_bytes = delivery->frame_bytes[at++];

		if (group_count_max > GROUP_COUNT_MAX)
			count = group_count_max;
		while (--count > 0 && at < delivery->frame_count &&
		       size_bytes + delivery->frame_bytes[at] <= OUTBOX_TLS_RECORD_BYTES)
			size_bytes += delivery->frame_bytes[at++];
		cut_plain(outbox, size_bytes, at == delivery->frame_count);
	}
}

/* The first record ends inside the header; each is a segment of its own. */
static void cut_pieces(struct delivery *delivery, struct outbox *outbox, uint32_t size_bytes)
{
	uint32_t piece_bytes_mean = size_bytes / PIECE_COUNT_MEAN + 16;
	uint32_t take_bytes = 1;

	for (uint32_t count = 1; size_bytes > 0; count++) {
		if (take_bytes > size_bytes || count == PIECE_COUNT_MAX)
			take_bytes = size_bytes;
		outbox_cut(outbox,
			   &(struct outbox_record){ .size_bytes = take_bytes, .is_pushed = true });
		size_bytes -= take_bytes;
		take_bytes = rng_range(&delivery->rng, 1, 2 * piece_bytes_mean);
	}
}

static void cut_each(struct delivery *delivery, struct outbox *outbox, bool is_split)
{
	for (uint32_t i = 0; i < delivery->frame_count; i++) {
		if (is_split)
			cut_pieces(delivery, outbox, delivery->frame_bytes[i]);
		else
			cut_plain(outbox, delivery->frame_bytes[i], true);
	}
}

void delivery_cut(struct delivery *delivery, struct outbox *outbox)
{
	enum scenario_delivery mode = delivery->mode;

	if (mode == DELIVERY_MIXED) {
		static const enum scenario_delivery modes[] = { DELIVERY_NATURAL, DELIVERY_SINGLE,
								DELIVERY_ONE_RECORD,
								DELIVERY_SPLIT };

		mode = modes[rng_below(&delivery->rng, 4)];
	}
	switch (mode) {
	case DELIVERY_SINGLE:
	case DELIVERY_SPLIT:
		cut_each(delivery, outbox, mode == DELIVERY_SPLIT);
		break;
	case DELIVERY_ONE_RECORD:
		cut_groups(delivery, outbox, DELIVERY_FRAME_COUNT_MAX);
		break;
	default:
		cut_groups(delivery, outbox, GROUP_COUNT_MAX);
	}
	delivery->frame_count = 0;
}
