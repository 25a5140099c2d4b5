/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(int err, const char *why, const char *remedy, struct key_file_words *words)
{
	words->why = why;
	words->remedy = remedy;
	return err;
}

/* The file that has been opened, not one that has its name by now. */
static int judge(int fd, struct key_file_words *words)
{
	static const char other[] = "name a file that does not exist yet: it is made for you alone";
	struct stat about;

	if (fstat(fd, &about) < 0)
		return refuse(-errno, strerror(errno), NULL, words);
	if (!S_ISREG(about.st_mode))
		return refuse(-EINVAL, "secrets are written to regular files only", other, words);
	if (about.st_uid != geteuid())
		return refuse(-EPERM, "it belongs to another user, who could read the secrets",
			      other, words);
	if (about.st_mode & (S_IRWXG | S_IRWXO))
		return refuse(-EPERM, "others than its owner can open it",
			      "chmod 600, or name a file that does not exist yet", words);
	return 0;
}

/* Somebody's last line without an end must not run into our first one. */
static int end_line(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last = '\n';

	if (end > 0 && pread(fd, &last, 1, end - 1) != 1)
		return -EIO;
	return last == '\n' ? 0 : key_file_append(fd, "\n", 1);
}

int key_file_open(const char *path, struct key_file_words *ret_words)
{
	int fd = open(path,
		      O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		      S_IRUSR | S_IWUSR);
	int err;

	if (fd < 0 && errno == ELOOP)
		return refuse(-ELOOP, "it is a symbolic link, which may lead anywhere",
			      "name the file itself", ret_words);
	if (fd < 0)
		return refuse(-errno, strerror(errno), NULL, ret_words);
	err = judge(fd, ret_words);
	if (!err) {
		err = end_line(fd);
		if (err)
			(void)refuse(err, strerror(-err), NULL, ret_words);
	}
	if (err) {
		(void)close(fd);
		return err;
	}
	return fd;
}

int key_file_append(int fd, const char *line, size_t size_bytes)
{
	ssize_t written;

	do
		written = write(fd, line, size_bytes); /* at once: two writers' lines stay apart */
	while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	return (size_t)written == size_bytes ? 0 : -ENOSPC;
}
