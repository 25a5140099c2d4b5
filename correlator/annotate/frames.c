/* SPDX-License-Identifier: BSD-2-Clause */
#include "frames.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dpdk_capture/files/reader.h"
#include "dpdk_capture/files/unpack.h"

#define BUFFER_BYTES (2 * (size_t)READER_FRAME_BYTES_MAX)
#define CHUNK_BYTES  ((size_t)1 << 20)

/* dpdk_capture numbers its files on; those that it has removed are not there. */
#define PART_COUNT_MAX	   1000000u
#define PART_GAP_COUNT_MAX 10000u

struct pass {
	struct frames_reader *frames;
	struct reader reader;
	uint8_t *buffer;
	size_t begin;
	size_t end;
};

static void note(struct frames_reader *frames, const char *path, const char *why)
{
	if (!frames->note[0])
		(void)snprintf(frames->note, sizeof(frames->note), "%s: %s", path, why);
}

static bool is_stopped(const struct frames_reader *frames)
{
	return frames->stop_count && *frames->stop_count > 1;
}

/* Takes one step.  False if it takes more bytes, or is over. */
static bool step(struct pass *pass, const char **ret_why)
{
	struct frames_reader *frames = pass->frames;
	struct reader_frame read;
	size_t used_bytes;
	enum reader_step step = reader_step(&pass->reader, pass->buffer + pass->begin,
					    pass->end - pass->begin, &used_bytes, &read);

	pass->begin += used_bytes;
	if (step == READER_BAD)
		*ret_why = pass->reader.why;
	if (step == READER_SECRETS && frames->take_secrets)
		frames->take_secrets(frames->context, pass->reader.secrets.text,
				     pass->reader.secrets.size_bytes);
	if (step == READER_UNREAD || (step == READER_FRAME && !read.is_stamped))
		frames->unread_count++;
	else if (step == READER_FRAME)
		frames->take(frames->context,
			     &(struct place_frame){ .wall_time_ns = read.wall_time_ns,
						    .captured_bytes = read.captured_bytes,
						    .wire_bytes = read.wire_bytes,
						    .bytes = read.bytes,
						    .link = read.link });
	return step != READER_BAD && step != READER_MORE;
}

/* More of the file.  False at its end. */
static bool refill(struct pass *pass, struct unpack *unpack, const char **ret_why)
{
	size_t left_bytes = pass->end - pass->begin;
	size_t want_bytes = pass->reader.want_bytes > CHUNK_BYTES ? pass->reader.want_bytes
								  : CHUNK_BYTES;
	int64_t got_bytes;

	memmove(pass->buffer, pass->buffer + pass->begin, left_bytes);
	pass->begin = 0;
	pass->end = left_bytes;
	do {
		got_bytes = unpack_read(unpack, pass->buffer + left_bytes, want_bytes, ret_why);
	} while (got_bytes == -EINTR && !is_stopped(pass->frames));
	if (got_bytes < 0 && !*ret_why)
		*ret_why = strerror((int)-got_bytes);
	if (got_bytes == 0 && left_bytes)
		*ret_why = "it ends within a frame: used up to there";
	if (got_bytes <= 0)
		return false;
	pass->end += (size_t)got_bytes;
	return true;
}

static int read_file(struct frames_reader *frames, struct pass *pass, const char *path)
{
	struct unpack *unpack;
	const char *why = NULL;
	int err = unpack_open(path, &unpack, &why);

	if (err) {
		if (err != -ENOENT)
			note(frames, path, why ? why : strerror(-err));
		return err;
	}
	pass->reader = (struct reader){ 0 };
	pass->begin = 0;
	pass->end = 0;
	while (!why && !is_stopped(frames)) {
		while (step(pass, &why))
			;
		if (why || !refill(pass, unpack, &why))
			break;
	}
	if (why)
		note(frames, path, why);
	unpack_close(unpack);
	return 0;
}

/* Whether that part is there. */
static bool find_part(const char *path, uint32_t part, char part_path[PATH_MAX])
{
	(void)snprintf(part_path, PATH_MAX, "%s.%u", path, part);
	return access(part_path, F_OK) == 0;
}

/* The file and its parts.  How many could be read, or a negative errno if none. */
static int read_parts(struct frames_reader *frames, struct pass *pass, const char *path)
{
	char part_path[PATH_MAX];
	int err = read_file(frames, pass, path);
	int count = err == 0;
	uint32_t gap_count = 0;

	for (uint32_t part = 1; part < PART_COUNT_MAX && gap_count < PART_GAP_COUNT_MAX; part++) {
		gap_count++;
		/* Where the first one is there, the second is its next or there is none. */
		if (!find_part(path, part, part_path)) {
			if (count)
				break;
			continue;
		}
		gap_count = 0;
		if (read_file(frames, pass, part_path) == 0)
			count++;
	}
	return count ? count : err;
}

int frames_read(struct frames_reader *reader, const char **ret_path)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	int err = 0;

	*ret_path = "frames";
	if (pass)
		pass->buffer = malloc(BUFFER_BYTES + CHUNK_BYTES);
	if (!pass || !pass->buffer) {
		free(pass);
		return -ENOMEM;
	}
	pass->frames = reader;
	for (size_t i = 0; err >= 0 && i < reader->paths->count; i++) {
		*ret_path = reader->paths->texts[i];
		err = read_parts(reader, pass, reader->paths->texts[i]);
	}
	free(pass->buffer);
	free(pass);
	return err < 0 ? err : 0;
}
