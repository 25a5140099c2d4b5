/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a capture file: no read out of bounds, an end, and the same
 * frames whether the file is seen at once or in pieces (the first byte says of
 * what size).
 */
#include "dpdk_capture/files/reader.h"

#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/parse/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

struct summary {
	uint64_t frame_count;
	uint64_t unread_count;
	uint64_t sum; /* of what the frames say of themselves */
	bool is_bad;
};

static void add_frame(const uint8_t *shown, size_t used_bytes, const struct reader_frame *frame,
		      struct summary *summary)
{
	struct packet_tcp tcp;

	if (frame->bytes < shown || frame->captured_bytes > used_bytes ||
	    frame->bytes + frame->captured_bytes > shown + used_bytes)
		abort();
	if (packet_parse(frame->link, frame->bytes, frame->captured_bytes, frame->wire_bytes,
			 &tcp) >= PACKET_VERDICT_COUNT)
		abort();
	if (frame->tick_ns == 0 || (!frame->is_stamped && frame->wall_time_ns))
		abort();
	summary->frame_count++;
	summary->sum = summary->sum * 31 + frame->wall_time_ns + frame->captured_bytes +
		       frame->wire_bytes + (uint64_t)frame->link;
}

/* One step from a copy that ends where the shown bytes do.  False at the end. */
static bool take_step(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
		      size_t piece_bytes, size_t *at, size_t *shown_bytes, struct summary *summary)
{
	uint8_t *copy = malloc(*shown_bytes ? *shown_bytes : 1);
	struct reader_frame frame;
	size_t used_bytes;
	enum reader_step step;

	if (!copy)
		abort();
	memcpy(copy, bytes + *at, *shown_bytes);
	step = reader_step(reader, copy, *shown_bytes, &used_bytes, &frame);
	if (used_bytes > *shown_bytes ||
	    (used_bytes == 0 && step != READER_MORE && step != READER_BAD))
		abort();
	if (step == READER_FRAME)
		add_frame(copy, used_bytes, &frame, summary);
	summary->unread_count += step == READER_UNREAD;
	summary->is_bad = step == READER_BAD && reader->why;
	free(copy);
	*at += used_bytes;
	*shown_bytes -= used_bytes;
	if (step != READER_MORE)
		return step != READER_BAD;
	if (reader->want_bytes <= *shown_bytes)
		abort();
	if (*at + *shown_bytes == size_bytes)
		return false;
	*shown_bytes += piece_bytes < size_bytes - *at - *shown_bytes
				? piece_bytes
				: size_bytes - *at - *shown_bytes;
	return true;
}

static struct summary read_all(const uint8_t *bytes, size_t size_bytes, size_t piece_bytes)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	struct summary summary = { 0 };
	size_t at = 0;
	size_t shown_bytes = 0;

	if (!reader)
		abort();
	while (take_step(reader, bytes, size_bytes, piece_bytes, &at, &shown_bytes, &summary))
		;
	free(reader);
	return summary;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct summary whole;
	struct summary pieces;

	if (size_bytes < 1)
		return 0;
	whole = read_all(bytes + 1, size_bytes - 1, size_bytes);
	pieces = read_all(bytes + 1, size_bytes - 1, 1 + (size_t)bytes[0]);
	if (whole.frame_count != pieces.frame_count || whole.unread_count != pieces.unread_count ||
	    whole.sum != pieces.sum || whole.is_bad != pieces.is_bad)
		abort();
	return 0;
}
