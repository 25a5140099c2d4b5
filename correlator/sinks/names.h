/* SPDX-License-Identifier: BSD-2-Clause */
/* The short words of a message's enums as lines take them: looked up once, not for each message. */
#ifndef CORR_SINK_NAMES_H
#define CORR_SINK_NAMES_H

#include "correlator/message/message.h"
#include "correlator/text/line.h"
#include "sink.h"

/* A stream's name as the sink writes it. */
struct names_stream {
	uint32_t epoch; /* of the message that had it; 0: none yet */
	uint16_t stream_index;
	uint16_t size_bytes;
	char bytes[64];
};

#define NAMES_STREAM_COUNT 256 /* of those that share a place, the last one is kept */

/* What one message has as the one before it did, for a sink to keep. */
#define NAMES_PIECE_COUNT 4

struct names {
	struct line_word classes[CORR_CLASS_COUNT];
	struct line_word reasons[CORR_REASON_COUNT];
	struct line_word stages[CORR_STAGE_COUNT]; /* as people are told them */
	struct line_word layers[PROF_LAYER_COUNT];
	struct line_word waits[CORR_WAIT_COUNT];
	struct line_word untolds[CORR_UNTOLD_COUNT];
	struct line_word stamps[PROF_STAMP_FILE + 2]; /* the last for those that are not known */
	struct line_high time;
	struct line_piece pieces[NAMES_PIECE_COUNT];
	struct names_stream streams[NAMES_STREAM_COUNT];
};

/* True, and the stream's name added, if it is known how it is written. */
LINE_INLINE bool names_put_stream(struct line *line, const struct names *names,
				  const struct corr_message *message)
{
	const struct names_stream *stream =
		&names->streams[message->stream_index % NAMES_STREAM_COUNT];

	if (!message->stream_epoch || stream->epoch != message->stream_epoch ||
	    stream->stream_index != message->stream_index)
		return false;
	memcpy(line->at, stream->bytes, sizeof(stream->bytes));
	line->at += stream->size_bytes;
	return true;
}

/* How it is written stands in [begin, end). */
void names_keep_stream(const char *begin, const char *end, struct names *names,
		       const struct corr_message *message);

/* Of enum prof_stamp_source, or any other value that a recording may have. */
static inline const struct line_word *names_stamp(const struct names *names, uint8_t stamp_source)
{
	return &names->stamps[stamp_source <= PROF_STAMP_FILE ? stamp_source : PROF_STAMP_FILE + 1];
}

/*
 * Opens a sink's file, with the words as its `own`.  0 or a negative errno; nothing to
 * close after a failure.
 */
int names_open_file(struct sink *sink);

/* Releases them and closes the file as sink_close_file() does. */
int names_close_file(struct sink *sink);

#endif
