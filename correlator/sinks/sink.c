/* SPDX-License-Identifier: BSD-2-Clause */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool has_own_file(const struct sink *sink)
{
	return sink->path && strcmp(sink->path, "-") != 0;
}

/* /dev/null (Documentation/admin-guide/devices.txt of Linux). */
#define NULL_MAJOR 1
#define NULL_MINOR 3

static void note_kind(struct sink *sink)
{
	struct stat facts;
	bool is_known = fstat(sink->fd, &facts) == 0;
	bool is_file = is_known && S_ISREG(facts.st_mode);

	sink->is_prompt = is_file || (is_known && S_ISCHR(facts.st_mode) &&
				      facts.st_rdev == makedev(NULL_MAJOR, NULL_MINOR));
	sink->is_regular = is_file;
	sink->is_old = is_file && has_own_file(sink);
}

int sink_open_file(struct sink *sink)
{
	int err;

	sink->error = 0;
	sink->sent_bytes = 0;
	sink->text = (struct text){ .bytes = malloc(SINK_BUFFER_BYTES),
				    .room_bytes = SINK_BUFFER_BYTES };
	if (!sink->text.bytes)
		return -ENOMEM;
	sink->fd = sink->to_stderr ? STDERR_FILENO : STDOUT_FILENO;
	if (has_own_file(sink))
		sink->fd = open(sink->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (sink->fd >= 0) {
		note_kind(sink);
		return 0;
	}
	err = -errno;
	free(sink->text.bytes);
	return err;
}

/* A pipe that poll() calls writable takes this much without blocking (POSIX: PIPE_BUF). */
#define CHUNK_BYTES 4096

/* So much is written in one go where nobody makes us wait: less than the caches hold. */
#define BATCH_BYTES ((size_t)128 * 1024)

#define CLOSE_WAIT_MS 5000
#define PATIENCE_MS   200 /* how soon an end of patience is noticed */

/* Whether the reader takes something within wait_ms; if patient, for as long as nobody says stop.
 */
static bool is_ready(const struct sink *sink, int wait_ms)
{
	struct pollfd ready = { .fd = sink->fd, .events = POLLOUT };
	int left_ms = wait_ms;

	for (;;) {
		bool is_patient = sink->is_patient && !(sink->is_stopped && *sink->is_stopped);
		int step_ms = is_patient || left_ms > PATIENCE_MS ? PATIENCE_MS : left_ms;

		if (poll(&ready, 1, step_ms) > 0)
			return true;
		if (!is_patient)
			left_ms -= step_ms; /* a signal cuts a step short: no harm */
		if (!is_patient && left_ms <= 0)
			return false;
	}
}

/* Writes what it can; waits for a reader that does not move as is_ready() does. */
static void push(struct sink *sink, int wait_ms)
{
	struct text *text = &sink->text;

	if (sink->is_old && ftruncate(sink->fd, 0) < 0)
		sink->error = -errno;
	sink->is_old = false;
	while (sink->sent_bytes < text->size_bytes && !sink->error) {
		size_t size_bytes = text->size_bytes - sink->sent_bytes;
		ssize_t written;

		if (!sink->is_prompt) {
			if (!is_ready(sink, wait_ms)) {
				sink->is_patient = false; /* once is enough */
				return;
			}
			if (size_bytes > CHUNK_BYTES)
				size_bytes = CHUNK_BYTES;
		}
		written = write(sink->fd, text->bytes + sink->sent_bytes, size_bytes);
		if (written >= 0) {
			sink->sent_bytes += (size_t)written;
			sink->part_bytes += (size_t)written;
		} else if (errno != EINTR && errno != EAGAIN)
			sink->error = -errno;
	}
	sink->sent_bytes = 0;
	text->size_bytes = 0;
}

void sink_flush(struct sink *sink)
{
	push(sink, sink->is_patient ? CLOSE_WAIT_MS : 0);
}

static const char *part_path(const struct sink *sink, uint32_t part, char path[PATH_MAX])
{
	if (part == 0)
		(void)snprintf(path, PATH_MAX, "%s", sink->path);
	else
		(void)snprintf(path, PATH_MAX, "%s.%u", sink->path, part);
	return path;
}

bool sink_is_part_full(const struct sink *sink)
{
	return sink->part_bytes_max && sink->is_regular && has_own_file(sink) &&
	       sink->part_bytes + sink->text.size_bytes >= sink->part_bytes_max;
}

/* A part is whole in itself. */
void sink_next_part(struct sink *sink)
{
	char path[PATH_MAX];
	int fd;

	push(sink, 0);
	fd = open(part_path(sink, sink->part + 1, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		  0644);
	if (fd < 0 && !sink->error)
		sink->error = -errno;
	if (fd < 0 || sink->error)
		return;
	if (close(sink->fd) < 0)
		sink->error = -errno;
	sink->fd = fd;
	sink->part++;
	sink->part_bytes = 0;
	if (sink->head)
		text_add(&sink->text, sink->head);
	if (sink->part_count_max && sink->part >= sink->part_count_max)
		(void)unlink(part_path(sink, sink->part - sink->part_count_max, path));
}

struct text *sink_room(struct sink *sink, size_t size_bytes)
{
	struct text *text = &sink->text;

	if (!sink->parts_itself && sink_is_part_full(sink))
		sink_next_part(sink);
	if (sink->is_prompt && text->size_bytes >= BATCH_BYTES)
		push(sink, 0);
	if (text->room_bytes - text->size_bytes >= size_bytes)
		return text;
	sink_flush(sink);
	if (sink->sent_bytes > text->room_bytes / 2) {
		text->size_bytes -= sink->sent_bytes;
		memmove(text->bytes, text->bytes + sink->sent_bytes, text->size_bytes);
		sink->sent_bytes = 0;
	}
	if (text->room_bytes - text->size_bytes >= size_bytes)
		return text;
	sink->dropped_count++;
	return NULL;
}

int sink_close_file(struct sink *sink)
{
	push(sink, CLOSE_WAIT_MS);
	if (sink->text.size_bytes && !sink->error)
		sink->error = -ETIMEDOUT;
	if (has_own_file(sink) && close(sink->fd) < 0 && !sink->error)
		sink->error = -errno;
	free(sink->text.bytes);
	sink->text.bytes = NULL;
	return sink->error;
}
