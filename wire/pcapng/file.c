/* SPDX-License-Identifier: BSD-2-Clause */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)256 * 1024)

struct pcapng_file {
	int fd;
	int error;
	bool is_old; /* it still holds what it held before: its user may yet fail to start */
	uint64_t total_bytes;
	size_t buffer_bytes;
	uint8_t *large; /* the room of a block that the buffer is too small for */
	uint8_t buffer[BUFFER_BYTES];
};

/* What is there under that name, if anything, must be a file that nothing else leads to. */
static int open_alone(const char *path)
{
	struct stat facts;
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		      0600);
	int err;

	if (fd < 0)
		return errno == ELOOP || errno == ENXIO ? -EINVAL : -errno;
	err = fstat(fd, &facts) < 0 ? -errno : 0;
	if (!err && (!S_ISREG(facts.st_mode) || facts.st_nlink != 1))
		err = -EINVAL;
	if (!err && fchmod(fd, 0600) < 0)
		err = -errno;
	if (!err)
		return fd;
	(void)close(fd);
	return err;
}

int pcapng_file_open(const char *path, const char *program, struct pcapng_file **ret_file)
{
	struct pcapng_file *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->fd = open_alone(path);
	if (file->fd < 0) {
		int err = file->fd;

		free(file);
		return err;
	}
	file->is_old = true;
	file->buffer_bytes = pcapng_section(program, file->buffer);
	file->total_bytes = file->buffer_bytes;
	*ret_file = file;
	return 0;
}

static void write_out(struct pcapng_file *file, const uint8_t *bytes, size_t size_bytes)
{
	if (file->is_old && ftruncate(file->fd, 0) < 0)
		file->error = -errno;
	file->is_old = false;
	while (size_bytes > 0 && !file->error) {
		ssize_t written = write(file->fd, bytes, size_bytes);

		if (written >= 0) {
			bytes += written;
			size_bytes -= (size_t)written;
		} else if (errno != EINTR) {
			file->error = -errno;
		}
	}
}

int pcapng_file_flush(struct pcapng_file *file)
{
	write_out(file, file->buffer, file->buffer_bytes);
	file->buffer_bytes = 0;
	return file->error;
}

/* Where the next block of that size goes; NULL if there is no memory. */
static uint8_t *room(struct pcapng_file *file, size_t size_bytes)
{
	if (BUFFER_BYTES - file->buffer_bytes < size_bytes)
		(void)pcapng_file_flush(file);
	if (size_bytes <= BUFFER_BYTES)
		return file->buffer + file->buffer_bytes;
	file->large = malloc(size_bytes);
	if (!file->large && !file->error)
		file->error = -ENOMEM;
	return file->large;
}

static void done(struct pcapng_file *file, size_t size_bytes)
{
	file->total_bytes += size_bytes;
	if (!file->large) {
		file->buffer_bytes += size_bytes;
		return;
	}
	write_out(file, file->large, size_bytes);
	explicit_bzero(file->large, size_bytes);
	free(file->large);
	file->large = NULL;
}

void pcapng_file_interface(struct pcapng_file *file, uint16_t link_type, const char *name)
{
	done(file, pcapng_interface(link_type, name, room(file, PCAPNG_HEAD_BYTES_MAX)));
}

void pcapng_file_secrets(struct pcapng_file *file, const char *text, size_t size_bytes)
{
	uint8_t *at = room(file, pcapng_secrets_bytes(size_bytes));

	if (at)
		done(file, pcapng_secrets(text, size_bytes, at));
}

void pcapng_file_packet(struct pcapng_file *file, const struct pcapng_packet *packet)
{
	uint8_t *at = room(file, pcapng_packet_bytes(packet));

	if (at)
		done(file, pcapng_packet(packet, at));
}

uint64_t pcapng_file_bytes(const struct pcapng_file *file)
{
	return file->total_bytes;
}

int pcapng_file_close(struct pcapng_file *file)
{
	int err;

	if (!file)
		return 0;
	err = pcapng_file_flush(file);
	if (close(file->fd) < 0 && !err)
		err = -errno;
	explicit_bzero(file->buffer, sizeof(file->buffer));
	free(file);
	return err;
}
