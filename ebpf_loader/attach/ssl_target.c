/* SPDX-License-Identifier: BSD-2-Clause */
#include "ssl_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prof/cli.h"

/* The libssl a process has mapped, as seen from here. */
static int find_library(uint32_t pid, char *ret_path, size_t path_bytes)
{
	char text[SSL_PATH_BYTES];
	char line[1024];
	bool is_found = false;
	FILE *maps;

	(void)snprintf(text, sizeof(text), "/proc/%u/maps", pid);
	maps = fopen(text, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	while (!is_found && fgets(line, sizeof(line), maps))
		is_found = ssl_parse_maps_line(line, text, sizeof(text));
	(void)fclose(maps);
	/* Through the process's own root: it may live in a container. */
	if (is_found)
		(void)snprintf(ret_path, path_bytes, "/proc/%u/root%.400s", pid, text);
	else
		(void)snprintf(ret_path, path_bytes, "/proc/%u/exe", pid);
	return 0;
}

/* Looks for OpenSSL's version in a file.  0 if the file could be read, whatever was found. */
static int scan_version(const char *path, struct ssl_target *target)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	void *bytes;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &about) < 0 || about.st_size == 0) {
		(void)close(fd);
		return -EINVAL;
	}
	bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (bytes == MAP_FAILED)
		return -errno;
	if (ssl_parse_version(bytes, (size_t)about.st_size, &target->version_major,
			      &target->version_minor))
		target->layout = ssl_layout_of(target->version_major, target->version_minor);
	(void)munmap(bytes, (size_t)about.st_size);
	return 0;
}

/* A libssl leaves its version to the libcrypto beside it; a static binary has it itself. */
static int learn_version(struct ssl_target *target)
{
	const char *name = strrchr(target->path, '/');
	char beside[SSL_PATH_BYTES + 8];

	if (name && strncmp(name, "/libssl", 7) == 0) {
		(void)snprintf(beside, sizeof(beside), "%.*s/libcrypto%s",
			       (int)(name - target->path), target->path, name + 7);
		(void)scan_version(beside, target); /* without it, ranges by the reads */
	}
	if (target->version_major)
		return access(target->path, R_OK) < 0 ? -errno : 0;
	return scan_version(target->path, target);
}

int ssl_target_find(const char *pid_or_path, const char *symbol_file, struct ssl_target *ret_target)
{
	int err = 0;

	memset(ret_target, 0, sizeof(*ret_target));
	if (prof_parse_u32(pid_or_path, 1, INT32_MAX, &ret_target->pid) < 0)
		(void)snprintf(ret_target->path, sizeof(ret_target->path), "%s", pid_or_path);
	else
		err = find_library(ret_target->pid, ret_target->path, sizeof(ret_target->path));
	if (symbol_file)
		(void)snprintf(ret_target->path, sizeof(ret_target->path), "%s", symbol_file);
	return err ? err : learn_version(ret_target);
}
