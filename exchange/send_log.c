/* SPDX-License-Identifier: BSD-2-Clause */
#include "send_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define BUFFER_BYTES (1u << 20)

struct send_log {
	FILE *file;
	int err; /* of the first line that could not be written */
	char buffer[BUFFER_BYTES];
};

int send_log_open(const char *path, struct send_log **ret_log)
{
	struct send_log *log = malloc(sizeof(*log));

	if (!log)
		return -ENOMEM;
	log->err = 0;
	log->file = fopen(path, "we");
	if (!log->file) {
		int err = -errno;

		free(log);
		return err;
	}
	(void)setvbuf(log->file, log->buffer, _IOFBF, sizeof(log->buffer));
	(void)fprintf(log->file, "# conn\tstream\tid\tbytes\ttime_ns\n");
	*ret_log = log;
	return 0;
}

int send_log_close(struct send_log *log)
{
	int err;

	if (!log)
		return 0;
	send_log_flush(log);
	err = log->err;
	(void)fclose(log->file); /* nothing is left to be written */
	free(log);
	return err;
}

void send_log_message(struct send_log *log, uint32_t conn_number, const char *stream, uint64_t id,
		      size_t size_bytes, uint64_t time_ns)
{
	if (log)
		(void)fprintf(log->file, "%" PRIu32 "\t%s\t%" PRIu64 "\t%zu\t%" PRIu64 "\n",
			      conn_number, stream, id, size_bytes, time_ns);
}

void send_log_event(struct send_log *log, uint32_t conn_number, const char *event, uint64_t time_ns)
{
	if (log)
		(void)fprintf(log->file, "# conn=%" PRIu32 "\t%s\t%" PRIu64 "\n", conn_number,
			      event, time_ns);
}

void send_log_flush(struct send_log *log)
{
	if (log && (fflush(log->file) != 0 || ferror(log->file)) && !log->err)
		log->err = errno ? -errno : -EIO;
}
