/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_follow.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "key_files.h"

#define READ_BYTES 65536

struct key_file {
	const char *path;
	int fd;		     /* -1: not there yet */
	bool is_told;	     /* that it cannot be used */
	struct stat opened;  /* as it was opened: which file it is */
	uint64_t used_bytes; /* of it */
	struct key_log_line line;
};

struct key_follow {
	struct key_log *log;
	size_t file_count;
	struct key_file files[];
};

static void close_file(struct key_follow *follow, struct key_file *file)
{
	if (file->fd < 0)
		return;
	key_log_end(follow->log, &file->line);
	(void)close(file->fd);
	file->fd = -1;
}

static int open_file(struct key_file *file, struct fault *fault)
{
	int fd = key_files_open_one(file->path, fault);

	if (fd < 0)
		return fd;
	if (fstat(fd, &file->opened) < 0) {
		int err = fault_set(fault, -errno, file->path, strerror(errno), "");

		(void)close(fd);
		return err;
	}
	file->fd = fd;
	file->used_bytes = 0;
	file->is_told = false;
	return 0;
}

/* All that has been added since the last time. */
static int take_in(struct key_follow *follow, struct key_file *file, struct fault *fault)
{
	char bytes[READ_BYTES];
	ssize_t size_bytes;
	int err = 0;

	while ((size_bytes = read(file->fd, bytes, sizeof(bytes))) > 0) {
		key_log_feed(follow->log, &file->line, bytes, (size_t)size_bytes);
		file->used_bytes += (uint64_t)size_bytes;
	}
	if (size_bytes < 0)
		err = fault_set(fault, -errno, file->path, strerror(errno), "");
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return err;
}

static int begin_file(struct key_follow *follow, struct key_file *file, struct fault *fault)
{
	int err = open_file(file, fault);

	return err ? err : take_in(follow, file, fault);
}

/* A name may have been given to another file, or the file begun anew. */
static void look_at(struct key_follow *follow, struct key_file *file)
{
	struct stat now;
	struct fault fault;
	int err;

	if (file->fd >= 0) {
		(void)take_in(follow, file, &fault); /* what cannot be read now may be later */
		if (stat(file->path, &now) < 0)
			return; /* on its way to another name: what is added is still ours */
		if (now.st_ino != file->opened.st_ino || now.st_dev != file->opened.st_dev)
			close_file(follow, file);
		else if ((uint64_t)now.st_size < file->used_bytes)
			close_file(follow, file);
		else
			return;
	}
	err = begin_file(follow, file, &fault);
	if (err == 0 || err == -ENOENT || file->is_told)
		return;
	file->is_told = true;
	prof_complain("dpdk_capture", fault.what, fault.why, fault.remedy);
}

bool key_follow_poll(struct key_follow *follow)
{
	uint32_t before_count = follow->log->secret_count;

	for (size_t i = 0; i < follow->file_count; i++)
		look_at(follow, &follow->files[i]);
	return follow->log->secret_count != before_count;
}

static int begin_all(struct key_follow *follow, const struct prof_text_list *files, bool is_live,
		     struct fault *fault)
{
	for (size_t i = 0; i < files->count; i++) {
		struct key_file *file = &follow->files[i];
		int err;

		*file = (struct key_file){ .path = files->texts[i], .fd = -1 };
		follow->file_count++;
		err = begin_file(follow, file, fault);
		if (err == -ENOENT && is_live)
			prof_complain("dpdk_capture", file->path, "is not there yet",
				      "it is used as soon as it is");
		else if (err)
			return err;
		if (!is_live)
			close_file(follow, file);
	}
	return 0;
}

int key_follow_open(const struct prof_text_list *files, bool is_live,
		    struct key_follow **ret_follow, struct fault *ret_fault)
{
	struct key_follow *follow = calloc(1, sizeof(*follow) +
						      files->count * sizeof(follow->files[0]));
	int err;

	if (!follow)
		return fault_set(ret_fault, -ENOMEM, "secrets", strerror(ENOMEM), "");
	err = key_files_open(&follow->log, ret_fault);
	if (err == 0)
		err = begin_all(follow, files, is_live, ret_fault);
	if (err) {
		(void)key_follow_close(follow);
		return err;
	}
	*ret_follow = follow;
	return 0;
}

struct key_log *key_follow_log(struct key_follow *follow)
{
	return follow->log;
}

struct key_follow *key_follow_close(struct key_follow *follow)
{
	if (!follow)
		return NULL;
	for (size_t i = 0; i < follow->file_count; i++) {
		if (follow->files[i].fd >= 0)
			(void)close(follow->files[i].fd);
		OPENSSL_cleanse(&follow->files[i].line, sizeof(follow->files[i].line));
	}
	follow->log = key_files_close(follow->log);
	free(follow);
	return NULL;
}
