/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES 65536

/*
 * Secrets are not only in the log: keys made of them are all over the heap.
 * Locking all of it is for those who may lock as much as they like; others
 * have the log locked, as far as their limit allows.
 */
static void protect(void *log, size_t size_bytes)
{
	const struct rlimit none = { 0, 0 };

	/* Where one of these is refused there is nothing else that could be done. */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)madvise(log, size_bytes, MADV_DONTDUMP);
	(void)mlock2(log, size_bytes, MLOCK_ONFAULT);
	if (geteuid() == 0)
		(void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

int key_files_open(struct key_log **ret_log, struct fault *ret_fault)
{
	void *log = mmap(NULL, sizeof(struct key_log), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (log == MAP_FAILED)
		return fault_set(ret_fault, -errno, "secrets", strerror(errno), "");
	protect(log, sizeof(struct key_log));
	*ret_log = log;
	return 0;
}

struct key_log *key_files_close(struct key_log *log)
{
	if (!log)
		return NULL;
	OPENSSL_cleanse(log->secrets, log->secret_count * sizeof(*log->secrets));
	(void)munmap(log, sizeof(*log));
	return NULL;
}

/* Not waiting for the writer of a fifo; what is opened is then looked at. */
int key_files_open_one(const char *path, struct fault *fault)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fault_set(fault, -errno, path, strerror(errno), "give a key-log file");
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	(void)close(fd);
	return fault_set(fault, -EINVAL, path,
			 S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file",
			 "give a key-log file, as SSLKEYLOGFILE makes them");
}

int key_files_read(struct key_log *log, const char *path, struct fault *ret_fault)
{
	struct key_log_line line = { 0 };
	char bytes[READ_BYTES];
	ssize_t size_bytes;
	int err = 0;
	int fd = key_files_open_one(path, ret_fault);

	if (fd < 0)
		return fd;
	while ((size_bytes = read(fd, bytes, sizeof(bytes))) > 0)
		key_log_feed(log, &line, bytes, (size_t)size_bytes);
	if (size_bytes < 0)
		err = fault_set(ret_fault, -errno, path, strerror(errno), "");
	key_log_end(log, &line);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	(void)close(fd);
	return err;
}
