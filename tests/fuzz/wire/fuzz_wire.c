/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever comes off a socket, cut however recv() likes: the records and the
 * frames found are those that are found when all comes at once, one byte at a
 * time tells the same, and ranges lie inside what was received.  The same of
 * what is sent.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tls_records.h"
#include "wire/ws_frames.h"
#include "wire/ws_sent.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static struct ws_frames whole_frames;
static struct ws_frames cut_frames;

static void feed_frames(struct ws_frames *frames, const uint8_t *bytes, size_t from, size_t to)
{
	const struct ws_chunk chunk = {
		.bytes = bytes + from,
		.size_bytes = to - from,
		.start_offset = from,
		.end_offset = to,
		.is_plain = true,
	};

	ws_frames_feed(frames, &chunk);
}

/* The span arrays are large and mostly unused: only the rest is cleared. */
static void clear(struct ws_frames *frames)
{
	memset(frames, 0, offsetof(struct ws_frames, spans));
}

static void compare_frames(size_t size_bytes)
{
	struct ws_span whole;
	struct ws_span cut;
	uint64_t last_end_offset = 0;

	if (whole_frames.pong_count != cut_frames.pong_count ||
	    whole_frames.violation != cut_frames.violation ||
	    whole_frames.lost_count != cut_frames.lost_count ||
	    strcmp(whole_frames.head.status_line, cut_frames.head.status_line) != 0)
		abort();
	while (ws_frames_pop(&whole_frames, &whole)) {
		if (!ws_frames_pop(&cut_frames, &cut) || memcmp(&whole, &cut, sizeof(cut)) != 0)
			abort();
		if (whole.start_offset >= whole.end_offset || whole.end_offset > size_bytes ||
		    whole.start_offset < last_end_offset)
			abort();
		last_end_offset = whole.end_offset;
	}
	if (ws_frames_pop(&cut_frames, &cut))
		abort();
}

static void check_sent(const uint8_t *bytes, size_t size_bytes, size_t step, bool is_upgraded)
{
	struct ws_sent whole = { .head_end_bytes = is_upgraded ? 4 : 0 };
	struct ws_sent cut = whole;

	for (size_t from = 0; from < size_bytes; from += step) {
		size_t to = from + step < size_bytes ? from + step : size_bytes;

		ws_sent_feed(&cut, &(struct ws_chunk){ .bytes = bytes + from,
						       .size_bytes = to - from,
						       .start_offset = from,
						       .is_plain = true });
	}
	ws_sent_feed(&whole, &(struct ws_chunk){
				     .bytes = bytes, .size_bytes = size_bytes, .is_plain = true });
	if (whole.begun_count != cut.begun_count || whole.whole_count != cut.whole_count ||
	    whole.whole_count > whole.begun_count)
		abort();
	for (uint64_t back = 1; back <= whole.whole_count && back <= WS_SENT_FRAME_COUNT; back++) {
		const struct ws_sent_frame *a = ws_sent_at(&whole, whole.whole_count - back);
		const struct ws_sent_frame *b = ws_sent_at(&cut, whole.whole_count - back);

		if (!a || !b || a->start_offset != b->start_offset ||
		    a->end_offset != b->end_offset || a->opcode != b->opcode ||
		    a->start_offset >= a->end_offset || a->end_offset > size_bytes)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct tls_records whole = { 0 };
	struct tls_records cut = { 0 };
	size_t whole_count;
	size_t cut_count = 0;
	size_t step;

	if (size_bytes < 2)
		return 0;
	step = bytes[0] + 1u;
	clear(&whole_frames);
	clear(&cut_frames);
	if (bytes[1] & 1) {
		whole_frames.state = WS_FRAMES_HEADER;
		cut_frames.state = WS_FRAMES_HEADER;
	}
	check_sent(bytes + 2, size_bytes - 2, step, bytes[1] & 1);
	bytes += 2;
	size_bytes -= 2;
	whole_count = tls_records_feed(&whole, bytes, size_bytes);
	feed_frames(&whole_frames, bytes, 0, size_bytes);
	for (size_t from = 0; from < size_bytes; from += step) {
		size_t to = from + step < size_bytes ? from + step : size_bytes;

		cut_count += tls_records_feed(&cut, bytes + from, to - from);
		feed_frames(&cut_frames, bytes, from, to);
	}
	if (whole_count != cut_count || memcmp(&whole, &cut, sizeof(cut)) != 0 ||
	    whole.offset != size_bytes || whole.end_offset > size_bytes ||
	    whole.start_offset > whole.end_offset)
		abort();
	compare_frames(size_bytes);
	return 0;
}
