/* SPDX-License-Identifier: BSD-2-Clause */
/* The short words of a message's enums as lines take them: looked up once, not for each message. */
#ifndef CORR_SINK_NAMES_H
#define CORR_SINK_NAMES_H

#include "correlator/message/message.h"
#include "correlator/text/line.h"
#include "sink.h"

struct names {
	struct line_word classes[CORR_CLASS_COUNT];
	struct line_word reasons[CORR_REASON_COUNT];
	struct line_word stages[CORR_STAGE_COUNT]; /* as people are told them */
	struct line_word layers[PROF_LAYER_COUNT];
	struct line_word waits[CORR_WAIT_COUNT];
	struct line_word untolds[CORR_UNTOLD_COUNT];
	struct line_word stamps[PROF_STAMP_FILE + 2]; /* the last for those that are not known */
};

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
