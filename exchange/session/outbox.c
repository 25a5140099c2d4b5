/* SPDX-License-Identifier: BSD-2-Clause */
#include "outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_US 1000u

/* Numbers grow for ever and are taken modulo the count; equal numbers mean empty. */
struct outbox {
	uint64_t sent_offset; /* of bytes[begin] in all that was ever sent */
	size_t begin;
	size_t cut; /* records cover begin..cut */
	size_t end;
	uint32_t record_head;
	uint32_t record_tail;
	uint32_t mark_head;
	uint32_t mark_tail;
	uint64_t last_write_ns;
	struct outbox_record records[OUTBOX_RECORD_COUNT_MAX];
	struct outbox_mark marks[OUTBOX_MARK_COUNT_MAX];
	uint8_t bytes[OUTBOX_BYTES_MAX];
};

struct outbox *outbox_create(void)
{
	/* Not cleared: pages that are never needed stay untouched. */
	struct outbox *outbox = malloc(sizeof(*outbox));

	if (!outbox)
		return NULL;
	outbox_clear(outbox);
	return outbox;
}

void outbox_clear(struct outbox *outbox)
{
	memset(outbox, 0, offsetof(struct outbox, records));
}

struct outbox *outbox_destroy(struct outbox *outbox)
{
	free(outbox);
	return NULL;
}

bool outbox_has_room(const struct outbox *outbox, size_t size_bytes)
{
	/* What is added and not yet cut: at most 1024 frames, each cut into at most 48 records. */
	const uint32_t spare_records = 48 * 1024;
	const uint32_t spare_marks = 1024;

	return size_bytes <= OUTBOX_BYTES_MAX - (outbox->end - outbox->begin) &&
	       outbox->record_tail - outbox->record_head <=
		       OUTBOX_RECORD_COUNT_MAX - spare_records &&
	       outbox->mark_tail - outbox->mark_head <= OUTBOX_MARK_COUNT_MAX - spare_marks;
}

void outbox_add(struct outbox *outbox, const void *bytes, size_t size_bytes)
{
	assert(size_bytes <= OUTBOX_BYTES_MAX - (outbox->end - outbox->begin));
	if (size_bytes > OUTBOX_BYTES_MAX - outbox->end) {
		memmove(outbox->bytes, outbox->bytes + outbox->begin, outbox->end - outbox->begin);
		outbox->cut -= outbox->begin;
		outbox->end -= outbox->begin;
		outbox->begin = 0;
	}
	memcpy(outbox->bytes + outbox->end, bytes, size_bytes);
	outbox->end += size_bytes;
}

void outbox_mark(struct outbox *outbox, uint32_t stream_index, uint64_t id, uint32_t size_bytes)
{
	assert(outbox->mark_tail - outbox->mark_head < OUTBOX_MARK_COUNT_MAX);
	outbox->marks[outbox->mark_tail++ % OUTBOX_MARK_COUNT_MAX] = (struct outbox_mark){
		.end_offset = outbox->sent_offset + (outbox->end - outbox->begin),
		.id = id,
		.stream_index = stream_index,
		.size_bytes = size_bytes,
	};
}

void outbox_cut(struct outbox *outbox, const struct outbox_record *record)
{
	assert(outbox->record_tail - outbox->record_head < OUTBOX_RECORD_COUNT_MAX);
	assert(record->size_bytes <= outbox->end - outbox->cut);
	outbox->records[outbox->record_tail++ % OUTBOX_RECORD_COUNT_MAX] = *record;
	outbox->cut += record->size_bytes;
}

size_t outbox_uncut_bytes(const struct outbox *outbox)
{
	return outbox->end - outbox->cut;
}

const struct outbox_record *outbox_front(const struct outbox *outbox, uint64_t now_ns,
					 uint64_t *ret_due_ns)
{
	const struct outbox_record *record =
		&outbox->records[outbox->record_head % OUTBOX_RECORD_COUNT_MAX];

	if (outbox->record_head == outbox->record_tail) {
		*ret_due_ns = 0;
		return NULL;
	}
	*ret_due_ns = outbox->last_write_ns + (uint64_t)record->wait_us * NS_PER_US;
	return record->wait_us == 0 || *ret_due_ns <= now_ns ? record : NULL;
}

uint8_t *outbox_front_bytes(struct outbox *outbox)
{
	return outbox->bytes + outbox->begin;
}

void outbox_pop(struct outbox *outbox, uint64_t now_ns)
{
	uint32_t size_bytes =
		outbox->records[outbox->record_head++ % OUTBOX_RECORD_COUNT_MAX].size_bytes;

	outbox->begin += size_bytes;
	outbox->sent_offset += size_bytes;
	outbox->last_write_ns = now_ns;
	if (outbox->begin == outbox->end)
		outbox->begin = outbox->cut = outbox->end = 0;
}

bool outbox_take_mark(struct outbox *outbox, struct outbox_mark *ret_mark)
{
	const struct outbox_mark *mark = &outbox->marks[outbox->mark_head % OUTBOX_MARK_COUNT_MAX];

	if (outbox->mark_head == outbox->mark_tail || mark->end_offset > outbox->sent_offset)
		return false;
	*ret_mark = *mark;
	outbox->mark_head++;
	return true;
}
