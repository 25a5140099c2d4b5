/* SPDX-License-Identifier: BSD-2-Clause */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int sink_open_file(struct sink *sink)
{
	int err;

	sink->error = 0;
	sink->text = (struct text){ .bytes = malloc(SINK_BUFFER_BYTES),
				    .room_bytes = SINK_BUFFER_BYTES };
	if (!sink->text.bytes)
		return -ENOMEM;
	sink->fd = STDOUT_FILENO;
	if (!sink->path)
		return 0;
	sink->fd = open(sink->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (sink->fd >= 0)
		return 0;
	err = -errno;
	free(sink->text.bytes);
	return err;
}

void sink_flush(struct sink *sink)
{
	size_t done_bytes = 0;

	while (done_bytes < sink->text.size_bytes && !sink->error) {
		ssize_t written = write(sink->fd, sink->text.bytes + done_bytes,
					sink->text.size_bytes - done_bytes);

		if (written >= 0)
			done_bytes += (size_t)written;
		else if (errno != EINTR)
			sink->error = -errno;
	}
	sink->text.size_bytes = 0;
}

struct text *sink_room(struct sink *sink, size_t size_bytes)
{
	if (sink->text.room_bytes - sink->text.size_bytes < size_bytes)
		sink_flush(sink);
	return &sink->text;
}

int sink_close_file(struct sink *sink)
{
	sink_flush(sink);
	if (sink->path && close(sink->fd) < 0 && !sink->error)
		sink->error = -errno;
	free(sink->text.bytes);
	sink->text.bytes = NULL;
	return sink->error;
}
