/* SPDX-License-Identifier: BSD-2-Clause */
#include "code_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maps.h"

/* Files of code that a process has mapped; browsers have some two hundred. */
#define FILE_COUNT_MAX 512

/* The file's pages go when it is released; 0 or a negative errno. */
static int map_file(const char *path, struct code_file *ret_file)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat about;
	void *at;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &about) < 0)
		err = -errno;
	else if (!S_ISREG(about.st_mode) || about.st_size == 0)
		err = -EINVAL;
	if (!err) {
		at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (at == MAP_FAILED)
			err = -errno;
		else
			*ret_file = (struct code_file){ path, path, at, (size_t)about.st_size };
	}
	(void)close(fd);
	return err;
}

static void unmap_file(const struct code_file *file)
{
	(void)munmap((void *)(uintptr_t)file->bytes, file->size_bytes);
}

int code_files_visit_path(const char *path, code_file_fn visit, void *context)
{
	struct code_file file;
	int err = map_file(path, &file);

	if (err)
		return err;
	visit(context, &file);
	unmap_file(&file);
	return 0;
}

/* The very file that is mapped there, whatever its name has become. */
static int map_mapped(uint32_t pid, const struct maps_file *mapped, char *path,
		      struct code_file *ret_file)
{
	struct stat about;

	(void)snprintf(path, MAPS_PATH_BYTES, "/proc/%u/map_files/%llx-%llx", pid,
		       (unsigned long long)mapped->start_address,
		       (unsigned long long)mapped->end_address);
	if (map_file(path, ret_file) == 0)
		return 0;
	/* Without the right for that: by its name, from the process's own root. */
	(void)snprintf(path, MAPS_PATH_BYTES, "/proc/%u/root%.480s", pid, mapped->path);
	if (stat(path, &about) < 0)
		return -errno;
	return about.st_ino == mapped->inode ? map_file(path, ret_file) : -ESTALE;
}

/* What has been looked at. */
struct seen {
	uint64_t inodes[FILE_COUNT_MAX];
	uint32_t count;
};

static bool is_new(struct seen *seen, uint64_t inode)
{
	for (uint32_t i = 0; i < seen->count; i++)
		if (seen->inodes[i] == inode)
			return false;
	if (seen->count == FILE_COUNT_MAX)
		return false;
	seen->inodes[seen->count++] = inode;
	return true;
}

int code_files_visit_process(uint32_t pid, code_file_fn visit, void *context)
{
	struct seen seen = { .count = 0 };
	struct maps_file mapped;
	struct code_file file;
	char path[MAPS_PATH_BYTES];
	char line[1024];
	FILE *maps;

	(void)snprintf(line, sizeof(line), "/proc/%u/maps", pid);
	maps = fopen(line, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	while (fgets(line, sizeof(line), maps)) {
		if (!maps_parse_line(line, &mapped) || !mapped.is_code ||
		    !is_new(&seen, mapped.inode) || map_mapped(pid, &mapped, path, &file) < 0)
			continue;
		file.name = mapped.path;
		visit(context, &file);
		unmap_file(&file);
	}
	(void)fclose(maps);
	return 0;
}

void code_files_visit_beside(const char *path, const char *prefix, code_file_fn visit,
			     void *context)
{
	const char *slash = strrchr(path, '/');
	int folder_bytes = slash ? (int)(slash - path) + 1 : 0;
	char beside[MAPS_PATH_BYTES];
	struct dirent *entry;
	struct stat about;
	DIR *folder;

	(void)snprintf(beside, sizeof(beside), "%.*s", slash ? folder_bytes : 2,
		       slash ? path : "./");
	folder = opendir(beside);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		(void)snprintf(beside, sizeof(beside), "%.*s%.200s", folder_bytes, path,
			       entry->d_name);
		if (lstat(beside, &about) < 0 || !S_ISREG(about.st_mode))
			continue; /* its other names lead to the same file */
		(void)code_files_visit_path(beside, visit, context);
	}
	if (folder)
		(void)closedir(folder);
}
