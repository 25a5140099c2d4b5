/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static void set(struct line_word *word, const char *words)
{
	bool is_set = line_word_set(word, words);

	assert(is_set); /* tables of ours */
	(void)is_set;
}

static struct names *create(void)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	for (int i = 0; i < CORR_CLASS_COUNT; i++)
		set(&names->classes[i], corr_class_name(i));
	for (int i = 0; i < CORR_REASON_COUNT; i++)
		set(&names->reasons[i], corr_reason_name(i));
	for (int i = 0; i < CORR_STAGE_COUNT; i++)
		set(&names->stages[i], corr_stage_words(i));
	for (uint32_t i = 0; i < PROF_LAYER_COUNT; i++)
		set(&names->layers[i], corr_layer_name(i));
	for (int i = 0; i < CORR_WAIT_COUNT; i++)
		set(&names->waits[i], corr_wait_name(i));
	for (int i = 0; i < CORR_UNTOLD_COUNT; i++)
		set(&names->untolds[i], corr_untold_name(i));
	for (uint32_t i = 0; i <= PROF_STAMP_FILE + 1; i++)
		set(&names->stamps[i], corr_stamp_name(i));
	return names;
}

void names_keep_stream(const char *begin, const char *end, struct names *names,
		       const struct corr_message *message)
{
	struct names_stream *stream = &names->streams[message->stream_index % NAMES_STREAM_COUNT];
	size_t size_bytes = (size_t)(end - begin);

	if (size_bytes > sizeof(stream->bytes))
		return;
	*stream = (struct names_stream){ .epoch = message->stream_epoch,
					 .stream_index = message->stream_index,
					 .size_bytes = (uint16_t)size_bytes };
	memcpy(stream->bytes, begin, size_bytes);
}

int names_open_file(struct sink *sink)
{
	struct names *names = create();
	int err;

	if (!names)
		return -ENOMEM;
	err = sink_open_file(sink);
	if (err)
		free(names);
	else
		sink->own = names;
	return err;
}

int names_close_file(struct sink *sink)
{
	free(sink->own);
	return sink_close_file(sink);
}
