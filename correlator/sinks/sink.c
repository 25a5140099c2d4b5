/* SPDX-License-Identifier: BSD-2-Clause */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_own_file(const struct sink *sink)
{
	return sink->path && strcmp(sink->path, "-") != 0;
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
	if (!has_own_file(sink))
		return 0;
	sink->fd = open(sink->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (sink->fd >= 0)
		return 0;
	err = -errno;
	free(sink->text.bytes);
	return err;
}

/* A pipe that poll() calls writable takes this much without blocking (POSIX: PIPE_BUF). */
#define CHUNK_BYTES 4096

#define CLOSE_WAIT_MS 5000

/* Writes what it can; waits for the reader up to wait_ms at a time (-1: for ever). */
static void push(struct sink *sink, int wait_ms)
{
	struct text *text = &sink->text;

	while (sink->sent_bytes < text->size_bytes && !sink->error) {
		struct pollfd ready = { .fd = sink->fd, .events = POLLOUT };
		size_t size_bytes = text->size_bytes - sink->sent_bytes;
		ssize_t written;

		if (wait_ms >= 0) {
			int ready_count = poll(&ready, 1, wait_ms);

			if (ready_count < 0 && errno == EINTR)
				continue;
			if (ready_count <= 0)
				return;
			if (size_bytes > CHUNK_BYTES)
				size_bytes = CHUNK_BYTES;
		}
		written = write(sink->fd, text->bytes + sink->sent_bytes, size_bytes);
		if (written >= 0)
			sink->sent_bytes += (size_t)written;
		else if (errno != EINTR && errno != EAGAIN)
			sink->error = -errno;
	}
	sink->sent_bytes = 0;
	text->size_bytes = 0;
}

void sink_flush(struct sink *sink)
{
	push(sink, sink->is_patient ? -1 : 0);
}

struct text *sink_room(struct sink *sink, size_t size_bytes)
{
	struct text *text = &sink->text;

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
	push(sink, sink->is_patient ? -1 : CLOSE_WAIT_MS);
	if (sink->text.size_bytes && !sink->error)
		sink->error = -ETIMEDOUT;
	if (has_own_file(sink) && close(sink->fd) < 0 && !sink->error)
		sink->error = -errno;
	free(sink->text.bytes);
	sink->text.bytes = NULL;
	return sink->error;
}
