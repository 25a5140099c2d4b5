/* SPDX-License-Identifier: BSD-2-Clause */
#include "young.h"

#include <string.h>

/* In front of each frame; a flow of 0 is nobody's any more. */
struct head {
	uint64_t flow_id;
	struct kept_frame frame;
	size_t entry_bytes; /* with this head */
};

static size_t entry_bytes_of(const struct kept_frame *frame)
{
	return sizeof(struct head) + (frame->captured_bytes + 7u) / 8 * 8;
}

static struct head head_at(const struct young *young, size_t at)
{
	struct head head;

	memcpy(&head, young->bytes + at, sizeof(head));
	return head;
}

/* Entries do not wrap: where one would, the rest of the room is passed over. */
static size_t begin_of(size_t at, size_t entry_bytes)
{
	return YOUNG_BYTES - at < entry_bytes ? 0 : at;
}

static void drop_oldest(struct young *young)
{
	struct head head = head_at(young, young->begin);

	young->pushed_count += head.flow_id != 0;
	young->begin += head.entry_bytes;
	young->used_bytes -= head.entry_bytes;
	/* What is too short for a head at the end was passed over. */
	if (young->used_bytes && (YOUNG_BYTES - young->begin < sizeof(struct head) ||
				  head_at(young, young->begin).entry_bytes == 0))
		young->begin = 0;
}

/* Drops until [at, at + entry_bytes) is free. */
static void make_room(struct young *young, size_t at, size_t entry_bytes)
{
	while (young->used_bytes && young->begin >= at && young->begin < at + entry_bytes)
		drop_oldest(young);
}

void young_add(struct young *young, uint64_t flow_id, const struct kept_frame *frame)
{
	struct head head = { .flow_id = flow_id,
			     .frame = *frame,
			     .entry_bytes = entry_bytes_of(frame) };
	size_t at = begin_of(young->end, head.entry_bytes);

	if (head.entry_bytes > YOUNG_BYTES / 2) {
		young->pushed_count++;
		return;
	}
	if (at < young->end) {
		make_room(young, young->end, YOUNG_BYTES - young->end);
		if (YOUNG_BYTES - young->end >= sizeof(struct head))
			memset(young->bytes + young->end, 0, sizeof(struct head));
	}
	make_room(young, at, head.entry_bytes);
	if (young->used_bytes == 0)
		young->begin = at;
	memcpy(young->bytes + at, &head, sizeof(head));
	memcpy(young->bytes + at + sizeof(head), frame->bytes, frame->captured_bytes);
	young->end = at + head.entry_bytes;
	young->used_bytes += head.entry_bytes;
}

/* The entry behind this one; `at` itself if it is the newest. */
static size_t next_of(const struct young *young, size_t at, size_t entry_bytes)
{
	size_t next = at + entry_bytes;

	if (next == young->end)
		return at;
	if (YOUNG_BYTES - next < sizeof(struct head) || head_at(young, next).entry_bytes == 0)
		return 0;
	return next;
}

void young_recall(struct young *young, uint64_t flow_id,
		  void (*give)(void *context, const struct kept_frame *frame), void *context)
{
	size_t at = young->begin;
	bool is_last = young->used_bytes == 0;

	while (!is_last) {
		struct head head = head_at(young, at);
		size_t next = next_of(young, at, head.entry_bytes);

		if (head.flow_id == flow_id) {
			const uint64_t nobody = 0;

			head.frame.bytes = young->bytes + at + sizeof(head);
			if (give)
				give(context, &head.frame);
			memcpy(young->bytes + at, &nobody, sizeof(nobody));
		}
		is_last = next == at;
		at = next;
	}
}

void young_forget(struct young *young, uint64_t flow_id)
{
	young_recall(young, flow_id, NULL, NULL);
}
